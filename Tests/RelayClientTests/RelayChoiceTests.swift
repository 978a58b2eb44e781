import RelayClient
import RelayWire
import Testing

@Suite("The relay's URL")
struct RelayURLTests {
    @Test(
        "Host, port and path are those of the URL",
        arguments: [
            ("ws://127.0.0.1:7777", "127.0.0.1", 7777, "/", "127.0.0.1:7777"),
            ("ws://relay.example", "relay.example", 80, "/", "relay.example"),
            ("ws://[::1]:9/play?x=1", "::1", 9, "/play?x=1", "[::1]:9"),
            ("wss://relay.example", "relay.example", 443, "/", "relay.example"),
            ("ws://a?room=x", "a", 80, "/?room=x", "a"), ("wss://a:80/", "a", 80, "/", "a:80"),
        ] as [(String, String, UInt16, String, String)]
    )
    func good(_ text: String, _ host: String, _ port: UInt16, _ path: String, _ authority: String) throws {
        let url = try #require(RelayURL(text))
        #expect((url.host, url.port, url.path, url.authority) == (host, port, path, authority))
        #expect(url.isSecure == text.hasPrefix("wss"))
    }

    @Test(
        "Anything else is no URL of a relay",
        arguments: [
            "", "http://a", "ws://", "ws://a:0", "ws://a:x", "ws://a:65536", "ws://a b", "ws://[::1", "ws://b@a", "ws://a#b",
            "ws:///x",
        ]
    )
    func bad(_ text: String) { #expect(RelayURL(text) == nil) }
}

@Suite("Where a client connects to")
struct RelayChoiceTests {
    struct Redirection: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var home = "ws://relay.example:7777"
        var target: String
        var allowed: [String] = []
        var speaksTLS = false
        var isFollowed: Bool
    }

    @Test(
        "A redirection is followed to the same host or an allowed one, and never from wss to ws",
        arguments: [
            Redirection(testDescription: "another port", target: "ws://relay.example:7778/r", isFollowed: true),
            Redirection(testDescription: "another host", target: "ws://other.example:7777", isFollowed: false),
            Redirection(
                testDescription: "an allowed host", target: "ws://other.example", allowed: ["other.example"], isFollowed: true),
            Redirection(testDescription: "an address that begins like it", target: "ws://relay.example.evil", isFollowed: false),
            Redirection(testDescription: "a user that is called like it", target: "ws://relay.example@evil", isFollowed: false),
            Redirection(testDescription: "no URL", target: "The room is elsewhere.", isFollowed: false),
            Redirection(testDescription: "wss, unspoken", target: "wss://relay.example", isFollowed: false),
            Redirection(testDescription: "wss, spoken", target: "wss://relay.example", speaksTLS: true, isFollowed: true),
            Redirection(
                testDescription: "from wss to ws", home: "wss://relay.example", target: "ws://relay.example", speaksTLS: true,
                isFollowed: false),
        ]
    )
    func redirection(_ row: Redirection) throws {
        let home = try #require(RelayURL(row.home))
        var choice = RelayChoice(home: home, allowedHosts: row.allowed, speaksTLS: row.speaksTLS)
        #expect(choice.follow(row.target) == row.isFollowed)
        #expect(choice.current == (row.isFollowed ? RelayURL(row.target) : home))
    }

    /// A session that was told to connect elsewhere on its first connection.
    private func redirected() throws -> ClientSession {
        var options = SessionOptions()
        options.relay = try #require(RelayURL("ws://relay.example:1"))
        var session = ClientSession(room: "room", options: options, seed: 1)
        let first = session.takeDirective(at: 0)
        #expect(first == .connect)
        session.connectionOpened(at: 1)
        session.connectionClosed(code: CloseCode.elsewhere.rawValue, reason: "ws://relay.example:2", at: 2)
        return session
    }

    @Test("A session follows at once and says hello there; a relay that is silent there sends it back")
    func sessionFollows() throws {
        var session = try self.redirected()
        let (relay, directive) = (session.relay, session.takeDirective(at: 2))
        #expect(relay.port == 2)
        #expect(directive == .connect)
        session.connectionOpened(at: 3)
        var sent: [UInt8] = []
        session.drainOutgoing { message in for index in 0..<message.count { sent.append(message[index]) } }
        #expect(try ClientMessage(decoding: sent.span) == .hello(Hello(room: "room")))
        session.connectionClosed(code: nil, reason: "", at: 4)
        let home = session.relay
        #expect(home.port == 1)
    }

    @Test("Relays that send a client to each other do not keep it: after some hops it waits, and asks the first one again")
    func hops() throws {
        var session = try self.redirected()
        var now: UInt64 = 2
        for hop in 1..<RelayChoice.maximumHops {
            let directive = session.takeDirective(at: now)
            #expect(directive == .connect, "hop \(hop)")
            session.connectionOpened(at: now)
            session.connectionClosed(code: CloseCode.elsewhere.rawValue, reason: "ws://relay.example:\(hop + 2)", at: now)
            let relay = session.relay
            #expect(relay.port == UInt16(hop + 2))
            now += 1
        }
        let directive = session.takeDirective(at: now)
        #expect(directive == .connect)
        session.connectionOpened(at: now)
        session.connectionClosed(code: CloseCode.elsewhere.rawValue, reason: "ws://relay.example:9", at: now)
        let home = session.relay
        #expect(home.port == 1)
        guard case .wait(let until) = session.takeDirective(at: now) else {
            Issue.record("it does not wait")
            return
        }
        #expect(until > now)
        // Where everybody's own relay sends them to one that is away for a while, nobody is locked out for it.
        let again = session.takeDirective(at: until)
        #expect(again == .connect)
        session.connectionOpened(at: until)
        session.connectionClosed(code: CloseCode.elsewhere.rawValue, reason: "ws://relay.example:2", at: until)
        let relay = session.relay
        #expect(relay.port == 2)
    }

    @Test("A relay that is away for a while locks nobody out whom another one sends there, however often it was tried")
    func awayForAWhile() throws {
        var session = try self.redirected()
        var now: UInt64 = 2
        for attempt in 1...20 {
            let there = session.takeDirective(at: now)
            #expect(there == .connect, "attempt \(attempt)")
            session.connectionFailed(at: now)
            guard case .wait(let until) = session.takeDirective(at: now) else {
                Issue.record("attempt \(attempt): it does not wait")
                return
            }
            now = until
            let home = session.takeDirective(at: now)
            #expect(home == .connect)
            session.connectionOpened(at: now)
            session.connectionClosed(code: CloseCode.elsewhere.rawValue, reason: "ws://relay.example:2", at: now)
            let relay = session.relay
            #expect(relay.port == 2, "attempt \(attempt)")
        }
    }

    @Test("A welcome alone does not make a client forget how often it was sent on, and it waits before it follows from a room")
    func sentOnFromARoom() throws {
        let bench = Bench()
        bench.joinWithSnapshot()
        for hop in 1...RelayChoice.maximumHops {
            bench.close(.elsewhere, reason: "ws://127.0.0.1:\(hop)")
            guard case .wait? = bench.lastDirective else {
                Issue.record("hop \(hop): it does not wait")
                return
            }
            #expect(bench.relay.port == UInt16(hop))
            bench.reconnect()
            bench.receive { $0.welcome(.sample(generation: UInt64(hop) + 1)) }
            #expect(bench.isJoined)
        }
        bench.close(.elsewhere, reason: "ws://127.0.0.1:9")
        #expect(bench.relay.port == 7777)
    }

    @Test("A seat that is gone is forgotten at the application's own relay")
    func homeAfterSeatLoss() throws {
        var session = try self.redirected()
        _ = session.takeDirective(at: 2)
        session.connectionOpened(at: 3)
        session.connectionClosed(code: CloseCode.roomGone.rawValue, reason: "", at: 4)
        let home = session.relay
        #expect(home.port == 1)
    }
}
