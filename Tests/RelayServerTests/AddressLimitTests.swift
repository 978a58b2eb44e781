import Foundation
import Glibc
import RelayHosting
import RelayServer
import RelayWire
import Testing

@Suite("What one address may have at the front door", .serialized)
struct AddressLimitTests {
    private func harness(_ hosting: EchoHosting = EchoHosting(), adjust: (inout AddressLimits) -> Void) async throws
        -> FrontDoorHarness
    {
        try await FrontDoorHarness(hosting: hosting) {
            ($0.proxies.ranges, $0.proxies.source) = (FrontDoorHarness.proxies, .proxyProtocol)
            adjust(&$0.limits)
        }
    }

    private static func from(_ address: String) -> [UInt8] { Array("PROXY TCP4 \(address) 10.0.0.1 4711 7777\r\n".utf8) }
    private static let school = from("203.0.113.7")
    private static let neighbour = from("203.0.113.8")

    @Test("Handshakes: over the bound closed at once, and others are let in")
    func handshakes() async throws {
        let harness = try await self.harness { $0.handshakes = 2 }
        try await harness.run { port in
            let silent = try (0..<2).map { _ in try RawClient(port: port) }
            for one in silent { try one.send(Self.school + Sample.upgrade()) }
            for one in silent { _ = try one.readHead() }
            let third = try RawClient(port: port)
            try third.send(Self.school + Sample.upgrade())
            #expect(try third.readAll() == "")
            let other = try RawClient(port: port)
            try other.send(Self.neighbour + Sample.upgrade())
            #expect(try other.readHead().hasPrefix("HTTP/1.1 101 "))
            withExtendedLifetime(silent) {}
        }
        #expect(harness.counters.values["handshakesPerAddress"] == 1)
    }

    @Test("Handshakes whose client a header names: 429 that says so, and not the counter of connections")
    func namedHandshakes() async throws {
        let harness = try await FrontDoorHarness {
            ($0.proxies.ranges, $0.proxies.source) = (FrontDoorHarness.proxies, .header(.xForwardedFor))
            $0.limits.handshakes = 1
        }
        try await harness.run { port in
            let from = ["X-Forwarded-For": "203.0.113.7"]
            let waiting = try RawClient(port: port)
            try waiting.send(Sample.upgrade(from))
            #expect(try waiting.readHead().hasPrefix("HTTP/1.1 101 "))
            let second = try RawClient(port: port)
            try second.send(Sample.upgrade(from))
            let answer = try second.readAll()
            #expect(answer.hasPrefix("HTTP/1.1 429 ") && answer.contains("Retry-After: 5\r\n"), "\(answer)")
            #expect(answer.contains("unfinished handshakes") && !answer.contains("connections"), "\(answer)")
            withExtendedLifetime(waiting) {}
        }
        #expect(harness.counters.values["handshakesPerAddress"] == 1)
        #expect(harness.counters.values["connectionsPerAddress"] == nil)
    }

    @Test("Connections: 429 with a Retry-After over the bound, whoever else plays; one that ends makes room")
    func connections() async throws {
        let harness = try await self.harness { $0.connections = 2 }
        try await harness.run { port in
            func enter(_ from: [UInt8]) throws -> (RawClient, String) {
                let client = try RawClient(port: port)
                try client.send(from + Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7]))
                return (client, try client.readHead())
            }
            var seated = try (0..<2).map { _ in try enter(Self.school).0 }
            for one in seated { #expect(try one.next() == .binary([7])) }
            let (_, refused) = try enter(Self.school)
            #expect(refused.hasPrefix("HTTP/1.1 429 ") && refused.contains("Retry-After: 5\r\n"), "\(refused)")
            #expect(try enter(Self.neighbour).1.hasPrefix("HTTP/1.1 101 "))
            let check = try RawClient(port: port)
            try check.send(Self.school + Array("GET /sdk/v1/check HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            #expect(try check.readAll().contains("\"code\":\"crowdedAddress\""))
            seated.removeFirst()
            var isBack = false
            for _ in 0..<500 where !isBack {
                usleep(10_000)
                isBack = try enter(Self.school).1.hasPrefix("HTTP/1.1 101 ")
            }
            #expect(isBack)
        }
        #expect(harness.counters.values["connectionsPerAddress"] ?? 0 >= 1)
    }

    @Test("Joins: 4011 with the time to wait; a return by token is none")
    func joins() async throws {
        let harness = try await self.harness { $0.joins = 1 }
        let route = try harness.hosting.directory.reserve("arena", newInstance: RoomInstance(high: 5, low: 6))
        let token = harness.mint.mint(RejoinToken(instance: route.instance, seat: SeatNumber(rawValue: 1), generation: 1))
        try await harness.run { port in
            func enter(_ from: [UInt8], _ first: [UInt8]) throws -> RawClient.Item {
                let client = try RawClient(port: port)
                try client.send(from + Sample.upgrade() + first + Sample.frame(.binary, [7]))
                _ = try client.readHead()
                return try client.next()
            }
            #expect(try enter(Self.school, Sample.hello()) == .binary([7]))
            guard case .close(4011, let reason) = try enter(Self.school, Sample.hello()) else {
                throw RawClient.Failure(what: "no 4011")
            }
            #expect(reason.contains("your address") && reason.contains("(retry after "))
            #expect(try enter(Self.school, Sample.rejoin("arena", token: token)) == .binary([7]))
            #expect(try enter(Self.neighbour, Sample.hello()) == .binary([7]))
        }
        #expect(harness.counters.values["joinsPerAddress"] == 1)
        #expect(harness.counters.values["closed.relayFull"] == 1)
    }

    @Test("Rooms: an address makes as many as it may, joins those of others, and may make more when its own are gone")
    func rooms() async throws {
        let hosting = EchoHosting()
        let harness = try await self.harness(hosting) { $0.rooms = 1 }
        try await harness.run { port in
            func enter(_ from: [UInt8], _ room: String) throws -> (RawClient, RawClient.Item) {
                let client = try RawClient(port: port)
                try client.send(from + Sample.upgrade() + Sample.hello(room) + Sample.frame(.binary, [7]))
                _ = try client.readHead()
                return (client, try client.next())
            }
            var first: (RawClient, RawClient.Item)? = try enter(Self.school, "red")
            #expect(first?.1 == .binary([7]))
            guard case .close(4011, let reason) = try enter(Self.school, "blue").1 else {
                throw RawClient.Failure(what: "no 4011")
            }
            #expect(reason.contains("Too many rooms from your address"))
            let blue = try enter(Self.neighbour, "blue")
            #expect(blue.1 == .binary([7]))
            #expect(try enter(Self.school, "blue").1 == .binary([7]))
            first = nil
            for _ in 0..<500 where hosting.directory.count > 1 { usleep(10_000) }
            #expect(try enter(Self.school, "green").1 == .binary([7]))
            withExtendedLifetime(blue) {}
        }
        #expect(harness.counters.values["roomsPerAddress"] == 1)
    }

    @Test("Failures: after too many refused hellos and requests 429; who is seated plays on, and others are let in")
    func failures() async throws {
        let harness = try await self.harness { $0.failures = 2 }
        try await harness.run { port in
            func ask(_ from: [UInt8], _ bytes: [UInt8]) throws -> (RawClient, String) {
                let client = try RawClient(port: port)
                try client.send(from + bytes)
                return (client, try client.readHead())
            }
            let (seated, _) = try ask(Self.school, Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7]))
            #expect(try seated.next() == .binary([7]))
            let (forger, _) = try ask(Self.school, Sample.upgrade() + Sample.rejoin("r", token: Array(repeating: 1, count: 58)))
            guard case .close(4012, _) = try forger.next() else { throw RawClient.Failure(what: "no 4012") }
            #expect(try ask(Self.school, Sample.upgrade(["Sec-WebSocket-Version": "8"])).1.hasPrefix("HTTP/1.1 426 "))
            let refused = try ask(Self.school, Sample.upgrade()).1
            #expect(refused.hasPrefix("HTTP/1.1 429 ") && refused.contains("Retry-After: 31\r\n"), "\(refused)")
            #expect(try ask(Self.neighbour, Sample.upgrade()).1.hasPrefix("HTTP/1.1 101 "))
            try seated.send(Sample.frame(.binary, [8]))
            #expect(try seated.next() == .binary([8]))
        }
        #expect(harness.counters.values["failuresPerAddress"] == 1)
    }

    /// The first message of a client of TLS 1.3, which anybody can send again.
    private static let clientHello =
        "FgMBAOwBAADoAwMH/ULq4rKqELllgKFl3zoQ24Pvnbn51Kxj33r5Yl5QoyBl8wCmKjZLgNbUqRardI+pn1Oi4WwAd5t9F3fqV5Ac"
        + "wgAKEwITAxMBwCsA/wEAAJUACwAEAwABAgAKABYAFAAdABcAHgAZABgBAAEBAQIBAwEEACMAAAAWAAAAFwAAAA0AKgAoBAMFAwYD"
        + "CAcICAgJCAoICwgECAUIBgQBBQEGAQMDAwEDAgQCBQIGAgArAAUEAwQDAwAtAAIBAQAzACYAJAAdACBxtEh/bw/IGLF+cIt0b2Yu"
        + "h5kDE4uady5YT7iWF0XpbQ=="

    /// What it costs an address to end a handshake of TLS in some way.
    enum TLSEnd: CaseIterable {
        case plain, closed, reset, silent

        var isCharged: Bool { self != .silent }
    }

    @Test(
        "Handshakes of TLS that came to nothing are failures: after too many nobody of that address costs another one, others may",
        arguments: TLSEnd.allCases)
    func failedTLS(_ end: TLSEnd) async throws {
        let samples = try IdentitySamples()
        defer { withExtendedLifetime(samples) {} }
        let sources = ConfigurationSources(
            commandLine: [
                ("tlsListen", "127.0.0.1:1"), ("tlsCertificate", samples.certificate), ("tlsKey", samples.key),
            ])
        let identity = ServerIdentity(try #require(try ServerConfiguration(sources, processors: 2).tls).pair)
        let harness = try await FrontDoorHarness(identity: identity) {
            ($0.proxies.ranges, $0.proxies.source) = (FrontDoorHarness.proxies, .proxyProtocol)
            $0.limits.failures = 2
        }
        try await harness.run { port in
            for (number, from) in [Self.school, Self.school, Self.school, Self.neighbour].enumerated() {
                try Self.connect(port, from, end)
                let ended = end.isCharged ? ["tlsFailed", "failuresPerAddress"] : ["leftBeforeHello"]
                try harness.wait { ended.reduce(0) { $0 + (harness.counters.values[$1] ?? 0) } == number + 1 }
            }
        }
        #expect(harness.counters.values["tlsFailed"] == (end.isCharged ? 3 : nil))
        #expect(harness.counters.values["failuresPerAddress"] == (end.isCharged ? 1 : nil))
    }

    private static func connect(_ port: Int, _ from: [UInt8], _ end: TLSEnd) throws {
        let client = try RawClient(port: port)
        switch end {
        case .plain: try client.send(from + Sample.upgrade())
        case .silent: try client.send(from)
        case .closed, .reset:
            try client.send(from + (Array(Data(base64Encoded: self.clientHello) ?? Data())))
            if end == .reset { client.resetsAtEnd() }
        }
        if end != .silent { _ = try? client.read() }
    }

    @Test("Behind a proxy who has too many handshakes gets no file either, for its place would outlast its limit")
    func filesOverTheBound() async throws {
        let harness = try await FrontDoorHarness {
            $0.proxies.ranges = FrontDoorHarness.proxies
            $0.limits.handshakes = 1
        }
        try await harness.run { port in
            func ask(_ target: String) throws -> RawClient {
                let client = try RawClient(port: port)
                try client.send(Array("GET \(target) HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n".utf8))
                return client
            }
            let first = try RawClient(port: port)
            try first.send(Sample.upgrade(["X-Forwarded-For": "203.0.113.7"]))
            _ = try first.readHead()
            #expect(try ask("/sdk/v1/tickrelay.js").readHead().hasPrefix("HTTP/1.1 429 "))
            try first.send(Sample.hello() + Sample.frame(.binary, [7]))
            #expect(try first.next() == .binary([7]))
        }
        #expect(harness.counters.values["handshakesPerAddress"] == 1)
    }

    @Test("In all: over maximumConnections 503")
    func inAll() async throws {
        let harness = try await FrontDoorHarness { $0.maximumConnections = 1 }
        try await harness.run { port in
            let first = try RawClient(port: port)
            try first.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7]))
            _ = try first.readHead()
            #expect(try first.next() == .binary([7]))
            let second = try RawClient(port: port)
            try second.send(Sample.upgrade())
            #expect(try second.readAll().hasPrefix("HTTP/1.1 503 "))
        }
        #expect(harness.counters.values["refusedNearCapacity"] == 1)
    }

    /// One that only heartbeats.
    private static func guest(_ port: Int) throws -> RawClient {
        let guest = try RawClient(port: port)
        try guest.send(Sample.upgrade(["Sec-WebSocket-Protocol": nil]))
        _ = try guest.readHead()
        try self.beat(guest)
        return guest
    }

    private static func beat(_ guest: RawClient) throws {
        try guest.send(Sample.frame(.text, Array("ping".utf8)))
        #expect(try guest.next() == .binary(Array("pong".utf8)))
    }

    @Test("Who only heartbeats makes way after those who say nothing")
    func guests() async throws {
        let harness = try await FrontDoorHarness { $0.bounds.handshakes = 3 }
        try await harness.run { port in
            let guest = try Self.guest(port)
            let silent = try (0..<2).map { _ in try RawClient(port: port) }
            try harness.wait { harness.counters.values["accepted"] == 3 }
            let newcomers = try (0..<2).map { _ in try RawClient(port: port) }
            for one in silent { #expect(try one.readAll() == "") }
            try Self.beat(guest)
            withExtendedLifetime(newcomers) {}
        }
        #expect(harness.counters.values["handshakeEvicted"] == 2)
        #expect(harness.counters.values["guestEvicted"] == nil)
    }

    @Test("Where all only heartbeat the oldest of them makes way, and the newcomer is let in")
    func oldestGuest() async throws {
        let harness = try await FrontDoorHarness { $0.bounds.handshakes = 2 }
        try await harness.run { port in
            let guests = try [Self.guest(port), Self.guest(port)]
            let newcomer = try RawClient(port: port)
            try newcomer.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [7]))
            _ = try newcomer.readHead()
            #expect(try newcomer.next() == .binary([7]))
            #expect(try guests[0].readAll() == "")
            try Self.beat(guests[1])
        }
        #expect(harness.counters.values["guestEvicted"] == 1 && harness.counters.values["handshakeEvicted"] == nil)
    }
}
