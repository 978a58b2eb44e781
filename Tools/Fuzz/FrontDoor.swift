// modules: RelayWire RelayWireJSON RelayCore RelayHosting RelayWeb RelayServer
// others: NIOEmbedded
// planted: Sources/RelayServer/FrontDoor/HelloURL.swift | guard try value("token") == nil, try value("rejoin") == nil else { | if false {
// planted: Sources/RelayServer/FrontDoor/UpgradePolicy.swift | return hosts.count == 1 && Authority(hosts[0]) != nil | return Authority(hosts[0]) != nil
import Foundation
import Logging
import NIOCore
import NIOEmbedded
import RelayCore
import RelayHosting
import RelayServer
import RelayWire

/// The public listener: what a stranger sends from the first byte to the hello, by itself or through a proxy that is believed. One answer
/// comes, the same however the bytes are split; an upgrade is granted only to a request of one host and one key whose URL holds neither
/// token nor ticket; and what counts against an address counts against the one that a PROXY header names.
enum Target: FuzzTarget {
    static func seeds() throws -> [[UInt8]] {
        let upgrade =
            "Host: a:7777\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        let heads = [
            "GET / HTTP/1.1\r\n\(upgrade)\r\n", "GET /?room=lobby&role=spectator&heartbeat=ack HTTP/1.1\r\n\(upgrade)\r\n",
            "GET //[?ticket=abc HTTP/1.1\r\n\(upgrade)\r\n", "GET /x?token=abc HTTP/1.1\r\n\(upgrade)\r\n",
            "GET /echo HTTP/1.1\r\n\(upgrade)\r\n",
            "GET /a HTTP/1.1\r\n\(upgrade)Sec-WebSocket-Protocol: other, tickrelay.v1\r\nOrigin: http://a\r\n\r\n",
            "GET /a HTTP/1.1\r\n\(upgrade)Sec-WebSocket-Protocol: tickrelay.v1.json\r\nOrigin: null\r\n\r\n",
            "GET /a HTTP/1.1\r\n\(upgrade)Host: b\r\n\r\n", "GET /a HTTP/1.1\r\n\(upgrade)Content-Length: 5\r\n\r\nhello",
            "GET / HTTP/1.1\r\nHost: [::1]:7777\r\nAccept: text/html\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
            "HEAD /sdk/v1/tickrelay.js HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /sdk/v1/check HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\n\r\n",
            "OPTIONS /sdk/v1/check HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "\u{16}\u{3}\u{1}",
            "GET /lobby/rooms?type=a&where=map:dust&limit=9 HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /lobby/rooms HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n{\"card\":{\"listed\":true}}",
            "POST /lobby/rooms/a/acts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAuthorization: Bearer AWEx\r\nContent-Length: 10\r\n\r\n{\"kick\":2}",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /sdk/v1/tickrelay.js HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\"\r\nAccept-Encoding: gzip;q=0.5, *\r\n\r\n",
        ].map { Array($0.utf8) }
        let hellos = try Vectors.all("hex", in: "client-messages").prefix(40).map { self.frame(.binary, $0) }
        let texts = try Vectors.all("text", in: "json-hello").filter { $0.count < 1000 }.map { self.frame(.text, $0) }
        let proxied = self.proxied(upgrade)
        return proxied + heads.map { $0 + [9] } + hellos.map { heads[5] + $0 + [40] } + texts.map { heads[6] + $0 + [17] }
            + [heads[4] + self.frame(.text, [0x61]) + self.frame(.ping, []) + self.frame(.close, []) + [3]]
    }

    /// Behind each kind of proxy.
    private static func proxied(_ upgrade: String) -> [[UInt8]] {
        let binary: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 12]
        let head = Array("GET /a HTTP/1.1\r\n\(upgrade)\r\n".utf8)
        let headers = [
            "X-Forwarded-For: 6.6.6.6, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n", "X-Forwarded-For: unknown\r\n",
            "Forwarded: for=1.2.3.4;by=a\r\n",
        ]
        let lines = ["PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777\r\n", "PROXY UNKNOWN\r\n", "PROXY TCP6 2001:db8::7 ::1 1 1\r\n"]
        var inputs = [binary + [203, 0, 113, 7, 10, 0, 0, 1, 1, 2, 3, 4] + head + [64 + 9]]
        for line in lines {
            for kind: UInt8 in [0, 64] { inputs.append(Array(line.utf8) + head + [kind + 3]) }
        }
        for header in headers {
            let request = Array("GET /a HTTP/1.1\r\n\(header)\(upgrade)\r\n".utf8)
            for kind: UInt8 in [0, 128, 192] { inputs.append(request + [kind + 3]) }
        }
        return inputs
    }

    static let words = [
        "GET ", " HTTP/1.1\r\n", "Host: ", "Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Protocol: tickrelay.v1\r\n",
        "Origin: http://localhost\r\n", "?room=", "&token=",
        "&rejoin=", "%74oken=", "%00", "#", "//", "Transfer-Encoding: chunked\r\n", "Content-Length: 0\r\n", "\r\n\r\n", "\r\n ",
        "Expect: 100-continue\r\n", "PROXY TCP4 203.0.113.7 10.0.0.1 4711 7777\r\n", "X-Forwarded-For: ", "Forwarded: for=",
        "&ticket=",
        "Authorization: Bearer ", "POST /lobby/rooms/", "/acts", "Content-Type: application/json\r\n",
        "{\"field\":\"locked\",\"if\":null,\"set\":true}", "{\"invite\":\"", "\"seconds\":", "{\"password\":null}",
        "\"invitations\":[{",
    ]

    private static func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        payload.withUnsafeBytes { WebSocketEncoder.appendClientFrame(opcode: opcode, payload: $0, mask: 0x0102_0304, to: &bytes) }
        return bytes
    }

    static func run(_ input: [UInt8]) {
        var stream = input
        let split = Int(stream.takeLast())
        let trust = self.trust(split >> 6)
        self.readAsBody(stream)
        let whole = self.answer(to: stream, trust, in: [stream.count])
        let pieces = self.answer(to: stream, trust, in: [split % 61 + 1, split % 7 + 1])
        expect(self.head(of: pieces) == self.head(of: whole), "the same answer however the bytes are split")
        guard !whole.isEmpty else { return }
        expect(whole.starts(with: "HTTP/1.1 ".utf8), "an answer is HTTP")
        if whole.starts(with: "HTTP/1.1 101 ".utf8) { self.expectRightful(self.request(stream, trust)) }
    }

    /// A body of the lobby: what is taken of it is within bounds.
    private static func readAsBody(_ body: [UInt8]) {
        if let room = try? NewRoom(body: body) {
            expect(room.invitations.count <= NewRoom.maximumInvitations, "invitations are bounded")
        }
        guard let act = try? LobbyAct(body: body) else { return }
        let list = try? OperationList(act.operation.span, from: 0, count: 1, names: 0)
        expect(list?.operations.count == 1, "an act is one operation of the binary form")
    }

    private static let proxy = "10.0.0.1"

    private static func trust(_ kind: Int) -> ProxyTrust {
        var trust = ProxyTrust()
        trust.ranges = kind == 0 ? [] : [AddressRange(self.proxy)].compactMap { $0 }
        trust.source = kind == 1 ? .proxyProtocol : .header(kind == 2 ? .xForwardedFor : .forwarded)
        return trust
    }

    /// The PROXY header that a proxy has sent.
    private static func header(of stream: [UInt8], _ trust: ProxyTrust) -> ProxyHeader? {
        guard trust.source == .proxyProtocol, !trust.isEmpty else { return nil }
        return try? ProxyHeader.read(stream)
    }

    private static func request(_ stream: [UInt8], _ trust: ProxyTrust) -> [UInt8] {
        Array(stream.dropFirst(self.header(of: stream, trust)?.byteCount ?? 0))
    }

    private static func head(of answer: [UInt8]) -> [UInt8] {
        Data(answer).range(of: Data("\r\n\r\n".utf8)).map { Array(answer[..<$0.upperBound]) } ?? answer
    }

    /// A request that was upgraded.
    private static func expectRightful(_ stream: [UInt8]) {
        // By bytes: to a string, CR LF is one character. Empty lines before a request count for nothing: RFC 9112
        // section 2.2.
        let request = Array(stream.drop { $0 == 0x0D || $0 == 0x0A })
        let head = self.head(of: request).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        func count(_ text: String) -> Int { head.indices.count { head[$0...].starts(with: text.utf8) } }
        expect(count("\nhost:") == 1, "an upgrade names one host")
        expect(count("\nsec-websocket-key:") == 1, "an upgrade has one key")
        // Of a target, which is not in lower case: `TICKET` is another name, and not looked at.
        let target = self.head(of: stream).split(separator: UInt8(ascii: " ")).dropFirst().first ?? []
        let names = target.prefix { $0 != UInt8(ascii: "#") }.drop { $0 != UInt8(ascii: "?") }.dropFirst()
            .split(separator: UInt8(ascii: "&")).map { $0.prefix { $0 != UInt8(ascii: "=") } }
        func has(_ name: String) -> Bool { names.contains { $0.elementsEqual(name.utf8) } }
        expect(!has("ticket"), "a ticket in a URL is refused")
        let isJSON = count("sec-websocket-protocol") == 0
        if isJSON { expect(!has("token") && !has("rejoin"), "a token in a URL is refused") }
    }

    /// What a connection is told, in the end.
    private static func answer(to stream: [UInt8], _ trust: ProxyTrust, in sizes: [Int]) -> [UInt8] {
        let loop = EmbeddedEventLoop()
        let channel = EmbeddedChannel(loop: loop)
        let (tap, common) = (WriteTap(), CommonBounds(self.oneHandshake, passwords: PasswordDesk(random: { 7 })))
        let addresses = common.addresses
        do {
            channel.remoteAddress = try SocketAddress(ipAddress: self.proxy, port: 1)
            let door = self.door(on: loop, trust, common)
            try channel.pipeline.syncOperations.addHandler(tap)
            try door.initialize(channel, listener: nil)
            channel.pipeline.fireChannelActive()
            var (rest, turn): (ArraySlice<UInt8>, Int) = (stream[...], 0)
            while !rest.isEmpty {
                let piece = rest.prefix(max(1, sizes[turn % sizes.count]))
                rest = rest.dropFirst(piece.count)
                turn += 1
                try channel.writeInbound(ByteBuffer(bytes: piece))
                loop.run()
            }
        } catch {}  // a handler may refuse by an error, which has closed the channel
        if let header = self.header(of: stream, trust) {
            var named: AddressBlock?
            if case .address(let client) = header.client { named = client.block }
            expect(
                addresses.counts.open == (addresses.isFull(.handshake, of: named) ? 1 : 0), "nobody counts but whom a proxy names"
            )
        }
        tap.end()
        channel.close(promise: nil)
        loop.run()
        try? loop.syncShutdownGracefully()
        return tap.bytes
    }

    private static let oneHandshake: AddressLimits = {
        var limits = AddressLimits()
        limits.handshakes = 1
        return limits
    }()

    private static func door(on loop: EmbeddedEventLoop, _ trust: ProxyTrust, _ common: CommonBounds) -> FrontDoor {
        var settings = FrontDoorSettings(
            listen: Endpoint(host: "127.0.0.1", port: 0), helloTimeout: 5000, messageBytes: 4096,
            allowedOrigins: AllowedOrigins(["http://b"]), descriptorLimit: 20_000)
        (settings.echo, settings.playground, settings.proxies) = (.everywhere, .on, trust)
        return FrontDoor(
            settings: settings, hosting: NoRooms(), mint: NoTokens(),
            environment: FrontDoorEnvironment(now: { 42 }, random: { 7 }, unixTime: { 42 }), counters: FrontDoorCounters(),
            common: common, loop: loop,
            logger: Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() }))
    }
}

/// Keeps what is written, and never says that it is flushed: with everything unflushed a hello is read, and not handed off to a room, for
/// which there would be no descriptor.
private final class WriteTap: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var bytes: [UInt8] = []
    private var promises: [EventLoopPromise<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.bytes += Array(self.unwrapOutboundIn(data).readableBytesView)
        if let promise { self.promises.append(promise) }
    }

    func flush(context: ChannelHandlerContext) {}

    func end() {
        for promise in self.promises { promise.fail(ChannelError.eof) }
        self.promises = []
    }
}

private struct NoTokens: TokenMint {
    func mint(_ token: RejoinToken) -> [UInt8] { [0] }
    func verify(_ bytes: [UInt8]) -> RejoinToken? { nil }
}

private struct NoRooms: RoomHosting {
    let connectionCount = 0
    let descriptorCount = 0
    let threadPulses: [UInt64] = []
    let overloadedStrides: [UInt64] = []
    func adopt(_ types: RoomTypes) {}
    func occupants(_ query: OccupantQuery, andKick: Bool) async -> [SeatOccupant] { [] }
    func openRoom(_ request: PlacementRequest) async throws(OpeningRefusal) -> OpenedRoom { throw .relayFull }
    func perform(_ request: SeatRequest, in room: String) async -> RequestOutcome? { .refused(.roomGone) }
    func hold(_ role: Role, in room: String, for newcomer: Introduction) async -> Bool { false }
    let lobby = LobbyIndex()
    func closeRoom(_ name: String, instance: String?) async throws(ClosingRefusal) -> ClosedRoom { throw .gone }
    func place(_ request: PlacementRequest) async -> Placement { .refused(.relayFull) }
    func release(_ route: RoomRoute) {}
    func admit(_ admission: consuming Admission) {}
    func statistics(_ detail: StatisticsDetail) async -> RelayStatistics { RelayStatistics(connections: 0, counters: [:]) }
    func summary() async -> RelaySummary { RelaySummary(players: 0) }
    func hang(thread: Int) -> Bool { false }
    func miscount(thread: Int) -> Bool { false }
    func fail(_ fault: TickFault, room: String) -> Bool { false }
    func drain() async {}
}
