import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import RelayHosting

/// The public listener: accepts, upgrades, reads the hello, and hands connections to the arena. One event loop.
///
/// Start it with ``start()``, end it with ``stop()``; each once.
package final class FrontDoor: Sendable {
    private let loop: any EventLoop
    /// Shared by the connections that are accepted from now on.
    private let shared: NIOLoopBoundBox<FrontDoorContext>
    private let endpoint: Endpoint
    private let inherited: Int32?
    private let inFlight: NIOLoopBoundBox<PendingHandshakes>
    private let memory: NIOLoopBoundBox<HandshakeMemory>
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    /// - Parameters:
    ///   - settings: Validated.
    ///   - hosting: Takes over the connections.
    ///   - mint: Verifies rejoin tokens; the arena mints with the same one.
    ///   - environment: Clock and randomness.
    ///   - loop: Runs the listener and every connection until its hand-off.
    package init(
        settings: FrontDoorSettings, hosting: any RoomHosting, mint: any TokenMint, environment: FrontDoorEnvironment,
        counters: FrontDoorCounters, loop: any EventLoop, logger: Logger
    ) {
        let bounds = settings.bounds
        self.loop = loop
        self.inFlight = .makeBoxSendingValue(PendingHandshakes(bounds), eventLoop: loop)
        self.memory = .makeBoxSendingValue(HandshakeMemory(), eventLoop: loop)
        (self.endpoint, self.inherited) = (settings.listen, settings.inheritedListener)
        let shared = FrontDoorContext(
            settings: settings, hosting: hosting,
            router: AdmissionRouter(
                hosting: hosting, mint: mint, newInstance: { environment.newInstance() }, retryAfter: bounds.retryAfter
            ),
            policy: UpgradePolicy(allowedOrigins: settings.allowedOrigins, retryAfterMilliseconds: bounds.retryAfter),
            now: environment.now, counters: counters, logger: logger
        )
        self.shared = .makeBoxSendingValue(shared, eventLoop: loop)
    }

    /// Maximum number of connections waiting to be accepted: after a restart all players of a relay come back at once.
    private static let backlog: Int32 = 4096

    /// Opens the listener.
    ///
    /// - Returns: The address it listens on, with the port the system chose if it was 0.
    /// - Throws: The system's error: the address is in use, or not ours.
    package func start() async throws -> Endpoint {
        let bootstrap = ServerBootstrap(group: self.loop, childGroup: self.loop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel, listener: channel.parent) }
            }
        let (waiting, opened): ([Int32], EventLoopFuture<any Channel>)
        if let inherited = self.inherited {
            (waiting, opened) = HandOff.open(bootstrap, on: inherited, backlog: Self.backlog)
        } else {
            (waiting, opened) = ([], bootstrap.bind(host: self.endpoint.host, port: self.endpoint.port))
        }
        let channel = try await opened.get()
        for descriptor in waiting { self.adopt(descriptor, from: channel) }
        self.listener.withLockedValue { $0 = channel }
        return Endpoint(channel.localAddress, else: self.endpoint)
    }

    /// Adopts the reloadable settings. They apply to connections accepted from now on.
    package func adopt(_ settings: FrontDoorSettings) async {
        let adopted = self.loop.submit {
            self.shared.value.settings.helloTimeout = settings.helloTimeout
            self.shared.value.settings.allowedOrigins = settings.allowedOrigins
            self.shared.value.settings.playground = settings.playground
            self.shared.value.policy.allowedOrigins = settings.allowedOrigins
        }
        try? await adopted.get()
    }

    /// Closes the listener and ends every handshake: with 1001 after the upgrade, without an answer before it. Returns when
    /// the last one is gone, at most the linger time later.
    package func stop() async {
        let channel = self.listener.withLockedValue { box in
            defer { box = nil }
            return box
        }
        try? await channel?.close()
        let ended = self.loop.flatSubmit {
            let unfinished = self.inFlight.value.channels
            for (place, channel) in unfinished.enumerated() {
                let event = FrontDoorEvent.draining(retryAfter: ReturnSpread.milliseconds(place: place))
                channel.pipeline.fireUserInboundEventTriggered(event)
            }
            return EventLoopFuture.andAllComplete(unfinished.map(\.closeFuture), on: self.loop)
        }
        try? await ended.get()
    }

    /// Treats a connection that was accepted without NIO as if NIO had accepted it.
    private func adopt(_ descriptor: Int32, from listener: any Channel) {
        // A channel that fails to open closes its descriptor itself.
        _ = ClientBootstrap(group: self.loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel, listener: listener) }
            }
            .withConnectedSocket(descriptor)
    }

    private func initialize(_ channel: any Channel, listener: (any Channel)?) throws {
        let shared = self.shared.value
        let (settings, counters) = (shared.settings, shared.counters)
        let inFlight = self.inFlight.value
        counters.count(.accepted)
        self.memory.value.count(on: self.loop)
        let verdict = inFlight.begin(channel, places: settings.capacity - shared.hosting.connectionCount) { oldest in
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
            let onLoopback = listener?.localAddress.map { PendingHandshakes.source($0) == nil } ?? false
            let handler = RequestHandler(
                shared, onLoopback: onLoopback, handshakeCount: { inFlight.count }, decoder: decoder, meter: meter
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
