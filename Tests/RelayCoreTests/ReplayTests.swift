import RelayCore
import RelayWire
import Testing

@Suite("A recording of a room")
struct ReplayTests {
    /// A game with every input in it: writes, removals, private events, an unfinished frame, a lost connection, a rejoin, a resync, a
    /// stall, a kick and a leave.
    private func play(_ harness: RoomHarness) {
        let clients = (0..<6).map { _ in harness.join() }
        let watcher = harness.join(.spectator)
        for round in 0..<200 {
            for (index, client) in clients.enumerated() where client.closed == nil && (round + index) % 3 == 0 {
                let entity = EntityID(client.seat, UInt16(round % 4))
                harness.uplink(
                    client, .set(entity, "x", .integer(Int64(round))), .say(Int64(round)), .say(7, .seats, [clients[5].seat]),
                    .compare(.room(0), "turn", expected: .null, new: .integer(Int64(index))))
                if round % 20 == 0 { harness.uplink(client, .remove(entity)) }
            }
            switch round {
            case 10: clients[5].takesAll = false
            case 12: harness.finish(clients[5])
            case 14: harness.take(.unread(clients[5].seat, generation: 1))
            case 16: harness.take(.kernel(Self.sample, of: clients[5].seat, generation: 1))
            case 20: harness.breakConnection(clients[0])
            case 40: _ = harness.rejoin(clients[0])
            case 60: harness.resync(clients[1])
            case 80: (clients[2].reads, clients[2].acknowledges) = (false, false)
            case 150: harness.take(.kick(clients[3].seat, generation: clients[3].generation, at: harness.now))
            case 155: _ = harness.post(clients[1], .invite("sixteen bytes or more", seconds: 9))
            case 160: harness.send(clients[4]) { $0.leave() }
            case 170: harness.take(.stride(2))
            case 180: harness.breakConnection(watcher)
            default: break
            }
            harness.tick(1, by: round % 7 == 0 ? 3 : 1)
        }
        for client in harness.clients where client.isConnected { harness.send(client) { $0.leave() } }
        harness.breakConnection(clients[0])
        harness.tick(3)
    }

    private static let sample = KernelSample(
        rtt: 1, retransmissionTimeout: 1, retransmits: 0, unackedSegments: 0, undeliveredBytes: 0, notSentBytes: 0,
        sinceLastAck: 0, peerWindow: 1, congestionWindow: 10, takesBytes: true)

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
        let kinds = [
            "join", "rejoin", "reading", "message", "unread", "lost", "kernel", "stride", "kick", "tick", "handedOver",
            "remainderSent", "request",
        ]
        #expect(Set(kinds).isSubset(of: tape.kinds), "\(Set(kinds).subtracting(tape.kinds))")
        #expect(
            harness.count(.drops) == 1 && harness.count(.kicks) == 1 && harness.count(.rejoins) == 1
                && harness.count(.resyncs) == 1)
        var other = Room(configuration: harness.room.configuration, instance: harness.room.instance, tick: Tick(rawValue: 100))
        let transcript = tape.play(to: &other)
        #expect(transcript == harness.transcript)
        #expect(other.checksum == harness.room.checksum)
    }
}
