import ArgumentParser
import Foundation
import RelayServer

/// Where `serve` and `check-config` take settings from. All values are text here: one validator judges them all.
struct SettingOptions: ParsableArguments {
    @Option(help: "HOST:PORT for players.") var listen: String?
    @Option(help: "HOST:PORT of /healthz and /stats.") var admin: String?
    @Option(help: "Arena threads.") var threads: String?
    @Option(help: "Ticks per second.") var tickRate: String?
    @Option(help: ArgumentHelp("Where rooms outlive the process.", valueName: "directory")) var stateDir: String?
    @Option(help: "A JSON file of settings.") var config: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical.") var logLevel: String?
    @Option(name: .customLong("set"), help: ArgumentHelp("Any setting, repeatable.", valueName: "key=value")) var set: [String] =
        []

    /// The settings for a start, or every problem on standard error and exit code 78.
    func load(_ inherited: InheritedListeners = InheritedListeners()) async throws -> ServerConfiguration {
        do throws(InvalidConfiguration) {
            return try await self.read(inherited)
        } catch {
            Console.complain("\(error)")
            throw ExitCode(InvalidConfiguration.exitCode)
        }
    }

    /// The settings as they are now.
    ///
    /// - Parameters:
    ///   - inherited: What systemd has passed.
    ///   - running: What the relay runs with; nil at a start.
    func read(
        _ inherited: InheritedListeners, running: RunningSettings? = nil
    ) async throws(InvalidConfiguration) -> ServerConfiguration {
        var sources = self.sources()
        (sources.inherited, sources.running) = (inherited, running)
        await sources.readTicketKeys()
        return try ServerConfiguration(sources, processors: ProcessInfo.processInfo.activeProcessorCount)
    }

    private func sources() -> ConfigurationSources {
        var sources = ConfigurationSources(environment: ProcessInfo.processInfo.environment)
        for argument in self.set {
            if let equals = argument.firstIndex(of: "=") {
                sources.commandLine.append((String(argument[..<equals]), String(argument[argument.index(after: equals)...])))
            } else {
                sources.problems.append(.init(key: "set", value: argument, rule: "must be KEY=VALUE"))
            }
        }
        let flags: [(ConfigurationKey, String?)] = [
            (.listen, self.listen), (.admin, self.admin), (.threads, self.threads), (.tickRate, self.tickRate),
            (.stateDir, self.stateDir), (.logLevel, self.logLevel),
        ]
        for (key, value) in flags { if let value { sources.commandLine.append((key.rawValue, value)) } }
        if let path = self.config {
            do {
                sources.file = (path, Array(try Data(contentsOf: URL(filePath: path))))
            } catch {
                sources.problems.append(.init(key: "config", value: path, rule: "cannot be read (\(error.localizedDescription))"))
            }
        }
        return sources
    }
}
