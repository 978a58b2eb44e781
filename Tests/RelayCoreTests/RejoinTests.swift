import RelayCore
import RelayWire
import Testing

@Suite("Rejoin")
struct RejoinTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var seat: UInt16 = 1
        var generation: UInt64
        var code: CloseCode?
    }

    /// Seat 1 has had connections 1 to 5; something was acknowledged on the third. Seat 2 was left and is vacant.
    @Test(
        "A token counts iff confirmed ≤ its generation ≤ current",
        arguments: [
            Refusal(testDescription: "replayed: two before the confirmed", generation: 1, code: .tokenSuperseded),
            Refusal(testDescription: "replayed: one before the confirmed", generation: 2, code: .tokenSuperseded),
            Refusal(testDescription: "the confirmed", generation: 3),
            Refusal(testDescription: "its welcome was lost", generation: 4),
            Refusal(testDescription: "the current", generation: 5),
            Refusal(testDescription: "of the future", generation: 6, code: .tokenRefused),
            Refusal(testDescription: "largest generation", generation: .max, code: .tokenRefused),
            Refusal(testDescription: "generation 0", generation: 0, code: .seatGone),
            Refusal(testDescription: "of a seat that is gone", seat: 2, generation: 1, code: .seatGone),
            Refusal(testDescription: "of a seat that never was", seat: 7, generation: 1, code: .seatGone),
            Refusal(testDescription: "of a spectator that never was", seat: 1024, generation: 1, code: .seatGone),
            Refusal(testDescription: "seat 0", seat: 0, generation: 1, code: .seatGone),
            Refusal(testDescription: "beyond all seats", seat: 65_535, generation: 1, code: .seatGone),
        ]
    )
    func generations(_ row: Refusal) {
        let harness = RoomHarness()
        var client = harness.join()
        let leaver = harness.join()
        harness.tick(2)
        harness.send(leaver) { $0.leave() }
        for generation in UInt64(2)...5 {
            client = harness.rejoin(client)
            client.acknowledges = generation <= 3
            harness.tick(2)
            #expect(client.generation == generation)
        }
        let connection = ConnectionID(rawValue: 999)
        let request = RejoinRequest(
            seat: SeatNumber(rawValue: row.seat), generation: row.generation, epoch: 1, tick: .none, confirmed: 0
        )
        harness.room.take(.rejoin(request, connection, at: harness.now))
        harness.tick()
        if let code = row.code {
            #expect(harness.outputs.contains(.close(connection, code)))
            #expect(harness.closes(code) == 1)
            #expect(client.closed == nil)
            #expect(harness.state(client) == .live)
        } else {
            #expect(client.closed == .replaced)
            #expect(harness.room.connection(of: client.seat) == connection)
        }
    }

    @Test("A token of a seat number's previous occupant is not one of the next")
    func previousOccupantsToken() {
        let harness = RoomHarness()
        harness.join()
        let first = harness.join()
        harness.tick(2)
        harness.send(first) { $0.leave() }
        harness.tick()
        let second = harness.join()
        #expect(second.seat == first.seat)
        #expect(harness.rejoin(first).closed == .seatGone)
        #expect(second.closed == nil)
    }

    @Test("Back before the hold is over, the seat, its number and its entities are its own; others see away and back")
    func roundTrip() {
        let harness = RoomHarness()
        let (witness, client) = (harness.join(), harness.join())
        harness.uplink(client, .set(client.entity(1), "x", .integer(1)))
        harness.tick(2)
        harness.breakConnection(client)
        harness.tick()
        #expect(witness.replica.roster[client.seat]?.state == .away)
        #expect(witness.replica.roster[client.seat]?.cause == .broken)
        harness.tick(100)
        let back = harness.rejoin(client)
        #expect(back.welcome?.resumed == true)
        #expect(back.welcome?.cause == .broken)
        #expect(back.seat == client.seat)
        #expect(back.generation == 2)
        #expect(back.welcome?.lastUplink == 1)
        #expect(back.lastHead?.coding == 1)
        #expect(witness.replica.roster[client.seat]?.state == .live)
        #expect(witness.replica.roster[client.seat]?.joined == client.welcome?.tick.rawValue)
        harness.uplink(back, .set(back.entity(1), "x", .integer(2)))
        harness.tick()
        #expect(witness.replica.entities[client.entity(1)]?.fields[0] == .integer(2))
    }

    @Test("Of two racing rejoins with one token the later wins; the loser may come again", arguments: [true, false])
    func race(inOneTick: Bool) {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(2)
        harness.breakConnection(client)
        harness.tick()
        let first = harness.askBack(client)
        if !inOneTick { harness.tick() }
        let second = harness.askBack(client)
        harness.tick()
        #expect(first.closed == .replaced)
        #expect(second.closed == nil)
        #expect(second.generation == 3)
        // With the token that both had, and with the one its own welcome brought.
        let again = harness.rejoin(client)
        #expect(again.closed == nil)
        #expect(second.closed == .replaced)
        let loser = harness.rejoin(first)
        #expect(loser.closed == nil)
        #expect(loser.generation == 5)
        harness.tick(2)
        // Confirmed now: nobody else comes back.
        #expect(harness.rejoin(client).closed == .tokenSuperseded)
        #expect(harness.rejoin(second).closed == .tokenSuperseded)
        #expect(loser.closed == nil)
    }

    @Test("A lost welcome locks nobody out: the older token still counts, as often as it takes")
    func lostWelcome() {
        let harness = RoomHarness()
        var client = harness.join()
        harness.tick(2)
        let token = client.generation
        for _ in 0..<5 {
            harness.breakConnection(client)
            let previous = client
            client = harness.askBack(previous, generation: token)
            client.reads = false
            client.acknowledges = false
            harness.tick(3)
            #expect(client.closed == nil)
            client.replica = previous.replica
        }
        client.reads = true
        client.acknowledges = true
        client.readAll()
        harness.tick(2)
        #expect(harness.rejoin(client, generation: token).closed == .tokenSuperseded)
    }

    @Test("A seat that still looks live is taken over: the old connection gets 4020 and is fenced")
    func fencing() {
        let harness = RoomHarness()
        let (witness, old) = (harness.join(), harness.join())
        harness.tick(2)
        let new = harness.rejoin(old)
        #expect(old.closed == .replaced)
        #expect(new.welcome?.cause == .replaced)
        // Late bytes and the late close of the old connection.
        old.closed = nil
        harness.uplink(old, number: 50, .say(1))
        harness.send(old, [0x7F])
        harness.send(old) { $0.leave() }
        harness.breakConnection(old)
        harness.tick(2)
        #expect(new.closed == nil)
        #expect(harness.state(new) == .live)
        #expect(harness.room.newestEvent == 0)
        #expect(harness.report(new)?.lastUplink == 0)
        #expect(harness.count(.staleMessages) >= 3)
        #expect(harness.count(.disconnects) == 0)
        #expect(witness.replica.roster[new.seat]?.state == .live)
    }

    @Test("What the old connection sent before the rejoin arrived still counts, what came after does not")
    func fencingWithinOneTick() {
        let harness = RoomHarness()
        let (witness, old) = (harness.join(), harness.join())
        harness.tick(2)
        let start = harness.now
        harness.uplink(old, at: start.advanced(by: 1_000_000), .say(1))
        harness.now = start.advanced(by: 2_000_000)
        let new = harness.askBack(old)
        harness.now = start
        harness.uplink(old, at: start.advanced(by: 3_000_000), .say(2))
        harness.tick()
        #expect(new.welcome?.lastUplink == 1)
        #expect(witness.replica.events.map(\.value) == [.integer(1)])
    }

    @Test("The late close of a connection does not end a new one under the same name")
    func lateClose() {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(2)
        let new = harness.rejoin(client)
        harness.room.take(.lost(client.seat, generation: 1, client.connection, at: harness.now))
        harness.room.take(.lost(client.seat, generation: 2, client.connection, at: harness.now))
        harness.tick()
        #expect(harness.state(new) == .live)
        #expect(new.closed == nil)
    }

    // MARK: Where it resumes

    struct Resume: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var epoch: UInt64 = 1
        /// Relative to the newest tick it applied; nil for 0.
        var tick: Int64? = 0
        var deletions = 0
        var resumed: Bool
    }

    @Test(
        "A delta follows iff the tick named is of this epoch and occupant, past, and deletions since are known",
        arguments: [
            Resume(testDescription: "its newest tick", resumed: true),
            Resume(testDescription: "an older one", tick: -1, resumed: true),
            Resume(testDescription: "tick 0", tick: nil, resumed: false),
            Resume(testDescription: "another epoch", epoch: 2, resumed: false),
            Resume(testDescription: "from the future", tick: 10_000, resumed: false),
            Resume(testDescription: "before it sat down", tick: -4, resumed: false),
            Resume(testDescription: "as many deletions as are remembered", deletions: 4, resumed: true),
            Resume(testDescription: "one more", deletions: 5, resumed: false),
        ]
    )
    func resumes(_ row: Resume) {
        let harness = RoomHarness { $0.maximumDeletions = 4 }
        let writer = harness.join()
        for number in 0..<UInt16(8) { harness.uplink(writer, .set(writer.entity(number), "x", .integer(1))) }
        harness.tick(5)
        let client = harness.join()
        harness.uplink(writer, .say(0))
        harness.tick()
        harness.uplink(writer, .say(1))
        harness.tick()
        let newest = client.replica.tick
        harness.breakConnection(client)
        harness.uplink(writer, .say(2), .say(3, .seats, [client.seat]))
        harness.tick()
        for number in 0..<UInt16(row.deletions) {
            harness.uplink(writer, .remove(writer.entity(number)))
            harness.tick()
        }
        let tick = row.tick.map { UInt64(Int64(newest) + $0) } ?? 0
        let back = harness.rejoin(client, tick: tick, epoch: row.epoch)
        #expect(back.welcome?.resumed == row.resumed)
        #expect(back.lastHead?.coding == (row.resumed ? 1 : 2))
        // Events are never lost by it.
        #expect(back.replica.events.map(\.value) == [.integer(0), .integer(1), .integer(2), .integer(3)])
        #expect(back.replica.gaps.isEmpty)
    }

    @Test("A rejoin costs what changed in the gap, not what exists", arguments: [0, 1, 10, 100])
    func cost(changed: Int) {
        let harness = RoomHarness { $0.uplinkBurst = 5000 }
        let (writer, client) = (harness.join(), harness.join())
        for number in 0..<UInt16(1000) {
            harness.uplink(
                writer,
                .set(writer.entity(number), [(.inline("name"), .string("entity \(number)")), (.inline("x"), .integer(0))]))
            if number % 50 == 49 { harness.tick() }
        }
        harness.tick(2)
        harness.breakConnection(client)
        harness.tick()
        for round in 0..<30 {
            for number in 0..<UInt16(changed) {
                harness.uplink(writer, .set(writer.entity(number), "x", .integer(Int64(round + 1))))
            }
            harness.tick()
        }
        let back = harness.rejoin(client)
        // Entity 3 bytes, count, name, tag, value: eight an entity; head, roster and a heartbeat besides.
        #expect(back.lastFrame.count <= 48 + 8 * changed)
        #expect(back.welcome?.resumed == true)
        let snapshot = harness.rejoin(back, tick: 0)
        #expect(snapshot.lastFrame.count > 20_000)
    }

    @Test("The relay says that it lost uplinks it had confirmed", arguments: [(2, false), (3, true)])
    func uplinkGap(confirmed: UInt64, gap: Bool) {
        let harness = RoomHarness()
        let client = harness.join()
        harness.uplink(client, .say(1))
        harness.uplink(client, .say(2))
        harness.tick(2)
        let back = harness.askBack(client, confirmed: confirmed)
        harness.tick()
        #expect(back.welcome?.uplinkGap == gap)
    }

    @Test("A spectator comes back too")
    func spectator() {
        let harness = RoomHarness()
        harness.join()
        let watcher = harness.join(.spectator)
        harness.tick(2)
        harness.breakConnection(watcher)
        harness.tick(10)
        let back = harness.rejoin(watcher)
        #expect(back.closed == nil)
        #expect(back.seat == watcher.seat)
        #expect(back.welcome?.resumed == true)
    }

    @Test("A stalled seat is live again by rejoin, and its grace window is over for good")
    func stalledSeat() {
        let harness = RoomHarness()
        let (writer, client) = (harness.join(), harness.join())
        harness.tick(2)
        client.acknowledges = false
        harness.uplink(writer, .say(1))
        _ = harness.tick { harness.state(client) == .stalled }
        let back = harness.rejoin(client)
        #expect(harness.state(back) == .live)
        harness.tick(400)
        #expect(back.closed == nil)
        #expect(harness.state(back) == .live)
    }
}
