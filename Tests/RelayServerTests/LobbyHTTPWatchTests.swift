import Glibc
import RelayCore
import RelayHosting
import RelayServer
import RelayWire
import Testing

@Suite("Watching the lobby over HTTP", .serialized)
struct LobbyHTTPWatchTests {
    private static func request(_ query: String = "") -> [UInt8] {
        Array("GET /lobby/rooms\(query) HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n".utf8)
    }

    /// Reads until all that came ends with this.
    private static func read(_ client: RawClient, until end: String, _ text: inout String) throws {
        while !text.hasSuffix(end) {
            let bytes = try client.read()
            guard !bytes.isEmpty else { throw RawClient.Failure(what: "ended after \(text)") }
            text += String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test("A watcher gets the list, then each room that is new, changed or gone for it, and nothing of others")
    func events() async throws {
        let harness = try await FrontDoorHarness()
        let lobby = harness.hosting.lobby
        let (duel, race) = (RoomListing.sample(1, type: "duel"), RoomListing.sample(1, type: "race"))
        lobby.publish(duel, of: .sample("a"))
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Self.request("?type=duel"))
            let head = try client.readHead()
            #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.contains("Content-Type: text/event-stream\r\n"))
            #expect(head.contains("Access-Control-Allow-Origin: *\r\n") && head.contains("Cache-Control: no-store\r\n"))
            var text = ""
            try Self.read(client, until: "]}\n\n", &text)
            #expect(text.hasPrefix("retry: 2000\n\nevent: rooms\ndata: {\"rooms\":[{\"room\":\"a\","))
            func expect(_ expected: String, after change: () -> Void) throws {
                lobby.publish(race, of: .sample("other"))
                change()
                var text = ""
                try Self.read(client, until: "}\n\n", &text)
                #expect(text.contains(expected) && !text.contains("other"), "\(text)")
            }
            try expect("event: room\ndata: {\"room\":\"b\"") { lobby.publish(duel, of: .sample("b")) }
            try expect("\"players\":2") { lobby.publish(.sample(2, type: "duel"), of: .sample("a")) }
            try expect("event: gone\ndata: {\"room\":\"a\"}\n\n") { lobby.publish(race, of: .sample("a")) }
            try expect("event: gone\ndata: {\"room\":\"b\"}\n\n") {
                lobby.publish(.sample(1, type: "duel", isListed: false), of: .sample("b"))
            }
            try expect("event: room\ndata: {\"room\":\"c\"") { lobby.publish(duel, of: .sample("c")) }
            try expect("event: gone\ndata: {\"room\":\"c\"}\n\n") { lobby.remove(.sample("c")) }
        }
        #expect(harness.counters.values["lobbyWatched"] == 1)
    }

    @Test("When the front door closes, a stream ends as it should, and says when to come back")
    func drains() async throws {
        let harness = try await FrontDoorHarness()
        let (frontDoor, port) = (harness.frontDoor, harness.port)
        let client = try await blockingThreads.runIfActive {
            let client = try RawClient(port: port)
            try client.send(Self.request())
            _ = try client.readHead()
            var text = ""
            try Self.read(client, until: "]}\n\n", &text)
            return ClientBox(client)
        }
        async let rest = blockingThreads.runIfActive { try client.client.readAll() }
        await frontDoor.stop()
        #expect(try await rest.hasPrefix("retry: "))
        try harness.wait { harness.pending == 0 }
        #expect(harness.common.lobby.count == 0)
    }

    @Test("There are so many watchers of an address, and in all; who goes makes room")
    func bounds() throws {
        let watchers = LobbyWatchers()
        let block = try #require(IPAddress("203.0.113.7").map { ClientAddress.internet($0, port: 1) }?.block)
        var places = try (0..<LobbyWatchers.perAddress).map { _ in try watchers.enter(from: block) }
        #expect(throws: LobbyWatchers.Full.self) { try watchers.enter(from: block) }
        places.removeLast()
        places.append(try watchers.enter(from: block))
        places += try (places.count..<LobbyWatchers.maximum).map { _ in try watchers.enter(from: nil) }
        #expect(throws: LobbyWatchers.Full.self) { try watchers.enter(from: nil) }
        #expect(watchers.count == LobbyWatchers.maximum)
        places = []
        #expect(watchers.count == 0)
    }

    @Test("Over the bound of an address a watcher is refused, and may still ask for the list")
    func refused() async throws {
        let harness = try await FrontDoorHarness { $0.proxies.ranges = FrontDoorHarness.proxies }
        try await harness.run { port in
            func ask(_ accept: String) throws -> RawClient {
                let client = try RawClient(port: port)
                let lines = ["GET /lobby/rooms HTTP/1.1", "Host: a", "X-Forwarded-For: 203.0.113.7", "Accept: \(accept)"]
                try client.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
                return client
            }
            let watching = try (0..<LobbyWatchers.perAddress).map { _ in try ask("text/event-stream") }
            for client in watching { #expect(try client.readHead().contains(" 200 ")) }
            let answer = try ask("text/event-stream").readAll()
            #expect(
                answer.hasPrefix("HTTP/1.1 429 ") && answer.contains("crowdedAddress") && answer.contains("Retry-After: 5\r\n"))
            #expect(try ask("*/*").readAll().hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("Who reads nothing is told the whole list later, and what waits for it is bounded")
    func slow() async throws {
        let harness = try await FrontDoorHarness()
        let lobby = harness.hosting.lobby
        let wide = (0..<16).map { CardField("property \($0)", .string(String(repeating: "x", count: 64))) }
        for number in 0..<2000 { lobby.publish(.sample(1, wide), of: .sample("room \(number)")) }
        try await harness.run { port in
            let client = try RawClient(port: port, seconds: 20)
            try client.send(Self.request("?limit=1000"))
            for round in 0..<6 {
                for number in 0..<2000 { lobby.publish(.sample(2 + round, wide), of: .sample("room \(number)")) }
                usleep(300_000)
            }
            lobby.publish(.sample(500), of: .sample("the last"))
            let (list, last) = (Array("event: rooms".utf8), Array("the last".utf8))
            var (bytes, lists) = ([UInt8](), 0)
            while bytes.ranges(of: last).isEmpty {
                let more = try client.read()
                guard !more.isEmpty else { throw RawClient.Failure(what: "ended") }
                bytes = bytes.suffix(list.count - 1) + more
                lists += bytes.ranges(of: list).count
            }
            #expect(lists > 1)
        }
    }
}
