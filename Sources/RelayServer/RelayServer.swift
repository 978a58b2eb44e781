import Glibc
import Logging
import NIOCore
import NIOPosix
import RelayHosting
import ServiceLifecycle

/// The whole relay as services: admin listener, rooms, front door, status and orders. A shutdown ends them in the opposite
/// order; the rooms run and the front door is open before the services start.
package struct RelayServer: Sendable {
    /// A listener could not be opened: the relay does not run.
    package struct CannotListen: Error, CustomStringConvertible {
        package var setting: ConfigurationKey
        package var endpoint: Endpoint
        package var reason: String

        init(setting: ConfigurationKey, endpoint: Endpoint, _ error: any Error) {
            (self.setting, self.endpoint) = (setting, endpoint)
            self.reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        }

        package var description: String {
            "cannot listen on \(self.endpoint) (\(self.setting.rawValue)): \(self.reason); --listen and --admin choose others"
        }
    }

    private let configuration: ServerConfiguration
    private let frontDoor: FrontDoorSettings
    private let descriptorLimit: Int
    private let inherited: InheritedListeners
    private let hosting: any RoomHosting
    private let mint: any TokenMint
    private let environment: FrontDoorEnvironment
    private let logger: Logger
    private let events: RelayEvents
    private let counters = FrontDoorCounters()
    private let access: AdminAccess
    private let readiness = Readiness()
    private let common: CommonBounds
    private let acts: RoomActs
    private let pulse = FrontDoorPulse()
    /// One of each loop that encrypts.
    private let tlsPulses: [FrontDoorPulse]
    /// Whether the admin API has the routes that hang threads and break rooms.
    package var allowsFaults = false
    /// Maximum time between two steps of any counter in ``progress``. Nanoseconds.
    package var pulseInterval: UInt64 = 250_000_000
    /// The watchdog's interval, for `/stats`. Nil without one.
    package var watchdogMicroseconds: UInt64?
    /// Log lines lost so far, for `/stats`.
    package var logLinesLost: @Sendable () -> UInt64 = { 0 }
    /// Figures of what the executable alone sees.
    package var figures = FigureSources()
    /// What is measured by swift-metrics: told at `/metrics`, behind what the relay counts itself.
    package var metrics = MetricsRegistry()

    /// - Parameters:
    ///   - configuration: Where to listen, and the front door's limits.
    ///   - descriptorLimit: RLIMIT_NOFILE as in force.
    ///   - hosting: Runs the rooms: started already, drained when the relay ends.
    ///   - mint: The mint that `hosting` uses.
    ///   - environment: Clock and randomness.
    ///   - bans: Those that an earlier process left; they count from the start.
    ///   - passwords: The desk that `hosting` uses.
    package init(
        configuration: ServerConfiguration, descriptorLimit: Int, inherited: InheritedListeners = InheritedListeners(),
        hosting: any RoomHosting, mint: any TokenMint, environment: FrontDoorEnvironment, logger: Logger, events: RelayEvents,
        bans: BanList = BanList(), passwords: PasswordDesk
    ) {
        (self.configuration, self.hosting, self.mint, self.environment) = (configuration, hosting, mint, environment)
        (self.logger, self.events, self.inherited, self.descriptorLimit) = (logger, events, inherited, descriptorLimit)
        self.tlsPulses = (0..<(configuration.tls?.threads ?? 0)).map { _ in FrontDoorPulse() }
        self.access = AdminAccess(token: configuration.adminToken)
        var frontDoor = configuration.frontDoor(descriptorLimit: descriptorLimit)
        frontDoor.inheritedListener = inherited.players
        self.frontDoor = frontDoor
        self.common = CommonBounds(frontDoor, bans: bans, passwords: passwords)
        self.acts = RoomActs(
            hosting: hosting, bans: bans, counters: self.counters, logger: logger, unixTime: environment.unixTime,
            newInstance: { environment.newInstance() })
    }

    /// One counter per arena thread, one of the front door, and one per thread that encrypts. In a healthy relay each moves at least every ``pulseInterval``.
    /// Callable from any thread; does not wait.
    package var progress: [UInt64] { self.hosting.threadPulses + [self.pulse.count] + self.tlsPulses.map(\.count) }

    /// Runs until a ``RelayOrder/drain`` or the end of `orders`; then stops accepting, drains the rooms (1001) and returns.
    ///
    /// - Throws: ``CannotListen``.
    package func run(orders: AsyncStream<RelayOrder>) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1 + self.tlsPulses.count)
        do {
            try await self.run(on: group, orders)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private func run(on group: MultiThreadedEventLoopGroup, _ orders: AsyncStream<RelayOrder>) async throws {
        let ready = ReadyLine(
            playground: self.frontDoor.playground, isBehindProxy: self.frontDoor.proxies.includesLoopback,
            awaitsEncrypted: self.configuration.tls != nil, self.readiness, announce: self.events.listening
        )
        let loops = Array(group.makeIterator())
        let loop = loops[0]
        for (loop, pulse) in zip(loops, [self.pulse] + self.tlsPulses) { pulse.heartbeat(on: loop, every: self.pulseInterval) }
        await self.acts.enforceAll()
        let doors = try await self.openDoors(on: loops, ready)
        let api = self.adminAPI(on: loop, doors.identity)
        // ServiceGroup shuts down from the last to the first, and waits for each to end before it asks the next.
        let services: [any Service] = [
            self.admin(api, on: loop, ready), HostingService(hosting: self.hosting), FrontDoorService(doors: doors),
            StatusService(hosting: self.hosting, events: self.events), api.feed,
        ]
        let obedience = OrderService(
            orders: orders, configuration: self.configuration, hosting: self.hosting, doors: doors, access: self.access,
            readiness: self.readiness,
            events: self.events
        )
        var members: [ServiceGroupConfiguration.ServiceConfiguration] = services.map { .init(service: $0) }
        members.append(.init(service: obedience, successTerminationBehavior: .gracefullyShutdownGroup))
        let lifecycle = ServiceGroup(configuration: .init(services: members, logger: self.quietLogger))
        do {
            try await lifecycle.run()
        } catch let error as AdminListener.Failure {
            // The other services have been cancelled and have ended: the rooms are drained.
            throw CannotListen(setting: .admin, endpoint: self.configuration.admin, error.underlying)
        }
    }

    /// Opens the listeners for players: the plain one on the first loop, and one that encrypts on each of the others.
    private func openDoors(on loops: [any EventLoop], _ ready: ReadyLine) async throws -> FrontDoors {
        do {
            var doors = FrontDoors(plain: self.frontDoor(on: loops[0]), common: self.common, logger: self.logger)
            await ready.playersListen(try await self.open(doors.plain, .listen, self.configuration.listen))
            guard let tls = self.configuration.tls else { return doors }
            let identity = ServerIdentity(tls.pair)
            doors.identity = identity
            // They share one listening socket: each has a descriptor of it, and accepts when it has time.
            var (endpoint, listener) = (tls.listen, self.inherited.encrypted)
            for loop in loops.dropFirst() {
                let door = self.frontDoor(on: loop, TLSDoor(endpoint: tls.listen, listener: listener, identity: identity))
                endpoint = try await self.open(door, .tlsListen, tls.listen)
                listener = await door.duplicateListener()
                doors.encrypted.append(door)
            }
            if let listener { HandOff.close(listener) }
            await ready.playersListen(encrypted: endpoint)
            return doors
        } catch {
            await self.hosting.drain()
            throw error
        }
    }

    /// What a front door that encrypts needs besides.
    private struct TLSDoor {
        var endpoint: Endpoint
        var listener: Int32?
        var identity: ServerIdentity
    }

    private func frontDoor(on loop: any EventLoop, _ tls: TLSDoor? = nil) -> FrontDoor {
        var settings = self.frontDoor
        if let tls { (settings.listen, settings.inheritedListener) = (tls.endpoint, tls.listener) }
        return FrontDoor(
            settings: settings, identity: tls?.identity, hosting: self.hosting, mint: self.mint, environment: self.environment,
            counters: self.counters, common: self.common, loop: loop, logger: self.logger
        )
    }

    private func open(_ door: FrontDoor, _ setting: ConfigurationKey, _ endpoint: Endpoint) async throws -> Endpoint {
        do {
            return try await door.start()
        } catch {
            throw CannotListen(setting: setting, endpoint: endpoint, error)
        }
    }

    private func adminAPI(on loop: any EventLoop, _ identity: ServerIdentity?) -> AdminAPI {
        let process = ProcessProbe(
            now: self.environment.now, began: self.environment.now(), journal: self.configuration.stateDirectory != nil,
            watchdogMicroseconds: self.watchdogMicroseconds, descriptorLimit: self.descriptorLimit
        )
        var figures = self.figures
        if let identity { figures.tls = { identity.figures } }
        let hang = { @Sendable in loop.execute { while true { pause() } } }
        return AdminAPI(
            hosting: self.hosting, counters: self.counters, logLinesLost: self.logLinesLost, process: process,
            readiness: self.readiness, acts: self.acts, figures: figures, metrics: self.metrics,
            hangFrontDoor: self.allowsFaults ? hang : nil
        )
    }

    private func admin(_ api: AdminAPI, on loop: any EventLoop, _ ready: ReadyLine) -> AdminListener {
        AdminListener(
            responder: api.router().buildResponder(), endpoint: self.configuration.admin, inherited: self.inherited.admin,
            loop: loop, counters: self.counters, access: self.access, now: self.environment.now, logger: self.quietLogger,
            listening: { await ready.adminListens($0) }
        )
    }

    /// For libraries: at notice or above, because their lower levels do not concern operators.
    private var quietLogger: Logger {
        var quiet = self.logger
        quiet.logLevel = max(self.logger.logLevel, .notice)
        return quiet
    }
}

/// Says that the relay is ready once both listeners are.
private actor ReadyLine {
    private var admin: Endpoint?
    private var players: Endpoint?
    private var encrypted: Endpoint?
    /// Whether a listener for TLS is to open, too.
    private let awaitsEncrypted: Bool
    private let playground: PlaygroundAccess
    /// Whether who comes from this machine counts as a proxy of ours.
    private let isBehindProxy: Bool
    private let readiness: Readiness
    private let announce: @Sendable (String) -> Void

    init(
        playground: PlaygroundAccess, isBehindProxy: Bool, awaitsEncrypted: Bool, _ readiness: Readiness,
        announce: @escaping @Sendable (String) -> Void
    ) {
        (self.playground, self.isBehindProxy, self.awaitsEncrypted) = (playground, isBehindProxy, awaitsEncrypted)
        (self.readiness, self.announce) = (readiness, announce)
    }

    func adminListens(_ endpoint: Endpoint) {
        self.admin = endpoint
        self.announceWhenReady()
    }

    func playersListen(_ endpoint: Endpoint) {
        self.players = endpoint
        self.announceWhenReady()
    }

    func playersListen(encrypted endpoint: Endpoint) {
        self.encrypted = endpoint
        self.announceWhenReady()
    }

    private func announceWhenReady() {
        guard let players, let admin, self.encrypted != nil || !self.awaitsEncrypted else { return }
        self.readiness.reach(.ready)
        let isOpen = self.playground.isOpen(onLoopback: !self.isBehindProxy && players.isLoopback)
        let wss = self.encrypted.map { " " + $0.url("wss") } ?? ""
        let places = "listening on \(players.url("ws")) admin \(admin.url("http"))\(wss)"
        self.announce(places + (isOpen ? " playground http://\(players)/" : ""))
    }
}

/// The rooms as a service: they run already, a shutdown drains them.
private struct HostingService: Service {
    var hosting: any RoomHosting

    func run() async {
        try? await gracefulShutdown()
        await self.hosting.drain()
    }
}

/// The front doors as a service: they are open already, a shutdown stops them.
private struct FrontDoorService: Service {
    var doors: FrontDoors

    func run() async {
        try? await gracefulShutdown()
        await self.doors.stop()
    }
}

/// Reports a status line at every ``interval``.
private struct StatusService: Service {
    var hosting: any RoomHosting
    var events: RelayEvents

    static let interval = Duration.seconds(2)

    func run() async {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.interval)
                // In case nobody reads it for long.
                self.hosting.lobby.settle()
                self.events.status("\(await self.hosting.summary())")
            }
        }
    }
}

/// Carries out orders. When it ends, the relay ends.
private struct OrderService: Service {
    var orders: AsyncStream<RelayOrder>
    var configuration: ServerConfiguration
    var hosting: any RoomHosting
    var doors: FrontDoors
    var access: AdminAccess
    var readiness: Readiness
    var events: RelayEvents

    func run() async {
        for await order in self.orders.cancelOnGracefulShutdown() {
            switch order {
            case .reload(let configuration):
                self.hosting.adopt(configuration.types)
                await self.doors.adopt(configuration)
                self.access.adopt(configuration.adminToken)
                let changes = configuration.changes(from: self.configuration)
                self.events.reloaded(changes.filter { !ServerConfiguration.reloadable.contains($0) })
            case .drain:
                self.readiness.reach(.draining)
                return self.events.draining()
            }
        }
    }
}
