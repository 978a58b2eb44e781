import Glibc
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import RelayArena
import ServiceLifecycle

/// The whole relay as services: admin listener, rooms, front door. They start in this order and end in the opposite one.
public struct RelayServer: Sendable {
    /// Why the relay does not run.
    public struct CannotListen: Error, CustomStringConvertible {
        public var setting: ConfigurationKey
        public var endpoint: Endpoint
        public var reason: String

        init(setting: ConfigurationKey, endpoint: Endpoint, _ error: any Error) {
            (self.setting, self.endpoint) = (setting, endpoint)
            self.reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        }

        public var description: String { "cannot listen on \(self.endpoint) (\(self.setting.rawValue)): \(self.reason)" }
    }

    private let configuration: ServerConfiguration
    private let frontDoor: FrontDoorSettings
    private let hosting: any RoomHosting
    private let mint: any TokenMint
    private let world: FrontDoorWorld
    private let logger: Logger
    private let announce: @Sendable (String) -> Void
    private let counters = FrontDoorCounters()

    /// - Parameters:
    ///   - configuration: Where to listen, and the front door's limits.
    ///   - descriptorLimit: RLIMIT_NOFILE as in force.
    ///   - hosting: Who runs the rooms. Running already; drained when the relay ends.
    ///   - mint: The one with which `hosting` mints.
    ///   - world: Clock and randomness.
    ///   - announce: Gets one line when both listeners are open:
    ///     `listening on ws://127.0.0.1:7777 admin http://127.0.0.1:7778`.
    public init(
        configuration: ServerConfiguration, descriptorLimit: Int, hosting: any RoomHosting, mint: any TokenMint,
        world: FrontDoorWorld, logger: Logger, announce: @escaping @Sendable (String) -> Void
    ) {
        (self.configuration, self.hosting, self.mint, self.world) = (configuration, hosting, mint, world)
        (self.logger, self.announce) = (logger, announce)
        self.frontDoor = configuration.frontDoor(descriptorLimit: descriptorLimit)
    }

    /// Runs until SIGTERM or SIGINT: stops accepting, drains the rooms (1001), returns.
    ///
    /// - Throws: ``CannotListen``.
    public func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await self.run(on: group)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private func run(on group: MultiThreadedEventLoopGroup) async throws {
        let ready = ReadyLine(announce: self.announce)
        let frontDoor = FrontDoor(
            settings: self.frontDoor, hosting: self.hosting, mint: self.mint, world: self.world, counters: self.counters,
            loop: group.next(), logger: self.logger
        )
        do {
            await ready.playersListen(try await frontDoor.start())
        } catch {
            await self.hosting.drain()
            throw CannotListen(setting: .listen, endpoint: self.configuration.listen, error)
        }
        // Of the last listed the shutdown is asked first, and the next only when it has ended.
        let services: [any Service] = [
            self.admin(on: group, ready), HostingService(hosting: self.hosting), FrontDoorService(frontDoor: frontDoor),
        ]
        var quiet = self.logger
        quiet.logLevel = max(self.logger.logLevel, .notice)
        let lifecycle = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        )
        do {
            try await lifecycle.run()
        } catch let error as AdminFailure {  // the other services have been cancelled and have ended: the rooms are drained
            throw CannotListen(setting: .admin, endpoint: self.configuration.admin, error.underlying)
        }
    }

    private func admin(on group: MultiThreadedEventLoopGroup, _ ready: ReadyLine) -> some Service {
        let endpoint = self.configuration.admin
        var quiet = self.logger
        quiet.logLevel = max(self.logger.logLevel, .notice)
        return AdminService(
            application: Application(
                router: AdminAPI(hosting: self.hosting, counters: self.counters).router(),
                configuration: .init(address: .hostname(endpoint.host, port: endpoint.port), serverName: nil),
                onServerRunning: { channel in
                    await ready.adminListens(
                        Endpoint(host: channel.localAddress?.ipAddress ?? endpoint.host, port: channel.localAddress?.port ?? 0))
                },
                eventLoopGroupProvider: .shared(group), logger: quiet
            )
        )
    }
}

/// Says that the relay is ready once both listeners are.
private actor ReadyLine {
    private var admin: Endpoint?
    private var players: Endpoint?
    private let announce: @Sendable (String) -> Void

    init(announce: @escaping @Sendable (String) -> Void) { self.announce = announce }

    func adminListens(_ endpoint: Endpoint) {
        self.admin = endpoint
        self.announceWhenReady()
    }

    func playersListen(_ endpoint: Endpoint) {
        self.players = endpoint
        self.announceWhenReady()
    }

    private func announceWhenReady() {
        guard let players, let admin else { return }
        self.announce("listening on ws://\(players) admin http://\(admin)")
    }
}

/// The rooms: nothing to start, everything to drain.
private struct HostingService: Service {
    var hosting: any RoomHosting

    func run() async {
        try? await gracefulShutdown()
        await self.hosting.drain()
    }
}

/// The front door, open already.
private struct FrontDoorService: Service {
    var frontDoor: FrontDoor

    func run() async {
        try? await gracefulShutdown()
        await self.frontDoor.stop()
    }
}

private struct AdminService<Responder: HTTPResponder>: Service where Responder.Context == BasicRequestContext {
    var application: Application<Responder>

    func run() async throws {
        do {
            try await self.application.run()
        } catch {
            throw AdminFailure(underlying: error)
        }
    }
}

/// The admin listener could not open, or broke.
private struct AdminFailure: Error { var underlying: any Error }
