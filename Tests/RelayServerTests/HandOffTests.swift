import NIOCore
import NIOEmbedded
import NIOPosix
import RelayArena
import RelayHosting
import RelayServer
import RelayWire
import Testing

/// How a client cuts its bytes into writes.
enum Cut: Sendable, CaseIterable, CustomTestStringConvertible {
    case oneWrite, bytes, behindUpgrade, afterUpgrade, ragged, raggedAgain, raggedSmall

    var testDescription: String { "\(self)" }

    /// The writes for a stream of an upgrade request and what follows.
    func writes(_ upgrade: [UInt8], _ hello: [UInt8], _ rest: [UInt8]) -> [[UInt8]] {
        let all = upgrade + hello + rest
        switch self {
        case .oneWrite: return [all]
        case .bytes: return all.prefix(1500).map { [$0] } + [Array(all.dropFirst(1500))]
        case .behindUpgrade: return [upgrade + hello, rest]
        case .afterUpgrade: return [upgrade, hello + rest]
        case .ragged: return Self.ragged(all, seed: 1, maximum: 900)
        case .raggedAgain: return Self.ragged(all, seed: 2, maximum: 5000)
        case .raggedSmall: return Self.ragged(all, seed: 3, maximum: 40)
        }
    }

    private static func ragged(_ bytes: [UInt8], seed: UInt64, maximum: Int) -> [[UInt8]] {
        var random = SplitMix64(seed: seed)
        var rest = bytes[...]
        var writes: [[UInt8]] = []
        while !rest.isEmpty {
            let count = 1 + random.below(maximum)
            writes.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return writes
    }
}

@Suite("The hand-off", .serialized)
struct HandOffTests {
    /// Numbered messages of 2 to 600 bytes.
    static func messages(_ count: Int) -> [[UInt8]] {
        var random = SplitMix64(seed: 9)
        return (0..<count).map { number in
            var message = [UInt8(number & 255), UInt8(number >> 8)]
            for index in 0..<random.below(599) { message.append(UInt8(truncatingIfNeeded: index &* 31 &+ number)) }
            return message
        }
    }

    @Test("Every byte after the hello arrives once and in order", arguments: Cut.allCases)
    func nothingIsLost(_ cut: Cut) async throws {
        let harness = try await FrontDoorHarness()
        let messages = Self.messages(400)
        let writes = cut.writes(Sample.upgrade(), Sample.hello(), messages.flatMap { Sample.frame(.binary, $0) })
        let echoed = try await harness.run { port -> [RawClient.Item] in
            let client = try RawClient(port: port)
            let sender = ClientBox(client)
            blockingThreads.submit { _ in try? writes.forEach { try sender.client.send($0) } }
            _ = try client.readHead()
            return try messages.map { _ in try client.next() }
        }
        let wrong = zip(echoed, messages).enumerated().first { $0.element.0 != .binary($0.element.1) }?.offset
        #expect(wrong == nil && echoed.count == messages.count)
        #expect(harness.hosting.admissions.count == 1)
        #expect(harness.counters.values["handedOff"] == 1)
    }

    @Test("A hello is handed over with its room, on a descriptor of the right kind")
    func admission() async throws {
        let harness = try await FrontDoorHarness()
        let head = try await harness.run { port -> String in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade())
            let head = try client.readHead()
            try client.send(
                Sample.frame(.ping, [1, 2]) + Sample.frame(.ping, [3]) + Sample.hello("blue") + Sample.frame(.binary, [9]))
            #expect(try client.next() == .pong([3]))
            #expect(try client.next() == .binary([9]))
            return head
        }
        #expect(head.hasPrefix("HTTP/1.1 101 "))
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        #expect(head.contains("Sec-WebSocket-Protocol: tickrelay.v1\r\n"))
        let taken = try #require(harness.hosting.admissions.first)
        guard case .hello(let hello) = taken.request else { throw RawClient.Failure(what: "not a hello") }
        #expect(hello == Hello(room: "blue"))
        #expect(taken.route.name == "blue")
        #expect(taken.route.instance == RoomInstance(high: 1, low: 2))
        #expect(taken.arrival == 42)
        #expect(taken.peer.hasPrefix("127.0.0.1:"))
        #expect(taken.isNonBlocking && taken.isCloseOnExec)
    }

    @Test("A fragmented hello is one")
    func fragmented() async throws {
        let harness = try await FrontDoorHarness()
        try await harness.run { port in
            let client = try RawClient(port: port)
            let hello = Sample.message { $0.hello(Hello(room: "r")) }
            var first = Sample.frame(.binary, Array(hello[..<2]))
            first[0] &= 0x7F
            try client.send(
                Sample.upgrade() + first + Sample.frame(.continuation, Array(hello[2...])) + Sample.frame(.binary, [5]))
            _ = try client.readHead()
            #expect(try client.next() == .binary([5]))
        }
    }

    @Test("A rejoin with a good token reaches the room of its instance")
    func rejoin() async throws {
        let harness = try await FrontDoorHarness()
        let route = try harness.hosting.directory.reserve("red", newInstance: RoomInstance(high: 5, low: 6))
        let token = RejoinToken(instance: route.instance, seat: SeatNumber(rawValue: 3), generation: 4)
        let bytes = harness.mint.mint(token)
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Sample.rejoin("red", token: bytes) + Sample.frame(.binary, [5]))
            _ = try client.readHead()
            #expect(try client.next() == .binary([5]))
        }
        let taken = try #require(harness.hosting.admissions.first)
        guard case .rejoin(let rejoin, let verified) = taken.request else { throw RawClient.Failure(what: "not a rejoin") }
        #expect(rejoin.token == bytes)
        #expect(verified == token)
        #expect(taken.route == route)
    }

    @Test("Three hundred connections leave no descriptor and no handshake behind")
    func noLeaks() async throws {
        let harness = try await FrontDoorHarness()
        try await harness.run { port in
            var before = 0
            for round in 0..<300 {
                if round == 20 { before = openDescriptors() }
                let client = try RawClient(port: port)
                try client.send(Sample.upgrade() + Sample.hello() + Sample.frame(.binary, [1]))
                _ = try client.readHead()
                #expect(try client.next() == .binary([1]))
            }
            #expect(openDescriptors() < before + 20)
        }
        #expect(harness.counters.values["handedOff"] == 300)
    }

    @Test("A connection whose address is not known is closed, and not taken for this machine, which nothing limits")
    func unknownAddress() throws {
        let (loop, counters) = (EmbeddedEventLoop(), FrontDoorCounters())
        let channel = EmbeddedChannel(loop: loop)
        var settings = FrontDoorSettings(
            listen: Endpoint(host: "", port: 0), helloTimeout: 5000, messageBytes: 4096, allowedOrigins: AllowedOrigins(),
            descriptorLimit: 9999
        )
        settings.proxies.includesUnix = true
        let door = FrontDoor(
            settings: settings, hosting: EchoHosting(), mint: HMACTokenMint(key: Array(0..<32)),
            environment: FrontDoorEnvironment(now: { 42 }, random: { 1 }, unixTime: { 0 }), counters: counters, loop: loop,
            logger: .init(label: "test")
        )
        try door.initialize(channel, listener: nil)
        channel.pipeline.fireChannelActive()
        #expect(throws: ChannelError.alreadyClosed) { _ = try channel.finish() }
        #expect(counters.values["leftBeforeHello"] == 1)
    }

    /// What a handler needs that has a channel without a descriptor, and no listener.
    private func context(_ hosting: EchoHosting, _ counters: FrontDoorCounters) -> FrontDoorContext {
        let settings = FrontDoorSettings(
            listen: Endpoint(host: "", port: 0), helloTimeout: 5000, messageBytes: 4096, allowedOrigins: AllowedOrigins(),
            descriptorLimit: 9999
        )
        let common = CommonBounds(passwords: .forTests)
        let router = AdmissionRouter(
            hosting: hosting, mint: HMACTokenMint(key: Array(0..<32)),
            environment: FrontDoorEnvironment(now: { 42 }, random: { 1 }, unixTime: { 0 }), common: common, retryAfter: 1
        )
        return FrontDoorContext(
            settings: settings, hosting: hosting, router: router,
            policy: UpgradePolicy(allowedOrigins: AllowedOrigins(), retryAfterMilliseconds: 1),
            now: { 0 }, counters: counters, logger: .init(label: "test"), common: common
        )
    }

    private func channel(_ context: FrontDoorContext, deadline: NIODeadline) async throws -> NIOAsyncTestingChannel {
        let channel = NIOAsyncTestingChannel()
        try await channel.testingEventLoop.executeInContext {
            let handshake = Handshake(channel, from: .local, ProxyTrust(), AddressTable())
            let handler = HelloHandler(context, AcceptedUpgrade(accept: ""), handshake, deadline: deadline)
            try channel.pipeline.syncOperations.addHandler(handler)
            channel.pipeline.fireChannelActive()
            handler.begin()
        }
        return channel
    }

    @Test("A channel without a descriptor is refused with 4026, and its reservation given back")
    func failedDuplicate() async throws {
        let (hosting, counters) = (EchoHosting(), FrontDoorCounters())
        let channel = try await self.channel(self.context(hosting, counters), deadline: .distantFuture)
        try await channel.writeInbound(ByteBuffer(bytes: Sample.hello("room")))
        let words = try await channel.waitForOutboundWrite(as: ByteBuffer.self)
        #expect(Array(words.readableBytesView.prefix(4)) == [0x88, UInt8(words.readableBytes - 2), 0x0F, 0xBA])  // 4026
        #expect(counters.values["closed.internalError"] == 1)
        #expect(hosting.admissions.isEmpty)
        #expect(hosting.directory.count == 0, "a room that nobody has made takes no place")
        _ = try? await channel.finish()
    }

    @Test("A hello that waits when the relay has stood still beyond the deadline is not too late")
    func stoodStill() async throws {
        let (hosting, counters) = (EchoHosting(), FrontDoorCounters())
        let deadline = NIODeadline.now() - .seconds(1)
        let channel = try await self.channel(self.context(hosting, counters), deadline: deadline)
        await channel.testingEventLoop.advanceTime(to: deadline)
        #expect(counters.values["closed.helloTimeout"] == nil)
        try await channel.writeInbound(ByteBuffer(bytes: Sample.hello("room")))
        _ = try await channel.waitForOutboundWrite(as: ByteBuffer.self)
        #expect(counters.values["closed.internalError"] == 1, "it came as far as the hand-off, which has no descriptor")
        _ = try? await channel.finish()
    }

    @Test("Who floods before a hello is sent away")
    func flood() async throws {
        let (hosting, counters) = (EchoHosting(), FrontDoorCounters())
        let channel = try await self.channel(self.context(hosting, counters), deadline: .distantFuture)
        let pings = ByteBuffer(bytes: Array(repeating: Sample.frame(.ping, [1]), count: 200).joined())
        try await channel.writeInbound(pings)
        #expect(counters.values["closed.rateLimited"] == nil)
        // What is given back meanwhile on a slow machine makes no difference: 120 a second.
        for _ in 0..<20 { try await channel.writeInbound(pings) }
        #expect(counters.values["closed.rateLimited"] == 1)
        _ = try? await channel.finish()
    }

    @Test("The time that was lost is given once")
    func silentAfterStandstill() async throws {
        let (hosting, counters) = (EchoHosting(), FrontDoorCounters())
        let deadline = NIODeadline.now() - .seconds(1)
        let channel = try await self.channel(self.context(hosting, counters), deadline: deadline)
        await channel.testingEventLoop.advanceTime(to: deadline)
        await channel.testingEventLoop.advanceTime(by: .seconds(6))
        #expect(counters.values["closed.helloTimeout"] == 1)
        _ = try? await channel.finish()
    }

    @Test(
        "A place that is not found in time: 4011 with a hint; one that is found for nobody is given back",
        arguments: [true, false])
    func slowPlace(clientWaits: Bool) async throws {
        let harness = try await FrontDoorHarness(adjust: { $0.helloTimeout = 300 })
        harness.hosting.searchTime.withLock { $0 = .milliseconds(700) }
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Sample.hello("red"))
            _ = try client.readHead()
            if clientWaits {
                guard case .close(4011, let reason) = try client.next() else { throw RawClient.Failure(what: "no 4011") }
                #expect(reason.contains("(retry after "))
            }
        }
        // The front door has ended meanwhile, and the search has not.
        for _ in 0..<100 where harness.hosting.directory.count > 0 || harness.hosting.searches > 0 {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(harness.hosting.searches == 0)
        #expect(harness.hosting.directory.count == 0, "the reservation came back")
        #expect(harness.hosting.admissions.isEmpty)
        #expect(harness.counters.values["refusedUnplaced"] == (clientWaits ? 1 : nil))
    }

    @Test(
        "A URL that a close frame cannot hold is our mistake, and counted",
        arguments: ["", "ws://a b", "ws://" + String(repeating: "x", count: 119)])
    func badURL(url: String) async throws {
        let harness = try await FrontDoorHarness()
        harness.hosting.elsewhere.withLock { $0 = url }
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Sample.hello("red"))
            _ = try client.readHead()
            guard case .close(4026, _) = try client.next() else { throw RawClient.Failure(what: "no 4026") }
        }
        #expect(harness.counters.values["refusedBadURL"] == 1)
    }

    @Test("A room that another relay has: the client is told its URL, and nothing else, with 4016")
    func elsewhere() async throws {
        let harness = try await FrontDoorHarness()
        let url = "wss://relay-2.example/" + String(repeating: "x", count: 101)
        harness.hosting.elsewhere.withLock { $0 = url }
        try await harness.run { port in
            let client = try RawClient(port: port)
            try client.send(Sample.upgrade() + Sample.hello("red"))
            _ = try client.readHead()
            #expect(try client.next() == .close(4016, url))
        }
        #expect(url.utf8.count == 123)
        #expect(harness.counters.values["closed.elsewhere"] == 1)
        #expect(harness.hosting.admissions.isEmpty)
    }
}

/// Lets one thread send while another reads: different system calls on one socket.
struct ClientBox: @unchecked Sendable {
    let client: RawClient
    init(_ client: RawClient) { self.client = client }
}
