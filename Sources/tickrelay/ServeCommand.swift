import ArgumentParser
import CRelayLinux
import Foundation
import Logging
import RelayJournal
import RelayServer

/// Runs the relay until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs the relay. Needs no settings.", discussion: ConfigurationKey.help
    )

    @OptionGroup var settings: SettingOptions

    func run() async throws {
        let configuration = try self.settings.load()
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: "tickrelay")
        logger.logLevel = configuration.logLevel
        let descriptorLimit = crelay_raise_nofile()
        guard descriptorLimit > 0 else {
            Console.complain("cannot ask for the limit of open descriptors: errno \(-descriptorLimit)")
            throw ExitCode.failure
        }
        let state = try self.restoreState(configuration, logger)
        let mint = HMACTokenMint(key: state.tokenKey)
        do {
            let server = RelayServer(
                configuration: configuration, descriptorLimit: Int(descriptorLimit),
                hosting: try Rooms.start(configuration, state, mint: mint, logger: logger), mint: mint,
                world: FrontDoorWorld(now: { UInt64(crelay_monotonic_ns()) }, random: Entropy.word), logger: logger,
                announce: Console.say
            )
            try await server.run()
        } catch let error as RelayServer.CannotListen {
            Console.complain("\(error)")
            throw ExitCode.failure
        }
    }

    private func restoreState(_ configuration: ServerConfiguration, _ logger: Logger) throws -> RelayState {
        do throws(StateDirectory.Unusable) {
            return try RelayState(
                configuration, newKey: { Entropy.bytes(HMACTokenMint.keyByteCount) }, random: Entropy.word, logger: logger)
        } catch {
            Console.complain("stateDir: \(error)")
            throw ExitCode(StateDirectory.Unusable.exitCode)
        }
    }
}

/// The system's generator.
enum Entropy {
    @Sendable static func word() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: Self.word()) }
    }
}
