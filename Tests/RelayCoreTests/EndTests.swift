import RelayCore
import RelayWire
import Testing

@Suite("Ends from outside")
struct EndTests {
    @Test("A kick closes with 4022 and the seat is gone, live or away; the estate goes where the room says")
    func kick() {
        let harness = RoomHarness()
        let (host, player, absent) = (harness.join(), harness.join(), harness.join())
        harness.uplink(player, .set(player.entity(0), "x", .integer(1)))
        harness.tick(2)
        harness.breakConnection(absent)
        harness.tick()
        harness.room.take(.kick(player.seat, generation: 1, at: harness.now))
        harness.room.take(.kick(absent.seat, generation: 1, at: harness.now))
        harness.tick()
        #expect(player.closed == .kicked && harness.closes(.kicked) == 1 && harness.count(.kicks) == 2)
        #expect(harness.state(player) == nil && harness.state(absent) == nil && harness.state(host) == .live)
        #expect(host.replica.roster.count == 1 && host.replica.entities.isEmpty)
        #expect(harness.rejoin(player).closed == .seatGone)
    }

    @Test("A kick is meant for an occupant: not for who has the seat after it, nor for a seat that nobody had")
    func lateKick() {
        let harness = RoomHarness()
        harness.join()
        let player = harness.join()
        harness.tick(2)
        harness.room.take(.kick(player.seat, generation: 1, at: harness.now))
        harness.tick()
        let next = harness.join()
        harness.tick()
        #expect(next.seat == player.seat && harness.count(.kicks) == 1)
        for (seat, generation) in [(next.seat, 1), (next.seat, 3), (SeatNumber(rawValue: 9), 1)] as [(SeatNumber, UInt64)] {
            harness.room.take(.kick(seat, generation: generation, at: harness.now))
        }
        harness.tick()
        #expect(next.closed == nil && harness.state(next) == .live && harness.count(.kicks) == 1)
    }

    @Test("A newer connection does not save an occupant from a kick")
    func kickOfOneWhoCameBack() {
        let harness = RoomHarness()
        harness.join()
        let player = harness.join()
        harness.tick(2)
        let back = harness.rejoin(player)
        harness.room.take(.kick(back.seat, generation: 1, at: harness.now))
        harness.tick()
        #expect(back.closed == .kicked && harness.state(back) == nil && harness.count(.kicks) == 1)
    }

    @Test(
        "A room that ends closes everybody at once, also who waits for an answer",
        arguments: [CloseCode.roomClosed, .roomEvicted])
    func end(code: CloseCode) {
        let harness = RoomHarness()
        let clients = [harness.join(), harness.join(.spectator)]
        harness.breakConnection(harness.join())
        harness.tick(2)
        let (joining, returning) = (harness.connect(), harness.askBack(clients[0]))
        harness.room.take(.join(.player, joining.connection, at: harness.now))
        harness.room.take(.end(code))
        let closed = harness.room.outputs.map { effect in
            if case .close(let connection, code) = effect { connection.rawValue } else { UInt64(0) }
        }
        #expect(closed.sorted() == (clients + [joining, returning]).map(\.connection.rawValue).sorted())
        #expect(harness.room.isOver && harness.room.seated == 0 && harness.room.deliveries.isEmpty)
        #expect(harness.closes(code) == 4)
    }
}
