import RelayCore
import RelayTransport
import RelayWire
import Testing

@Suite("What the kernel is asked")
struct KernelTests {
    private static let sample = KernelSample(
        rtt: 1_000, minimumRTT: 1_000, retransmissionTimeout: 200_000, retransmits: 0, unackedSegments: 0, undeliveredBytes: 0,
        notSentBytes: 0, sinceLastAck: 1_000, peerWindow: 65_536, congestionWindow: 10, takesBytes: true)

    @Test("Nobody is asked who acknowledges in time; who does not is asked at each tick, and probed from then on")
    func overdueSeatsAlone() {
        let turns = Turns()
        let (good, silent) = (turns.join(), turns.join())
        for player in [good, silent] { player.kernel = Self.sample }
        turns.tick()
        for _ in 0..<60 {
            good.say { $0.ack(Ack(tick: turns.room.room.currentTick, delay: 0)) }
            turns.tick()
        }
        #expect(good.samples == 0 && good.probings == 0)
        #expect(silent.samples > 40 && silent.probings == 1)
        #expect(turns.room.room.counters[.behind, .clientFrozen] == 1)
    }

    @Test("What waits in the relay is undelivered too")
    func remainder() {
        let turns = Turns()
        let player = turns.join()
        player.kernel = Self.sample
        turns.tick(2)
        player.say { $0.ack(Ack(tick: turns.room.room.currentTick, delay: 0)) }
        player.space = 3
        var seen: UInt64 = 0
        turns.room.onInput = { input in if case .kernel(let sample, _, _) = input { seen = sample.undeliveredBytes } }
        turns.tick(60)
        #expect(seen > 3)
        #expect(turns.room.room.counters[.behind, .relayBacklog] == 0)
    }
}
