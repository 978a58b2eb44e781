import Foundation
import RelayBots
import RelayClocks
import RelayWire
import Testing

@Suite struct BotOptionsTests {
    @Test("Options report every problem at once")
    func problems() {
        var options = BotOptions()
        #expect(options.problems.isEmpty)
        (options.rooms, options.stall, options.disconnect, options.payload) = (0, 0.6, 0.6, 3)
        #expect(options.problems.count == 3)
    }

    @Test("Options of the lobby go together, and not with others")
    func lobby() {
        var options = BotOptions()
        (options.type, options.churn) = ("duel", 0.5)
        #expect(options.problems.count == 1)
        options.lobby = true
        #expect(options.problems.isEmpty)
        (options.room, options.neverRead) = ("mine", 1)
        #expect(options.problems.count == 1)
        (options.room, options.neverRead, options.type) = (nil, 0, String(repeating: "t", count: 33))
        #expect(options.problems.count == 1)
        (options.type, options.stall) = (nil, 0.6)
        #expect(options.problems.count == 1)
    }

    @Test("Players who look for a room ask for one of bots with as many seats as a room is to have players")
    func lobbyPart() {
        var options = BotOptions()
        #expect(options.lobbyPart == nil)
        (options.lobby, options.type, options.players) = (true, "duel", 2)
        #expect(options.lobbyPart?.fits(room: "") == true)
        #expect(options.lobbyPart?.type == "duel")
        #expect(options.lobbyPart?.card?.fields == [CardField("seats", .integer(2)), CardField("bots", .bool(true))])
    }

    @Test("A storm leaves time to come back; slots have a bound")
    func stormAndSlots() {
        var options = BotOptions()
        (options.duration, options.stormAt, options.slots) = (10, 5, 4096)
        #expect(options.problems.isEmpty)
        (options.stormAt, options.slots) = (5.1, 4097)
        #expect(options.problems.count == 2)
    }
}

@Suite struct SlotScheduleTests {
    @Test("Slots are in order and begin when they say", arguments: [1, 7, 30, 60, 240] as [UInt64], [nil, 1, 133])
    func inverse(rate: UInt64, phases: Int?) {
        let schedule = SlotSchedule(origin: 1_000, rate: rate, phases: phases)
        #expect(schedule.phases == phases.map { UInt64($0) } ?? 240 / rate)
        for slot in [0, 1, 2, 1_000, 123_456_789] as [UInt64] {
            let deadline = schedule.deadline(of: slot)
            #expect(schedule.slot(at: deadline + 1) == slot)
            #expect(slot == 0 || schedule.slot(at: deadline - 1) == slot - 1)
        }
    }

    @Test("A write's number says its slot, and a slot its write", arguments: [1, 7, 30, 60, 240] as [UInt64], [nil, 1, 133])
    func writes(rate: UInt64, phases: Int?) {
        let schedule = SlotSchedule(origin: 0, rate: rate, phases: phases)
        for slot in [0, 1, 2, 132, 133, 134, 1_000, 123_456_789] as [UInt64] {
            let number = schedule.write(at: slot)
            #expect(schedule.slot(ofWrite: number, phase: slot % schedule.phases) == slot)
            #expect(schedule.firstWrite(from: slot, phase: slot % schedule.phases) == number)
            #expect(schedule.firstWrite(from: slot + 1, phase: slot % schedule.phases) == number + 1)
        }
    }
}

@Suite struct RecentNumbersTests {
    @Test("Knows the newest 512, but not those skipped")
    func recent() {
        var numbers = RecentNumbers()
        for number in 1...1_000 as ClosedRange<UInt64> { numbers.set(number * 2, for: number) }
        #expect(numbers[1_000] == 2_000)
        #expect(numbers[489] == 978)
        #expect(numbers[488] == nil)
        #expect(numbers[1_001] == nil)
        numbers.set(7, for: 1_010)
        #expect(numbers[1_005] == nil)
        #expect(numbers[1_000] == 2_000)
        numbers.set(9, for: 10_000)
        #expect(numbers[1_010] == nil)
        #expect(numbers[10_000] == 9)
    }
}

@Suite struct FaultPlanTests {
    @Test("As many players suffer each fault as the fractions say", arguments: 0..<20 as Range<UInt64>)
    func fractions(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let kinds = FaultPlan.choose(count: 400, stall: 0.1, disconnect: 0.25, random: &random)
        #expect(kinds.count { $0 == .stall } == 40)
        #expect(kinds.count { $0 == .disconnect } == 100)
        let leaving = FaultPlan.choose(count: 400, stall: 0.5, disconnect: 0.25, leave: 0.5, random: &random)
        #expect(leaving.count == 400)
        #expect(leaving.count { $0 == .leave } == 100)
    }

    @Test("Stalls lie in the window, and some outlast the grace window if there is room", arguments: [3, 16, 60] as [UInt64])
    func stalls(seconds: UInt64) {
        let window = UInt64.seconds(100)..<UInt64.seconds(100 + seconds)
        let drop = UInt64.seconds(13)
        var longest: UInt64 = 0
        for seed in 0..<200 as Range<UInt64> {
            var plan = FaultPlan(kind: .stall, random: SplitMix64(seed: seed))
            plan.plan(in: window, drop: drop)
            #expect(window.contains(plan.next))
            #expect(plan.next + plan.length <= window.upperBound)
            #expect(plan.length >= FaultPlan.shortestStall)
            longest = max(longest, plan.length)
        }
        #expect((longest > drop) == (seconds >= 16))
    }

    @Test("A window too short for a stall has none")
    func noRoom() {
        var plan = FaultPlan(kind: .stall, random: SplitMix64(seed: 1))
        plan.plan(in: 0..<UInt64.milliseconds(900), drop: .seconds(13))
        #expect(plan.next == .max)
    }
}

@Suite struct WatchTests {
    private let seat = SeatNumber(rawValue: 3)
    private let joined = Tick(rawValue: 5)

    @Test("Events must come once, in order, without loss; a reported gap excuses a jump, but no repetition")
    func events() {
        var watch = Watch(place: 0, players: 4)
        #expect(watch.judge(17, from: self.seat, joined: self.joined) == .good)
        #expect(watch.judge(18, from: self.seat, joined: self.joined) == .good)
        #expect(watch.judge(18, from: self.seat, joined: self.joined) == .twice)
        #expect(watch.judge(20, from: self.seat, joined: self.joined) == .lost)
        #expect(watch.lastEvent(of: self.seat) == 20)
        watch.expectGap()
        #expect(watch.lastEvent(of: self.seat) == nil)
        #expect(watch.judge(30, from: self.seat, joined: self.joined) == .good)
        watch.expectGap()
        #expect(watch.judge(30, from: self.seat, joined: self.joined) == .twice)
        #expect(watch.judge(1, from: self.seat, joined: Tick(rawValue: 900)) == .good)
    }

    @Test(
        "Listeners watch others, never themselves, and in a small room everybody listens",
        arguments: [2, 3, 4, 5, 8, 9, 50, 512]
    )
    func peers(players: Int) {
        var listeners = 0
        for place in 0..<players {
            let watch = Watch(place: place, players: players)
            listeners += watch.isListener ? 1 : 0
            #expect(watch.peers.count == (watch.isListener ? min(players - 1, Watch.maximumPeers) : 0))
            #expect(!watch.peers.contains(place))
            #expect(Set(watch.peers).count == watch.peers.count)
        }
        #expect(listeners == (players <= Watch.maximumPeers ? players : (players - 1) / Watch.share + 1))
    }

    @Test("Every room has a listener, and over eight rooms every place is one", arguments: [5, 8, 9, 13, 200])
    func places(players: Int) {
        var listening: Set<Int> = []
        for room in 0..<8 {
            let places = (0..<players).filter { Watch(place: $0, players: players, room: room).isListener }
            #expect(!places.isEmpty)
            listening.formUnion(places)
        }
        #expect(listening.count == players)
    }

    @Test("Who is alone watches nobody")
    func alone() { #expect(Watch(place: 0, players: 1).peers.isEmpty) }
}

@Suite struct LobbyReportTests {
    /// A run with these players in its rooms.
    private func report(_ players: [Int]) -> LobbyReport {
        var joins = QuickJoins()
        joins.found(playersPerRoom: players)
        return LobbyReport(joins)
    }

    @Test(
        "Rooms with players count, by how many they have",
        arguments: [([] as [Int], 0, 0, 0, 0), ([0, 0], 0, 0, 0, 0), ([8], 1, 8, 8, 8), ([8, 3, 0, 7], 3, 3, 7, 8)])
    func rooms(players: [Int], rooms: Int, fewest: Int, median: Int, most: Int) {
        let report = self.report(players)
        #expect(report.rooms == rooms)
        #expect(report.fewestPlayers == fewest)
        #expect(report.medianPlayers == median)
        #expect(report.mostPlayers == most)
    }

    @Test("Quick joins are timed, and refusals named by their codes")
    func joins() {
        var joins = QuickJoins()
        for milliseconds in 1...100 as ClosedRange<UInt64> { joins.welcomed(afterNanoseconds: .milliseconds(milliseconds)) }
        for code in [4011, 4011, 4010, nil, 4999] as [UInt16?] { joins.refused(code) }
        #expect(joins.durations.count == 100)
        #expect(abs(joins.durations.percentiles.p99 - 99) < 0.5)
        #expect(joins.refusals == ["relayFull": 2, "roomFull": 1, "connectionLost": 1, "4999": 1])
        let summary = LobbyReport(joins).summary
        #expect(summary.contains("100 quick joins"))
        #expect(summary.contains("refused: 1 4999, 1 connectionLost, 2 relayFull, 1 roomFull"))
    }
}

@Suite struct HeartbeatRoundTripsTests {
    @Test(
        "RTTs are told as heartbeats tell them, in whole milliseconds, and say so",
        arguments: [
            ([], "rtt, whole ms   -", #"{"count":0,"max":0,"p50":0,"p90":0,"p99":0,"p999":0,"resolutionMilliseconds":1}"#),
            (
                [0, 0, 0, 1], "rtt, whole ms   0         1         1         1         1         4",
                #"{"count":4,"max":1,"p50":0,"p90":1,"p99":1,"p999":1,"resolutionMilliseconds":1}"#
            ),
            (
                [1025, 1025, 70_000], "rtt, whole ms   1025      65535     65535     65535     65535     3",
                #"{"count":3,"max":65535,"p50":1025,"p90":65535,"p99":65535,"p999":65535,"resolutionMilliseconds":1}"#
            ),
        ] as [([UInt64], String, String)])
    func whole(milliseconds: [UInt64], line: String, json: String) throws {
        var durations = MeasuredDurations()
        for rtt in milliseconds { durations.rtt.record(milliseconds: rtt) }
        #expect(durations.table.contains(line), "\(durations.table)")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(durations.rtt), as: UTF8.self) == json)
    }
}

@Suite struct ClockTests {
    @Test("Stamps that cannot be true, or are old, are not believed")
    func arrivals() {
        let clocks = ReadClocks()
        let lastRead = Instant(nanoseconds: clocks.monotonic.nanoseconds - .seconds(1))
        for stamp in [0, -1, .min, .max, 1] as [Int64] {
            #expect(clocks.arrival(stamp: stamp, lastRead: lastRead) == nil)
        }
        let stamp = Int64(Date().timeIntervalSince1970 * 1_000_000_000) - 500_000_000
        let age = clocks.arrival(stamp: stamp, lastRead: lastRead).map { clocks.monotonic.since($0) }
        #expect(age.map { (1...500_000_000).contains($0) } == true, "half a second before the clocks' second reading")
    }
}
