import RelayCore
import RelayWire
import Testing

@Suite("A verdict whenever somebody lags")
struct LagTests {
    /// A kernel that has every frame.
    private static let idle = KernelSample(
        rtt: 1_000, retransmissionTimeout: 200_000, retransmits: 0, unackedSegments: 0, undeliveredBytes: 0,
        notSentBytes: 0, sinceLastAck: 1_000, peerWindow: 65_536, congestionWindow: 10, takesBytes: true)

    /// A kernel that has none of the frames in flight.
    private static var cutOff: KernelSample {
        var sample = Self.idle
        (sample.undeliveredBytes, sample.unackedSegments, sample.sinceLastAck) = (1 << 20, 9, 600_000)
        return sample
    }

    private static func busyTicks(_ harness: RoomHarness, _ writer: TestClient, _ count: Int) {
        for _ in 0..<count {
            harness.uplink(writer, .set(writer.entity(0), "x", .integer(Int64(harness.tickNumber))))
            harness.tick()
        }
    }

    /// A writer, and a player who has just stopped to acknowledge.
    private static func silence(_ kernel: KernelSample?, rate: UInt64 = 30) -> (
        RoomHarness, writer: TestClient, silent: TestClient
    ) {
        let harness = RoomHarness { ($0.rate, $0.graceWindow) = (rate, 2_000_000_000) }
        let (writer, silent) = (harness.join(), harness.join())
        self.busyTicks(harness, writer, 5)
        harness.kernels[silent.seat] = kernel
        silent.acknowledges = false
        return (harness, writer, silent)
    }

    @Test(
        "The cause is in the notes, the counters, the roster and the next welcome",
        arguments: [(Self.idle, LagCause.clientFrozen), (Self.cutOff, .network), (nil, .unknown)] as [(KernelSample?, LagCause)])
    func carriedToAll(kernel: KernelSample?, cause: LagCause) {
        let (harness, writer, silent) = Self.silence(kernel)
        Self.busyTicks(harness, writer, 95)
        #expect(harness.notes(.behind).map(\.cause) == [cause] && harness.notes(.stalled).map(\.cause) == [cause])
        #expect(harness.notes(.stalled).first?.evidence?.kernel == kernel)
        #expect(writer.replica.roster[silent.seat]?.state == .stalled && writer.replica.roster[silent.seat]?.cause == cause)
        Self.busyTicks(harness, writer, 65)
        #expect(harness.notes(.dropped).map(\.cause) == [cause])
        #expect(writer.replica.roster[silent.seat]?.state == .away && writer.replica.roster[silent.seat]?.cause == cause)
        for lag in [Lag.behind, .stalled, .dropped] { #expect(harness.room.counters[lag, cause] == 1) }
        let back = harness.rejoin(silent)
        #expect(back.welcome?.cause == cause)
        #expect(writer.replica.roster[silent.seat]?.cause == .unknown)
    }

    @Test("A row in state live has no cause, also while the seat is behind")
    func liveRows() {
        let (harness, writer, silent) = Self.silence(Self.cutOff)
        Self.busyTicks(harness, writer, 30)
        #expect(harness.report(silent)?.isBehind == true && harness.report(silent)?.cause == .network)
        let newcomer = harness.join()
        #expect(newcomer.replica.roster[silent.seat]?.cause == .unknown)
        silent.acknowledges = true
        Self.busyTicks(harness, writer, 2)
        #expect(harness.report(silent)?.cause == .unknown)
    }

    @Test("While all is well nobody's kernel is asked; who is overdue is asked at each tick, until the stall and before the drop")
    func asks() {
        let (harness, writer, silent) = Self.silence(Self.idle)
        var asked: [Bool] = []
        while silent.closed == nil {
            Self.busyTicks(harness, writer, 1)
            asked.append(!harness.room.overdueSeats.isEmpty)
            #expect(harness.room.overdueSeats.allSatisfy { $0 == silent.seat })
        }
        // A tick before 375 ms, three quarters of the patience; 3 s, the stall; 1 s before the window of 2 s is over.
        #expect(asked.firstIndex(of: true) == 10)
        #expect(asked[10...90].allSatisfy { $0 } && !asked[91...120].contains(true))
        #expect(asked[121..<asked.count - 1].allSatisfy { $0 })
    }

    @Test("In a slow room the verdict comes with the kernel's answer, a tick after the seat is behind")
    func slowRoom() {
        let (harness, writer, silent) = Self.silence(Self.cutOff, rate: 1)
        Self.busyTicks(harness, writer, 1)
        #expect(harness.report(silent)?.isBehind == true && harness.notes(.behind).isEmpty)
        Self.busyTicks(harness, writer, 1)
        #expect(harness.notes(.behind).map(\.cause) == [.network])
    }

    @Test("A connection that breaks while its player lags ended by that; one that is replaced too")
    func endsOfLaggards() {
        for breaks in [true, false] {
            let (harness, writer, silent) = Self.silence(Self.cutOff)
            Self.busyTicks(harness, writer, 30)
            if breaks {
                harness.breakConnection(silent)
                harness.tick()
            }
            #expect(harness.rejoin(silent).welcome?.cause == .network)
        }
    }

    @Test("Frames that are on their way for a round trip make no network: the kernel has the overdue one")
    func newerFramesUnderWay() {
        var kernel = Self.idle
        (kernel.undeliveredBytes, kernel.unackedSegments, kernel.retransmits) = (1, 1, 40)
        let (harness, writer, _) = Self.silence(kernel)
        Self.busyTicks(harness, writer, 30)
        #expect(harness.notes(.behind).map(\.cause) == [.clientFrozen])
    }

    // MARK: Our own pauses

    @Test(
        "A tick that is late by more than stallAfter / 4 is noted and counted once, and makes nobody lag",
        arguments: [23, 24, 300])
    func lateTick(ticks: UInt64) {
        let harness = RoomHarness()
        let clients = (0..<3).map { _ in harness.join() }
        harness.tick(5)
        harness.livenessStep = 250_000_000
        harness.tick(by: ticks)
        // 23 periods are 22 more than planned: 733 ms.
        let isLate = ticks > 23
        #expect(harness.notes(.late).count == (isLate ? 1 : 0) && harness.count(.ticksLate) == (isLate ? 1 : 0))
        if isLate {
            #expect(harness.notes(.late).first?.cause == .lateTick)
            #expect(harness.notes(.late).first?.evidence?.tickLateness == (ticks - 1) * 1_000_000_000 / 30 + 1)
        }
        harness.tick(100)
        #expect(harness.count(.ticksLate) == (isLate ? 1 : 0) && clients.allSatisfy { $0.closed == nil })
        for lag in Lag.allCases { for cause in LagCause.allCases { #expect(harness.room.counters[lag, cause] == 0) } }
    }

    @Test("Who gives up because of our pause hears so when back; who breaks off long after it does not")
    func endsAfterPause() {
        let harness = RoomHarness()
        let (early, late) = (harness.join(), harness.join())
        harness.tick(5)
        harness.livenessStep = 250_000_000
        harness.breakConnection(early)
        harness.tick(by: 240)
        harness.tick(10)
        #expect(harness.rejoin(early).welcome?.cause == .lateTick)
        harness.tick(120)
        harness.breakConnection(late)
        harness.tick()
        #expect(harness.rejoin(late).welcome?.cause == .broken)
    }

    @Test("A room without connections is never late")
    func emptyRoom() {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(3)
        harness.breakConnection(client)
        harness.tick(3)
        harness.tick(by: 600)
        #expect(harness.notes(.late).isEmpty)
    }
}
