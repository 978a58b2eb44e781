import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import RelayClient
import RelayClientTLS
import RelayWire

/// One attempt to connect and, if it succeeds, its WebSocket. Runs on the driver's event loop. Our own codec reads and writes
/// the frames from the first byte after the upgrade.
final class RelayConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let driver: GameDriver
    private let relay: RelayURL
    private var channel: (any Channel)?
    private var decoder = WebSocketDecoder(role: .client, maximumMessageBytes: WireLimits.serverMessageBytes)
    /// Encoded frames that wait for the next flush.
    private var outbound: [UInt8] = []
    private var isDropped = false

    init(driver: GameDriver, relay: RelayURL) { (self.driver, self.relay) = (driver, relay) }

    func start() {
        guard self.relay.isSecure else { return self.connect(nil) }
        self.driver.tlsContext().assumeIsolated().whenComplete { result in
            switch result {
            case .success(let context): self.connect(context)
            case .failure(let error): self.failed(JoinError(connecting: error, to: self.relay))
            }
        }
    }

    /// - Parameter tls: For an encrypted connection.
    private func connect(_ tls: NIOSSLContext?) {
        let bound = NIOLoopBound(self, eventLoop: self.driver.loop)
        let relay = self.relay
        let connecting = ClientBootstrap(group: self.driver.loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(5))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(relay.tlsHandler(tls)) }
                    try Handshake.install(on: channel, relay: relay, for: bound)
                }
            }
            .connect(host: relay.host, port: Int(relay.port))
        connecting.hop(to: self.driver.loop).whenComplete { result in
            switch result {
            case .success(let channel): bound.value.connected(channel)
            case .failure(let error): bound.value.failed(JoinError(connecting: error, to: relay))
            }
        }
    }

    private func connected(_ channel: any Channel) {
        self.channel = channel
        if self.isDropped { channel.close(promise: nil) }
    }

    /// The attempt failed. `retryAfter` is the relay's minimum wait in milliseconds; nil if it named none.
    func failed(_ error: JoinError, retryAfter: UInt64? = nil) {
        if self.driver.isCurrent(self) { self.driver.attemptFailed(error) }
        self.driver.end(of: self) { session, now in session.connectionFailed(retryAfter: retryAfter, at: now) }
        self.channel?.close(promise: nil)
    }

    /// Encodes one message as a masked frame; it leaves with ``flush()``.
    func encode(_ payload: Span<UInt8>) {
        WebSocketEncoder.appendClientFrame(opcode: .binary, payload: payload, mask: self.mask(), to: &self.outbound)
    }

    func flush() {
        guard !self.outbound.isEmpty, let channel = self.channel else { return }
        let buffer = channel.allocator.buffer(bytes: self.outbound)
        self.outbound.removeAll(keepingCapacity: true)
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// Sends a close frame if the WebSocket is up, and drops the connection without waiting for an answer.
    func close(code: UInt16) {
        self.isDropped = true
        guard let channel = self.channel else { return }
        if !self.decoder.isFinished, channel.isActive, self.isUpgraded {
            WebSocketEncoder.appendClientClose(code: code, mask: self.mask(), to: &self.outbound)
            self.flush()
        }
        channel.close(promise: nil)
    }

    private var isUpgraded = false
    private func mask() -> UInt32 { UInt32.random(in: .min ... .max) }

    // MARK: - ChannelInboundHandler: from the upgrade on

    func handlerAdded(context: ChannelHandlerContext) {
        (self.channel, self.isUpgraded) = (context.channel, true)
        self.driver.input(from: self) { session, now in session.connectionOpened(at: now) }
        self.driver.pump()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = self.unwrapInboundIn(data)
        var ending: (code: UInt16?, reason: String)?
        buffer.withUnsafeMutableReadableBytes { bytes in
            var offset = 0
            do throws(WebSocketError) {
                while let item = try self.decoder.next(in: bytes, from: &offset) {
                    if let close = self.receive(item) { ending = close }
                }
            } catch {
                ending = (nil, "")
            }
        }
        if let ending {
            self.closed(ending.code, ending.reason)
            self.driver.end(of: self) { $0.connectionClosed(code: ending.code, reason: ending.reason, at: $1) }
            self.close(code: 1000)
        } else {
            self.driver.pump()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.closed(nil, "")
        self.driver.end(of: self) { $0.connectionClosed(code: nil, reason: "", at: $1) }
        context.fireChannelInactive()
    }

    private func closed(_ code: UInt16?, _ reason: String) {
        guard self.driver.isCurrent(self) else { return }
        self.driver.attemptFailed(JoinError(closing: code, reason: reason, by: self.relay))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Handles one item. Returns code and reason if it is the relay's close frame.
    private func receive(_ item: WebSocketItem) -> (code: UInt16?, reason: String)? {
        switch item {
        case .message(let message):
            let payload = message.payload.bindMemory(to: UInt8.self)
            self.driver.input(from: self) { session, now in session.received(payload.span, at: now) }
        case .ping(let payload):
            // A relay that does not read its pongs must not fill our memory: the next one will do.
            guard self.channel?.isWritable == true else { return nil }
            WebSocketEncoder.appendClientFrame(opcode: .pong, payload: payload, mask: self.mask(), to: &self.outbound)
            self.flush()
        case .pong: break
        case .close(let code, let reason): return (code, String(decoding: reason, as: UTF8.self))
        }
        return nil
    }
}
