import RelayArena
import RelayCore
import RelayHosting
import RelayWire
import Testing

/// A thread in virtual time: each tick of its rooms takes so much of a period, on what the core has left.
private struct LoadedThread {
    var control = OverloadControl(rate: 100)
    /// Demand at full rate, per cent of what the core has left.
    var demand: UInt64
    private let period: UInt64 = 10_000_000
    private var behind: UInt64 = 0

    init(demand: UInt64) { self.demand = demand }

    /// Runs for so many periods.
    mutating func run(_ periods: UInt64) {
        var left = periods
        while left > 0 {
            let length = self.control.stride * self.period
            let work = self.demand * self.period / 100 + self.behind
            let skipped = work / length
            self.behind = work - min(work, length * max(1, skipped))
            let busy = min(work, length)
            _ = self.control.recordPass(length: length * max(1, skipped), idle: length - busy)
            self.control.recordTick(skipped: skipped > 0 ? skipped - 1 + (self.behind > 0 ? 1 : 0) : 0)
            left -= min(left, self.control.stride * max(1, skipped))
        }
    }
}

@Suite("Overload by contract")
struct OverloadTests {
    @Test(
        "The stride grows to what the demand needs and no further, and goes back",
        arguments: [(30, 1), (80, 1), (150, 2), (250, 3), (350, 4), (900, 4)] as [(UInt64, UInt64)]
    )
    func stride(_ demand: UInt64, _ expected: UInt64) {
        var thread = LoadedThread(demand: demand)
        thread.run(1000)
        #expect(thread.control.stride == expected)
        #expect(thread.control.isOverloaded == (expected > 1))
        thread.run(2000)
        #expect(thread.control.stride == expected, "it must not swing")
        thread.demand = 20
        thread.run(1200)
        #expect(thread.control.stride == 1)
        #expect(!thread.control.isOverloaded)
    }

    @Test("One busy second, and a pause of the process, change nothing")
    func shortLoad() {
        var control = OverloadControl(rate: 30)
        _ = control.recordPass(length: OverloadControl.window, idle: 0)
        #expect(control.stride == 1)
        // Stopped for 300 ms of each second: the thread meant to sleep for nearly all of it.
        for _ in 0..<100 {
            _ = control.recordPass(length: 250_000_000, idle: 4_000_000)
            control.recordTick(skipped: 8)
            for _ in 0..<175 {
                _ = control.recordPass(length: 4_000_000, idle: 3_500_000)
                control.recordTick(skipped: 0)
            }
        }
        #expect(control.stride == 1)
    }

    @Test("Rooms too slow for a stride are overloaded all the same, and say no stride that they do not have")
    func slowRooms() {
        var control = OverloadControl(rate: 5)
        for _ in 0..<10 {
            _ = control.recordPass(length: OverloadControl.window, idle: 0)
            control.recordTick(skipped: 1)
        }
        #expect(control.isOverloaded && control.stride == 1)
        for _ in 0..<10 { _ = control.recordPass(length: OverloadControl.window, idle: OverloadControl.window) }
        #expect(!control.isOverloaded)
    }

    struct GroupRow: Sendable, CustomTestStringConvertible {
        var rate: UInt64
        var wanted: UInt64
        var stride: UInt64
        var testDescription: String { "\(self.rate) Hz, \(self.wanted)" }
    }

    @Test(
        "No player waits for a frame for more than a quarter of a second",
        arguments: [
            GroupRow(rate: 240, wanted: 4, stride: 4), GroupRow(rate: 30, wanted: 3, stride: 3),
            GroupRow(rate: 16, wanted: 4, stride: 4), GroupRow(rate: 15, wanted: 4, stride: 3),
            GroupRow(rate: 10, wanted: 4, stride: 2), GroupRow(rate: 4, wanted: 4, stride: 1),
            GroupRow(rate: 1, wanted: 2, stride: 1),
        ]
    )
    func slots(_ row: GroupRow) throws {
        let schedule = TickSchedule(origin: .zero, rate: row.rate)
        let slot = try #require(TickSlot(schedule: schedule, index: 5, now: Instant(nanoseconds: 1_000_000_000)))
        slot.setStride(row.wanted)
        #expect(slot.stride == row.stride)
        let first = slot.nextTick
        var now = slot.deadline
        for step in UInt64(0)..<50 {
            let (tick, skipped) = slot.takeDueTick(at: now)
            #expect(tick == first.advanced(by: step * row.stride))
            #expect(tick.rawValue % row.stride == 5 % row.stride)
            #expect(skipped == 0)
            now = slot.deadline
        }
    }

    /// How often a slot's connections are read between two ticks.
    struct ReadingRow: Sendable, CustomTestStringConvertible {
        var rate: UInt64
        var stride: UInt64
        var readings: Int
        var testDescription: String { "\(self.rate) Hz, stride \(self.stride)" }
    }

    @Test(
        "No connection is left unread for more than 125 ms",
        arguments: [
            ReadingRow(rate: 1, stride: 1, readings: 8), ReadingRow(rate: 2, stride: 1, readings: 4),
            ReadingRow(rate: 3, stride: 1, readings: 2), ReadingRow(rate: 4, stride: 1, readings: 2),
            ReadingRow(rate: 5, stride: 1, readings: 1), ReadingRow(rate: 8, stride: 1, readings: 0),
            ReadingRow(rate: 30, stride: 1, readings: 0), ReadingRow(rate: 30, stride: 4, readings: 1),
            ReadingRow(rate: 16, stride: 4, readings: 2), ReadingRow(rate: 8, stride: 2, readings: 2),
        ]
    )
    func readings(_ row: ReadingRow) throws {
        let schedule = TickSchedule(origin: .zero, rate: row.rate)
        let slot = try #require(TickSlot(schedule: schedule, index: 0, now: Instant(nanoseconds: 1_000_000_000)))
        slot.setStride(row.stride)
        for _ in 0..<3 {
            var last = slot.deadline
            _ = slot.takeDueTick(at: last)
            slot.planReading(after: last)
            var readings = 0
            while let next = slot.nextReading {
                #expect(slot.due == next && next < slot.deadline && next.since(last) <= 125_000_000)
                readings += 1
                slot.planReading(after: next)
                last = next
            }
            #expect(readings == row.readings && slot.due == slot.deadline && slot.deadline.since(last) <= 125_000_000)
        }
    }

    @Test("A late slot skips numbers and stays on its stride")
    func lateSlot() throws {
        let schedule = TickSchedule(origin: .zero, rate: 100)
        let slot = try #require(TickSlot(schedule: schedule, index: 1, now: Instant(nanoseconds: 1_000_000_000)))
        slot.setStride(3)
        let due = slot.nextTick
        let late = schedule.deadline(of: due.advanced(by: 8))
        let (tick, skipped) = slot.takeDueTick(at: late)
        #expect(tick == due.advanced(by: 6))
        #expect(skipped == 2)
        #expect(slot.nextTick == due.advanced(by: 9))
    }

    @Test("A pass counts as at most twice its plan or a quarter of a second on the liveness clock")
    func livenessClock() {
        var clock = LivenessClock(startingAt: .zero)
        clock.plan(4_000_000)
        #expect(clock.pass(at: Instant(nanoseconds: 200_000_000)) == 200_000_000)
        #expect(clock.pass(at: Instant(nanoseconds: 5_200_000_000)) == 250_000_000)
        clock.plan(1_000_000_000)
        #expect(clock.pass(at: Instant(nanoseconds: 15_200_000_000)) == 2_000_000_000)
        #expect(clock.now == Instant(nanoseconds: 2_450_000_000))
    }
}

@Suite("Newcomers under overload")
struct DirectoryTests {
    private static let instance = RoomInstance(high: 1, low: 2)

    @Test("Rooms on an overloaded thread take no newcomers, but those who return; new rooms go elsewhere")
    func overloaded() throws {
        let directory = RoomDirectory(threads: 2, maximumRooms: 8)
        let route = try directory.reserve("a", newInstance: Self.instance)
        directory.made(route)
        directory.release(route)
        directory.setOverloaded(true, thread: route.thread)
        #expect(throws: PlacementRefusal.overloaded) { try directory.reserve("a", newInstance: Self.instance) }
        #expect(try directory.reserve("a", instance: Self.instance) == route)
        for name in ["b", "c", "d"] {
            #expect(try directory.reserve(name, newInstance: Self.instance).thread != route.thread)
        }
        directory.setOverloaded(true, thread: 1 - route.thread)
        #expect(throws: PlacementRefusal.overloaded) { try directory.reserve("e", newInstance: Self.instance) }
        directory.setOverloaded(false, thread: route.thread)
        #expect(try directory.reserve("e", newInstance: Self.instance).thread == route.thread)
    }

    @Test("Connections on their way to a thread are bounded; each that arrives makes room for one")
    func crowded() throws {
        let directory = RoomDirectory(threads: 1, maximumRooms: 8)
        var route = try directory.reserve("a", newInstance: Self.instance)
        for _ in 1..<RoomDirectory.maximumArriving { route = try directory.reserve("a", newInstance: Self.instance) }
        #expect(throws: PlacementRefusal.crowded) { try directory.reserve("a", newInstance: Self.instance) }
        #expect(throws: PlacementRefusal.crowded) { try directory.reserve("b", newInstance: Self.instance) }
        #expect(directory.count == 1)
        directory.release(route)
        #expect(try directory.reserve("b", newInstance: Self.instance).name == "b")
    }
}

@Suite("The mailbox")
struct MailboxTests {
    /// A newcomer whose descriptor is never used.
    private func newcomer(_ number: Int32) -> ArenaCommand {
        .admit(
            Admission(
                .socket(number), request: .hello(Hello(room: "room")),
                route: RoomRoute(name: "room", instance: RoomInstance(high: 0, low: 1), thread: 0),
                decoder: WebSocketDecoder(role: .server, maximumMessageBytes: 0), unread: [], arrival: 0, peer: ""))
    }

    /// What was taken: newcomers by their number, orders as -1.
    private func taken(_ mailbox: ArenaMailbox, atMost bound: Int) -> [Int32] {
        mailbox.take(atMost: bound).map { command in
            guard case .admit(let admission) = command, case .socket(let number) = admission.carrier else { return -1 }
            return number
        }
    }

    @Test("Newcomers are taken some at a time, in order, and orders do not wait behind them")
    func someAtATime() throws {
        let mailbox = try #require(ArenaMailbox())
        #expect(mailbox.take(atMost: 4).isEmpty)
        for number in 1...5 as ClosedRange<Int32> { #expect(mailbox.post(self.newcomer(number))) }
        #expect(mailbox.post(.drain))
        #expect(self.taken(mailbox, atMost: 3) == [-1, 1, 2, 3])
        #expect(self.taken(mailbox, atMost: 3) == [4, 5])
        #expect(mailbox.take(atMost: 3).isEmpty)
        #expect(mailbox.close().isEmpty)
        #expect(!mailbox.post(.drain))
    }
}
