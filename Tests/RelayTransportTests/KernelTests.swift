import RelayCore
import RelayTransport
import RelayWire
import Testing

@Suite("What the kernel is asked")
struct KernelTests {
    private static let sample = KernelSample(
        rtt: 1_000, retransmissionTimeout: 200_000, retransmits: 0, unackedSegments: 0, undeliveredBytes: 0,
        notSentBytes: 0, sinceLastAck: 1_000, peerWindow: 65_536, congestionWindow: 10, takesBytes: true)

    /// Acknowledges the newest frame.
    private static func acknowledge(_ player: MemoryTransport) {
        guard case .frame(let tick)? = player.items.last(where: { if case .frame = $0 { true } else { false } }) else { return }
        player.say { $0.ack(Ack(tick: Tick(rawValue: tick), delay: 0)) }
    }

    @Test("Nobody is asked who acknowledges in time; who does not is asked at each tick, and probed from then on")
    func overdueSeatsAlone() {
        let turns = Turns()
        let (good, silent) = (turns.join(), turns.join())
        for player in [good, silent] { player.kernel = Self.sample }
        for _ in 0..<60 {
            turns.tick()
            Self.acknowledge(good)
        }
        #expect(good.samples == 0 && good.probings == 0 && good.closed == nil)
        #expect(silent.samples > 40 && silent.probings == 1)
        #expect(turns.room.room.counters[.behind, .clientFrozen] == 1)
    }

    @Test("What waits in the relay is undelivered too; a pong behind the frames is none of them")
    func undelivered() {
        let turns = Turns()
        let player = turns.join()
        turns.tick()
        Self.acknowledge(player)
        var seen: UInt64 = 0
        turns.room.onInput = { input in if case .kernel(let sample, _, _) = input { seen = sample.undeliveredBytes } }
        player.kernel = Self.sample
        player.kernel?.undeliveredBytes = 3
        let frames = player.items.count
        while player.items.count == frames { turns.tick() }
        // Behind a heartbeat that nobody acknowledges a pong of three bytes goes out: these are on their way.
        player.say(.ping) { $0.u8(1) }
        turns.tick(20)
        #expect(player.items.last == .pong([1]))
        #expect(turns.room.room.counters[.behind, .clientFrozen] == 1 && seen == 0)
        let other = Turns()
        let stuck = other.join()
        other.tick()
        Self.acknowledge(stuck)
        (stuck.space, stuck.kernel) = (3, Self.sample)
        other.room.onInput = { input in if case .kernel(let sample, _, _) = input { seen = sample.undeliveredBytes } }
        other.tick(60)
        #expect(seen > 3)
    }
}
