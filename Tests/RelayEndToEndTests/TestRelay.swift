import CRelayLinux
import Foundation
import Logging
import NIOPosix
import RelayArena
import RelayServer
import RelayWire

/// A whole relay in this process, on a port the system chose.
struct TestRelay {
    let arena: Arena
    let port: Int
    private let frontDoor: FrontDoor

    /// Starts one; settings as on the command line.
    static func start(
        _ settings: [(key: String, value: String)] = [], file: String = "{}", tickBudget: UInt64? = nil,
        ticketKeys: TicketKeys? = nil
    ) async throws -> TestRelay {
        let configuration = try Self.configuration(settings, file: file, ticketKeys: ticketKeys)
        var logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        var arenaConfiguration = configuration.hosting
        arenaConfiguration.tickBudget = tickBudget
        let key = (0..<32).map { UInt8($0) }
        let state = try RelayState(
            in: configuration.stateDirectory, configuration.hosting, keyByteCount: HMACTokenMint.keyByteCount, newKey: { key },
            random: { UInt64.random(in: 0...UInt64.max) }, logger: logger
        )
        let mint = HMACTokenMint(key: state.tokenKey)
        let passwords = PasswordDesk(random: { UInt64.random(in: 0...UInt64.max) })
        let arena = try Arena(
            configuration: arenaConfiguration, mint: mint, logger: logger, passwords: passwords, keeper: state.keeper,
            restored: state.rooms)
        let settings = configuration.frontDoor(descriptorLimit: 4096)
        let frontDoor = FrontDoor(
            settings: settings, hosting: arena, mint: mint,
            environment: FrontDoorEnvironment(
                now: { UInt64(crelay_monotonic_ns()) },
                random: {
                    var generator = SystemRandomNumberGenerator()
                    return generator.next()
                }, unixTime: { 0 }
            ),
            counters: FrontDoorCounters(), common: CommonBounds(settings, passwords: passwords),
            loop: MultiThreadedEventLoopGroup.singleton.next(), logger: logger
        )
        return TestRelay(arena: arena, port: try await frontDoor.start().port, frontDoor: frontDoor)
    }

    static func configuration(
        _ settings: [(key: String, value: String)] = [], file: String = "{}", ticketKeys: TicketKeys? = nil
    ) throws -> ServerConfiguration {
        var sources = ConfigurationSources(
            commandLine: [("listen", "127.0.0.1:0"), ("threads", "2")] + settings,
            file: (path: "settings.json", bytes: Array(file.utf8)))
        sources.ticketKeys = ticketKeys.map { .success($0) }
        return try ServerConfiguration(sources, processors: 2)
    }

    private init(arena: Arena, port: Int, frontDoor: FrontDoor) {
        (self.arena, self.port, self.frontDoor) = (arena, port, frontDoor)
    }

    var address: String { "ws://127.0.0.1:\(self.port)" }

    func counter(_ name: String) async -> UInt64 { await self.arena.statistics().counters[name] ?? 0 }

    /// Ends it; every connection gets 1001.
    func stop() async {
        await self.frontDoor.stop()
        await self.arena.drain()
    }

    /// Runs a body against a fresh relay and ends that afterwards, whatever happened.
    static func with(
        _ settings: [(key: String, value: String)] = [], _ body: (TestRelay) async throws -> Void
    ) async throws {
        let relay = try await TestRelay.start(settings)
        do {
            try await body(relay)
        } catch {
            await relay.stop()
            throw error
        }
        await relay.stop()
    }
}

/// Asks again and again, for at most ten seconds, until the answer is yes.
func eventually(_ question: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<500 {
        if try await question() { return true }
        try? await Task.sleep(for: .milliseconds(20))
    }
    return false
}
