import NIOCore
import NIOHTTP1
import NIOWebSocket
import RelayClient
import RelayWire

/// The HTTP half of a connection: sends one GET with the upgrade, and reports any answer other than 101 as a failure.
final class Handshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let relay: RelayURL
    private let connection: NIOLoopBound<RelayConnection>

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
        guard case .head(let head) = self.unwrapInboundIn(data) else { return }
        let seconds = head.headers.first(name: "Retry-After").flatMap { UInt64($0) }
        self.connection.value.failed(retryAfter: seconds.map { min($0, 600) * 1_000 })
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connection.value.failed(retryAfter: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.connection.value.failed(retryAfter: nil)
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
