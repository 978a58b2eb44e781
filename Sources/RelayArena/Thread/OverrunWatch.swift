import RelayWire
import RelayCore

/// The evidence for an eviction, for the log.
package struct Overrun: Equatable, Sendable {
    /// Ticks in a row that took longer than the budget.
    var ticks: Int
    /// The longest of them and the budget of each. CPU time, nanoseconds.
    var worst: UInt64
    var budget: UInt64

    package init(ticks: Int, worst: UInt64, budget: UInt64) { (self.ticks, self.worst, self.budget) = (ticks, worst, budget) }
}

/// Detects a room whose own ticks keep taking longer than their budget: it cannot hold its rate, and makes every other room of
/// its thread late. Only long ticks in a row count: each short tick begins the count anew.
///
/// Ticks are judged by the thread's CPU time: a room must not pay for other threads on its core. Reading that takes a system
/// call, so it is read only for rooms whose last tick was long by the clock.
package struct OverrunWatch {
    private var since: Instant?
    private var ticks = 0
    private var worst: UInt64 = 0
    /// Whether the next tick's CPU time is wanted.
    package private(set) var isSuspicious = false

    /// Minimum duration of an overrun, nanoseconds, and minimum number of its ticks. Longer than overload takes to raise the
    /// stride: a room that a higher stride can carry must not be evicted.
    static let patience: UInt64 = 2_500_000_000
    static let leastTicks = 3

    package init() {}

    /// Judges a tick, from its first read to its last send.
    ///
    /// - Parameters:
    ///   - cpuTime: The tick's time on the thread's CPU clock, nanoseconds; nil unless ``isSuspicious``.
    ///   - budget: The maximum it may take, nanoseconds.
    /// - Returns: The evidence, once the overrun has lasted too long.
    package mutating func judge(from start: Instant, to end: Instant, cpuTime: UInt64?, budget: UInt64) -> Overrun? {
        guard end.since(start) > budget, cpuTime ?? .max > budget else {
            if self.isSuspicious { self = OverrunWatch() }
            return nil
        }
        self.isSuspicious = true
        guard let cpuTime else { return nil }
        self.ticks += 1
        self.worst = max(self.worst, cpuTime)
        let since = self.since ?? start
        self.since = since
        guard end.since(since) >= Self.patience, self.ticks >= Self.leastTicks else { return nil }
        return Overrun(ticks: self.ticks, worst: self.worst, budget: budget)
    }
}
