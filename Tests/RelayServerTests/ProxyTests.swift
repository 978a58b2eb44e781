import Glibc
import RelayHosting
import RelayServer
import RelayWire
import Testing

@Suite("Behind a proxy", .serialized)
struct ProxyTests {
    static let header = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777\r\n"
    static let binary = BinaryHeader.make(0x11, BinaryHeader.v4)

    /// A front door that believes this machine, from where the tests connect.
    private func harness(
        _ source: ProxyTrust.Source, adjust: (inout FrontDoorSettings) -> Void = { _ in }
    ) async throws -> FrontDoorHarness {
        try await FrontDoorHarness {
            ($0.proxies.ranges, $0.proxies.source) = (FrontDoorHarness.proxies, source)
            adjust(&$0)
        }
    }

    @Test(
        "The address in a PROXY header is the client's, however its bytes come",
        arguments: [
            (Array(header.utf8), "203.0.113.7:4711"), (binary, "203.0.113.7:4711"),
            (BinaryHeader.make(0x21, BinaryHeader.v6 + BinaryHeader.extensions(300)), "[2001:db8::7]:4711"),
            (BinaryHeader.make(0x31, BinaryHeader.zeros(216)), "local"),
        ] as [([UInt8], String)], [true, false]
    )
    func proxyProtocol(_ header: ([UInt8], String), _ isWhole: Bool) async throws {
        let harness = try await self.harness(.proxyProtocol)
        try await harness.run { port in
            let client = try RawClient(port: port)
            let all = header.0 + Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7])
            if isWhole {
                try client.send(all)
            } else {
                for byte in all {
                    try client.send([byte])
                    if byte == 0x0A { usleep(200) }
                }
            }
            _ = try client.readHead()
            #expect(try client.next() == .binary([7]))
        }
        #expect(harness.hosting.admissions.map(\.peer) == [header.1])
    }

    @Test("LOCAL is the proxy's own connection, which nothing limits")
    func local() async throws {
        let harness = try await self.harness(.proxyProtocol) { $0.limits.handshakes = 1 }
        try await harness.run { port in
            let checks = try (0..<3).map { _ in try RawClient(port: port) }
            for check in checks {
                try check.send(BinaryHeader.make(0x20, 0, []) + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            }
            for check in checks { #expect(try check.readAll().hasPrefix("HTTP/1.1 200 ")) }
        }
    }

    @Test(
        "A proxy without a header that can be read is refused, and so is a header of somebody else",
        arguments: [
            (true, Sample.upgrade(), "HTTP/1.1 400 ", "proxyHeaderMissing"),
            (true, [0x16, 0x03, 0x01], "HTTP/1.1 400 ", "proxyHeaderMissing"),
            (true, Array("PROXY TCP4 1.2.3.4 x 1 1\r\n".utf8), "HTTP/1.1 400 ", "proxyHeaderMalformed"),
            (true, BinaryHeader.make(0x11, [], length: 4000), "HTTP/1.1 400 ", "proxyHeaderMalformed"),
            (true, Array((header + header).utf8), "HTTP/1.1 400 ", "proxyHeaderForeign"),
            (true, Array(header.utf8.prefix(20)), "", "proxyHeaderTimeout"), (true, [], "", "proxyHeaderTimeout"),
            (false, Array(header.utf8) + Sample.upgrade(), "HTTP/1.1 400 ", "proxyHeaderForeign"),
            (false, binary + Sample.upgrade(), "HTTP/1.1 400 ", "proxyHeaderForeign"),
        ] as [(Bool, [UInt8], String, String)]
    )
    func refused(_ isTrusted: Bool, _ bytes: [UInt8], _ answer: String, _ counter: String) async throws {
        let harness = try await self.harness(.proxyProtocol) {
            if !isTrusted { $0.proxies.ranges = [] }
            $0.helloTimeout = 300
        }
        let said = try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(bytes)
            return try client.readAll()
        }
        #expect(said.hasPrefix(answer) && (answer.isEmpty == said.isEmpty), "\(said)")
        #expect(harness.counters.values[counter] == 1, "\(harness.counters.values)")
        #expect(harness.hosting.admissions.isEmpty)
    }

    @Test(
        "A header is believed from a trusted proxy only, and what the client put before it is not",
        arguments: [
            (true, "X-Forwarded-For", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
            (true, "Forwarded", "for=6.6.6.6, for=\"203.0.113.7:1\"", "203.0.113.7:1"),
            (false, "X-Forwarded-For", "6.6.6.6", "127.0.0.1"), (false, "Forwarded", "for=6.6.6.6", "127.0.0.1"),
        ] as [(Bool, String, String, String)]
    )
    func headers(_ isTrusted: Bool, _ name: String, _ value: String, _ expected: String) async throws {
        let harness = try await self.harness(.header(name == "Forwarded" ? .forwarded : .xForwardedFor)) {
            if !isTrusted { $0.proxies.ranges = [] }
        }
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade([name: value]) + Sample.hello() + Sample.frame(.binary, [7]))
            _ = try client.readHead()
            #expect(try client.next() == .binary([7]))
        }
        #expect(harness.hosting.admissions.map { $0.peer.hasPrefix(expected) } == [true])
    }

    @Test("A trusted proxy that does not name its client is told so, and its health check is answered")
    func unnamed() async throws {
        let harness = try await self.harness(.header(.xForwardedFor))
        try await harness.run { port in
            for headers in [[:], ["X-Forwarded-For": "unknown"], ["Forwarded": "for=203.0.113.7"]] as [[String: String?]] {
                let client = try RawClient(port: port)
                try client.send(Sample.upgrade(headers))
                let answer = try client.readAll()
                #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("trustedHops"), "\(answer)")
            }
            let check = try RawClient(port: port)
            try check.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            #expect(try check.readAll().hasPrefix("HTTP/1.1 200 "))
        }
        #expect(harness.counters.values["forwardedRefused"] == 3)
    }

    @Test("A health check that has gone before it is accepted is no foreign header, and nobody's")
    func gone() async throws {
        let listener = try LoopbackListener()
        for _ in 0..<3 {
            let check = try RawClient(port: listener.port)
            try check.send(BinaryHeader.make(0x20, 0, []))
            check.resetsAtEnd()
        }
        let harness = try await self.harness(.proxyProtocol) { $0.inheritedListener = listener.descriptor }
        try await harness.run { port in
            let player = try RawClient(port: port)
            try player.send(Array(Self.header.utf8) + Sample.upgrade())
            #expect(try player.readHead().hasPrefix("HTTP/1.1 101 "))
        }
        let counted = harness.counters.values.filter { $0.value > 0 && $0.key.hasPrefix("proxyHeader") }
        #expect(counted.isEmpty, "\(harness.counters.values)")
    }

    @Test(
        "A proxy on this machine that nobody has named is noticed, one that is named is not",
        arguments: [
            (false, "X-Forwarded-For", 1), (false, "Forwarded", 1), (false, "X-Real-IP", nil), (true, "X-Forwarded-For", nil),
        ] as [(Bool, String, UInt64?)]
    )
    func unbelieved(_ isTrusted: Bool, _ name: String, _ count: UInt64?) async throws {
        let harness = try await self.harness(.header(.xForwardedFor)) { if !isTrusted { $0.proxies.ranges = [] } }
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade([name: "203.0.113.7"]))
            #expect(try client.readHead().hasPrefix("HTTP/1.1 101 "))
        }
        #expect(harness.counters.values["forwardedUnbelieved"] == count)
    }

    @Test(
        "Whether this machine is a proxy",
        arguments: [("127.0.0.1", true), ("127.0.0.0/8", true), ("::1", true), ("10.0.0.1", false), ("::/0", true)])
    func loopback(_ range: String, _ isProxy: Bool) throws {
        var trust = ProxyTrust()
        #expect(!trust.includesLoopback)
        trust.ranges = [try #require(AddressRange(range))]
        #expect(trust.includesLoopback == isProxy)
    }

    @Test("Behind a proxy nobody counts as this machine: no playground, no pages of its loopback; and https is https")
    func notLoopback() async throws {
        let harness = try await self.harness(.header(.xForwardedFor))
        try await harness.run { port in
            let from = "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
            let page = try RawClient(port: port)
            try page.send(Array("GET / HTTP/1.1\r\nHost: game.example\r\nAccept: text/html\r\n\(from)\r\n".utf8))
            let answer = try page.readAll()
            #expect(!answer.contains("<!doctype html>") && answer.contains("wss://game.example"), "\(answer)")
            for (origin, isAllowed) in [("http://localhost:3000", false), ("https://game.example", true)] {
                let check = try RawClient(port: port)
                try check.send(Array("GET /sdk/v1/check HTTP/1.1\r\nHost: game.example\r\nOrigin: \(origin)\r\n\(from)\r\n".utf8))
                #expect(try check.readAll().contains("\"ok\":\(isAllowed)"))
            }
        }
    }
}
