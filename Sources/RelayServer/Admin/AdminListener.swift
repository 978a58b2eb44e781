import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves the admin API on a listener that it opens or inherits. Hummingbird's own server cannot take an inherited one.
struct AdminListener: Service {
    var responder: RouterResponder<AdminRequestContext>
    var endpoint: Endpoint
    var inherited: Int32?
    var loop: any EventLoop
    var counters: FrontDoorCounters
    var access: AdminAccess
    /// CLOCK_MONOTONIC, nanoseconds.
    var now: @Sendable () -> UInt64
    var logger: Logger
    /// Called with the address once the listener is open.
    var listening: @Sendable (Endpoint) async -> Void

    /// The listener could not open.
    struct Failure: Error { var underlying: any Error }

    /// Serves until a graceful shutdown, which also cuts off answers in progress.
    func run() async throws {
        let connections = NIOLoopBoundBox.makeBoxSendingValue(AdminConnections(self.counters), eventLoop: self.loop)
        let http = HTTP1Channel(
            responder: self.answer(),
            configuration: .init(additionalChannelHandlers: [AdminConnection(among: connections.value)])
        )
        let unix: UnixListener?
        let listener: NIOAsyncChannel<HTTP1Channel.Value, Never>
        do {
            unix = try self.openUnix()
            listener = try await self.open(http, unix?.descriptor ?? self.inherited)
        } catch {
            throw Failure(underlying: error)
        }
        defer { unix?.removeFile() }
        self.warnIfUseless(listener.channel.localAddress)
        await self.listening(Endpoint(listener.channel.localAddress, else: self.endpoint))
        // Who does not read its answer must not hold up the shutdown. And the listener is closed, not the serving cancelled: NIO traps where
        // a connection that it has accepted is thrown away unserved.
        let end = { @Sendable in
            self.loop.execute {
                connections.value.closeAll()
                listener.channel.close(promise: nil)
            }
        }
        try? await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await self.serve(listener, http)
            } onGracefulShutdown: {
                end()
            }
        } onCancel: {
            end()
        }
    }

    private func serve(_ listener: NIOAsyncChannel<HTTP1Channel.Value, Never>, _ http: HTTP1Channel) async throws {
        try await listener.executeThenClose { connections in
            await withDiscardingTaskGroup { group in
                do {
                    for try await connection in connections {
                        group.addTask { await http.handle(value: connection, logger: self.logger) }
                    }
                } catch is CancellationError {
                    // another service has failed
                } catch {
                    self.logger.error("the admin listener broke", metadata: ["reason": "\(error)"])
                }
            }
        }
    }

    /// The Unix socket that is configured, for this user alone; nil if another listener is, or one is inherited.
    private func openUnix() throws(UnixListener.Failure) -> UnixListener? {
        guard self.inherited == nil, case .unix(let path) = self.endpoint else { return nil }
        return try UnixListener(path: path, mode: 0o600)
    }

    private func warnIfUseless(_ address: SocketAddress?) {
        guard Self.reach(of: address) == .others, !self.access.hasToken else { return }
        self.logger.warning(
            "others can reach the admin listener and no adminToken is set: it answers /healthz and /readyz, and nothing else")
    }

    private func open(_ http: HTTP1Channel, _ descriptor: Int32?) async throws -> NIOAsyncChannel<HTTP1Channel.Value, Never> {
        let logger = self.logger
        let bootstrap = ServerBootstrap(group: self.loop, childGroup: self.loop)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        if let descriptor {
            return try await bootstrap.bind(descriptor) { http.setup(channel: $0, logger: logger) }
        }
        return try await bootstrap.bind(host: self.endpoint.host, port: self.endpoint.port) {
            http.setup(channel: $0, logger: logger)
        }
    }

    private func answer() -> HTTPChannelHandler.Responder {
        let (responder, logger) = (self.responder, self.logger)
        return { request, writer, channel in
            let context = AdminRequestContext(source: .init(channel: channel, logger: logger))
            let response: Response
            if let refusal = await self.refusal(of: request.head, on: channel) {
                response = refusal
            } else {
                do {
                    response = try await responder.respond(to: request, context: context)
                } catch {
                    logger.error("the admin API failed", metadata: ["reason": "\(error)"])
                    response = Response(status: .internalServerError)
                }
            }
            try await writer.write(response: response.head, body: response.body)
        }
    }

    /// The answer to a request that is not to be answered otherwise.
    private func refusal(of request: HTTPRequest, on channel: any Channel) async -> Response? {
        if let refusal = AdminHosts(configured: self.endpoint.host).refusal(of: request) {
            return self.answer(refusal, .adminRefused)
        }
        guard let peer = channel.remoteAddress.map({ ClientAddress($0) }) else {
            return self.answer(AdminAccess.unknownPeer, .adminRefused)
        }
        let reach = Self.reach(of: channel.parent?.localAddress)
        switch self.access.decide(request, from: peer, reach, at: self.now()) {
        case .allow: return nil
        case .refuse(let refusal): return self.answer(refusal, .adminUnauthorized)
        case .wrongToken(let isLate):
            if isLate { try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(AdminAccess.delay)) } }
            return self.answer(AdminAccess.wrongToken, .adminTokenRefused)
        }
    }

    private func answer(_ refusal: AdminHosts.Refusal, _ reason: FrontDoorCounters.Reason) -> Response {
        self.counters.count(reason)
        var response = AdminAPI.text(refusal.status, refusal.sentence + "\n")
        if refusal.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// Who can reach a listener at this address. A Unix socket that systemd has opened is judged by its file, too.
    private static func reach(of address: SocketAddress?) -> AdminAccess.Reach {
        if case .unixDomainSocket? = address {
            return UnixListener.isPrivate(path: address?.pathname ?? "") ? .thisUser : .others
        }
        return address.map { ClientAddress($0).isOnThisMachine } == true ? .thisMachine : .others
    }
}
