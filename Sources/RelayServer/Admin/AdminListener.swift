import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Serves the admin API on a listener that it opens or inherits. Hummingbird's own server cannot take an inherited one.
struct AdminListener: Service {
    var responder: RouterResponder<BasicRequestContext>
    var endpoint: Endpoint
    var inherited: Int32?
    var loop: any EventLoop
    var counters: FrontDoorCounters
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
        let listener: NIOAsyncChannel<HTTP1Channel.Value, Never>
        do {
            listener = try await self.open(http)
        } catch {
            throw Failure(underlying: error)
        }
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

    private func open(_ http: HTTP1Channel) async throws -> NIOAsyncChannel<HTTP1Channel.Value, Never> {
        let logger = self.logger
        let bootstrap = ServerBootstrap(group: self.loop, childGroup: self.loop)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
        if let inherited = self.inherited {
            return try await bootstrap.bind(inherited) { http.setup(channel: $0, logger: logger) }
        }
        return try await bootstrap.bind(host: self.endpoint.host, port: self.endpoint.port) {
            http.setup(channel: $0, logger: logger)
        }
    }

    private func answer() -> HTTPChannelHandler.Responder {
        let (responder, logger, counters) = (self.responder, self.logger, self.counters)
        let hosts = AdminHosts(configured: self.endpoint.host)
        return { request, writer, channel in
            let context = BasicRequestContext(source: .init(channel: channel, logger: logger))
            let response: Response
            if let refusal = hosts.refusal(of: request.head) {
                counters.count(.adminRefused)
                response = AdminAPI.text(refusal.status, refusal.sentence + "\n")
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
}

extension Endpoint {
    /// The address that a channel listens on; `otherwise` stands in for parts that the channel does not know.
    init(_ address: SocketAddress?, else otherwise: Endpoint) {
        self.init(host: address?.ipAddress ?? otherwise.host, port: address?.port ?? otherwise.port)
    }
}
