/// `WatchdogSec=` of the unit.
package struct WatchdogInterval: Sendable, Equatable {
    package let microseconds: UInt64

    package init(microseconds: UInt64) { self.microseconds = microseconds }

    /// Interval within which every watched thread has to move, and at which all are checked. Nanoseconds.
    package var quarter: UInt64 { self.microseconds * 1000 / 4 }

    /// The minimum interval: below it, pauses of the kernel alone would get a healthy relay killed.
    package static let least = WatchdogInterval(microseconds: 100_000)

    /// Why a relay with this tick length cannot be watched at this interval; nil if it can.
    ///
    /// - Parameter tick: Nanoseconds: a thread may be busy for one whole tick and be well.
    package func problem(tick: UInt64) -> String? {
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
