import Glibc
import Logging
import NIOCore
import NIOPosix
import RelayHosting
import ServiceLifecycle

/// The whole relay as services: admin listener, rooms, front door, status and orders. A shutdown ends them in the opposite
/// order; the rooms run and the front door is open before the services start.
package struct RelayServer: Sendable {
    /// A listener could not be opened: the relay does not run.
    package struct CannotListen: Error, CustomStringConvertible {
        package var setting: ConfigurationKey
        package var endpoint: Endpoint
        package var reason: String

        init(setting: ConfigurationKey, endpoint: Endpoint, _ error: any Error) {
            (self.setting, self.endpoint) = (setting, endpoint)
            self.reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        }

        package var description: String {
            "cannot listen on \(self.endpoint) (\(self.setting.rawValue)): \(self.reason); --listen and --admin choose others"
        }
    }

    private let configuration: ServerConfiguration
    private let frontDoor: FrontDoorSettings
    private let inheritedAdmin: Int32?
    private let hosting: any RoomHosting
    private let mint: any TokenMint
    private let environment: FrontDoorEnvironment
    private let logger: Logger
    private let events: RelayEvents
    private let counters = FrontDoorCounters()
    private let pulse = FrontDoorPulse()
    /// Whether the admin API has the routes that hang threads and break rooms.
    package var allowsFaults = false
    /// Maximum time between two steps of any counter in ``progress``. Nanoseconds.
    package var pulseInterval: UInt64 = 250_000_000
    /// The watchdog's interval, for `/stats`. Nil without one.
    package var watchdogMicroseconds: UInt64?
    /// Log lines lost so far, for `/stats`.
    package var logLinesLost: @Sendable () -> UInt64 = { 0 }

    /// - Parameters:
    ///   - configuration: Where to listen, and the front door's limits.
    ///   - descriptorLimit: RLIMIT_NOFILE as in force.
    ///   - hosting: Runs the rooms: started already, drained when the relay ends.
    ///   - mint: The mint that `hosting` uses.
    ///   - environment: Clock and randomness.
    package init(
        configuration: ServerConfiguration, descriptorLimit: Int, inherited: InheritedListeners = InheritedListeners(),
        hosting: any RoomHosting, mint: any TokenMint, environment: FrontDoorEnvironment, logger: Logger, events: RelayEvents
    ) {
        (self.configuration, self.hosting, self.mint, self.environment) = (configuration, hosting, mint, environment)
        (self.logger, self.events, self.inheritedAdmin) = (logger, events, inherited.admin)
        var frontDoor = configuration.frontDoor(descriptorLimit: descriptorLimit)
        frontDoor.inheritedListener = inherited.players
        self.frontDoor = frontDoor
    }

    /// One counter per arena thread and one of the front door. In a healthy relay each moves at least every ``pulseInterval``.
    /// Callable from any thread; does not wait.
    package var progress: [UInt64] { self.hosting.threadPulses + [self.pulse.count] }

    /// Runs until a ``RelayOrder/drain`` or the end of `orders`; then stops accepting, drains the rooms (1001) and returns.
    ///
    /// - Throws: ``CannotListen``.
    package func run(orders: AsyncStream<RelayOrder>) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await self.run(on: group, orders)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        try? await group.shutdownGracefully()
    }

    private func run(on group: MultiThreadedEventLoopGroup, _ orders: AsyncStream<RelayOrder>) async throws {
        let ready = ReadyLine(playground: self.frontDoor.playground, announce: self.events.listening)
        let frontDoor = FrontDoor(
            settings: self.frontDoor, hosting: self.hosting, mint: self.mint, environment: self.environment,
            counters: self.counters,
            loop: group.next(), logger: self.logger
        )
        self.pulse.heartbeat(on: group.next(), every: self.pulseInterval)
        do {
            await ready.playersListen(try await frontDoor.start())
        } catch {
            await self.hosting.drain()
            throw CannotListen(setting: .listen, endpoint: self.configuration.listen, error)
        }
        let api = self.adminAPI(on: group.next())
        // ServiceGroup shuts down from the last to the first, and waits for each to end before it asks the next.
        let services: [any Service] = [
            self.admin(api, on: group.next(), ready), HostingService(hosting: self.hosting),
            FrontDoorService(frontDoor: frontDoor),
            StatusService(hosting: self.hosting, events: self.events), api.feed,
        ]
        let obedience = OrderService(
            orders: orders, configuration: self.configuration, frontDoor: frontDoor, events: self.events
        )
        var members: [ServiceGroupConfiguration.ServiceConfiguration] = services.map { .init(service: $0) }
        members.append(.init(service: obedience, successTerminationBehavior: .gracefullyShutdownGroup))
        let lifecycle = ServiceGroup(configuration: .init(services: members, logger: self.quietLogger))
        do {
            try await lifecycle.run()
        } catch let error as AdminListener.Failure {
            // The other services have been cancelled and have ended: the rooms are drained.
            throw CannotListen(setting: .admin, endpoint: self.configuration.admin, error.underlying)
        }
    }

    private func adminAPI(on loop: any EventLoop) -> AdminAPI {
        let process = ProcessProbe(
            now: self.environment.now, began: self.environment.now(), journal: self.configuration.stateDirectory != nil,
            watchdogMicroseconds: self.watchdogMicroseconds
        )
        let hang = { @Sendable in loop.execute { while true { pause() } } }
        return AdminAPI(
            hosting: self.hosting, counters: self.counters, logLinesLost: self.logLinesLost, process: process,
            hangFrontDoor: self.allowsFaults ? hang : nil
        )
    }

    private func admin(_ api: AdminAPI, on loop: any EventLoop, _ ready: ReadyLine) -> AdminListener {
        AdminListener(
            responder: api.router().buildResponder(), endpoint: self.configuration.admin, inherited: self.inheritedAdmin,
            loop: loop, counters: self.counters, logger: self.quietLogger, listening: { await ready.adminListens($0) }
        )
    }

    /// For libraries: at notice or above, because their lower levels do not concern operators.
    private var quietLogger: Logger {
        var quiet = self.logger
        quiet.logLevel = max(self.logger.logLevel, .notice)
        return quiet
    }
}

/// Says that the relay is ready once both listeners are.
private actor ReadyLine {
    private var admin: Endpoint?
    private var players: Endpoint?
    private let playground: PlaygroundAccess
    private let announce: @Sendable (String) -> Void

    init(playground: PlaygroundAccess, announce: @escaping @Sendable (String) -> Void) {
        (self.playground, self.announce) = (playground, announce)
    }

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
        let isOpen = self.playground.isOpen(onLoopback: Authority("\(players)")?.isLoopback ?? false)
        self.announce("listening on ws://\(players) admin http://\(admin)" + (isOpen ? " playground http://\(players)/" : ""))
    }
}

/// The rooms as a service: they run already, a shutdown drains them.
private struct HostingService: Service {
    var hosting: any RoomHosting

    func run() async {
        try? await gracefulShutdown()
        await self.hosting.drain()
    }
}

/// The front door as a service: it is open already, a shutdown stops it.
private struct FrontDoorService: Service {
    var frontDoor: FrontDoor

    func run() async {
        try? await gracefulShutdown()
        await self.frontDoor.stop()
    }
}

/// Reports a status line at every ``interval``.
private struct StatusService: Service {
    var hosting: any RoomHosting
    var events: RelayEvents

    static let interval = Duration.seconds(2)

    func run() async {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.interval)
                self.events.status("\(await self.hosting.summary())")
            }
        }
    }
}

/// Carries out orders. When it ends, the relay ends.
private struct OrderService: Service {
    var orders: AsyncStream<RelayOrder>
    var configuration: ServerConfiguration
    var frontDoor: FrontDoor
    var events: RelayEvents

    func run() async {
        for await order in self.orders.cancelOnGracefulShutdown() {
            switch order {
            case .reload(let configuration):
                await self.frontDoor.adopt(configuration.frontDoor(descriptorLimit: 0))
                let changes = configuration.changes(from: self.configuration)
                self.events.reloaded(changes.filter { !ServerConfiguration.reloadable.contains($0) })
            case .drain:
                return self.events.draining()
            }
        }
    }
}
