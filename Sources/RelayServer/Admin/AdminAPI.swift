import CRelayLinux
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOPosix
import RelayHosting
import RelayWeb
import RelayWire

/// The operators' HTTP API: `/healthz`, `/readyz`, `/stats`, `/metrics`, `/events`, `/rooms` and `/bans`. Who may ask is decided before:
/// ``AdminAccess``.
package struct AdminAPI: Sendable {
    var hosting: any RoomHosting
    var counters: FrontDoorCounters
    var logLinesLost: @Sendable () -> UInt64
    /// How long `/healthz` waits for every thread to move. A healthy thread moves at least four times a second.
    var patience: Duration
    /// The figures of the process; nil where they are not wanted.
    var process: ProcessProbe?
    /// Figures of what is beyond this module.
    var figures: FigureSources
    /// What is measured by swift-metrics.
    var metrics: MetricsRegistry
    /// Whether players are to be sent here.
    var readiness: Readiness
    let acts: RoomActs
    /// Live statistics; somebody has to run it.
    package let feed: StatisticsFeed
    /// Hangs the front door's loop. Nil unless faults are allowed; if set, the routes of the other faults exist too.
    var hangFrontDoor: (@Sendable () -> Void)?

    package init(
        hosting: any RoomHosting, counters: FrontDoorCounters, logLinesLost: @escaping @Sendable () -> UInt64 = { 0 },
        patience: Duration = .milliseconds(1500), process: ProcessProbe? = nil, readiness: Readiness = Readiness(),
        acts: RoomActs? = nil, figures: FigureSources = FigureSources(), metrics: MetricsRegistry = MetricsRegistry(),
        hangFrontDoor: (@Sendable () -> Void)? = nil
    ) {
        (self.hosting, self.counters, self.logLinesLost) = (hosting, counters, logLinesLost)
        (self.patience, self.process, self.hangFrontDoor) = (patience, process, hangFrontDoor)
        (self.readiness, self.figures, self.metrics) = (readiness, figures, metrics)
        let acts =
            acts
            ?? RoomActs(
                hosting: hosting, bans: BanList(), counters: counters, logger: Logger(label: "tickrelay"), unixTime: { 0 },
                newInstance: { RoomInstance(high: 0, low: 0) })
        self.acts = acts
        self.feed = StatisticsFeed { await Self.statistics($0, of: acts, logLinesLost: logLinesLost(), process, figures) }
    }

    package func router() -> Router<AdminRequestContext> {
        let router = Router(context: AdminRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestMetrics(metrics: self.metrics))
        router.add(WebFiles.forOperators) {
            Self.text(
                .ok,
                "TickRelay\n\n/healthz  ok while every arena thread advances\n/readyz   ready while players are to be sent here\n/stats    rooms, seats, counters, lateness, as JSON; ?room=NAME for the seats of one\n"
                    + "/metrics  counters, gauges and lateness, for Prometheus\n/events   /stats each second, as server-sent events\n"
                    + "/rooms    every room; ?room=NAME for one with its seats. POST /rooms/open, /rooms/kick and /rooms/close, /bans: Protocol/ADMIN.md\n"
            )
        }
        router.get("/healthz") { _, _ in
            await self.isAdvancing()
                ? Self.text(.ok, self.health) : Self.text(.serviceUnavailable, "an arena thread does not advance\n")
        }
        router.get("/readyz") { _, _ in
            switch self.readiness.stage {
            case .starting: Self.text(.serviceUnavailable, "starting\n")
            case .ready: Self.text(.ok, "ready\n")
            case .draining: Self.text(.serviceUnavailable, "draining\n")
            }
        }
        router.get("/stats") { request, _ in
            let detail = Self.room(of: request).map { StatisticsDetail.overview(rooms: [$0]) } ?? .full
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try await Self.text(of: self.statistics(detail))))
            )
        }
        router.get("/metrics") { _, _ in
            let statistics = await self.statistics(.overview(rooms: []))
            return Response(
                status: .ok, headers: [.contentType: Exposition.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: try await Self.text(of: statistics, self.metrics)))
            )
        }
        self.addEvents(to: router)
        self.addRooms(to: router)
        if let hangFrontDoor { self.addFaults(to: router, hangFrontDoor) }
        return router
    }

    /// The routes of `--debug-faults`.
    private func addFaults(to router: Router<AdminRequestContext>, _ hangFrontDoor: @escaping @Sendable () -> Void) {
        router.post("/debug/hang/front-door") { _, _ in
            hangFrontDoor()
            return Self.text(.accepted, "the front door hangs\n")
        }
        router.post("/debug/miscount/thread/:index") { _, context in
            let index = context.parameters.get("index", as: Int.self) ?? -1
            return self.hosting.miscount(thread: index)
                ? Self.text(.accepted, "a room of thread \(index) miscounts\n")
                : Self.text(.notFound, "there is no such thread\n")
        }
        router.post("/debug/hang/thread/:index") { _, context in
            let index = context.parameters.get("index", as: Int.self) ?? -1
            return self.hosting.hang(thread: index)
                ? Self.text(.accepted, "thread \(index) hangs\n") : Self.text(.notFound, "there is no such thread\n")
        }
        for fault in TickFault.allCases {
            router.post("/debug/\(fault)/room/:name") { _, context in
                let name = context.parameters.get("name") ?? ""
                return self.hosting.fail(fault, room: name)
                    ? Self.text(.accepted, "room \(name): \(fault) at its next tick\n")
                    : Self.text(.notFound, "there is no such room\n")
            }
        }
    }

    /// An overloaded relay is healthy: a restart would only make it busier.
    private var health: String {
        ["ok", RelaySummary.overload(self.hosting.overloadedStrides)].compactMap { $0 }.joined(separator: ", ") + "\n"
    }

    /// Whether every arena thread moves within ``patience``.
    package func isAdvancing() async -> Bool {
        let before = self.hosting.threadPulses
        let step = Duration.milliseconds(25)
        var waited = Duration.zero
        while !before.isEmpty, waited < self.patience {
            guard (try? await Task.sleep(for: step)) != nil else { return false }
            waited += step
            if zip(before, self.hosting.threadPulses).allSatisfy({ $0 != $1 }) { return true }
        }
        return false
    }

    /// The arena's report with the front door's counts added.
    package func statistics(_ detail: StatisticsDetail = .full) async -> RelayStatistics {
        await Self.statistics(detail, of: self.acts, logLinesLost: self.logLinesLost(), self.process, self.figures)
    }

    private static func statistics(
        _ detail: StatisticsDetail, of acts: RoomActs, logLinesLost: UInt64, _ process: ProcessProbe?, _ figures: FigureSources
    ) async -> RelayStatistics {
        var statistics = await acts.hosting.statistics(detail)
        statistics.bans = acts.bans.all(at: acts.unixTime()).count
        statistics.counters.merge(acts.counters.values) { $0 &+ $1 }
        statistics.counters["logLinesLost"] = logLinesLost
        statistics.relay = process?.measure()
        figures.add(to: &statistics)
        return statistics
    }

    /// Encodes long answers on one thread, of lower priority than the arena threads.
    static let desk: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    private static func text(of statistics: RelayStatistics) async throws -> Data {
        try await self.desk.runIfActive {
            _ = crelay_give_way(5)
            return try self.encode(statistics)
        }
    }

    private static func text(of statistics: RelayStatistics, _ metrics: MetricsRegistry) async throws -> String {
        try await self.desk.runIfActive {
            _ = crelay_give_way(5)
            return statistics.exposition(with: metrics)
        }
    }

    /// Pretty, sorted, snake_case; names of counters stay as SPEC section 12 has them.
    package static func encode(_ content: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(content) + Data("\n".utf8)
    }

    static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
