import RelayCore
import RelayWire
import Testing

@Suite("Cost")
struct StormTests {
    @Test("200 rejoiners at 200 different ticks, with joiners, live and private ones: at most three encodings a tick")
    func storm() {
        let harness = RoomHarness { ($0.maximumPlayers, $0.seatHold) = (512, 1_000_000_000_000) }
        harness.verifies = false
        let writer = harness.join()
        let clients = (0..<200).map { _ in harness.join() }
        for client in clients {
            harness.uplink(writer, .set(writer.entity(client.seat.rawValue), "x", .integer(Int64(client.seat.rawValue))))
            harness.tick()
            harness.breakConnection(client)
        }
        harness.tick()
        harness.verifies = true
        let back = clients.map { harness.askBack($0, tick: $0.seat.rawValue % 5 == 0 ? 0 : nil) }
        let joiners = (0..<20).map { _ in harness.connect() }
        for client in joiners { harness.room.take(.join(.player, client.connection, at: harness.now)) }
        harness.uplink(writer, .set(.room(0), "x", .integer(1)), .say(1, .seats, clients.prefix(64).map(\.seat)))
        harness.tick()
        #expect(harness.room.deliveries.count == 221)
        #expect(harness.buffers.count <= 3)
        let bytes = Set((back + joiners + [writer]).map(\.lastFrame))
        #expect(bytes.count <= 3)
        #expect((back + joiners).allSatisfy { $0.closed == nil && $0.complaint == nil && $0.applied == harness.tickNumber })
        #expect(back.filter { $0.replica.events.contains { $0.audience == 3 } }.count == 64)
    }

    @Test("A frame somebody still holds is not written over")
    func heldBuffer() {
        let harness = RoomHarness()
        let client = harness.join()
        harness.uplink(client, .say(1))
        harness.tick()
        let held = harness.room.frame(.delta)
        let bytes = held.writer.array
        for value in 2..<10 {
            harness.uplink(client, .say(Int64(value)))
            harness.tick()
        }
        #expect(held.writer.array == bytes)
        #expect(harness.room.frame(.delta) !== held)
    }

    @Test("Readers that never read cost an unfinished frame each and nothing that grows: memory follows state, not backlog")
    func boundedMemory() {
        let harness = RoomHarness {
            ($0.stallAfter, $0.graceWindow) = (5_000_000_000, 1_000_000_000_000)
            ($0.maximumEvents, $0.maximumEventBytes) = (64, 16_384)
        }
        harness.verifies = false
        let writer = harness.join()
        let stuck = (0..<50).map { _ in harness.join() }
        harness.tick(2)
        for client in stuck { (client.takesAll, client.reads, client.acknowledges) = (false, false, false) }
        for round in 0..<3000 {
            let payload = Value.bytes([UInt8](repeating: UInt8(round % 251), count: 500))
            harness.uplink(writer, .set(writer.entity(0), "x", payload), .event("e", .all, [], payload))
            // They send and send.
            harness.uplink(stuck[round % 50], .remove(.room(0)), .say(1, .seats, [stuck[round % 50].seat]))
            harness.tick()
            (writer.heads, writer.replica.events) = ([], [])
        }
        #expect(stuck.allSatisfy { $0.unread.count == 1 && harness.state($0) == .stalled })
        #expect(stuck.allSatisfy { harness.room.members.seats[$0.seat].sending.inFlight.count == 1 })
        #expect(stuck.allSatisfy { harness.room.members.seats[$0.seat].results.count <= 256 })
        #expect(harness.room.eventCount <= 64)
        #expect(harness.room.intake.inbox.entries.capacity < 1024)
        #expect(harness.room.intake.inbox.bytes.capacity < 65_536)
        for coding in Coding.allCases { #expect(harness.room.frame(coding).writer.count < 65_536) }
        #expect(writer.applied == harness.tickNumber)
    }

    @Test("The largest state a room may have fits a server message, as a snapshot")
    func largestSnapshot() {
        let harness = RoomHarness { ($0.maximumStateBytes, $0.uplinkBurst) = (1 << 17, 100_000) }
        harness.verifies = false
        let writer = harness.join()
        // Ten bytes of integer for eight counted, on names of two index bytes: the worst there is.
        for batch in 0..<16 {
            harness.uplink(
                writer,
                .set(.room(0), (0..<64).map { (.inline(String(repeating: "n", count: 60) + "\(batch * 64 + $0)"), .null) }))
            harness.uplink(writer, .remove(.room(0)))
        }
        harness.tick()
        for number in 0..<UInt16(4096) {
            let names = (0..<64).map { OutgoingName.index(NameIndex(rawValue: 880 + $0)) }
            harness.uplink(writer, .set(writer.entity(number), names.map { ($0, .integer(.min)) }))
            if number % 256 == 255 { harness.tick() }
        }
        #expect(harness.room.stateBytes > 1 << 17 - 600)
        let names = 1024 * 66
        let joiner = harness.join()
        #expect(joiner.complaint == nil)
        // An eighth of the state: eight times the rest must fit too.
        #expect((joiner.lastFrame.count - names) * 8 + names < WireLimits.serverMessageBytes)
    }
}
