import CRelayLinux
import CoreMetrics
import Foundation
import Logging
import RelayServer
import Synchronization

/// Reads the settings of a running relay again.
final class Reloads: Sendable {
    private let running: Mutex<RunningSettings>
    private let settings: SettingOptions
    private let supervision: Supervision
    private let levels: LogLevelSwitch
    private let logger: Logger
    /// Both are made at the start: a rate needs a beginning.
    private let adopted: Counter
    private let refused: Counter

    init(
        of configuration: ServerConfiguration, from settings: SettingOptions, _ supervision: Supervision,
        _ levels: LogLevelSwitch, _ logger: Logger, _ metrics: any MetricsFactory
    ) {
        func counter(_ result: String) -> Counter {
            Counter(label: "settings_reloads", dimensions: [("result", result)], factory: metrics)
        }
        (self.adopted, self.refused) = (counter("adopted"), counter("refused"))
        self.running = Mutex(RunningSettings(configuration))
        (self.settings, self.supervision, self.levels, self.logger) = (settings, supervision, levels, logger)
    }

    /// Blocks: it is for the thread of signals, which has time. Reloads come one after the other.
    func reload(adopt: @escaping @Sendable (ServerConfiguration) -> Void) {
        Waiting.wait { await self.readAgain(adopt: adopt) }
    }

    /// If the settings have problems, these are logged and the old settings stay.
    private func readAgain(adopt: (ServerConfiguration) -> Void) async {
        self.supervision.manager.notify(.reloading(monotonic: UInt64(crelay_monotonic_ns()) / 1000))
        do throws(InvalidConfiguration) {
            let running = self.running.withLock { $0 }
            let configuration = try await self.settings.read(self.supervision.listeners, running: running)
            self.running.withLock { $0.adopt(configuration) }
            self.levels.level = configuration.logLevel
            ServeCommand.warn(of: configuration, self.logger)
            self.adopted.increment()
            adopt(configuration)
        } catch {
            self.refused.increment()
            for problem in error.problems {
                self.logger.error("settings not taken over: \(problem)", metadata: ["kind": "reloaded"])
            }
            self.supervision.manager.notify(.ready(processID: getpid()))
        }
    }
}
