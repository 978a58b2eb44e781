import CRelaySystemd

/// The service manager that started this process, through libsystemd. Without one, everything here is harmless.
public struct ServiceManager: Sendable {
    /// Why systemd cannot be spoken to, though it started us.
    public struct LibraryMissing: Error, CustomStringConvertible {
        public let reason: String
        public var description: String {
            "started by systemd, but cannot speak to it (\(self.reason)): install libsystemd0"
        }
    }

    private let isPresent: Bool

    /// Loads libsystemd if this process has anything to do with systemd. Call it once, before other threads do anything
    /// with this module.
    ///
    /// - Parameter environment: Of this process; libsystemd reads the same.
    /// - Throws: If systemd wants to be spoken to and the library is not there: a start that could only time out later.
    public init(environment: [String: String]) throws(LibraryMissing) {
        let problem = crelay_systemd_load().map { String(cString: $0) }
        let isNeeded = environment["NOTIFY_SOCKET"] != nil || environment["LISTEN_FDS"] != nil
        if let problem, isNeeded { throw LibraryMissing(reason: problem) }
        self.isPresent = problem == nil
    }

    /// Tells; whether somebody was there to be told.
    @discardableResult
    public func notify(_ notifications: Notification...) -> Bool {
        guard self.isPresent else { return false }
        return crelay_systemd_notify(notifications.map(\.assignments).joined(separator: "\n")) > 0
    }

    /// How long we may be silent before we are killed; nil if nobody watches.
    public var watchdogInterval: WatchdogInterval? {
        var microseconds: UInt64 = 0
        guard self.isPresent, crelay_systemd_watchdog(&microseconds) > 0 else { return nil }
        return WatchdogInterval(microseconds: microseconds)
    }
}

/// `WatchdogSec=` of the unit.
public struct WatchdogInterval: Sendable, Equatable {
    public let microseconds: UInt64

    public init(microseconds: UInt64) { self.microseconds = microseconds }

    /// How often everything that is watched has to move, and is looked at. Nanoseconds.
    public var quarter: UInt64 { self.microseconds * 1000 / 4 }

    /// Below this the kernel's own hiccups would kill.
    public static let least = WatchdogInterval(microseconds: 100_000)

    /// Why a relay with this tick length cannot be watched at this interval; nil if it can.
    ///
    /// - Parameter tick: Nanoseconds: a thread may be busy for one whole tick and be well.
    public func problem(tick: UInt64) -> String? {
        let needed = max(tick / 1000, Self.least.microseconds)
        guard self.microseconds < needed else { return nil }
        return "WatchdogSec: \(Self.milliseconds(self.microseconds)): must be at least \(Self.milliseconds(needed)), "
            + "\(needed > Self.least.microseconds ? "the length of a tick" : "what any machine keeps"), or a healthy relay is killed"
    }

    private static func milliseconds(_ microseconds: UInt64) -> String {
        let tenths = (microseconds + 50) / 100
        return tenths % 10 == 0 ? "\(tenths / 10)ms" : "\(tenths / 10).\(tenths % 10)ms"
    }
}
