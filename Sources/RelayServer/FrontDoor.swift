import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import RelayArena

/// The public listener: accepts, upgrades, reads the hello, and hands connections to the arena. One event loop.
///
/// Start it with ``start()``, end it with ``stop()``; each once.
public final class FrontDoor: Sendable {
    private let loop: any EventLoop
    private let shared: FrontDoorContext
    private let ledger: NIOLoopBoundBox<HandshakeLedger>
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    /// - Parameters:
    ///   - settings: Validated.
    ///   - hosting: Who gets the connections.
    ///   - mint: Verifies rejoin tokens; the arena mints with the same.
    ///   - world: Clock and randomness.
    ///   - loop: Where everything runs.
    public init(
        settings: FrontDoorSettings, hosting: any RoomHosting, mint: any TokenMint, world: FrontDoorWorld,
        counters: FrontDoorCounters, loop: any EventLoop, logger: Logger
    ) {
        let bounds = settings.bounds
        self.loop = loop
        self.ledger = .makeBoxSendingValue(HandshakeLedger(bounds), eventLoop: loop)
        self.shared = FrontDoorContext(
            settings: settings, hosting: hosting,
            router: AdmissionRouter(
                directory: hosting.directory, mint: mint, newInstance: { world.newInstance() }, retryAfter: bounds.retryAfter
            ),
            policy: UpgradePolicy(allowedOrigins: settings.allowedOrigins, retryAfterMilliseconds: bounds.retryAfter),
            now: world.now, counters: counters, logger: logger
        )
    }

    /// Opens the listener.
    ///
    /// - Returns: Where it listens, with the port the system chose if it was 0.
    /// - Throws: What the system says: the address is in use, or not ours.
    public func start() async throws -> Endpoint {
        let endpoint = self.shared.settings.listen
        let channel = try await ServerBootstrap(group: self.loop, childGroup: self.loop)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel) }
            }
            .bind(host: endpoint.host, port: endpoint.port).get()
        self.listener.withLockedValue { $0 = channel }
        return Endpoint(host: channel.localAddress?.ipAddress ?? endpoint.host, port: channel.localAddress?.port ?? endpoint.port)
    }

    /// Closes the listener and ends every handshake: with 1001 after the upgrade, without a word before it. Returns when
    /// the last one is gone, at most the linger time later.
    public func stop() async {
        let channel = self.listener.withLockedValue { box in
            defer { box = nil }
            return box
        }
        try? await channel?.close()
        let ended = self.loop.flatSubmit {
            let unfinished = self.ledger.value.channels
            for channel in unfinished { channel.pipeline.fireUserInboundEventTriggered(FrontDoorEvent.draining) }
            return EventLoopFuture.andAllComplete(unfinished.map(\.closeFuture), on: self.loop)
        }
        try? await ended.get()
    }

    private func initialize(_ channel: any Channel) throws {
        let (settings, counters) = (self.shared.settings, self.shared.counters)
        let ledger = self.ledger.value
        counters.count(.accepted)
        let verdict = ledger.begin(channel, room: settings.capacity - self.shared.hosting.connectionCount) { oldest in
            counters.count(.handshakeEvicted)
            oldest.pipeline.fireUserInboundEventTriggered(FrontDoorEvent.evicted)
        }
        let pipeline = channel.pipeline.syncOperations
        switch verdict {
        case .tooManyFromAddress:
            counters.count(.handshakesPerAddress)
            try pipeline.addHandler(CloseAtOnce())
        case .welcome:
            let meter = ByteMeter(bytes: settings.bounds.requestBytes)
            let decoder = RequestHandler.Decoder(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
            let onLoopback = channel.parent?.localAddress.map { HandshakeLedger.source($0) == nil } ?? false
            let handler = RequestHandler(
                self.shared, onLoopback: onLoopback, ledgerCount: { ledger.count }, decoder: decoder, meter: meter
            )
            try pipeline.addHandlers([meter, decoder, handler])
        }
    }
}

/// Closes a connection as soon as it is open.
private final class CloseAtOnce: ChannelInboundHandler {
    typealias InboundIn = Never

    func channelActive(context: ChannelHandlerContext) { context.close(promise: nil) }
}
