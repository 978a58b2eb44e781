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

/// Logs at the level of the switch, unless its own logger was given a level.
package struct SwitchedLogHandler<Base: LogHandler>: LogHandler {
    private let levels: LogLevelSwitch
    private var base: Base
    private var own: Logger.Level?

    package init(_ base: Base, levels: LogLevelSwitch) {
        (self.base, self.levels) = (base, levels)
        self.base.logLevel = .trace
    }

    package var logLevel: Logger.Level {
        get { self.own ?? self.levels.level }
        set { self.own = newValue }
    }

    package var metadata: Logger.Metadata {
        get { self.base.metadata }
        set { self.base.metadata = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.base[metadataKey: key] }
        set { self.base[metadataKey: key] = newValue }
    }

    package func log(event: LogEvent) { self.base.log(event: event) }
}
