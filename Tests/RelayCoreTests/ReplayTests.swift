@testable import RelayCore
import RelayWire
import Testing

@Suite("A recording of a room")
struct ReplayTests {
    /// A game with everything in it: writes, private events, a lost connection, a rejoin, a resync, a stall, a kick and a leave.
    private func play(_ harness: RoomHarness) {
        let clients = (0..<6).map { _ in harness.join() }
        let watcher = harness.join(.spectator)
        for round in 0..<200 {
            for (index, client) in clients.enumerated() where client.closed == nil && (round + index) % 3 == 0 {
                harness.uplink(client, .say(Int64(round)))
            }
            switch round {
            case 20: harness.breakConnection(clients[0])
            case 40: _ = harness.rejoin(clients[0])
            case 60: harness.resync(clients[1])
            case 80: (clients[2].reads, clients[2].acknowledges) = (false, false)
            case 150: harness.take(.kick(clients[3].seat, generation: clients[3].generation, at: harness.now))
            case 160: harness.send(clients[4]) { $0.leave() }
            case 170: harness.take(.stride(2))
            case 180: harness.breakConnection(watcher)
            default: break
            }
            harness.tick(1, by: round % 7 == 0 ? 3 : 1)
        }
    }

    @Test("Played to another room, it gives the same effects and frames, byte by byte", arguments: [30, 60] as [UInt64])
    func replay(rate: UInt64) {
        func configure(_ configuration: inout RoomConfiguration) {
            (configuration.rate, configuration.stallAfter, configuration.graceWindow) = (rate, 600_000_000, 300_000_000)
            configuration.maximumAckDelay = 100_000_000
        }
        let harness = RoomHarness(configure)
        (harness.records, harness.tape, harness.verifies) = (true, InputTape(), false)
        self.play(harness)
        let tape = harness.tape ?? InputTape()
        #expect(tape.count > 1_000)
        #expect(
            harness.count(.drops) == 1 && harness.count(.kicks) == 1 && harness.count(.rejoins) == 1
                && harness.count(.resyncs) == 1)
        var other = Room(configuration: harness.room.configuration, instance: harness.room.instance, tick: Tick(rawValue: 100))
        let transcript = tape.play(to: &other)
        #expect(transcript == harness.transcript)
        #expect(other.checksum == harness.room.checksum)
    }
}
