import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Serves the admin API on a listener that it opens or was given. Hummingbird's own server only opens them itself.
struct AdminListener: Service {
    var responder: RouterResponder<BasicRequestContext>
    var endpoint: Endpoint
    var inherited: Int32?
    var loops: any EventLoopGroup
    var logger: Logger
    /// Gets the address once it listens.
    var listening: @Sendable (Endpoint) async -> Void

    /// Connections at a time, half of the descriptors that are kept from players. Over it: closed at once, lest an operator's
    /// forgotten tools keep players out.
    static let mostConnections = 128

    /// The listener could not open.
    struct Failure: Error { var underlying: any Error }

    /// Serves until a graceful shutdown, which ends what is being answered, too.
    func run() async throws {
        let http = HTTP1Channel(responder: self.answer(), configuration: .init(idleTimeout: .seconds(60)))
        let listener: NIOAsyncChannel<HTTP1Channel.Value, Never>
        do {
            listener = try await self.open(http)
        } catch {
            throw Failure(underlying: error)
        }
        await self.listening(Endpoint(listener.channel.localAddress, else: self.endpoint))
        let open = OpenConnections()
        try? await cancelWhenGracefulShutdown {
            try await listener.executeThenClose { connections in
                await withDiscardingTaskGroup { group in
                    do {
                        for try await connection in connections {
                            guard open.enter(atMost: Self.mostConnections) else {
                                group.addTask { try? await connection.executeThenClose { _, _ in } }
                                continue
                            }
                            group.addTask {
                                await http.handle(value: connection, logger: self.logger)
                                open.leave()
                            }
                        }
                    } catch is CancellationError {
                        // the graceful shutdown
                    } catch {
                        self.logger.error("the admin listener broke", metadata: ["reason": "\(error)"])
                    }
                }
            }
        }
    }

    private func open(_ http: HTTP1Channel) async throws -> NIOAsyncChannel<HTTP1Channel.Value, Never> {
        let logger = self.logger
        let bootstrap = ServerBootstrap(group: self.loops)
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
        let responder = self.responder
        let logger = self.logger
        return { request, writer, channel in
            let context = BasicRequestContext(source: .init(channel: channel, logger: logger))
            let response: Response
            do {
                response = try await responder.respond(to: request, context: context)
            } catch {
                logger.error("the admin API failed", metadata: ["reason": "\(error)"])
                response = Response(status: .internalServerError)
            }
            try await writer.write(response: response.head, body: response.body)
        }
    }
}

/// Counts connections that are being answered.
private final class OpenConnections: Sendable {
    private let count = Atomic<Int>(0)

    /// False, with nothing counted, if there are enough. One task enters, any may leave.
    func enter(atMost bound: Int) -> Bool {
        guard self.count.load(ordering: .relaxed) < bound else { return false }
        self.count.add(1, ordering: .relaxed)
        return true
    }

    func leave() { self.count.subtract(1, ordering: .relaxed) }
}

extension Endpoint {
    /// Where a channel listens; `otherwise` stands in for what it does not tell.
    init(_ address: SocketAddress?, else otherwise: Endpoint) {
        self.init(host: address?.ipAddress ?? otherwise.host, port: address?.port ?? otherwise.port)
    }
}
