import RelayServer
import Testing
import TickRelayClient

@Suite("Games with tickets over real sockets", .serialized, .timeLimit(.minutes(1)))
struct TicketGameTests {
    @Test("A ticket lets a game in, and gives its player a name that others see")
    func names() async throws {
        var set = JWKSet()
        _ = set.add(.edDSA)
        let keys = try await TicketKeys(decoding: Array(set.text.utf8))
        let issuer = try TicketIssuer(keys)
        func ticket(_ player: String, _ name: String) throws -> String? {
            let ticket = try Ticket(player: player, name: name, room: "lobby", rights: "create,play")
            return issuer.mint(ticket, begins: 0, lifetime: 60)
        }
        let relay = try await TestRelay.start([("access", "tickets")], ticketKeys: keys)
        let ada = try await TickRelay.join(room: "lobby", at: relay.address, ticket: try ticket("u-1", "Ada"))
        let bob = try await TickRelay.join(room: "lobby", at: relay.address, ticket: try ticket("u-2", "Bob"))
        for game in [ada, bob] {
            let areKnown = await eventually { game.replica.players.map(\.name) == ["Ada", "Bob"] }
            #expect(areKnown)
            #expect(game.replica.players.map(\.playerID) == ["u-1", "u-2"])
        }
        await ada.leave()
        await bob.leave()
        await relay.stop()
    }

    @Test("Without a ticket, or with a bad one, the error says what to do")
    func refused() async throws {
        var set = JWKSet()
        _ = set.add(.hs256)
        let relay = try await TestRelay.start(
            [("access", "tickets")], ticketKeys: try await TicketKeys(decoding: Array(set.text.utf8)))
        for (ticket, code) in [(nil, CloseCode.ticketMissing), ("a.b.c", .ticketRefused)] as [(String?, CloseCode)] {
            await #expect(throws: JoinError.refused(code)) {
                _ = try await TickRelay.join(room: "lobby", at: relay.address, ticket: ticket)
            }
        }
        await relay.stop()
    }
}
