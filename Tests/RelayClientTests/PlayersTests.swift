import RelayClient
import RelayWire
import Testing

@Suite("Who sits where")
struct PlayersTests {
    private static func players(_ rows: [PlayerRow]) -> [UInt8] {
        message {
            $0.playersHeader(count: rows.count)
            for row in rows { $0.playerRow(row) }
        }
    }

    private static func row(_ seat: UInt16, joined: UInt64, _ name: String) -> PlayerRow {
        PlayerRow(seat: SeatNumber(rawValue: seat), joined: Tick(rawValue: joined), player: "id of \(name)", name: name)
    }

    /// A frame with these rows of the roster: seat and joined tick.
    private static func frame(_ coding: Coding, _ tick: UInt64, _ rows: [(UInt16, UInt64)]) -> [UInt8] {
        message {
            let now = Tick(rawValue: tick)
            $0.frameHeader(
                FrameHeader(
                    coding: coding, sections: .roster, tick: now, baseline: Tick(rawValue: coding == .snapshot ? 0 : tick - 1)))
            $0.seat(.room)
            $0.varint(rows.count)
            for (seat, joined) in rows {
                $0.rosterRow(
                    RosterRow(seat: SeatNumber(rawValue: seat), state: .live, cause: .unknown, joined: Tick(rawValue: joined)))
            }
        }
    }

    @Test("A session with a ticket shows it in its hello, and asks in its rejoin too; one without is as it always was")
    func hello() throws {
        for ticket in ["a.b.c", nil] {
            var options = SessionOptions()
            options.ticket = ticket
            let bench = Bench(options: options)
            bench.joinWithSnapshot()
            let hello = Hello(room: "lobby", wantsPlayers: ticket != nil, ticket: ticket.map { Array($0.utf8) })
            #expect(try decoded(bench.takeSent().first) == .hello(hello))
            bench.close(nil)
            bench.reconnect()
            guard case .rejoin(let rejoin) = try decoded(bench.takeSent().first) else {
                Issue.record("no rejoin")
                return
            }
            #expect(rejoin.wantsPlayers == (ticket != nil))
        }
    }

    @Test("A row of the roster has the name that was said for its occupant, whichever came first")
    func names() {
        let bench = Bench()
        bench.join()
        bench.receive(Self.players([Self.row(1, joined: 5, "A")]))
        bench.receive(Self.frame(.snapshot, 10, [(1, 5), (2, 6)]))
        #expect(bench.replica.players.map(\.name) == ["A", nil])
        bench.receive(Self.players([Self.row(2, joined: 4, "of an earlier occupant")]))
        #expect(bench.replica.players.map(\.name) == ["A", nil])
        bench.receive(Self.players([Self.row(2, joined: 6, "B")]))
        #expect(bench.replica.players.map(\.name) == ["A", "B"])
        #expect(bench.replica.players.map(\.playerID) == ["id of A", "id of B"])
        bench.receive(Self.frame(.snapshot, 11, [(1, 5), (2, 11)]))
        #expect(bench.replica.players.map(\.name) == ["A", nil])
    }

    @Test("What a welcome of another room follows has no names of before")
    func anotherRoom() {
        let bench = Bench()
        bench.join()
        bench.receive(Self.players([Self.row(1, joined: 5, "A")]))
        bench.receive(Self.frame(.snapshot, 10, [(1, 5)]))
        bench.close(.roomGone)
        #expect(bench.joinAgain())
        bench.join(.sample(instance: 2))
        bench.receive(Self.frame(.snapshot, 10, [(1, 5)]))
        #expect(bench.replica.players.map(\.name) == [nil])
    }

    @Test("Who sits where in a way that cannot be decoded ends the connection")
    func malformed() {
        let bench = Bench()
        bench.joinWithSnapshot()
        bench.receive([0x84, 1, 1, 1, 1, 0x0A, 0])
        #expect(!bench.isJoined)
    }
}
