import Glibc
import RelayBots
import RelayClient
import RelayWire
import Testing

/// One player that writes at its turns, a relay that ticks, and one listener, in virtual time.
private struct VirtualRun {
    var rate: UInt64 = 30
    var seconds: UInt64 = 20
    /// Whether the relay stands still so many milliseconds after the start. It goes on with the tick that is due then.
    var isStopped: (UInt64) -> Bool = { _ in false }
    /// The stride that the relay runs at, and the one it says, so many milliseconds after the start.
    var stride: (UInt64) -> UInt64 = { _ in 1 }
    var saidStride: ((UInt64) -> UInt64)?
    /// Turns at which the player does nothing, because the generator was late or its session was held back.
    var isIdle: (UInt64) -> Bool = { _ in false }

    private static let origin: UInt64 = .seconds(100)

    /// What is measured from the first turn to the end.
    func measured() -> MeasuredDurations {
        let schedule = SlotSchedule(origin: Self.origin, rate: self.rate)
        let end = Self.origin + .seconds(self.seconds)
        var durations = MeasuredDurations()
        var arrivals = FrameArrivals()
        var seen: UInt64 = 0
        func pair() -> WatchedPair {
            WatchedPair(
                phase: 0, slots: 0..<self.seconds * self.rate * schedule.phases, cleanSince: 0,
                period: arrivals.judgedStride * schedule.tickLength)
        }
        var resumed: UInt64 = 0
        for tick in 0..<self.seconds * self.rate {
            let due = schedule.deadline(of: schedule.slot(ofWrite: tick + 1, phase: schedule.phases / 2)) + 1_000
            let after = (due - Self.origin) / 1_000_000
            guard due >= resumed, tick % self.stride(after) == 0 else { continue }
            var sentAt = due
            while self.isStopped((sentAt - Self.origin) / 1_000_000) { sentAt += .milliseconds(1) }
            resumed = sentAt
            var newest = min(schedule.write(at: schedule.slot(at: sentAt)), self.seconds * self.rate)
            while newest > seen, self.isIdle(newest) { newest -= 1 }
            let before = arrivals.newest
            let read = FrameArrivals.Read(stamp: sentAt + 50_000, isExact: true, previous: before)
            arrivals.record(
                Tick(rawValue: tick + 1), read, stride: (self.saidStride ?? self.stride)(after), tickLength: schedule.tickLength)
            if newest > seen { durations.record((seen + 1)...newest, of: pair(), by: schedule, at: arrivals.newest) }
            seen = max(seen, newest)
            durations.frameInterval.record(
                from: before, to: arrivals.newest, since: Self.origin, until: end,
                period: arrivals.judgedStride * schedule.tickLength)
        }
        durations.frameInterval.record(
            from: arrivals.newest, to: end, since: Self.origin, until: end, period: arrivals.judgedStride * schedule.tickLength)
        if seen < self.seconds * self.rate {
            durations.recordUnseen((seen + 1)...self.seconds * self.rate, of: pair(), by: schedule, at: end + .seconds(1))
        }
        return durations
    }

    func complaints() -> [String] { Punctuality.complaints(self.measured(), stallAfter: 3_000) }
}

@Suite struct PunctualityTests {
    @Test("A good relay is not complained about, whatever its rate", arguments: [1, 7, 30, 60, 240] as [UInt64])
    func good(rate: UInt64) {
        let run = VirtualRun(rate: rate)
        let measured = run.measured()
        #expect(run.complaints().isEmpty)
        #expect(measured.delivery.durations.count == 20 * rate)
        // The last write may still be on its way when the run ends.
        #expect(measured.delivery.lateShare * Double(20 * rate) <= Double(measured.delivery.unseen))
        #expect(measured.frameInterval.lateTimeShare == 0)
        #expect(measured.delivery.unseen == 0)
    }

    @Test("Stopped for 300 ms of each second: every write counts, and both measures say so")
    func stopped() {
        let run = VirtualRun(isStopped: { $0 % 1000 < 300 })
        let measured = run.measured()
        let delivery = measured.delivery.durations.percentiles
        #expect(delivery.count == 600)
        #expect((280...340).contains(delivery.p99))
        #expect((0.2...0.3).contains(measured.delivery.lateShare))
        #expect((280...340).contains(measured.frameInterval.durations.percentiles.p99))
        #expect((0.28...0.36).contains(measured.frameInterval.lateTimeShare))
        #expect(run.complaints().count == 2)
    }

    @Test("Stood still once for 3 s of 60: the interval's p99 is good, the part of the time is not")
    func once() {
        let run = VirtualRun(seconds: 60, isStopped: { (20_000..<23_000).contains($0) })
        let measured = run.measured()
        #expect(measured.frameInterval.durations.percentiles.p99 < 40)
        #expect((0.049...0.052).contains(measured.frameInterval.lateTimeShare))
        #expect(run.complaints().contains { $0.hasPrefix("frames came too far apart: 5") })
    }

    @Test(
        "Stood still once in a long run: longer than stallAfter is too long",
        arguments: [(2_900, 0), (3_100, 1)] as [(UInt64, Int)])
    func longer(stop: UInt64, complaints: Int) {
        let run = VirtualRun(seconds: 600, isStopped: { (20_000..<20_000 + stop).contains($0) })
        #expect(run.complaints().count == complaints)
    }

    @Test("A relay that says its stride is judged by it; one that does not say it is not excused")
    func stride() {
        var run = VirtualRun(stride: { _ in 3 })
        #expect(run.complaints().isEmpty)
        run.saidStride = { _ in 1 }
        #expect(run.complaints().count == 2)
        let changing = VirtualRun(stride: { $0 % 6_000 < 2_000 ? 1 : $0 % 6_000 < 4_000 ? 4 : 2 })
        #expect(changing.complaints().isEmpty)
        #expect(changing.measured().frameInterval.durations.percentiles.max > 130)
    }

    @Test("Writes that were left out or merged count from when they were meant")
    func leftOut() {
        // Of each 30 turns ten in a row: the one after them shows eleven, the oldest of them ten ticks old.
        let measured = VirtualRun(isIdle: { $0 % 30 < 10 }).measured()
        #expect(measured.delivery.durations.count == 600)
        #expect(measured.delivery.durations.percentiles.max > 333)
        #expect((0.25...0.32).contains(measured.delivery.lateShare))
        #expect(measured.frameInterval.lateTimeShare == 0)
    }

    @Test("A relay that stands still to the end: what is open counts with its age")
    func toTheEnd() {
        let run = VirtualRun(seconds: 10, isStopped: { (9_000..<20_000).contains($0) })
        let measured = run.measured()
        #expect(measured.delivery.durations.count == 300)
        #expect(measured.delivery.durations.percentiles.max > 1_900)
        #expect((0.09...0.11).contains(measured.frameInterval.lateTimeShare))
    }
}

@Suite struct DeliveryTests {
    private let schedule = SlotSchedule(origin: .seconds(100), rate: 30)

    private func pair(slots: Range<UInt64> = 0..<UInt64.max, cleanSince: UInt64 = 0) -> WatchedPair {
        WatchedPair(phase: 3, slots: slots, cleanSince: cleanSince, period: self.schedule.tickLength)
    }

    @Test("A frame that is the first to show ten writes delivers ten, each from its own turn")
    func superseded() {
        var durations = MeasuredDurations()
        let last = self.schedule.deadline(of: self.schedule.slot(ofWrite: 10, phase: 3))
        durations.record(1...10, of: self.pair(), by: self.schedule, at: last + .milliseconds(20))
        let values = durations.delivery.durations.percentiles
        #expect(values.count == 10)
        #expect((319...321).contains(values.max))
        #expect((152...154).contains(values.p50))
        #expect(durations.delivery.lateShare == 0.8)
    }

    @Test(
        "Which writes count",
        arguments: [
            (0..<UInt64.max, 10), (0..<11, 2), (11..<UInt64.max, 9), (12..<UInt64.max, 8), (16..<32, 2), (0..<0, 0),
            (900..<901, 0),
        ] as [(Range<UInt64>, UInt64)]
    )
    func counted(slots: Range<UInt64>, count: UInt64) {
        var durations = MeasuredDurations()
        durations.record(1...10, of: self.pair(slots: slots), by: self.schedule, at: .seconds(101))
        #expect(durations.delivery.durations.count == count - (slots == 0..<11 ? 1 : 0))
    }

    @Test("Within a planned fault, and two seconds after, writes are caught up with")
    func disturbed() {
        var durations = MeasuredDurations()
        durations.record(1...150, of: self.pair(cleanSince: .seconds(101)), by: self.schedule, at: .seconds(106))
        #expect(durations.catchUp.count == 90)
        #expect(durations.delivery.durations.count == 60)
        durations.record(1...150, of: self.pair(cleanSince: .max), by: self.schedule, at: .seconds(106))
        #expect(durations.catchUp.count == 240)
    }

    @Test("What nobody saw counts with its age, and is counted as such")
    func unseen() {
        var durations = MeasuredDurations()
        durations.recordUnseen(1...3, of: self.pair(), by: self.schedule, at: .seconds(105))
        #expect(durations.delivery.unseen == 3)
        #expect(durations.delivery.durations.percentiles.p50 > 4_900)
    }

    @Test("A late slot, and those left out behind it, are all late")
    func lateness() {
        var measurements = Measurements()
        for slot in 0..<240 as Range<UInt64> where slot < 100 || slot >= 172 {
            let skipped = slot == 172 ? 100..<173 : slot..<slot + 1
            let now = self.schedule.deadline(of: slot)
            measurements.recordLateness(of: skipped as Range<UInt64>, of: self.schedule, at: now, until: .seconds(200))
        }
        #expect(measurements.lateness.count == 240)
        #expect((285...301).contains(measurements.lateness.percentiles.p99))
        measurements.recordLateness(of: 240..<300, of: self.schedule, at: .seconds(200), until: .seconds(101))
        #expect(measurements.lateness.count == 240)
    }
}

@Suite struct FrameArrivalTests {
    private static let ms: UInt64 = 1_000_000

    @Test(
        "Frames read together: one that was not yet due at the read before came when it was due, one that was overdue came late",
        arguments: [
            // Milliseconds: the read before, the stamp of this one; ticks of the frames in it, and when each is taken to have come.
            (20, 133, [2], [133]),
            (101, 166, [2, 3], [133, 166]),
            (99, 166, [3], [166]),
            (300, 310, [2, 3, 4], [310, 310, 310]),
            (260, 299, [6, 7], [266, 299]),
            (120, 130, [2, 3], [130, 130]),
        ] as [(UInt64, UInt64, [UInt64], [UInt64])]
    )
    func together(previous: UInt64, stamp: UInt64, ticks: [UInt64], expected: [UInt64]) {
        var arrivals = FrameArrivals()
        let tickLength = SlotSchedule(origin: 0, rate: 30).tickLength
        arrivals.record(
            Tick(rawValue: 1), .init(stamp: 100 * Self.ms, isExact: true, previous: 0), stride: 1, tickLength: tickLength)
        var found: [UInt64] = []
        for tick in ticks {
            let read = FrameArrivals.Read(stamp: stamp * Self.ms, isExact: tick == ticks.last, previous: previous * Self.ms)
            arrivals.record(Tick(rawValue: tick), read, stride: 1, tickLength: tickLength)
            found.append(arrivals.newest / Self.ms)
        }
        #expect(found == expected)
    }

    @Test("A relay's word for a tick cannot overflow anything")
    func hostile() {
        var arrivals = FrameArrivals()
        for tick in [1, Tick.maximum.rawValue, 1, .max] as [UInt64] {
            let read = FrameArrivals.Read(stamp: .seconds(1), isExact: false, previous: 0)
            arrivals.record(Tick(rawValue: tick), read, stride: 1, tickLength: 1_000_000_000)
        }
        #expect(arrivals.newest == .seconds(1))
    }

    @Test("An interval over a change of the stride is judged by the longer one")
    func change() {
        var arrivals = FrameArrivals()
        var judged: [UInt64] = []
        for (tick, stride) in [(1, 1), (2, 3), (5, 3), (8, 1), (9, 1)] as [(UInt64, UInt64)] {
            let read = FrameArrivals.Read(stamp: tick * .milliseconds(33), isExact: true, previous: 0)
            arrivals.record(Tick(rawValue: tick), read, stride: stride, tickLength: .milliseconds(33))
            judged.append(arrivals.judgedStride)
        }
        #expect(judged == [1, 3, 3, 3, 1])
    }

    @Test(
        "Intervals count as far as they lie in the measured time",
        arguments: [
            (10, 43, 33), (0, 43, nil), (10, 20, nil), (90, 130, 10), (110, 130, nil), (30, 100, 70), (30, 30, 0),
        ] as [(UInt64, UInt64, Double?)]
    )
    func clipped(start: UInt64, end: UInt64, expected: Double?) {
        var intervals = FrameIntervals()
        let since = start == 10 && end == 43 ? 10 * Self.ms : 25 * Self.ms
        intervals.record(from: start * Self.ms, to: end * Self.ms, since: since, until: 100 * Self.ms, period: 33 * Self.ms)
        #expect(intervals.durations.count == (expected == nil ? 0 : 1))
        #expect(expected == nil || abs(intervals.durations.percentiles.max - (expected ?? 0)) < 0.1)
        #expect(intervals.late == ((expected ?? 0) > 66 ? 70 * Self.ms : 0))
    }
}

@Suite struct ReachabilityTests {
    @Test(
        "Who is turned down for two and a half seconds, and never once let in, gives up",
        arguments: [
            (ECONNREFUSED, false, 2_500, "nobody listens on 127.0.0.1:7777"),
            (ECONNREFUSED, false, 2_499, nil), (ECONNREFUSED, true, 60_000, nil), (ETIMEDOUT, false, 60_000, nil),
            (EHOSTUNREACH, false, 2_500, "127.0.0.1:7777 cannot be reached: No route to host"),
        ] as [(Int32, Bool, UInt64, String?)]
    )
    func giveUp(error: Int32, hasSucceeded: Bool, after: UInt64, expected: String?) {
        var reachability = Reachability()
        reachability.failed(error: error, at: .seconds(7))
        reachability.failed(error: error, at: .seconds(8))
        if hasSucceeded { reachability.succeeded() }
        reachability.failed(error: error, at: .seconds(9))
        #expect(reachability.hopeless(at: .seconds(7) + .milliseconds(after), RelayURL()) == expected)
    }

    @Test(
        "Who never gets an answer gives up after five seconds, and at once if none can come",
        arguments: [
            (false, false, 5_000, true), (false, false, 4_999, false), (true, false, 0, true), (true, true, 60_000, false),
            (false, true, 60_000, false),
        ] as [(Bool, Bool, UInt64, Bool)]
    )
    func unanswered(isFinal: Bool, hasAnswered: Bool, after: UInt64, isHopeless: Bool) {
        var reachability = Reachability()
        reachability.succeeded()
        if hasAnswered { reachability.answered() }
        for seconds in [7, 8] as [UInt64] { reachability.ended("why", isFinal: isFinal, at: .seconds(seconds)) }
        let reason = reachability.hopeless(at: .seconds(7) + .milliseconds(after), RelayURL())
        #expect(reason == (isHopeless ? "127.0.0.1:7777: why" : nil))
    }

    @Test("A host without an address is named")
    func unknown() {
        #expect(Reachability.problem(of: "127.0.0.1") == nil)
        #expect(Reachability.problem(of: "a host.invalid")?.hasPrefix("a host.invalid cannot be resolved: ") == true)
    }
}
