import NIOCore
import RelayHosting
import RelayServer
import Synchronization
import Testing

@Suite("Live statistics")
struct StatisticsFeedTests {
    @Test("Who listens gets the figures and the seats of its room")
    func figures() async throws {
        let hosting = EchoHosting()
        try await Self.run(hosting) { feed in
            let listener = try feed.listen(to: "lobby")
            let text = try await Self.read(listener, until: "event: room")
            #expect(text.hasPrefix("event: statistics\ndata: {\""))
            #expect(text.contains("\"connections\":0"))
            #expect(text.hasSuffix("\n\nevent: room\ndata: null\n\n"), "there is no such room")
            #expect(hosting.asked.withLock { $0.first } == .overview(rooms: ["lobby"]))
        }
    }

    @Test("One collection serves all listeners, and nobody collects for nobody")
    func oneForAll() async throws {
        let hosting = EchoHosting()
        try await Self.run(hosting) { feed in
            #expect(hosting.asked.withLock { $0.isEmpty })
            let listeners = try (0..<StatisticsFeed.maximumListeners).map { try feed.listen(to: $0 == 3 ? "lobby" : nil) }
            for listener in listeners {
                let text = try await Self.read(listener, until: "event: statistics")
                #expect(!text.contains("event: room") || listener === listeners[3], "the seats of a room only for who asked")
            }
            #expect(hosting.asked.withLock { $0.count } < listeners.count, "not one for each")
        }
    }

    @Test("One more than may is refused, and whoever leaves makes room")
    func bounded() async throws {
        try await Self.run(EchoHosting()) { feed in
            var listeners = try (0..<StatisticsFeed.maximumListeners).map { _ in try feed.listen(to: nil) }
            #expect(throws: StatisticsFeed.Refusal.full) { try feed.listen(to: nil) }
            #expect(feed.listenerCount == StatisticsFeed.maximumListeners)
            listeners.removeLast()
            listeners.append(try feed.listen(to: nil))
            listeners = []
            #expect(feed.listenerCount == 0)
        }
    }

    @Test("Who reads slowly finds the newest figures, not a queue of them")
    func newest() async throws {
        let hosting = EchoHosting()
        try await Self.run(hosting) { feed in
            let listener = try feed.listen(to: nil)
            while hosting.asked.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(20)) }
            hosting.pretend(77)
            while hosting.asked.withLock({ $0.count }) < 5 { try await Task.sleep(for: .milliseconds(20)) }
            var iterator = listener.messages.makeAsyncIterator()
            let first = String(buffer: try #require(await iterator.next()))
            #expect(first.contains("\"connections\":77"))
        }
    }

    @Test("At the end listeners are told, and nobody is taken any more")
    func end() async throws {
        let feed = StatisticsFeed { await EchoHosting().statistics($0) }
        let service = Task { try await feed.run() }
        let listener = try feed.listen(to: nil)
        service.cancel()
        try await service.value
        #expect(try await Self.read(listener, until: "event: draining").contains("draining"))
        #expect(throws: StatisticsFeed.Refusal.ended) { try feed.listen(to: nil) }
    }

    /// Runs the feed of an API as the relay does, as long as the body takes.
    private static func run(_ hosting: EchoHosting, _ body: (StatisticsFeed) async throws -> Void) async throws {
        let feed = AdminAPI(hosting: hosting, counters: FrontDoorCounters()).feed
        let service = Task { try await feed.run() }
        defer { service.cancel() }
        try await body(feed)
    }

    /// What comes up to a message with these words.
    private static func read(_ listener: FeedListener, until words: String) async throws -> String {
        var text = ""
        for await message in listener.messages {
            text += String(buffer: message)
            if text.contains(words) { break }
        }
        return text
    }
}

@Suite("Overviews of rooms")
struct OverviewTests {
    @Test("Of a room that nobody asked for only seats that are not well are named, and a bounded number of them")
    func seats() {
        var statistics = RelayStatistics(rooms: [Self.room("a", live: 3, stalled: 20), Self.room("b", live: 3, stalled: 1)])
        statistics.reduceToOverview(keeping: ["b"])
        #expect(statistics.roomCount == 2)
        #expect(statistics.rooms.map(\.seats.count) == [RelayStatistics.overviewSeats, 4])
        #expect(statistics.rooms[0].seats.allSatisfy { !$0.isWell })
        #expect(statistics.rooms[0].totals.stalled == 20, "all are counted")
    }

    @Test("Of many rooms those stay that somebody asked for, then those with stalled seats, then the large ones")
    func rooms() {
        var rooms = (0..<1000).map { Self.room("room-\($0)", live: 2, stalled: 0) }
        rooms.append(Self.room("sick", live: 0, stalled: 1))
        rooms.append(Self.room("large", live: 9, stalled: 0))
        rooms.append(Self.room("asked", live: 1, stalled: 0))
        var statistics = RelayStatistics(rooms: rooms)
        statistics.reduceToOverview(keeping: ["asked"])
        #expect(statistics.roomCount == 1003)
        #expect(statistics.rooms.count == RelayStatistics.overviewRooms + 1)
        #expect(Set(["sick", "large", "asked"]).isSubset(of: Set(statistics.rooms.map(\.name))))
        #expect(statistics.rooms.map(\.name) == statistics.rooms.map(\.name).sorted())
    }

    @Test("All rooms together name no more seats than a page can show")
    func seatsInAll() {
        var statistics = RelayStatistics(rooms: (0..<150).map { Self.room("room-\($0)", live: 0, stalled: 8) })
        statistics.reduceToOverview(keeping: [])
        #expect(statistics.rooms.reduce(0) { $0 + $1.seats.count } == RelayStatistics.overviewSeatsInAll)
    }

    @Test(
        "What one asks for in full is enough for both",
        arguments: [
            (StatisticsDetail.full, StatisticsDetail.overview(rooms: ["a"]), StatisticsDetail.full),
            (.overview(rooms: ["a"]), .full, .full),
            (.overview(rooms: ["a"]), .overview(rooms: ["b"]), .overview(rooms: ["a", "b"])),
        ]
    )
    func union(_ one: StatisticsDetail, _ other: StatisticsDetail, _ both: StatisticsDetail) {
        #expect(one.union(other) == both)
        #expect(both.wantsEverySeat(of: "a"))
        #expect(!StatisticsDetail.overview(rooms: []).wantsEverySeat(of: "a"))
    }

    private static func room(_ name: String, live: Int, stalled: Int) -> RelayStatistics.Room {
        let states = Array(repeating: "live", count: live) + Array(repeating: "stalled", count: stalled)
        let seats = states.enumerated().map { index, state in
            RelayStatistics.Seat(
                seat: UInt16(index + 1), role: "player", state: state, behind: state == "stalled", cause: nil,
                rttMicroseconds: nil, minimumRttMicroseconds: nil, jitterMicroseconds: nil, generation: 1, lastUplink: 0,
                kernel: nil
            )
        }
        var room = RelayStatistics.Room(
            name: name, instance: name, tick: 1, rate: 30, seats: seats, entities: 0, stateBytes: 0, eventLog: 0)
        room.totals = RelayStatistics.SeatTotals(live: live, behind: stalled, stalled: stalled)
        return room
    }
}
