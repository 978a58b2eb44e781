import ArgumentParser
import CRelayLinux
import CoreMetrics
import Foundation
import Logging
import RelayArena
import RelayHosting
import RelayJournal
import RelayServer
import RelaySystemd

/// Runs the relay until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs the relay. Needs no settings.",
        discussion: """
            SIGTERM and SIGINT drain: everybody is sent away with the advice to come back; a second one ends the process at
            once. SIGHUP reads the file of --config again.

            """ + ConfigurationKey.help
    )

    @OptionGroup var settings: SettingOptions
    @Flag(help: "Lets the kernel keep a core when the relay dies: it has keys, tokens and tickets in it.") var coreDumps = false
    @Flag(help: "Adds admin commands that make things hang or die. Never in production.") var debugFaults = false

    func run() async throws {
        // The watchdog's SIGABRT must kill, but Swift's crash handler takes the first one for a crash, prints and goes on.
        signal(SIGABRT, SIG_DFL)
        signal(SIGPIPE, SIG_IGN)
        crelay_return_large_memory()
        if !self.coreDumps { _ = crelay_forbid_cores() }
        let listeners = try Supervision.inheritedListeners()
        let configuration = try await self.settings.load(listeners)
        let environment = ProcessInfo.processInfo.environment
        let supervision = try Supervision(tickRate: Int(configuration.types.rates.lowerBound), listeners)
        let levels = LogLevelSwitch(configuration.logLevel)
        let output = ServeOutput(environment: environment, levels: levels)
        defer { output.finish(within: supervision.lastPatience) }
        let logger = Logger(label: "tickrelay")
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        let (orders, giveOrder) = AsyncStream.makeStream(of: RelayOrder.self)
        Self.warn(of: configuration, logger)
        let reloads = Reloads(of: configuration, from: self.settings, supervision, levels, logger, metrics)
        Signals.obey(
            reload: { reloads.reload { giveOrder.yield(.reload($0)) } },
            drain: { giveOrder.yield(.drain) }
        )
        do {
            let server = try self.server(configuration, supervision, logger, output, metrics)
            supervision.start(progress: { server.progress })
            // Not with the main task's priority: libdispatch would ask for threads above our own, and complain when refused.
            try await Task.detached(priority: .medium) { try await server.run(orders: orders) }.value
            supervision.stop()
        } catch let error as RelayServer.CannotListen {
            output.complain("\(error)")
            throw ExitCode.failure
        }
    }

    private func server(
        _ configuration: ServerConfiguration, _ supervision: Supervision, _ logger: Logger, _ output: ServeOutput,
        _ metrics: MetricsRegistry
    ) throws -> RelayServer {
        let descriptorLimit = crelay_raise_nofile()
        guard descriptorLimit > 0 else {
            output.complain("cannot ask for the limit of open descriptors: errno \(-descriptorLimit)")
            throw ExitCode.failure
        }
        let state = try self.restoreState(configuration, logger, output)
        let bans = try self.restoreBans(in: state.directory, logger, output)
        let mint = HMACTokenMint(key: state.tokenKey)
        let passwords = PasswordDesk(random: Entropy.word)
        let figures = FigureSources(journal: Self.journal(of: state), watchdog: { supervision.watchdogFigures })
        var arena = configuration.hosting
        arena.longestSleep = supervision.pulseInterval
        var server = RelayServer(
            configuration: configuration, descriptorLimit: Int(descriptorLimit), inherited: supervision.listeners,
            hosting: try Rooms.start(arena, state, mint: mint, passwords: passwords, logger: logger), mint: mint,
            environment: FrontDoorEnvironment(
                now: { UInt64(crelay_monotonic_ns()) }, random: Entropy.word, unixTime: { Int64(time(nil)) }), logger: logger,
            events: supervision.events(logger: logger, output: output), bans: bans, passwords: passwords
        )
        (server.allowsFaults, server.pulseInterval) = (self.debugFaults, supervision.pulseInterval)
        server.logLinesLost = { output.lostLines }
        server.watchdogMicroseconds = supervision.interval?.microseconds
        (server.figures, server.metrics) = (figures, metrics)
        return server
    }

    /// The figures of the rooms' files; nil where rooms do not outlive the process. To be called once, before the rooms run.
    private static func journal(of state: RelayState) -> (@Sendable () -> RelayStatistics.Journal)? {
        guard let keeper = state.keeper else { return nil }
        for file in state.rooms.compactMap(\.file) { keeper.adopt(file) }
        let restored = state.rooms.count
        return {
            let figures = keeper.figures
            return RelayStatistics.Journal(
                files: figures.files, bytes: figures.bytes, filesMade: figures.made, filesFailed: figures.failed,
                filesRemoved: figures.removed, roomsRestored: restored)
        }
    }

    static func warn(of configuration: ServerConfiguration, _ logger: Logger) {
        for warning in configuration.warnings(at: time(nil)) { logger.warning("\(warning)") }
    }

    /// Bans that make no sense are set aside, as rooms are: an operator has to know, but players must not wait for it. If the file cannot be read
    /// at all, the relay does not start: the bans in it may be sound.
    private func restoreBans(in directory: StateDirectory?, _ logger: Logger, _ output: ServeOutput) throws -> BanList {
        guard let directory else { return BanList() }
        let bans = BanList(
            BanFile(
                load: { try directory.contents(ofFile: BanFile.name, atMost: BanFile.maximumBytes) },
                replace: { try directory.replace(file: BanFile.name, with: $0) }))
        do {
            try bans.restore()
        } catch let error as StateDirectory.Unusable {
            output.complain("stateDir: \(error)")
            throw ExitCode(StateDirectory.Unusable.exitCode)
        } catch {
            let aside = try directory.keepAside(file: BanFile.name, suffix: "\(time(nil)).aside")
            logger.error("the bans are lost: \(error)", metadata: ["set_aside_as": "\(aside)"])
        }
        return bans
    }

    private func restoreState(
        _ configuration: ServerConfiguration, _ logger: Logger, _ output: ServeOutput
    ) throws -> RelayState {
        do throws(StateDirectory.Unusable) {
            return try RelayState(
                in: configuration.stateDirectory, configuration.hosting, keyByteCount: HMACTokenMint.keyByteCount,
                newKey: { Entropy.bytes(HMACTokenMint.keyByteCount) }, random: Entropy.word, logger: logger
            )
        } catch {
            output.complain("stateDir: \(error)")
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
