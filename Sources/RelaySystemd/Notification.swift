/// One thing to tell the service manager: sd_notify(3).
package enum Notification: Sendable, Equatable {
    /// Players can come. Ends a ``reloading(monotonic:)`` too.
    case ready(processID: Int32)
    /// A line for people, in `systemctl status`.
    case status(String)
    /// Settings are being read again, since this moment: microseconds, monotonic clock.
    case reloading(monotonic: UInt64)
    case stopping
    /// Extends the timeout of the start or stop in progress to at least this long from now.
    case extendTimeout(microseconds: UInt64)
    /// Every watched thread has made progress.
    case alive
    /// The relay has found itself broken: systemd is to kill it as if the watchdog's time were up.
    case broken

    /// The assignments that sd_notify(3) takes, one a line.
    package var assignments: String {
        switch self {
        case .ready(let processID): "READY=1\nMAINPID=\(processID)"
        case .status(let text): "STATUS=" + Self.oneLine(text)
        case .reloading(let monotonic): "RELOADING=1\nMONOTONIC_USEC=\(monotonic)"
        case .stopping: "STOPPING=1"
        case .extendTimeout(let microseconds): "EXTEND_TIMEOUT_USEC=\(microseconds)"
        case .alive: "WATCHDOG=1"
        case .broken: "WATCHDOG=trigger"
        }
    }

    /// Replaces line breaks and other control characters by spaces: a line break would begin another assignment.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}
