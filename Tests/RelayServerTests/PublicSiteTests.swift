import RelayServer
import RelayWeb
import RelayWire
import Testing

struct SiteVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var request: String
    /// How the answer begins.
    var status: Int
    /// What it holds.
    var has: [String]
    /// What it does not hold.
    var lacks: [String]

    /// - Parameter request: Its first line without the version, then further headers.
    init(_ request: String, _ headers: String..., status: Int, has: [String] = [], lacks: [String] = []) {
        self.testDescription = ([request] + headers).joined(separator: ", ")
        self.request = (["\(request) HTTP/1.1", "Host: game.example:7777"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
        (self.status, self.has, self.lacks) = (status, has, lacks)
    }
}

@Suite("SDK and playground on the public listener", .serialized)
struct PublicSiteTests {
    static let browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"

    @Test(
        "What a request that is no upgrade gets while the playground is open",
        arguments: [
            SiteVector(
                "GET /", browser, status: 200,
                has: ["Content-Type: text/html", "<!doctype html>", "Content-Security-Policy: default-src 'none'", "ETag: \""]),
            SiteVector("GET /?room=lobby", browser, status: 200, has: ["<!doctype html>"]),
            SiteVector("GET /playground", browser, status: 200, has: ["<!doctype html>"]),
            SiteVector("GET /", "Accept: TEXT/HTML;q=1", status: 200, has: ["<!doctype html>"]),
            SiteVector(
                "GET /", "Accept: */*", status: 200,
                has: ["text/plain", "http://game.example:7777/", "bots", "Vary: Accept\r\n"], lacks: ["<!doctype"]),
            SiteVector("GET /", status: 200, has: ["text/plain", "ws://game.example:7777"], lacks: ["<!doctype"]),
            SiteVector("HEAD /", browser, status: 200, has: ["text/html", "Content-Length: "], lacks: ["<!doctype"]),
            SiteVector("HEAD /", status: 200, has: ["text/plain"], lacks: ["This is"]),
            SiteVector(
                "GET /sdk/v1/tickrelay.js", "Origin: https://elsewhere.example", status: 200,
                has: [
                    "Content-Type: text/javascript; charset=utf-8", "Access-Control-Allow-Origin: *", "nosniff",
                    "Cross-Origin-Resource-Policy: cross-origin", "Cache-Control: no-cache", "Referrer-Policy: no-referrer",
                    "export",
                ]),
            SiteVector("GET /sdk/v1/tickrelay.js?v=1", status: 200, has: ["export"]),
            SiteVector("HEAD /sdk/v1/tickrelay.js", status: 200, has: ["Content-Length: "], lacks: ["export"]),
            SiteVector("GET /sdk/v1/tickrelay.d.ts", status: 200, has: ["Content-Type: text/plain"]),
            SiteVector(
                "GET /sdk/v1/tickrelay.js", "If-None-Match: *", status: 304, has: ["ETag: \""],
                lacks: ["export", "Content-Length"]),
            SiteVector(
                "OPTIONS /sdk/v1/check", "Origin: null", "Access-Control-Request-Method: GET", status: 204,
                has: ["Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: GET, HEAD"], lacks: ["Content-Length"]),
            SiteVector("OPTIONS /", status: 405, has: ["Allow: GET, HEAD"]),
            SiteVector("POST /sdk/v1/tickrelay.js", status: 405, has: ["Only GET", "Access-Control-Allow-Origin: *"]),
            SiteVector("DELETE /", status: 405), SiteVector("BREW /", status: 400),
            SiteVector(
                "GET /sdk/v2/tickrelay.js", status: 404,
                has: ["the browser SDK is /sdk/v1/tickrelay.js", "Access-Control-Allow-Origin: *"]),
            SiteVector("GET /sdk/v1/", status: 404), SiteVector("GET /sdk", status: 404, has: ["WebSocket"]),
            SiteVector("GET /playground/index.html", status: 404), SiteVector("GET /playground/", status: 404),
            SiteVector("GET /playground/none.js", status: 404, has: ["nothing here but a WebSocket"]),
            SiteVector("GET /dashboard", browser, status: 404), SiteVector("GET /stats", status: 404),
        ]
    )
    func open(_ vector: SiteVector) async throws { try await self.expect(vector, .on) }

    @Test(
        "And while it is closed",
        arguments: [
            SiteVector(
                "GET /", browser, status: 200, has: ["text/plain", "playground=on", "ws://game.example:7777"],
                lacks: ["<!doctype"]),
            SiteVector("GET /?room=lobby", browser, status: 200, has: ["playground=on"]),
            SiteVector("GET /", status: 200, has: ["text/plain", "playground=on"]),
            SiteVector("GET /playground", browser, status: 404, has: ["playground=on"]),
            SiteVector("GET /playground/playground.js", status: 404, has: ["playground=on"]),
            SiteVector("GET /sdk/v1/tickrelay.js", status: 200, has: ["export"]),
            SiteVector("GET /sdk/v1/check", status: 200, has: ["\"ok\":true"]),
        ]
    )
    func closed(_ vector: SiteVector) async throws { try await self.expect(vector, .off) }

    private func expect(_ vector: SiteVector, _ playground: PlaygroundAccess) async throws {
        let harness = try await FrontDoorHarness { $0.playground = playground }
        let answer = try await harness.ask(vector.request)
        #expect(answer.hasPrefix("HTTP/1.1 \(vector.status) "), "\(answer)")
        #expect(answer.contains("\r\nConnection: close\r\n"))
        for text in vector.has { #expect(answer.contains(text), "\(text) in \(answer)") }
        for text in vector.lacks { #expect(!answer.contains(text), "\(text) in \(answer)") }
    }

    @Test(
        "Paths that try to leave the table find nothing",
        arguments: [
            "/sdk/v1/../../etc/passwd", "/sdk/v1/..%2f..%2fetc/passwd", "/sdk/v1//tickrelay.js", "/sdk/v1/./tickrelay.js",
            "//sdk/v1/tickrelay.js", "/sdk/v1/tickrelay%2ejs", "/SDK/v1/tickrelay.js", "/sdk/v1/tickrelay.js/",
            "/sdk/v1/tickrelay.js%00",
            "/sdk/v1/tickrelay.js;a", "/sdk/v1/tickrelay.js.gz", "/sdk/tickrelay.js", "/.build-web/complete",
            "/playground/../sdk/v1/check",
            "http://127.0.0.1/sdk/v1/tickrelay.js", "*", "/%", "/\u{FE}", "/" + String(repeating: "../", count: 1000),
            "/" + String(repeating: "a", count: 10_000),
        ]
    )
    func noTraversal(_ path: String) async throws {
        let answer = try await FrontDoorHarness().ask("GET \(path) HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 404 ") || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        #expect(!answer.contains("export") && !answer.contains("root:"))
    }

    @Test(
        "By itself the playground is open on loopback, and nowhere else",
        arguments: [
            ("127.0.0.1", PlaygroundAccess.loopback, true), ("0.0.0.0", .loopback, false), ("0.0.0.0", .on, true),
            ("127.0.0.1", .off, false),
        ]
            as [(String, PlaygroundAccess, Bool)]
    )
    func byListener(_ host: String, _ playground: PlaygroundAccess, _ isOpen: Bool) async throws {
        let harness = try await FrontDoorHarness(listen: host) { $0.playground = playground }
        let answer = try await harness.ask("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n")
        #expect(answer.contains("<!doctype html>") == isOpen)
        #expect(harness.counters.values[isOpen ? "servedFile" : "answeredPlain"] == 1)
    }

    @Test("The setting can be changed while the relay runs")
    func reload() async throws {
        let harness = try await FrontDoorHarness()
        let off = try ServerConfiguration(ConfigurationSources(commandLine: [("playground", "off")]), processors: 1)
        await harness.adopt(off.frontDoor(descriptorLimit: 0))
        #expect(try await harness.ask("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n").contains("playground=on"))
    }

    @Test("The compressed file is the very file, and known by a tag of its own; who has it gets it once")
    func representations() async throws {
        let harness = try await FrontDoorHarness()
        let file = try #require(WebFiles.forPlayers[path: "/sdk/v1/tickrelay.js"])
        let (plain, small) = (
            file.answer(ifNoneMatch: [], acceptEncoding: []), file.answer(ifNoneMatch: [], acceptEncoding: ["gzip"])
        )
        try await harness.run { port in
            func get(_ headers: String) throws -> String {
                let client = try RawClient(port: port)
                try client.send(Array("GET /sdk/v1/tickrelay.js HTTP/1.1\r\nHost: a\r\n\(headers)\r\n".utf8))
                return try client.readAll()
            }
            #expect(try get("").hasSuffix("\r\n\r\n" + String(buffer: plain.body)))
            let compressed = try get("Accept-Encoding: gzip\r\n")
            #expect(compressed.contains("\r\nContent-Length: \(small.body.readableBytes)\r\n"))
            for answer in [plain, small] {
                let tag = answer.headers["ETag"] ?? ""
                let encoding = answer.headers["Content-Encoding"] ?? "identity"
                let again = try get("Accept-Encoding: \(encoding)\r\nIf-None-Match: \(tag)\r\n")
                #expect(again.hasPrefix("HTTP/1.1 304 ") && again.hasSuffix("\r\n\r\n"))
            }
        }
        #expect(harness.counters.values["servedFile"] == 4)
    }

    @Test(
        "The check says what an upgrade from the same page would meet",
        arguments: [
            (nil, "127.0.0.1", true), ("http://localhost:3000", "127.0.0.1", true), ("https://evil.example", "127.0.0.1", false),
            ("null", "127.0.0.1", false), ("https://listed.example", "127.0.0.1", true), ("http://a:80", "0.0.0.0", true),
            ("http://localhost:3000", "0.0.0.0", false),
        ] as [(String?, String, Bool)]
    )
    func check(_ origin: String?, _ host: String, _ isAllowed: Bool) async throws {
        let harness = try await FrontDoorHarness(listen: host) { $0.allowedOrigins = AllowedOrigins(["https://listed.example"]) }
        let line = origin.map { "Origin: \($0)\r\n" } ?? ""
        let (verdict, upgrade) = try await harness.run { port in
            let asking = try RawClient(port: port)
            try asking.send(Array("GET /sdk/v1/check HTTP/1.1\r\nHost: a\r\n\(line)\r\n".utf8))
            let upgrading = try RawClient(port: port)
            try upgrading.send(Sample.upgrade(["Origin": origin, "Host": "a"]))
            return (try asking.readAll(), try upgrading.readHead())
        }
        let refusal =
            #""code":"origin","message":"Pages of this origin may not connect: add it to allowedOrigins, or serve a page that is a file.","ok":false"#
        #expect(verdict.contains("Content-Type: application/json\r\n") && verdict.contains("Access-Control-Allow-Origin: *\r\n"))
        #expect(
            verdict.contains("Cache-Control: no-store\r\n") && verdict.contains("\"protocols\":[\"\(WireLimits.subprotocol)\""))
        #expect(verdict.contains(isAllowed ? "{\"ok\":true," : refusal), "\(verdict)")
        #expect(upgrade.hasPrefix(isAllowed ? "HTTP/1.1 101 " : "HTTP/1.1 403 "))
    }

    @Test("Near the descriptor capacity the check says full, and files are still answered")
    func full() async throws {
        let hosting = EchoHosting()
        hosting.pretend(95)
        let harness = try await FrontDoorHarness(hosting: hosting) { $0.descriptorLimit = 256 + 100 }
        try await harness.run { port in
            for (path, text) in [("/sdk/v1/check", "\"code\":\"full\""), ("/sdk/v1/tickrelay.js", "export")] {
                let client = try RawClient(port: port)
                try client.send(Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                #expect(try client.readAll().contains(text))
            }
        }
    }

    @Test("Requests in one piece, in bytes, two at a time, or with a body: one answer, then the end")
    func oddRequests() async throws {
        let harness = try await FrontDoorHarness()
        let get = "GET /sdk/v1/tickrelay.d.ts HTTP/1.1\r\nHost: a\r\n"
        try await harness.run { port in
            for request in [
                get + "\r\n", get + "\r\n" + get + "\r\n", get + "Content-Length: 3\r\n\r\nabc",
                get + "Expect: 100-continue\r\n\r\n",
            ] {
                for size in [1, 7, 10_000] {
                    let client = try RawClient(port: port)
                    var rest = Array(request.utf8)[...]
                    while !rest.isEmpty {
                        guard (try? client.send(rest.prefix(size))) != nil else { break }
                        rest = rest.dropFirst(size)
                    }
                    let answer = try client.readAll()
                    #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.split(separator: "HTTP/1.1 ").count == 1)
                }
            }
        }
    }

    @Test("Who takes an answer and does not close is closed; who is answered while the front door closes does not hold it up")
    func neverClosing() async throws {
        let harness = try await FrontDoorHarness {
            $0.helloTimeout = 60_000
            $0.bounds.linger = 100
        }
        let (frontDoor, port) = (harness.frontDoor, harness.port)
        let client = try await blockingThreads.runIfActive {
            let client = try RawClient(port: port)
            try client.send(Array("GET /sdk/v1/tickrelay.js HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            _ = try client.readAll()
            return ClientBox(client)
        }
        await frontDoor.stop()
        #expect(throws: (any Error).self) { try (0..<1000).forEach { _ in try client.client.send([0]) } }
    }
}

extension FrontDoorHarness {
    /// Everything that comes back for a request.
    func ask(_ request: String) async throws -> String {
        try await self.run { port in
            let client = try RawClient(port: port)
            try client.send(Array(request.utf8))
            return try client.readAll()
        }
    }
}
