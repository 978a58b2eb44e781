import RelayClient
import RelayWire
import Testing

@Suite("Quality")
struct QualityTests {
    @Test("A connection is well, then silent, then lost, then well again, and over at last")
    func states() {
        let bench = Bench()
        func state() -> Quality.State { bench.session.quality(at: bench.now).state }
        #expect(state() == .connecting)
        bench.joinWithSnapshot()
        #expect(state() == .connected)
        #expect(bench.session.quality(at: bench.now).text == "Connection OK")
        // Two heartbeats of a second.
        #expect(bench.session.silenceDeadline == bench.now + 2_000_000_000)
        bench.now += 1_999_999_999
        #expect(state() == .connected)
        bench.now += 1
        #expect(state() == .notResponding)
        #expect(bench.session.quality(at: bench.now).text == "Server not responding")
        #expect(bench.session.quality(at: bench.now).sinceLastFrame == .seconds(2))
        bench.close(nil)
        #expect(state() == .reconnecting)
        #expect(bench.session.quality(at: bench.now).retryIn.map { $0 <= .milliseconds(250) } == true)
        bench.reconnect()
        #expect(state() == .reconnecting)
        bench.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: 2)) }
        #expect(state() == .connected)
        #expect(bench.session.quality(at: bench.now).retryIn == nil)
        bench.leave()
        #expect(state() == .ended)
    }

    @Test(
        "The cause is that of our row in the roster; why the connection before ended is told besides",
        arguments: LagCause.allCases)
    func causes(cause: LagCause) {
        let bench = Bench()
        var welcome = Welcome.sample()
        welcome.cause = cause
        bench.joinWithSnapshot(welcome)
        let quality = bench.session.quality(at: bench.now)
        #expect(quality.lastEnd == cause && quality.cause == .unknown)
        #expect(cause == .unknown || !quality.description.contains(cause.sentence), "who is back does not lag")
        bench.receive(
            frame(.merged, tick: 11, baseline: 10, .roster) { writer in
                writer.seat(SeatNumber(rawValue: 1))
                writer.varint(1)
                writer.rosterRow(
                    RosterRow(seat: SeatNumber(rawValue: 1), state: .live, cause: .lateTick, joined: Tick(rawValue: 1)))
            })
        #expect(bench.session.quality(at: bench.now).cause == .lateTick)
        #expect(cause == .unknown || !cause.sentence.isEmpty)
    }

    @Test("It reads well")
    func reads() {
        let bench = Bench()
        var quality = bench.session.quality(at: bench.now)
        #expect(quality.description == "Connecting …")
        (quality.state, quality.rtt) = (.connected, 24)
        #expect(quality.description == "Connection OK, 24 ms")
        (quality.state, quality.cause) = (.reconnecting, .broken)
        #expect(quality.description == "Reconnecting …, the connection broke")
    }
}
