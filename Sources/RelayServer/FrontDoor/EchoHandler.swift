import NIOCore
import RelayWire

/// Sends every message back: what a conformance suite of RFC 6455 is run against. The codec is the rooms' own, with other bounds.
///
/// Reads are explicit, and there is none while an answer waits: so a connection holds at most one message that comes and one that goes.
final class EchoHandler: ChannelInboundHandler, UpgradedHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    static let path = "/echo"
    /// The longest message, bytes: the suites' longest. A connection can take three times as much memory.
    static let messageBytes = 16 << 20
    /// The suites send 4 MiB in fragments of 64 bytes, and one behind them.
    static let fragments = 1 << 17
    /// The most that may be open at once. Over it: refused with 4011.
    static let maximumConnections = 4
    private static let silence = TimeAmount.seconds(30)

    private let shared: FrontDoorContext
    private var decoder = WebSocketDecoder(role: .server, maximumMessageBytes: messageBytes, maximumFragments: fragments)
    private var context: ChannelHandlerContext?
    private let timer = HandshakeTimer()
    private var hasBegun = false
    private var isOver = false
    private var isCounted = false

    init(_ shared: FrontDoorContext) { self.shared = shared }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer.cancel()
        if self.isCounted { self.shared.echoes.leave() }
        self.context = nil
    }

    func send(_ bytes: [UInt8]) { self.context?.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil) }

    func begin() {
        guard self.context != nil else { return }  // gone with the upgrade: nobody would give the place back
        self.hasBegun = true
        self.isCounted = self.shared.echoes.enter()
        guard self.isCounted else {
            return self.refuse(
                Refusal(.relayFull, "The echo serves others: try again later.", retryAfter: self.shared.router.retryAfter))
        }
        self.watch()
        self.goOn()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isOver else { return }
        self.watch()
        var bytes = self.unwrapInboundIn(data)
        var answer: [UInt8] = []
        do throws(WebSocketError) {
            let code = try bytes.withUnsafeMutableReadableBytes { buffer throws(WebSocketError) in try self.read(buffer, &answer)
            }
            if !answer.isEmpty { self.send(answer) }
            if let code { self.end(saying: WebSocketEncoder.closeFrame(code: code)) }
        } catch {
            if !answer.isEmpty { self.send(answer) }
            self.refuse(Refusal(code: error.closeCode, sentence: error.message))
        }
    }

    /// Appends the answers. Returns the code of a close.
    private func read(
        _ buffer: UnsafeMutableRawBufferPointer, _ answer: inout [UInt8]
    ) throws(WebSocketError) -> UInt16? {
        var offset = 0
        while let item = try self.decoder.next(in: buffer, from: &offset) {
            switch item {
            case .message(let message):
                let opcode: WebSocketOpcode = message.opcode == .text ? .text : .binary
                WebSocketEncoder.appendServerFrame(opcode: opcode, payload: message.payload, to: &answer)
            case .ping(let payload): answer += WebSocketEncoder.pongFrame(payload: payload)
            case .pong: break
            case .close(let code, _): return code ?? 1000
            }
        }
        return nil
    }

    func channelReadComplete(context: ChannelHandlerContext) { self.goOn() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.goOn()
        context.fireChannelWritabilityChanged()
    }

    private func goOn() {
        guard self.hasBegun, !self.isOver, let context = self.context, context.channel.isWritable else { return }
        context.read()
    }

    private func watch() {
        guard let context = self.context else { return }
        self.timer.start(on: context.eventLoop, until: .now() + Self.silence) { self.refuse(Refusal(.helloTimeout)) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case FrontDoorEvent.draining(let retryAfter): self.refuse(Refusal(.draining, retryAfter: retryAfter))
        case FrontDoorEvent.evicted: context.channel.closeAtOnce()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.channel.closeAtOnce() }

    private func refuse(_ refusal: Refusal) {
        guard !self.isOver else { return }
        self.shared.counters.count(refusal.code)
        self.end(saying: refusal.frame)
    }

    private func end(saying words: [UInt8]) {
        self.isOver = true
        self.timer.cancel()
        guard let channel = self.context?.channel else { return }
        LingeringClose.start(channel, saying: [ByteBuffer(bytes: words)], patience: self.shared.patience)
    }
}
