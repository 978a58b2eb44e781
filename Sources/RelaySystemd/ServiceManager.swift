import CSystemd
import Glibc

/// The service manager that started this process, through libsystemd. Without one, everything here does nothing.
package struct ServiceManager: Sendable {
    package init() {}

    /// Sends notifications to the socket named by the variable NOTIFY_SOCKET.
    ///
    /// - Returns: Whether there is such a socket and they were sent.
    @discardableResult
    package func notify(_ notifications: Notification...) -> Bool {
        sd_notify(0, notifications.map(\.assignments).joined(separator: "\n")) > 0
    }

    /// Whether there is one that wants to hear from this process.
    package var isThere: Bool { getenv("NOTIFY_SOCKET") != nil }

    /// The longest silence after which systemd kills us; nil without a watchdog.
    package var watchdogInterval: WatchdogInterval? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return WatchdogInterval(microseconds: microseconds)
    }
}
