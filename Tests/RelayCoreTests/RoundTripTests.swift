import RelayCore
import RelayWire
import Testing

@Suite("Acknowledgements and round trips")
struct RoundTripTests {
    /// RFC 6298 section 2 and RFC 3550 section 6.4.1 as they are written, in real numbers.
    struct Reference {
        var srtt = 0.0
        var rttvar = 0.0
        var jitter = 0.0
        var last: Double?

        mutating func add(_ sample: Double) {
            if let last = self.last {
                self.rttvar = 0.75 * self.rttvar + 0.25 * abs(self.srtt - sample)
                self.srtt = 0.875 * self.srtt + 0.125 * sample
                self.jitter += (abs(sample - last) - self.jitter) / 16
            } else {
                (self.srtt, self.rttvar) = (sample, sample / 2)
            }
            self.last = sample
        }
    }

    @Test("Smoothing, variance and jitter follow the RFCs within rounding", arguments: UInt64(0)..<20)
    func arithmetic(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var (ours, reference) = (RoundTrip(), Reference())
        #expect(ours.smoothed == nil)
        let base: UInt64 = random.below(200_000)
        for step in UInt64(1)...500 {
            let sample = base + random.below(random.chance(5) ? 1_000_000 : 3000)
            ours.add(sample, exact: true, at: Instant(nanoseconds: step * 33_000_000))
            reference.add(Double(sample))
            // Truncated microseconds: 1/(1 − 7/8) of one each, and the variance inherits the mean's.
            #expect(abs(Double(ours.smoothed ?? 0) - reference.srtt) <= 8)
            #expect(abs(Double(ours.variance) - reference.rttvar) <= 12)
            #expect(abs(Double(ours.jitter) - reference.jitter) <= 2)
            #expect(ours.samples == step)
        }
    }

    @Test("The minimum is of exact samples, of at least the last 10 and at most the last 20 s", arguments: UInt64(0)..<20)
    func windowedMinimum(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var trip = RoundTrip()
        var exact: [(at: UInt64, sample: UInt64)] = []
        var now: UInt64 = random.below(30_000_000_000)
        // Sparse seeds take a sample every few seconds, dense ones 20 a second.
        let pace: UInt64 = seed % 2 == 0 ? 100_000_000 : 12_000_000_000
        for _ in 0..<400 {
            now += 1 + random.below(pace)
            let (sample, isExact) = (1000 + random.below(100_000 as UInt64), random.chance(70))
            trip.add(isExact ? sample : 1, exact: isExact, at: Instant(nanoseconds: now))
            if isExact { exact.append((now, sample)) }
            guard isExact, let minimum = trip.minimum else { continue }
            let recent = exact.filter { now - $0.at < 10_000_000_000 }.map(\.sample).min() ?? 0
            let reachable = exact.filter { now - $0.at <= 20_000_000_000 }.map(\.sample).min() ?? 0
            #expect(minimum <= recent)
            #expect(minimum >= reachable)
        }
    }

    @Test("Absurd samples neither trap nor stick")
    func absurdSamples() {
        var trip = RoundTrip()
        for sample in [UInt64.max, 0, .max, .max, 1] { trip.add(sample, exact: true, at: Instant(nanoseconds: .max)) }
        #expect(trip.smoothed ?? .max <= RoundTrip.longest)
        for step in UInt64(0)..<300 { trip.add(1000, exact: true, at: Instant(nanoseconds: step)) }
        #expect((1000...1010).contains(trip.smoothed ?? 0))
    }

    // MARK: In the room

    struct HoldRow: Sendable, CustomTestStringConvertible {
        var hold: UInt64
        /// Microseconds after a hand-over 5 ms before the arrival.
        var sample: UInt64?
        var testDescription: String { "hold \(self.hold) µs of 5,000" }
    }

    @Test(
        "The hold is taken off; one longer than the time elapsed gives no sample and is counted",
        arguments: [
            HoldRow(hold: 0, sample: 5000), HoldRow(hold: 1200, sample: 3800), HoldRow(hold: 5000, sample: 0),
            HoldRow(hold: 5001), HoldRow(hold: .max),
        ]
    )
    func holds(_ row: HoldRow) {
        let harness = RoomHarness()
        let client = harness.join()
        client.hold = row.hold
        harness.tick()
        #expect(harness.report(client)?.roundTrip.smoothed == row.sample)
        #expect(harness.report(client)?.roundTrip.minimum == row.sample)
        #expect(harness.count(.ackDelaysTooLong) == (row.sample == nil ? 1 : 0))
        #expect(harness.count(.acknowledgements) == 1)
        #expect(harness.state(client) == .live)
    }

    @Test("An inexact arrival is a sample only after 10 s without an exact one, and never of the minimum")
    func inexact() {
        let harness = RoomHarness()
        let client = harness.join()
        client.acknowledges = false
        let started = harness.now
        while harness.now.since(started) < 11_000_000_000 {
            harness.acknowledge(client, at: harness.now.advanced(by: 1_000_000), exact: false)
            let isWaiting = harness.now.since(started) + 1_000_000 < RoundTrip.patience
            harness.tick()
            #expect(harness.report(client)?.roundTrip.smoothed == nil || !isWaiting)
        }
        #expect(harness.report(client)?.roundTrip.smoothed == 1000)
        #expect(harness.report(client)?.roundTrip.minimum == nil)
        harness.acknowledge(client, at: harness.now.advanced(by: 2_000_000))
        harness.tick()
        let samples = harness.report(client)?.roundTrip.samples
        harness.acknowledge(client, at: harness.now.advanced(by: 9_000_000), exact: false)
        harness.tick()
        #expect(harness.report(client)?.roundTrip.samples == samples)
    }

    /// Messages that name one frame, each with its ack delay and how long after the hand-over it was read, milliseconds.
    struct RepeatRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var messages: [(delay: UInt64, at: UInt64, isExact: Bool)]
        /// Microseconds.
        var samples: UInt64
        var smoothed: UInt64?
    }

    @Test(
        "The first exactly stamped message that names a frame is its sample, whether or not it advances",
        arguments: [
            RepeatRow(testDescription: "one", messages: [(0, 2, true)], samples: 1, smoothed: 2000),
            RepeatRow(
                testDescription: "an acknowledgement at once and something else at 20 ms, read together",
                messages: [(0, 22, false), (20, 22, true)], samples: 1, smoothed: 2000),
            RepeatRow(
                testDescription: "the same, read one by one", messages: [(0, 2, true), (20, 22, true)], samples: 1, smoothed: 2000
            ),
            RepeatRow(
                testDescription: "many that name a late frame are one sample",
                messages: [(0, 202, true), (10, 212, true), (20, 222, true)], samples: 1, smoothed: 202_000),
            RepeatRow(
                testDescription: "a delay of more than a second", messages: [(1001, 1100, true)], samples: 0, smoothed: nil),
            RepeatRow(
                testDescription: "and one that was said before that", messages: [(900, 1000, true), (1001, 1101, true)],
                samples: 1,
                smoothed: 100_000),
        ]
    )
    func oneSampleAFrame(_ row: RepeatRow) {
        let harness = RoomHarness()
        let client = harness.join()
        client.acknowledges = false
        let (frame, handedOver) = (client.applied, harness.now)
        for message in row.messages {
            harness.acknowledge(
                client, frame, hold: message.delay * 1000, at: handedOver.advanced(by: message.at * 1_000_000),
                exact: message.isExact)
        }
        harness.tick()
        #expect(harness.report(client)?.roundTrip.samples == row.samples)
        #expect(harness.report(client)?.roundTrip.smoothed == row.smoothed)
    }

    @Test("A frame is not sampled once a newer one is acknowledged, nor once it was given up")
    func olderFramesAreNotSampled() {
        let harness = RoomHarness()
        let client = harness.join()
        client.acknowledges = false
        let first = client.applied
        harness.uplink(client, .set(client.entity(0), "x", .integer(1)))
        harness.tick()
        let second = client.applied
        #expect(second > first)
        harness.acknowledge(client, first, at: harness.now.advanced(by: 1_000_000), exact: false)
        harness.acknowledge(client, second, at: harness.now.advanced(by: 1_000_000), exact: false)
        harness.acknowledge(client, first, hold: 500, at: harness.now.advanced(by: 1_000_000))
        harness.tick()
        #expect(harness.report(client)?.roundTrip.samples == 0)
        harness.uplink(client, .set(client.entity(0), "x", .integer(2)))
        harness.tick()
        let refused = client.applied
        harness.send(client) { $0.resync(Ack(tick: .none, delay: 0), .baseline) }
        harness.tick()
        harness.acknowledge(client, refused, at: harness.now.advanced(by: 1_000_000))
        harness.tick()
        #expect(harness.report(client)?.roundTrip.samples == 0)
    }

    @Test("A stamp from before the hand-over is no negative round trip")
    func stampBeforeHandOver() {
        let harness = RoomHarness()
        let client = harness.join()
        client.acknowledges = false
        harness.acknowledge(client, at: .zero)
        harness.tick()
        #expect(harness.report(client)?.roundTrip.smoothed == 0)
    }

    @Test("A frame whose last byte went out late is timed from then")
    func lateRemainder() {
        let harness = RoomHarness()
        let client = harness.join()
        client.takesAll = false
        harness.uplink(client, .set(client.entity(0), "x", .integer(1)))
        harness.tick()
        let before = harness.report(client)?.roundTrip.samples ?? 0
        harness.tick(3)
        harness.finish(client, at: harness.now.advanced(by: 4_000_000))
        client.latency = 5_500_000
        harness.tick()
        #expect(harness.report(client)?.roundTrip.samples == before + 1)
        // 5 ms first, then 1.5 ms.
        #expect(harness.report(client)?.roundTrip.minimum == 1500)
    }

    @Test("An acknowledgement of several frames is one sample, of the newest; older and repeated ones are none")
    func oneSample() {
        let harness = RoomHarness()
        let (client, writer) = (harness.join(), harness.join())
        client.acknowledges = false
        for value in 0..<5 {
            harness.uplink(writer, .set(writer.entity(0), "x", .integer(Int64(value))))
            harness.tick()
        }
        let samples = harness.report(client)?.roundTrip.samples ?? 0
        for tick in [client.applied - 2, client.applied, client.applied, client.applied - 1, client.applied - 4] {
            harness.acknowledge(client, tick)
        }
        harness.tick()
        #expect(harness.report(client)?.roundTrip.samples == samples + 2)
        #expect(harness.report(client)?.acknowledgementAge == nil)
        #expect(client.closed == nil)
    }

    enum BadTick: String, Sendable, CaseIterable { case future, between, beforeFirst, previousConnection, largest }

    @Test("A tick that was never written to this connection is refused with 4003", arguments: BadTick.allCases)
    func unknownTick(_ bad: BadTick) {
        let harness = RoomHarness()
        let writer = harness.join()
        harness.tick(7)
        var client = harness.join()
        client.acknowledges = false
        let first = client.applied
        for value in 0..<2 {
            harness.uplink(writer, .set(writer.entity(0), "x", .integer(Int64(value))))
            harness.tick(by: 2)
        }
        let tick: UInt64
        switch bad {
        case .future: tick = harness.tickNumber + 1
        case .between: tick = client.applied - 1
        case .beforeFirst: tick = first - 1
        case .largest: tick = Tick.maximum.rawValue
        case .previousConnection:
            tick = client.applied
            harness.acknowledge(client)
            client = harness.rejoin(client)
            client.acknowledges = false
        }
        harness.uplink(client, ack: tick, .say(1))
        harness.tick()
        #expect(client.closed == .badAcknowledgement)
        #expect(harness.closes(.badAcknowledgement) == 1)
        #expect(harness.room.newestEvent == 0)
    }

    @Test("Acknowledging nothing is allowed for ever")
    func nothing() {
        let harness = RoomHarness()
        let client = harness.join()
        harness.acknowledge(client, 0)
        harness.tick(3)
        harness.acknowledge(client, 0)
        harness.tick()
        #expect(client.closed == nil)
    }
}
