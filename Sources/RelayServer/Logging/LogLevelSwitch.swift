import Logging
import Synchronization

/// The log level of the whole process, which a reload may change.
package final class LogLevelSwitch: Sendable {
    private let position: Atomic<Int>

    package init(_ level: Logger.Level) { self.position = Atomic(Self.position(of: level)) }

    package var level: Logger.Level {
        get { Logger.Level.allCases[self.position.load(ordering: .relaxed)] }
        set { self.position.store(Self.position(of: newValue), ordering: .relaxed) }
    }

    private static func position(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
