import Glibc
import NIOPosix
import RelayArena
import RelayHosting
import RelayServer
import RelayWire
import Testing

struct RefusalVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var code: UInt16
    var counter: String

    init(_ name: String, _ bytes: [UInt8], _ code: UInt16, _ counter: String) {
        (self.testDescription, self.bytes, self.code, self.counter) = (name, bytes, code, counter)
    }

    static func change(_ bytes: [UInt8], _ index: Int, _ value: UInt8) -> [UInt8] {
        var changed = bytes
        changed[index] = value
        return changed
    }
}

@Suite("What the front door refuses", .serialized)
struct RefusalTests {
    static let hello = Sample.message { $0.hello(Hello(room: "r")) }

    @Test(
        "A bad first message gets its close code, a sentence and a counter, and the connection ends",
        arguments: [
            RefusalVector("text", Sample.frame(.text, Array("hello".utf8)), 1003, "wrongMessageType"),
            RefusalVector("text that is not UTF-8", Sample.frame(.text, [0xFF]), 1007, "badText"),
            RefusalVector("unmasked", [0x82, UInt8(hello.count)] + hello, 1002, "protocolError"),
            RefusalVector("RSV1", RefusalVector.change(Sample.hello(), 0, 0xC2), 1002, "protocolError"),
            RefusalVector("version 2", Sample.frame(.binary, RefusalVector.change(hello, 1, 2)), 4002, "unsupportedVersion"),
            RefusalVector("ack first", Sample.frame(.binary, [4, 0, 0]), 4006, "outOfPlace"),
            RefusalVector("leave first", Sample.frame(.binary, [6]), 4006, "outOfPlace"),
            RefusalVector("unknown kind", Sample.frame(.binary, [0x55]), 4001, "unknownKind"),
            RefusalVector("empty", Sample.frame(.binary, []), 4000, "malformed"),
            RefusalVector("trailing byte", Sample.frame(.binary, hello + [0]), 4000, "malformed"),
            RefusalVector("oversized, by its header alone", [0x82, 0xFE, 0x10, 0x01, 0, 0, 0, 0], 1009, "tooBig"),
            RefusalVector("oversized and sent", Sample.frame(.binary, Array(repeating: 1, count: 60_000)), 1009, "tooBig"),
            RefusalVector("forged token", Sample.rejoin("r", token: Array(repeating: 1, count: 58)), 4012, "tokenRefused"),
            RefusalVector("close", Sample.frame(.close, [0x03, 0xE8]), 1000, "leftBeforeHello"),
            RefusalVector("close with a code of the application's", Sample.frame(.close, [0x13, 0x87]), 4999, "leftBeforeHello"),
        ]
    )
    func refuses(_ vector: RefusalVector) async throws {
        for pipelined in [true, false] {
            let harness = try await FrontDoorHarness()
            try await harness.run { port in
                let client = try RawClient(port: port)
                try client.send(Sample.upgrade() + (pipelined ? vector.bytes : []))
                _ = try client.readHead()
                if !pipelined { try client.send(vector.bytes) }
                guard case .close(let code, let reason) = try client.next() else { throw RawClient.Failure(what: "no close") }
                #expect(code == vector.code)
                #expect(vector.counter == "leftBeforeHello" || reason.count > 10)
                #expect(try client.next() == .end)
            }
            #expect(
                harness.counters.values[vector.counter == "leftBeforeHello" ? vector.counter : "closed." + vector.counter] == 1)
            #expect(harness.hosting.admissions.isEmpty)
            #expect(harness.hosting.directory.count == 0)
        }
    }

    @Test("A rejoin to a room of another instance: 4015; a room too many: 4011 with a hint")
    func routes() async throws {
        let harness = try await FrontDoorHarness(hosting: EchoHosting(maximumRooms: 1))
        _ = try harness.hosting.directory.reserve("red", newInstance: RoomInstance(high: 5, low: 6))
        let token = harness.mint.mint(
            RejoinToken(instance: RoomInstance(high: 5, low: 7), seat: SeatNumber(rawValue: 1), generation: 1)
        )
        try await harness.run { port in
            let first = try RawClient(port: port)
            try first.send(Sample.upgrade() + Sample.rejoin("red", token: token))
            _ = try first.readHead()
            #expect(try first.next() == .close(4015, CloseCode.roomGone.sentence))
            let second = try RawClient(port: port)
            try second.send(Sample.upgrade() + Sample.hello("blue"))
            _ = try second.readHead()
            #expect(try second.next() == .close(4011, CloseCode.relayFull.sentence + " (retry after 5000 ms)"))
        }
    }

    @Test("No hello in time: 4005 after the upgrade, nothing before it")
    func timeouts() async throws {
        let harness = try await FrontDoorHarness { $0.helloTimeout = 200 }
        try await harness.run { port in
            let upgraded = try RawClient(port: port)
            try upgraded.send(Sample.upgrade() + [0x82])
            _ = try upgraded.readHead()
            let silent = try RawClient(port: port)
            let slow = try RawClient(port: port)
            try slow.send(Sample.upgrade().prefix(40))
            #expect(try upgraded.next() == .close(4005, CloseCode.helloTimeout.sentence))
            #expect(try upgraded.next() == .end)
            #expect(try silent.readAll() == "")
            #expect(try slow.readAll() == "")
        }
        #expect(harness.counters.values["closed.helloTimeout"] == 1)
        #expect(harness.counters.values["requestTimeout"] == 2)
    }

    @Test("A peer that never reads its close is gone after the linger time")
    func lingers() async throws {
        let harness = try await FrontDoorHarness { $0.bounds.linger = 100 }
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Sample.frame(.text, [65]))
            usleep(400_000)
            #expect(throws: (any Error).self) {
                for _ in 0..<100 {
                    try client.send([0])
                    usleep(1000)
                }
            }
        }
    }

    @Test(
        "A token in a URL is refused however the URL is written",
        arguments: [
            "/?token=x", "/?rejoin=x", "/?room=a&token=x", "/?%74oken=x", "/?token", "/?&token=x", "/a?b?&token=x", "//[?token=x",
            "//a:b?token=x", "http://a:b:c/?token=x", "/%zz?token=x", "/?%zz=%zz&token=%zz",
        ])
    func tokenInURL(_ target: String) async throws {
        let harness = try await FrontDoorHarness()
        let request = String(decoding: Sample.upgrade(["Sec-WebSocket-Protocol": nil], path: target), as: UTF8.self)
        let answer = try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Array(request.utf8))
            return try client.readAll()
        }
        #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("logs"), "\(answer)")
    }

    @Test(
        "What the URL says of the room is decoded, and need not be well encoded",
        arguments: [
            ("/?room=lobby", "lobby"), ("//[?room=lobby", "lobby"), ("/?room=a%20b", "a b"), ("/?room=100%", "100%"),
            ("/?x&room=a=b", "a=b"), ("/?room=a#b", "a"), ("/?room=%C3%A9", "é"), ("/?room=a+b", "a+b"),
        ])
    func roomInURL(_ target: String, _ room: String) async throws {
        let harness = try await FrontDoorHarness()
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade(["Sec-WebSocket-Protocol": nil], path: target))
            let head = try client.readHead()
            #expect(head.hasPrefix("HTTP/1.1 101 "))
            // Behind its answer the test's rooms have it.
            try client.send(Sample.frame(.binary, [7]))
            #expect(try client.next() == .binary([7]))
        }
        #expect(harness.hosting.admissions.map(\.route.name) == [room])
    }

    @Test(
        "Requests that are not an upgrade of ours get a helpful text",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ", "ws://a"),
            ("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404 ", "tickrelay.v1"),
            ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 ", "close"),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 405 ", "GET"),
            ("hello there\r\n\r\n", "HTTP/1.1 400 ", "HTTP"),
            ("GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 20_000) + "\r\n\r\n", "HTTP/1.1 431 ", "long"),
            ("GET /" + String(repeating: "x", count: 20_000) + " HTTP/1.1\r\n\r\n", "HTTP/1.1 431 ", "long"),
            (
                String(decoding: Sample.upgrade(["Sec-WebSocket-Protocol": nil]), as: UTF8.self)
                    .replacing("/any/path?x=1", with: "/?token=x"), "HTTP/1.1 400 ", "logs"
            ),
            (
                String(decoding: Sample.upgrade(["Sec-WebSocket-Protocol": "tickrelay.v2"]), as: UTF8.self), "HTTP/1.1 400 ",
                "subprotocol"
            ),
            (
                String(decoding: Sample.upgrade(["Origin": "https://evil.example"]), as: UTF8.self), "HTTP/1.1 403 ",
                "allowedOrigins"
            ),
            (
                String(decoding: Sample.upgrade(["Sec-WebSocket-Version": "8"]), as: UTF8.self), "HTTP/1.1 426 ",
                "Sec-WebSocket-Version: 13"
            ),
            (String(decoding: Sample.upgrade(["Sec-WebSocket-Key": "short"]), as: UTF8.self), "HTTP/1.1 400 ", "base64"),
            (String(decoding: Sample.upgrade(["Connection": "close"]), as: UTF8.self), "HTTP/1.1 400 ", "Connection"),
            (String(decoding: Sample.upgrade(["Content-Length": "3"]), as: UTF8.self) + "abc", "HTTP/1.1 400 ", "body"),
            (String(decoding: Sample.upgrade(["Host": nil]), as: UTF8.self), "HTTP/1.1 400 ", "one Host header"),
            (String(decoding: Sample.upgrade(["host": "127.0.0.1"]), as: UTF8.self), "HTTP/1.1 400 ", "one Host header"),
            (String(decoding: Sample.upgrade(["Host": "a@b"]), as: UTF8.self), "HTTP/1.1 400 ", "one Host header"),
            (String(decoding: Sample.upgrade(["Host": ""]), as: UTF8.self), "HTTP/1.1 400 ", "one Host header"),
            ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "one Host header"),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "HTTP/1.1 400 ", "one Host header"),
            ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 ", "one Host header"),
            ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "HOST:PORT"),
        ] as [(String, String, String)]
    )
    func plainAnswers(_ vector: (String, String, String)) async throws {
        let harness = try await FrontDoorHarness()
        let answer = try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Array(vector.0.utf8))
            return try client.readAll()
        }
        #expect(answer.hasPrefix(vector.1), "\(answer)")
        #expect(answer.contains(vector.2), "\(answer)")
    }

    @Test("Near the descriptor capacity newcomers get 503 and a Retry-After")
    func nearCapacity() async throws {
        let hosting = EchoHosting()
        hosting.pretend(95)
        let harness = try await FrontDoorHarness(hosting: hosting) { $0.descriptorLimit = 256 + 100 }
        let answer = try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade())
            return try client.readAll()
        }
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(answer.contains("Retry-After: 5\r\n"))
        #expect(harness.counters.values["refusedNearCapacity"] == 1)
    }

    @Test("An encrypted connection takes two descriptors, and is one of maximumConnections")
    func encryptedConnections() async throws {
        for (connections, descriptors, isFull) in [(1, 2, false), (2, 4, true), (1, 95, true)] {
            let hosting = EchoHosting()
            hosting.pretend(connections, descriptors: descriptors)
            let harness = try await FrontDoorHarness(hosting: hosting) {
                ($0.descriptorLimit, $0.maximumConnections) = (256 + 100, 2)
            }
            let answer = try await harness.run { port in
                let client = try RawClient(port: port)
                try client.send(Sample.upgrade())
                return try client.readHead()
            }
            #expect(answer.hasPrefix(isFull ? "HTTP/1.1 503 " : "HTTP/1.1 101 "), "\(connections), \(descriptors): \(answer)")
        }
    }

    @Test("Of too many handshakes the oldest goes; the newest is served")
    func eviction() async throws {
        let harness = try await FrontDoorHarness { $0.bounds.handshakes = 3 }
        try await harness.run { port in
            let silent = try (0..<3).map { _ in try RawClient(port: port) }
            usleep(50_000)
            let newcomer = try RawClient(port: port)
            #expect(try silent[0].readAll() == "")
            try newcomer.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [1]))
            _ = try newcomer.readHead()
            #expect(try newcomer.next() == .binary([1]))
            try silent[1].send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [2]))
            _ = try silent[1].readHead()
            #expect(try silent[1].next() == .binary([2]))
        }
        #expect(harness.counters.values["handshakeEvicted"] == 1)
    }

    @Test("Closing the front door ends handshakes with 1001 and refuses newcomers; handed-over connections live on")
    func stops() async throws {
        let harness = try await FrontDoorHarness()
        let (frontDoor, port) = (harness.frontDoor, harness.port)
        let pair = try await blockingThreads.runIfActive { () -> (ClientBox, ClientBox) in
            let playing = try RawClient(port: port)
            try playing.send(Sample.upgrade() + Sample.hello())
            _ = try playing.readHead()
            let waiting = try RawClient(port: port)
            try waiting.send(Sample.upgrade())
            _ = try waiting.readHead()
            usleep(50_000)
            return (ClientBox(playing), ClientBox(waiting))
        }
        async let stopped: Void = frontDoor.stop()
        try await blockingThreads.runIfActive {
            #expect(try pair.1.client.next() == .close(1001, "\(CloseCode.draining.sentence) (retry after 0 ms)"))
            #expect(try pair.1.client.next() == .end)
            try pair.0.client.send(Sample.frame(.binary, [7]))
            #expect(try pair.0.client.next() == .binary([7]))
            #expect(throws: RawClient.Failure.self) { try RawClient(port: port) }
        }
        await stopped
    }
}

/// Descriptors this process has open.
func openDescriptors() -> Int { (0..<4096).count { fcntl(Int32($0), F_GETFD) >= 0 } }
