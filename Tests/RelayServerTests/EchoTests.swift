import RelayServer
import RelayWire
import Testing

@Suite("The echo")
struct EchoTests {
    /// A client that has been upgraded.
    private static func open(_ port: Int, path: String = "/echo") throws -> RawClient {
        let client = try RawClient(port: port)
        try client.send(Sample.upgrade(["Sec-WebSocket-Protocol": nil], path: path))
        let head = try client.readHead()
        #expect(head.hasPrefix("HTTP/1.1 101"))
        return client
    }

    @Test("Messages come back whole, pings are answered one by one, a close by the same code")
    func echoes() async throws {
        try await FrontDoorHarness { $0.echo = .loopback }.run { port in
            let client = try Self.open(port)
            let long = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
            var (begun, ended) = (Sample.frame(.text, Array("grü".utf8)), Sample.frame(.continuation, Array("ße".utf8)))
            begun[0] &= 0x7F
            let pings = Sample.frame(.ping, [1]) + Sample.frame(.ping, [2])
            try client.send(Sample.frame(.binary, long) + begun + pings + ended)
            #expect(try client.next() == .binary(long))
            #expect(try [client.next(), client.next()] == [.pong([1]), .pong([2])])
            #expect(try client.next() == .binary(Array("grüße".utf8)))
            ended = Sample.frame(.close, [0x0F, 0xA0])
            try client.send(ended)
            #expect(try client.next() == .close(4000, ""))
        }
    }

    @Test(
        "What RFC 6455 does not allow ends it by the codec's code",
        arguments: [
            ([0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007), ([0xC2, 0x80, 0, 0, 0, 0], 1002),
            // One byte more than the longest message: the header is enough.
            ([0x82, 0xFF, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0], 1009),
        ] as [([UInt8], UInt16)])
    func refuses(_ bytes: [UInt8], _ code: UInt16) async throws {
        try await FrontDoorHarness { $0.echo = .loopback }.run { port in
            let client = try Self.open(port)
            try client.send(Sample.frame(.text, [0x61]) + bytes)
            #expect(try client.next() == .binary([0x61]))
            guard case .close(code, _) = try client.next() else { throw RawClient.Failure(what: "no close by \(code)") }
        }
    }

    @Test(
        "It is there only where it is asked for",
        arguments: [(EchoAccess.off, "/echo"), (.loopback, "/"), (.loopback, "/echo/"), (.loopback, "/echo?x=1")]
            as [(EchoAccess, String)])
    func off(_ access: EchoAccess, _ path: String) async throws {
        try await FrontDoorHarness { $0.echo = access }.run { port in
            let client = try Self.open(port, path: path)
            try client.send(Sample.frame(.binary, [1]))
            // A connection of the JSON form that has not said hello.
            #expect(
                try client.next()
                    == .close(
                        CloseCode.wrongMessageType.rawValue, "This connection speaks JSON: send text, or offer tickrelay.v1."))
        }
    }

    @Test(
        "Elsewhere than on loopback it takes the word",
        arguments: [(EchoAccess.loopback, false), (.everywhere, true)] as [(EchoAccess, Bool)])
    func elsewhere(_ access: EchoAccess, _ isOpen: Bool) async throws {
        try await FrontDoorHarness(listen: "0.0.0.0") { $0.echo = access }.run { port in
            let client = try Self.open(port)
            try client.send(Sample.frame(.binary, [1]))
            #expect(try (client.next() == .binary([1])) == isOpen)
        }
    }

    @Test("Who resets right behind the upgrade keeps no place")
    func resets() async throws {
        let harness = try await FrontDoorHarness { $0.echo = .loopback }
        try await harness.run { port in
            for _ in 0..<40 {
                let client = try RawClient(port: port)
                try client.send(Sample.upgrade(["Sec-WebSocket-Protocol": nil], path: "/echo"))
                client.resetsAtEnd()
            }
            try harness.wait { harness.pending == 0 }
            let clients = try (0..<4).map { _ in try Self.open(port) }
            for client in clients {
                try client.send(Sample.frame(.binary, [1]))
                #expect(try client.next() == .binary([1]))
            }
        }
    }

    @Test("It serves four at a time, and others again when they have gone")
    func crowded() async throws {
        try await FrontDoorHarness { $0.echo = .loopback }.run { port in
            var clients = try (0..<4).map { _ in try Self.open(port) }
            for client in clients {
                try client.send(Sample.frame(.binary, [1]))
                #expect(try client.next() == .binary([1]))
            }
            guard case .close(4011, _) = try Self.open(port).next() else { throw RawClient.Failure(what: "a fifth was served") }
            try clients.removeLast().send(Sample.frame(.close, []))
            var isServed = false
            for _ in 0..<500 where !isServed {
                let client = try Self.open(port)
                try client.send(Sample.frame(.binary, [2]))
                isServed = try client.next() == .binary([2])
            }
            #expect(isServed)
        }
    }
}
