import RelayCore
import RelayHosting
import RelayServer
import RelayWire
import Testing

/// A request for a room, and what comes of it.
struct MakeVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var body: String
    var headers: [String]
    /// Why the rooms refuse it.
    var refusal: OpeningRefusal?
    var status: Int
    /// What the answer has.
    var has: [String]

    init(
        _ name: String, _ body: String = "{}", _ headers: [String] = ["Content-Type: application/json"],
        refusal: OpeningRefusal? = nil, status: Int, has: [String]
    ) {
        (self.testDescription, self.body, self.headers) = (name, body, headers)
        (self.refusal, self.status, self.has) = (refusal, status, has)
    }

    var request: String {
        let lines = ["POST /lobby/rooms HTTP/1.1", "Host: a", "Content-Length: \(self.body.utf8.count)"] + self.headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + self.body
    }
}

@Suite("The lobby over HTTP", .serialized)
struct LobbyHTTPTests {
    private static func harness(_ adjust: (inout FrontDoorSettings) -> Void = { _ in }) async throws -> FrontDoorHarness {
        let harness = try await FrontDoorHarness(adjust: adjust)
        harness.hosting.lobby.publish(.sample(2, [CardField("map", .string("dust"))]), of: .sample("duel 1"))
        harness.hosting.lobby.publish(.sample(isListed: false), of: .sample("hidden/é"))
        harness.hosting.opening.withLock { $0 = nil }
        return harness
    }

    @Test(
        "What a request that only reads gets",
        arguments: [
            SiteVector(
                "GET /openapi.json", status: 200,
                has: ["Content-Type: application/json\r\n", #""openapi": "3.1.0""#, "Access-Control-Allow-Origin: *\r\n"]),
            SiteVector("HEAD /openapi.json", status: 200, has: ["Content-Length: 2"], lacks: ["openapi"]),
            SiteVector(
                "GET /lobby/rooms", "Origin: https://elsewhere.example", status: 200,
                has: [
                    #"{"rooms":[{"room":"duel 1","#, #""properties":{"map":"dust"}}],"more":false}"#,
                    "Cache-Control: no-store\r\n",
                    "Access-Control-Allow-Origin: *\r\n", "Vary: Accept\r\n",
                ], lacks: ["hidden"]),
            SiteVector("GET /lobby/rooms?where=map:sand", status: 200, has: [#"{"rooms":[],"more":false}"#]),
            SiteVector("HEAD /lobby/rooms", "Accept: text/event-stream", status: 200, has: ["application/json"], lacks: ["duel"]),
            SiteVector("GET /lobby/rooms?what=1", status: 400, has: [#"{"code":"badRequest","message":"#]),
            SiteVector(
                "GET /lobby/rooms?limit=0", "Accept: text/event-stream", status: 400, has: ["Content-Type: application/json\r\n"]),
            SiteVector("HEAD /lobby/rooms?what=1", status: 400, has: ["Content-Length: "], lacks: ["badRequest"]),
            SiteVector("GET /lobby/rooms/duel%201", status: 200, has: [#"{"room":"duel 1","type":"default","players":2"#]),
            SiteVector("GET /lobby/rooms/hidden%2F%c3%A9", status: 200, has: [#""room":"hidden/é""#]),
            SiteVector("HEAD /lobby/rooms/duel%201", status: 200, has: ["Content-Length: "], lacks: ["players"]),
            SiteVector("GET /lobby/rooms/duel+1", status: 404, has: [#""code":"notFound""#]),
            SiteVector("GET /lobby/rooms/none", status: 404, has: [#""code":"notFound""#, "Cache-Control: no-store\r\n"]),
            SiteVector("GET /lobby/rooms/%ff", status: 400), SiteVector("GET /lobby/rooms/%2", status: 400),
            SiteVector("GET /lobby/rooms/" + String(repeating: "%C3%A4", count: 64), status: 404),
            SiteVector("GET /lobby/rooms/" + String(repeating: "a", count: 65), status: 400),
            SiteVector("GET /lobby/rooms/", status: 404, has: [#""code":"notFound""#, "/openapi.json"]),
            SiteVector("GET /lobby/rooms/hidden/a", status: 404), SiteVector("GET /lobby", status: 404),
            SiteVector("GET /lobby/none", status: 404, has: ["application/json", "Access-Control-Allow-Origin: *\r\n"]),
            SiteVector("GET /lobbyist", status: 404, has: ["text/plain"]),
            SiteVector("DELETE /lobby/rooms", status: 405, has: ["Allow: GET, HEAD, OPTIONS, POST\r\n", "methodNotAllowed"]),
            SiteVector("POST /lobby/rooms/duel%201", status: 405, has: ["Allow: GET, HEAD, OPTIONS\r\n"]),
            SiteVector("PUT /openapi.json", status: 405, has: ["Allow: GET, HEAD, OPTIONS\r\n"]),
            SiteVector(
                "OPTIONS /lobby/rooms", "Origin: null", "Access-Control-Request-Method: POST", status: 204,
                has: [
                    "Access-Control-Allow-Origin: *\r\n", "Access-Control-Allow-Methods: GET, HEAD, POST\r\n",
                    "Access-Control-Allow-Headers: Authorization, Content-Type\r\n",
                ], lacks: ["Content-Length", "Credentials"]),
            SiteVector("OPTIONS /lobby/rooms/x", status: 204), SiteVector("OPTIONS /openapi.json", status: 204),
            SiteVector("OPTIONS /lobby/x", status: 404),
        ])
    func reads(_ vector: SiteVector) async throws {
        let answer = try await Self.harness().ask(vector.request)
        #expect(answer.hasPrefix("HTTP/1.1 \(vector.status) "), "\(answer)")
        #expect(answer.contains("\r\nConnection: close\r\n"))
        for text in vector.has { #expect(answer.contains(text), "\(text) in \(answer)") }
        for text in vector.lacks { #expect(!answer.contains(text), "\(text) in \(answer)") }
    }

    @Test(
        "What somebody gets who wants a room made",
        arguments: [
            MakeVector("no name", status: 201, has: ["Location: /lobby/rooms/", #""type":"default","invitations":[]}"#]),
            MakeVector(
                "a name", #"{"room":"a/b é","card":{"listed":true,"x":1},"invitations":[{"seconds":9}]}"#, status: 201,
                has: ["Location: /lobby/rooms/a%2Fb%20%C3%A9\r\n", #"{"room":"a/b é","instance":""#, "Cache-Control: no-store"]),
            MakeVector("a password", #"{"password":"x"}"#, status: 201, has: ["invitations"]),
            MakeVector("with a character set", "{}", ["Content-Type: Application/JSON; charset=utf-8"], status: 201, has: []),
            MakeVector("not JSON", "{", status: 400, has: ["badRequest", "JSON object"]),
            MakeVector("another type", "{}", ["Content-Type: text/plain"], status: 415, has: ["contentType"]),
            MakeVector("no type", "{}", [], status: 415, has: ["contentType"]),
            MakeVector("two types", "{}", ["Content-Type: application/json, text/plain"], status: 415, has: []),
            MakeVector(
                "two tickets", "{}", ["Content-Type: application/json", "Authorization: Bearer a", "Authorization: Bearer b"],
                status: 400, has: ["Authorization"]),
            MakeVector("too long", String(repeating: " ", count: 8193), status: 413, has: ["tooLong"]),
            MakeVector("just not", "{}" + String(repeating: " ", count: 8190), status: 201, has: []),
            MakeVector("a name that is there", #"{"room":"duel 1"}"#, status: 409, has: ["nameTaken"]),
            MakeVector("held", refusal: .tooManyHeld, status: 409, has: ["tooManyHeld"]),
            MakeVector("full", refusal: .relayFull, status: 503, has: ["relayFull", "Retry-After: 5\r\n"]),
            MakeVector("overloaded", refusal: .overloaded, status: 503, has: ["overloaded", "Retry-After: 5\r\n"]),
            MakeVector("silent", refusal: .silent, status: 503, has: ["silent", "Retry-After: 5\r\n"]),
            MakeVector("many rooms", refusal: .tooManyRooms, status: 429, has: ["tooManyRooms", "Retry-After: 5\r\n"]),
            MakeVector("refused", #"{"type":"none"}"#, refusal: .typeRefused, status: 403, has: ["typeRefused"]),
        ])
    func makes(_ vector: MakeVector) async throws {
        let harness = try await Self.harness()
        harness.hosting.opening.withLock { $0 = vector.refusal }
        let answer = try await harness.ask(vector.request)
        #expect(answer.hasPrefix("HTTP/1.1 \(vector.status) "), "\(answer)")
        #expect(answer.contains("Access-Control-Allow-Origin: *\r\n") && answer.contains("Content-Type: application/json\r\n"))
        for text in vector.has { #expect(answer.contains(text), "\(text) in \(answer)") }
        let counter =
            vector.status == 201 ? "lobbyMade" : [400, 413, 415].contains(vector.status) ? "lobbyMalformed" : "accepted"
        #expect(harness.counters.values[counter] == 1)
    }

    @Test("The rooms are asked for what was wanted: a name decides about the type, and only that type will do")
    func asks() async throws {
        let harness = try await Self.harness()
        let bodies = [
            #"{"room":"a","type":"duel"}"#, #"{"type":"duel"}"#, "{}",
            #"{"card":{"seats":2},"invitations":[{"seconds":9,"held":"player"},{"seconds":5}]}"#,
        ]
        try await harness.run { port in
            for body in bodies {
                let client = try RawClient(port: port)
                try client.send(Array(MakeVector("", body, status: 201, has: []).request.utf8))
                #expect(try client.readAll().hasPrefix("HTTP/1.1 201 "))
            }
        }
        let orders = harness.hosting.orders.withLock { $0 }
        #expect(orders.map(\.type) == [nil, "duel", "default", "default"])
        #expect(orders.map(\.onlyType) == ["duel", "duel", nil, nil])
        #expect(orders[0].room == "a" && orders.dropFirst().allSatisfy { RoomCode.normalised($0.room) == $0.room })
        let invitations = orders[3].opening.invitations
        #expect(invitations.map(\.seconds) == [9, 5] && invitations.map(\.held) == [.player, nil])
        #expect(invitations.allSatisfy { $0.text.utf8.count == 32 } && invitations[0].text != invitations[1].text)
        #expect(orders[3].opening.card[.seats] == .integer(2))
    }

    @Test("Where codes are taken, eight are tried")
    func codes() async throws {
        let harness = try await Self.harness()
        harness.hosting.opening.withLock { $0 = .exists }
        #expect(try await harness.ask(MakeVector("", status: 409, has: []).request).contains("nameTaken"))
        #expect(Set(harness.hosting.orders.withLock { $0.map(\.room) }).count == 8)
    }

    @Test("A body may come in pieces, in chunks, or after it was asked for; what is too long is refused before it has come")
    func pieces() async throws {
        let harness = try await Self.harness()
        let head = "POST /lobby/rooms HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        try await harness.run { port throws in
            func answer(_ parts: [String], waits: Bool = false) throws -> String {
                let client = try RawClient(port: port)
                for (place, part) in parts.enumerated() {
                    if place > 0, waits { #expect(try client.readHead() == "HTTP/1.1 100 Continue\r\n\r\n") }
                    try client.send(Array(part.utf8))
                }
                return try client.readAll()
            }
            try #expect(answer((head + "Content-Length: 2\r\n\r\n{}").map { "\($0)" }).hasPrefix("HTTP/1.1 201 "))
            let chunked = head + "Transfer-Encoding: chunked\r\n\r\n"
            try #expect(answer([chunked, "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"]).hasPrefix("HTTP/1.1 201 "))
            try #expect(answer([chunked, "2001\r\n" + String(repeating: " ", count: 8193)]).contains(#""code":"tooLong""#))
            try #expect(answer([head + "Content-Length: 8193\r\n\r\n"]).contains(#""code":"tooLong""#))
            #expect(
                try answer([head + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n", "{}"], waits: true).contains(" 201 "))
            try #expect(answer([chunked, "x\r\n"]).hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test("Rooms, joins and malformed requests of one address are bounded, by whoever a proxy names")
    func limits() async throws {
        let harness = try await Self.harness {
            ($0.limits.rooms, $0.limits.joins, $0.limits.failures) = (2, 4, 3)
            $0.proxies.ranges = FrontDoorHarness.proxies
        }
        try await harness.run { port in
            func ask(_ vector: MakeVector, _ client: String) throws -> String {
                let request = vector.request.replacing("Host: a", with: "Host: a\r\nX-Forwarded-For: \(client)")
                let socket = try RawClient(port: port)
                try socket.send(Array(request.utf8))
                return try socket.readAll()
            }
            let (good, bad) = (MakeVector("", status: 201, has: []), MakeVector("", "[]", status: 400, has: []))
            let answers = try (0..<5).map { _ in try ask(good, "203.0.113.7") }
            let codes = ["\"room\"", "\"room\"", "tooManyRooms", "tooManyRooms", "tooManyJoins"]
            for (answer, code) in zip(answers, codes) { #expect(answer.contains(code), "\(answer)") }
            for _ in 0..<3 { #expect(try ask(bad, "203.0.113.8").hasPrefix("HTTP/1.1 400 ")) }
            let last = try ask(good, "203.0.113.8")
            #expect(last.hasPrefix("HTTP/1.1 429 ") && last.contains("failingAddress") && last.contains("Retry-After: "))
            #expect(try ask(good, "203.0.113.9").hasPrefix("HTTP/1.1 201 "))
        }
        let counters = harness.counters.values
        #expect(counters["roomsPerAddress"] == 2 && counters["joinsPerAddress"] == 1 && counters["failuresPerAddress"] == 1)
    }
}
