import RelayServer
import Testing

@Suite("What holds for all front doors together", .serialized)
struct CommonBoundsTests {
    /// Two front doors of one relay, each on an event loop.
    private static func doors(_ adjust: (inout FrontDoorSettings) -> Void) async throws -> (FrontDoorHarness, FrontDoorHarness) {
        var settings = FrontDoorSettings(
            listen: Endpoint(host: "127.0.0.1", port: 0), helloTimeout: 5000, messageBytes: 4096,
            allowedOrigins: AllowedOrigins(), descriptorLimit: 20_000)
        adjust(&settings)
        let common = CommonBounds(settings, passwords: .forTests)
        let first = try await FrontDoorHarness(common: common, adjust: adjust)
        let second = try await FrontDoorHarness(
            hosting: first.hosting, common: common, counters: first.counters, adjust: adjust)
        return (first, second)
    }

    @Test("Handshakes: the oldest goes, whichever door it is at, and both are counted together")
    func handshakes() async throws {
        let (first, second) = try await Self.doors { $0.bounds.handshakes = 3 }
        try await first.run { port in
            try first.wait { first.pending == 0 }
            let silent = try (0..<3).map { number in
                let client = try RawClient(port: number == 1 ? second.port : port)
                try first.wait { first.pending == number + 1 }
                return client
            }
            let newcomer = try RawClient(port: second.port)
            #expect(try silent[0].readAll() == "")
            try newcomer.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [1]))
            _ = try newcomer.readHead()
            #expect(try newcomer.next() == .binary([1]))
            for number in 1...2 {
                try silent[number].send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [2]))
                _ = try silent[number].readHead()
                #expect(try silent[number].next() == .binary([2]))
            }
        }
        await second.frontDoor.stop()
        #expect(first.counters.values["handshakeEvicted"] == 1)
        #expect(first.pending == 0)
    }

    @Test("Connections: who plays at one door counts at the other")
    func connections() async throws {
        let (first, second) = try await Self.doors { $0.maximumConnections = 1 }
        try await first.run { port in
            let seated = try RawClient(port: port)
            try seated.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7]))
            _ = try seated.readHead()
            #expect(try seated.next() == .binary([7]))
            let refused = try RawClient(port: second.port)
            try refused.send(Sample.upgrade())
            #expect(try refused.readAll().hasPrefix("HTTP/1.1 503 "))
        }
        await second.frontDoor.stop()
        #expect(first.counters.values["refusedNearCapacity"] == 1)
    }

    @Test("Connections: silent ones take no place from a player, at either door")
    func silentConnections() async throws {
        let (first, second) = try await Self.doors { $0.maximumConnections = 20 }
        try await first.run { port in
            let silent = try (0..<60).map { try RawClient(port: $0 % 2 == 0 ? port : second.port) }
            try first.wait { first.counters.values["accepted"] == 60 }
            let player = try RawClient(port: second.port)
            try player.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7]))
            _ = try player.readHead()
            #expect(try player.next() == .binary([7]))
            withExtendedLifetime(silent) {}
        }
        await second.frontDoor.stop()
        #expect(first.counters.values["refusedNearCapacity"] == nil)
    }

    @Test("Descriptors: unfinished handshakes of one door leave fewer for the other")
    func descriptors() async throws {
        let (first, second) = try await Self.doors { $0.descriptorLimit = 256 + 4 }
        try await first.run { port in
            let silent = try (0..<3).map { _ in try RawClient(port: port) }
            try first.wait { first.pending == 3 }
            let refused = try RawClient(port: second.port)
            try refused.send(Sample.upgrade())
            #expect(try refused.readAll().hasPrefix("HTTP/1.1 503 "))
            withExtendedLifetime(silent) {}
        }
        await second.frontDoor.stop()
    }

    @Test("Limits by address: what a client has at one door counts at the other")
    func addresses() async throws {
        let (first, second) = try await Self.doors {
            ($0.proxies.ranges, $0.proxies.source) = (FrontDoorHarness.proxies, .proxyProtocol)
            $0.limits.handshakes = 1
        }
        let from = Array("PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777\r\n".utf8)
        try await first.run { port in
            let silent = try RawClient(port: port)
            try silent.send(from + Sample.upgrade())
            _ = try silent.readHead()
            let refused = try RawClient(port: second.port)
            try refused.send(from + Sample.upgrade())
            #expect(try refused.readAll() == "")
            withExtendedLifetime(silent) {}
        }
        await second.frontDoor.stop()
        #expect(first.counters.values["handshakesPerAddress"] == 1)
    }
}
