import Logging

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
