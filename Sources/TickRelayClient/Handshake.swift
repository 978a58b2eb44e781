import NIOCore
import NIOHTTP1
import NIOWebSocket
import RelayClient
import RelayClientTLS
import RelayWire

/// The HTTP half of a connection: sends one GET with the upgrade, and reports any answer other than 101 as a failure.
final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let relay: RelayURL
    private let connection: NIOLoopBound<RelayConnection>
    private var refusal: Refusal?

    /// An answer that did not upgrade.
    private struct Refusal {
        /// Bytes of the body that may be the reason.
        static let maximumBytes = 512

        var head: HTTPResponseHead
        var body: [UInt8] = []

        /// The body if it is one plain line, else the status line's words.
        var text: String {
            let type = self.head.headers.first(name: "Content-Type") ?? "text/plain"
            let text = type.hasPrefix("text/plain") ? printable(String(decoding: self.body, as: UTF8.self)) : ""
            return text.isEmpty ? printable(self.head.status.reasonPhrase) : text
        }

        /// Milliseconds, at most ten minutes.
        var retryAfter: UInt64? {
            self.head.headers.first(name: "Retry-After").flatMap { UInt64($0) }.map { min($0, 600) * 1_000 }
        }
    }

    private init(relay: RelayURL, connection: NIOLoopBound<RelayConnection>) {
        (self.relay, self.connection) = (relay, connection)
    }

    static func install(on channel: any Channel, relay: RelayURL, for connection: NIOLoopBound<RelayConnection>) throws {
        let handshake = NIOLoopBound(Handshake(relay: relay, connection: connection), eventLoop: channel.eventLoop)
        let upgrader = Upgrader(connection: connection, handshake: handshake)
        try channel.pipeline.syncOperations.addHTTPClientHandlers(
            leftOverBytesStrategy: .forwardBytes,
            withClientUpgrade: (upgraders: [upgrader], completionHandler: { _ in })
        )
        try channel.pipeline.syncOperations.addHandler(handshake.value)
    }

    func channelActive(context: ChannelHandlerContext) {
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: self.relay.path)
        head.headers.add(name: "Host", value: self.relay.authority)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    /// Called only for an answer that did not upgrade.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.refusal = Refusal(head: head)
        case .body(let bytes):
            self.refusal?.body += bytes.readableBytesView.prefix(Refusal.maximumBytes)
            if self.refusal?.body.count ?? 0 >= Refusal.maximumBytes { self.refused(context) }
        case .end: self.refused(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.refused(context)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOHTTPClientUpgradeError {
            self.connection.value.failed(.notRelay(self.relay.place))
            context.close(promise: nil)
        } else if let reason = RelayURL.tlsFailure(error) {
            self.connection.value.failed(.notTrusted(self.relay.place, reason: printable(reason)))
            context.close(promise: nil)
        } else {
            self.refused(context)
        }
    }

    /// Reports the answer, as far as it came. A refusal cut short is still one.
    private func refused(_ context: ChannelHandlerContext) {
        if let refusal {
            let error = JoinError.httpRefused(status: Int(refusal.head.status.code), text: refusal.text)
            self.connection.value.failed(error, retryAfter: refusal.retryAfter)
        } else {
            self.connection.value.failed(.unreachable(self.relay.place, reason: "it gave no answer that is HTTP"))
        }
        context.close(promise: nil)
    }
}

/// NIO's WebSocket upgrade (key and accept hash), but with our own codec and with our subprotocol required.
private final class Upgrader: NIOHTTPClientProtocolUpgrader, Sendable {
    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []
    private let connection: NIOLoopBound<RelayConnection>
    private let handshake: NIOLoopBound<Handshake>
    private let hash = NIOWebSocketClientUpgrader(
        requestKey: NIOWebSocketClientUpgrader.randomRequestKey(),
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
    )

    init(connection: NIOLoopBound<RelayConnection>, handshake: NIOLoopBound<Handshake>) {
        (self.connection, self.handshake) = (connection, handshake)
    }

    func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {
        self.hash.addCustom(upgradeRequestHeaders: &upgradeRequestHeaders)
        upgradeRequestHeaders.add(name: "Sec-WebSocket-Protocol", value: WireLimits.subprotocol)
    }

    func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool {
        self.hash.shouldAllowUpgrade(upgradeResponse: upgradeResponse)
            && upgradeResponse.headers[canonicalForm: "Sec-WebSocket-Protocol"] == [Substring(WireLimits.subprotocol)]
    }

    func upgrade(context: ChannelHandlerContext, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<Void> {
        let pipeline = context.pipeline.syncOperations
        let done = pipeline.removeHandler(self.handshake.value)
        return context.eventLoop.makeCompletedFuture {
            try pipeline.addHandler(self.connection.value)
        }.flatMap { done }
    }
}
