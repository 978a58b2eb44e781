import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RelayHosting

/// A public listener: accepts, upgrades, reads the hello, and hands connections to the arena. One event loop.
///
/// With an identity it speaks TLS; its connections then stay on its event loop, and the arena gets their ``EncryptedLink``s.
///
/// Start it with ``start()``, end it with ``stop()``; each once.
package final class FrontDoor: Sendable {
    private let loop: any EventLoop
    /// Shared by the connections that are accepted from now on.
    private let shared: NIOLoopBoundBox<FrontDoorContext>
    private let endpoint: Endpoint
    private let inherited: Int32?
    private let logger: Logger
    private let common: CommonBounds
    private let memory: NIOLoopBoundBox<HandshakeMemory>
    private let identity: ServerIdentity?
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)
    /// The socket, if it is one of ours with a file.
    private let unixListener = NIOLockedValueBox<UnixListener?>(nil)

    /// - Parameters:
    ///   - settings: Validated.
    ///   - hosting: Takes over the connections.
    ///   - mint: Verifies rejoin tokens; the arena mints with the same one.
    ///   - environment: Clock and randomness.
    ///   - identity: For TLS; nil for plain connections.
    ///   - common: Shared with other listeners; nil for its own.
    ///   - loop: Runs the listener and every connection until its hand-off, or until its end if it is encrypted.
    package init(
        settings: FrontDoorSettings, identity: ServerIdentity? = nil, hosting: any RoomHosting, mint: any TokenMint,
        environment: FrontDoorEnvironment, counters: FrontDoorCounters, common: CommonBounds? = nil, loop: any EventLoop,
        logger: Logger
    ) {
        let common = common ?? CommonBounds(settings, passwords: PasswordDesk(random: environment.random))
        let bounds = settings.bounds
        (self.loop, self.logger, self.identity, self.common) = (loop, logger, identity, common)
        self.memory = .makeBoxSendingValue(HandshakeMemory(), eventLoop: loop)
        (self.endpoint, self.inherited) = (settings.listen, settings.inheritedListener)
        var shared = FrontDoorContext(
            settings: settings, hosting: hosting,
            router: AdmissionRouter(
                hosting: hosting, mint: mint, environment: environment, common: common, retryAfter: bounds.retryAfter
            ),
            policy: UpgradePolicy(allowedOrigins: settings.allowedOrigins, retryAfterMilliseconds: bounds.retryAfter),
            now: environment.now, counters: counters, logger: logger, common: common
        )
        shared.links = identity.map { _ in TLSLinkServer(loop: loop) }
        self.shared = .makeBoxSendingValue(shared, eventLoop: loop)
    }

    /// Maximum number of connections waiting to be accepted: after a restart all players of a relay come back at once.
    private static let backlog: Int32 = 4096

    /// Opens the listener.
    ///
    /// - Returns: The address it listens on, with the port the system chose if it was 0.
    /// - Throws: The system's error: the address is in use, or not ours.
    package func start() async throws -> Endpoint {
        let (waiting, opened) = try self.open()
        let channel = try await opened.get()
        for descriptor in waiting { self.adopt(descriptor, from: channel) }
        self.listener.withLockedValue { $0 = channel }
        let endpoint = Endpoint(channel.localAddress, else: self.endpoint)
        if endpoint.isUnix, try await self.loop.submit({ !self.shared.value.settings.proxies.includesUnix }).get() {
            self.logger.warning(
                "no proxy is believed on the Unix socket: all who come by it count as this machine, without limits by address")
        }
        return endpoint
    }

    /// Opens the listener, and returns the connections that it has accepted already.
    private func open() throws -> ([Int32], EventLoopFuture<any Channel>) {
        if let inherited = self.inherited {
            return HandOff.open(self.bootstrap(isUnix: UnixListener.isUnix(inherited)), on: inherited, backlog: Self.backlog)
        }
        switch self.endpoint {
        case .internet(let host, let port): return ([], self.bootstrap(isUnix: false).bind(host: host, port: port))
        case .unix(let path):
            let listener = try UnixListener(path: path, mode: Self.unixMode)
            self.unixListener.withLockedValue { $0 = listener }
            return ([], self.bootstrap(isUnix: true).withBoundSocket(listener.descriptor))
        }
    }

    /// Of a Unix socket: for a proxy in our group.
    private static let unixMode: mode_t = 0o660

    private func bootstrap(isUnix: Bool) -> ServerBootstrap {
        let bootstrap = ServerBootstrap(group: self.loop, childGroup: self.loop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel, listener: channel.parent) }
            }
        return isUnix ? bootstrap : bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }

    /// Adopts the reloadable settings, but for those of ``CommonBounds``. They apply to connections accepted from now on.
    package func adopt(_ settings: FrontDoorSettings) async {
        let adopted = self.loop.submit {
            self.shared.value.settings.adopt(settings)
            self.shared.value.policy.allowedOrigins = settings.allowedOrigins
        }
        try? await adopted.get()
    }

    /// Another descriptor of the listening socket, for another front door; nil if there are none left.
    package func duplicateListener() async -> Int32? {
        guard let channel = self.listener.withLockedValue({ $0 }) else { return nil }
        return try? await self.loop.submit { HandOff.duplicate(channel) }.get()
    }

    /// Closes the listener and ends every handshake: with 1001 after the upgrade, without an answer before it. Returns when
    /// the last one is gone, at most the linger time later.
    package func stop() async {
        let channel = self.listener.withLockedValue { box in
            defer { box = nil }
            return box
        }
        try? await channel?.close()
        self.removeSocketFile()
        let ended = self.loop.flatSubmit {
            let unfinished = self.common.handshakes.channels(on: self.loop)
            for (place, channel) in unfinished.enumerated() {
                let event = FrontDoorEvent.draining(retryAfter: ReturnSpread.milliseconds(place: place))
                channel.pipeline.fireUserInboundEventTriggered(event)
            }
            return EventLoopFuture.andAllComplete(unfinished.map(\.closeFuture), on: self.loop)
        }
        try? await ended.get()
    }

    /// Removes the file of its Unix socket, unless somebody still listens there: another front door of the same listener, or another relay.
    func removeSocketFile() { self.unixListener.withLockedValue { $0 }?.removeFile() }

    /// Treats a connection that was accepted without NIO as if NIO had accepted it.
    private func adopt(_ descriptor: Int32, from listener: any Channel) {
        // A channel that fails to open closes its descriptor itself.
        let bootstrap = ClientBootstrap(group: self.loop)
        _ = (UnixListener.isUnix(descriptor) ? bootstrap : bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.initialize(channel, listener: listener) }
            }
            .withConnectedSocket(descriptor)
    }

    /// Makes a connection's pipeline. On the event loop.
    ///
    /// - Parameter listener: What accepted it.
    package func initialize(_ channel: any Channel, listener: (any Channel)?) throws {
        let shared = self.shared.value
        shared.counters.count(.accepted)
        self.memory.value.count(on: self.loop)
        guard let peer = Self.peer(of: channel, listener: listener) else {
            shared.counters.count(.leftBeforeHello)
            return try channel.pipeline.syncOperations.addHandler(CloseAtOnce())
        }
        let handshake = Handshake(channel, from: peer, shared.settings.proxies, shared.addresses, speaksTLS: self.identity != nil)
        if !handshake.isProxied, let reason = self.obstacle(of: handshake, handshake.identify(handshake.peer), shared) {
            self.refuse(handshake, reason, shared)
            return try channel.pipeline.syncOperations.addHandler(CloseAtOnce())
        }
        self.enter(handshake, shared)
        let meter = ByteMeter(bytes: shared.settings.bounds.requestBytes)
        let decoder = RequestHandler.Decoder(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        // By a Unix socket anybody may come: through whoever is behind it.
        let isPrivate = listener.map { Endpoint($0.localAddress, else: shared.settings.listen).isLoopback } ?? false
        let handler = RequestHandler(
            shared, handshake, onLoopback: isPrivate && !handshake.isProxied, decoder: decoder, meter: meter
        )
        let pipeline = channel.pipeline.syncOperations
        if handshake.awaitsProxyHeader {
            let identified = { (client: ProxyHeader.Client) in
                let reason = self.obstacle(of: handshake, handshake.identify(by: client), shared)
                if let reason { self.refuse(handshake, reason, shared) }
                return reason == nil
            }
            try pipeline.addHandler(ProxyHeaderHandler(identified: identified))
        }
        try pipeline.addHandler(ProxyHeaderGuard())
        if let identity = self.identity {
            try pipeline.addHandlers([CipherMeter(), NIOSSLServerHandler(context: identity.beginHandshake())])
        }
        try pipeline.addHandlers([meter, decoder, handler])
    }

    /// Nil if it has gone already: a health check of a proxy ends before it is accepted. Peers on a Unix socket have no address.
    private static func peer(of channel: any Channel, listener: (any Channel)?) -> ClientAddress? {
        if let address = channel.remoteAddress { return ClientAddress(address) }
        guard case .unixDomainSocket = listener?.localAddress else { return nil }
        return .local
    }

    /// Handshakes that there may be on a relay with as many players as it may have.
    private static let fewestHandshakes = 16

    /// Enters a handshake, at the cost of another one where there are too many.
    private func enter(_ handshake: Handshake, _ shared: FrontDoorContext) {
        let (settings, hosting) = (shared.settings, shared.hosting)
        // Silent ones take no place from players; a full relay keeps enough to say so.
        let free = max(Self.fewestHandshakes, settings.maximumConnections - hosting.connectionCount)
        let places = min(settings.capacity - hosting.descriptorCount, free)
        self.common.handshakes.begin(handshake, places: places) { victim in
            shared.counters.count(victim.isGuest ? .guestEvicted : .handshakeEvicted)
            if victim.isGuest {
                let who: Logger.Metadata = ["peer": "\(victim.address)"]
                shared.logger.info("a connection that only sends heartbeats made way for a newcomer", metadata: who)
            }
            victim.channel.pipeline.fireUserInboundEventTriggered(FrontDoorEvent.evicted)
        }
    }

    /// Why a connection is closed before its first byte is read; nil if it is not. Over TLS that is also so after too many failures:
    /// a refusal that can be read would cost a handshake.
    ///
    /// - Parameter hasPlace: Whether its address may have another handshake.
    private func obstacle(of handshake: Handshake, _ hasPlace: Bool, _ shared: FrontDoorContext) -> FrontDoorCounters.Reason? {
        guard hasPlace else { return .handshakesPerAddress }
        let isFailing = shared.addresses.failureWait(of: handshake.block, at: shared.now()) != nil
        return self.identity != nil && isFailing ? .failuresPerAddress : nil
    }

    private func refuse(_ handshake: Handshake, _ reason: FrontDoorCounters.Reason, _ shared: FrontDoorContext) {
        shared.counters.count(reason)
        shared.tell("an address is at its limit", handshake.address, reason)
    }
}

/// Closes a connection as soon as it is open.
private final class CloseAtOnce: ChannelInboundHandler {
    typealias InboundIn = Never

    func channelActive(context: ChannelHandlerContext) { context.close(promise: nil) }
}
