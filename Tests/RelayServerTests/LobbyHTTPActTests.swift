import RelayCore
import RelayHosting
import RelayServer
import RelayWire
import RelayWireJSON
import Testing

/// An act that somebody asks for, and what comes of it.
struct ActVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var body: String
    /// What the room says; nil if it says nothing in time.
    var outcome: RequestOutcome?
    var status: Int
    var has: [String]

    init(
        _ name: String, _ body: String = #"{"kick":2}"#, outcome: RequestOutcome? = .result(.succeeded), status: Int,
        has: [String] = []
    ) {
        (self.testDescription, self.body, self.outcome, self.status, self.has) = (name, body, outcome, status, has)
    }
}

@Suite("Acts of hosts over HTTP", .serialized)
struct LobbyHTTPActTests {
    private static let token = RejoinToken(
        instance: RoomInstance(high: 1, low: 2), seat: SeatNumber(rawValue: 3), generation: 4)

    private static func request(_ body: String, to room: String = "duel", _ authorization: String?) -> String {
        var lines = [
            "POST /lobby/rooms/\(room)/acts HTTP/1.1", "Host: a", "Content-Type: application/json",
            "Content-Length: \(body.utf8.count)",
        ]
        if let authorization { lines.append("Authorization: \(authorization)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static func bearer(_ harness: FrontDoorHarness, room: String = "duel") -> String {
        "Bearer " + JSONToken(token: harness.mint.mint(Self.token), room: room).text
    }

    @Test(
        "What somebody gets who acts",
        arguments: [
            ActVector("done", status: 204, has: ["Access-Control-Allow-Origin: *\r\n", "Cache-Control: no-store\r\n"]),
            ActVector("not the host", outcome: .result(.notOwner), status: 403, has: ["notHost", "'kick'"]),
            ActVector("a spectator", outcome: .result(.spectator), status: 403, has: ["notHost"]),
            ActVector("nobody there", outcome: .result(.noSuchSeat), status: 409, has: ["noSuchSeat"]),
            ActVector("changed", outcome: .result(.valueDiffers), status: 409, has: [#""code":"changed""#]),
            ActVector("no ban", outcome: .result(.cannotBeBanned), status: 409, has: ["cannotBeBanned"]),
            ActVector("properties", outcome: .result(.tooManyFields), status: 409, has: ["noMoreRoom", "null"]),
            ActVector("bans", outcome: .result(.noMoreRoom), status: 409, has: ["noMoreRoom", "withdraw"]),
            ActVector("a value", outcome: .result(.outOfRange), status: 400, has: ["badRequest"]),
            ActVector("another room", outcome: .refused(.roomGone), status: 404, has: ["notFound"]),
            ActVector("closed", outcome: .refused(.roomClosed), status: 404, has: ["notFound"]),
            ActVector(
                "superseded", outcome: .refused(.tokenSuperseded), status: 401,
                has: ["tokenSuperseded", "WWW-Authenticate: Bearer\r\n"]),
            ActVector("gone", outcome: .refused(.seatGone), status: 401, has: ["seatGone"]),
            ActVector("too many", outcome: .refused(.rateLimited), status: 429, has: ["tooManyActs", "Retry-After: 1\r\n"]),
            ActVector("silent", outcome: nil, status: 503, has: ["silent", "Retry-After: 5\r\n"]),
            ActVector("drain", outcome: .refused(.draining), status: 503, has: ["draining", "Retry-After: 5\r\n"]),
            ActVector("many wait", outcome: .refused(.relayFull), status: 503, has: ["relayFull", "Retry-After: 5\r\n"]),
            ActVector("no names left", outcome: .result(.tooManyNames), status: 409, has: ["noMoreRoom"]),
            ActVector("not JSON", "{", status: 400, has: ["badRequest"]),
            ActVector("a list", "[]", status: 400, has: ["badRequest"]),
            ActVector("nothing", "{}", status: 400, has: ["badRequest"]),
            ActVector("two acts", #"{"kick":2,"ban":2}"#, status: 400, has: [#"\"ban\""#]),
            ActVector("no act", #"{"leave":true}"#, status: 400, has: [#"\"leave\""#]),
            ActVector("several", #"{"do":[{"kick":2}]}"#, status: 400, has: [#"\"do\""#]),
            ActVector("an event", #"{"send":["x"]}"#, status: 400, has: [#"\"send\""#]),
            ActVector("an uplink", #"{"kick":2,"n":1}"#, status: 400, has: [#"\"n\""#]),
            ActVector("a set", #"{"set":{"x":1},"if":{"x":2}}"#, status: 400, has: [#"\"set\""#]),
            ActVector("no condition", #"{"field":"x","set":1}"#, status: 400, has: [#"\"if\""#]),
            ActVector("no name", #"{"field":"","if":null,"set":1}"#, status: 400, has: [#"\"field\""#]),
            ActVector("a stray key", #"{"field":"x","if":null,"set":1,"entity":"card"}"#, status: 400, has: [#"\"entity\""#]),
            ActVector("half a seat", #"{"field":"seats","if":null,"set":1.5}"#, status: 400, has: [#"\"set\""#]),
            ActVector("the relay's own", #"{"field":"password","if":true,"set":false}"#, status: 400, has: [#"\"field\""#]),
            ActVector("half of one", #"{"kick":1.5}"#, status: 400, has: [#"\"kick\""#]),
            ActVector("nobody", #"{"kick":0}"#, status: 400, has: [#"\"kick\""#]),
            ActVector("a control character", "{\"password\":\"\u{0}\"}", status: 400, has: ["no JSON object"]),
        ])
    func acts(_ vector: ActVector) async throws {
        let harness = try await FrontDoorHarness()
        harness.hosting.outcome.withLock { $0 = vector.outcome }
        let answer = try await harness.ask(Self.request(vector.body, Self.bearer(harness)))
        #expect(answer.hasPrefix("HTTP/1.1 \(vector.status) "), "\(answer)")
        for text in vector.has { #expect(answer.contains(text), "\(text) in \(answer)") }
        let counter = vector.status == 204 ? "lobbyActed" : vector.status == 400 ? "lobbyMalformed" : "lobbyRefused"
        #expect(harness.counters.values[counter] == 1)
    }

    @Test(
        "An act reaches the room as the operation of an uplink, with whose it is",
        arguments: [
            (#"{"kick":2}"#, [6, 2, 0]), (#"{"ban":2,"joined":40}"#, [7, 2, 40]),
            (#"{"host":300.0,"joined":0}"#, [8, 0xAC, 2, 0]),
            (#"{"password":null}"#, [9, 0]), (#"{"password":"ab"}"#, [9, 2, 97, 98]),
            (#"{"invite":"aaaaaaaaaaaaaaaa","seconds":0}"#, [10, 16] + Array(repeating: 97, count: 16) + [0, 0]),
        ] as [(String, [UInt8])])
    func operations(_ body: String, _ bytes: [UInt8]) async throws {
        let harness = try await FrontDoorHarness()
        let answer = try await harness.ask(Self.request(body, to: "d%C3%A9", Self.bearer(harness, room: "dé")))
        #expect(answer.hasPrefix("HTTP/1.1 204 "))
        let taken = try #require(harness.hosting.requests.withLock { $0 }.first)
        #expect(taken.request.operation == bytes && taken.request.token == Self.token && taken.room == "dé")
    }

    @Test("A token of another room is good for nothing in this one")
    func otherRoom() async throws {
        let harness = try await FrontDoorHarness()
        let answer = try await harness.ask(Self.request(#"{"kick":2}"#, Self.bearer(harness, room: "Duel")))
        #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("otherRoom"), "\(answer)")
        #expect(harness.hosting.requests.withLock { $0.isEmpty })
    }

    @Test("A change of the card reaches the room as a compare and set, and a whole number may be written as a float")
    func card() async throws {
        let harness = try await FrontDoorHarness()
        _ = try await harness.ask(Self.request(#"{"field":"seats","if":null,"set":4.0}"#, Self.bearer(harness)))
        let operation = try #require(harness.hosting.requests.withLock { $0 }.first).request.operation
        var expected = WireWriter()
        expected.compareAndSet(
            .card, .inline("seats"), expected: StoredValue(.null), new: StoredValue(.integer(4)), numbersByValue: true)
        #expect(operation == expected.array)
    }

    @Test("A body that is not UTF-8 is refused as such")
    func notUTF8() {
        let body = Array("{\"password\":\"".utf8) + [0xFF] + Array("\"}".utf8)
        let refusal = #expect(throws: LobbyRefusal.self) { try LobbyAct(body: body) }
        #expect(refusal?.code == .badRequest && refusal?.message == "The body is not UTF-8.")
    }

    @Test("Without a token that is ours nobody acts, and trying is a failure of the address")
    func tokens() async throws {
        let other = HMACTokenMint(key: Array(repeating: 8, count: 32)).mint(Self.token)
        let foreign = "Bearer " + JSONToken(token: other, room: "duel").text
        for (authorization, code) in [
            (nil, "tokenMissing"), ("Basic YTpi", "tokenMissing"), ("Bearer %", "tokenRefused"), (foreign, "tokenRefused"),
        ] as [(String?, String)] {
            let harness = try await FrontDoorHarness {
                ($0.proxies.ranges, $0.proxies.source) = (FrontDoorHarness.proxies, .proxyProtocol)
                $0.limits.failures = 1
            }
            let requests = [authorization, Self.bearer(harness)].map { Self.request(#"{"kick":2}"#, $0) }
            let answers = try await harness.run { port in
                try requests.map { request in
                    let client = try RawClient(port: port)
                    try client.send(Array("PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777\r\n\(request)".utf8))
                    return try client.readAll()
                }
            }
            #expect(answers[0].hasPrefix("HTTP/1.1 401 ") && answers[0].contains(code), "\(answers[0])")
            #expect(answers[1].hasPrefix("HTTP/1.1 429 ") && answers[1].contains("failingAddress"), "\(answers[1])")
            #expect(harness.hosting.requests.withLock { $0.isEmpty })
        }
    }

    @Test("Whoever closes its half of the connection behind the request is answered")
    func halfClosed() async throws {
        let harness = try await FrontDoorHarness()
        let request = Self.request(#"{"kick":2}"#, Self.bearer(harness))
        let answer = try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Array(request.utf8))
            client.endSending()
            return try client.readAll()
        }
        #expect(answer.hasPrefix("HTTP/1.1 204 "), "\(answer)")
    }

    @Test("Who is banned acts no more, whatever its token says")
    func banned() async throws {
        let bans = BanList()
        let address = try #require(AddressRange("203.0.113.7/32"))
        _ = try bans.add(Ban(id: 0, .address(address), room: "duel", made: 999_999, until: 1_000_009, by: "test"))
        let harness = try await FrontDoorHarness(common: CommonBounds(bans: bans, passwords: .forTests)) {
            ($0.proxies.ranges, $0.proxies.source) = (FrontDoorHarness.proxies, .proxyProtocol)
        }
        let answer = try await harness.ask(
            "PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777\r\n" + Self.request(#"{"kick":2}"#, Self.bearer(harness)))
        #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("banned"), "\(answer)")
        #expect(harness.hosting.requests.withLock { $0.isEmpty })
    }

    @Test("The path answers POST and OPTIONS alone, and has nothing below it")
    func paths() async throws {
        for (line, status, has) in [
            ("GET /lobby/rooms/duel/acts", 405, "Allow: OPTIONS, POST\r\n"),
            ("OPTIONS /lobby/rooms/duel/acts", 204, "Allow-Methods: GET, HEAD, POST\r\n"),
            ("POST /lobby/rooms/duel/acts/", 404, "notFound"), ("POST /lobby/rooms//acts", 404, "notFound"),
            ("POST /lobby/rooms/duel/act", 404, "notFound"),
        ] {
            let answer = try await FrontDoorHarness().ask("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status) ") && answer.contains(has), "\(answer)")
        }
    }
}
