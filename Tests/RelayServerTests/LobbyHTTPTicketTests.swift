import RelayHosting
import RelayServer
import RelayWire
import Testing

@Suite("Tickets and bans of the lobby over HTTP", .serialized)
struct LobbyHTTPTicketTests {
    private typealias Samples = TicketSamples

    private static func request(_ ticket: String?, _ body: String) -> String {
        let shown = ticket.map { ["Authorization: Bearer \($0)"] } ?? []
        return MakeVector("", body, ["Content-Type: application/json"] + shown, status: 0, has: []).request
    }

    private static func harness(_ bans: BanList = BanList()) async throws -> FrontDoorHarness {
        let policy = try await Samples.policy()
        let common = CommonBounds(access: .tickets(policy), bans: bans, passwords: .forTests)
        let harness = try await FrontDoorHarness(common: common)
        harness.hosting.opening.withLock { $0 = nil }
        return harness
    }

    /// What a ticket must say, and what a room it may not make.
    @Test(
        "A ticket must be there, good, with the right to make rooms, and for this one",
        arguments: [
            ("{}", #"{"room":"lobby"}"#, 201, "room"), (#"{"room":"*"}"#, "{}", 201, "room"),
            (nil, #"{"room":"lobby"}"#, 401, "ticketMissing"), ("x.y.z", #"{"room":"lobby"}"#, 401, "ticketRefused"),
            (#"{"exp":"1"}"#, #"{"room":"lobby"}"#, 401, "ticketExpired"),
            (#"{"nbf":"2000000"}"#, #"{"room":"lobby"}"#, 401, "ticketNotYetValid"),
            (#"{"rights":"play"}"#, #"{"room":"lobby"}"#, 403, "lacksRight"),
            ("{}", #"{"room":"other"}"#, 403, "otherRoom"), ("{}", "{}", 403, "otherRoom"),
            (#"{"type":"duel"}"#, #"{"room":"lobby"}"#, 201, "duel"),
            (#"{"type":"duel"}"#, #"{"room":"lobby","type":"race"}"#, 403, "otherRoom"),
        ] as [(String?, String, Int, String)])
    func tickets(_ change: String?, _ body: String, _ status: Int, _ word: String) async throws {
        let ticket = try await Self.ticket(change)
        let harness = try await Self.harness()
        let answer = try await harness.ask(Self.request(ticket, body))
        #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains("\"\(word)\""), "\(answer)")
        #expect(answer.contains("WWW-Authenticate: Bearer\r\n") == (status == 401))
        #expect(harness.hosting.orders.withLock { $0.count } == (status == 201 ? 1 : 0))
    }

    /// - Parameter change: A claim and its new value; nil for no ticket, what is no JSON for itself.
    private static func ticket(_ change: String?) async throws -> String? {
        guard let change, change.hasPrefix("{") else { return change }
        var changes: [String: String?] = [:]
        let words = change.split { "{}\":".contains($0) }.map(String.init)
        if words.count == 2 {
            let isNumber = Int(words[1]) != nil
            changes[words[0]] = isNumber ? words[1] : words[0] == "rights" ? "[\"\(words[1])\"]" : "\"\(words[1])\""
        }
        return String(decoding: try await Samples.sign(Samples.claims(changes)), as: UTF8.self)
    }

    @Test("Who is banned makes no room: by player here, everywhere or in the one")
    func bans() async throws {
        let ticket = try await Self.ticket(#"{"room":"*"}"#)
        for (room, body, isBanned) in [
            (nil, "{}", true), ("lobby", #"{"room":"lobby"}"#, true), ("lobby", #"{"room":"other"}"#, false),
        ] as [(String?, String, Bool)] {
            let bans = BanList()
            _ = try bans.add(
                Ban(id: 0, .player("u-1"), room: room, made: Samples.now - 1, until: Samples.now + 9, by: "test"))
            let harness = try await Self.harness(bans)
            let answer = try await harness.ask(Self.request(ticket, body))
            #expect(answer.hasPrefix(isBanned ? "HTTP/1.1 403 " : "HTTP/1.1 201 "), "\(answer)")
            #expect(answer.contains(#""code":"banned""#) == isBanned)
            #expect((harness.counters.values["refusedBanned"] ?? 0) == (isBanned ? 1 : 0))
        }
    }

    @Test("Lists need no ticket")
    func lists() async throws {
        let answer = try await Self.harness().ask("GET /lobby/rooms HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
    }
}
