import RelayCore

/// Why a room is evicted: figures for the log.
struct Overrun: Equatable, Sendable {
    /// Ticks in a row that took longer than the budget.
    var ticks: Int
    /// Nanoseconds: the longest of them, and what each may take.
    var worst: UInt64
    var budget: UInt64
}

/// Notices a room whose own ticks keep taking longer than they may: it cannot hold its rate, and makes every other room of its
/// thread late. One long tick is nothing, nor are many between which a short one lies.
///
/// The thread's CPU time is what counts: a room must not pay for those who take the core away. Asking for it takes a system
/// call, so it is asked only for rooms whose last tick was long by the clock.
struct OverrunWatch {
    private var since: Instant?
    private var ticks = 0
    private var worst: UInt64 = 0
    /// Whether the next tick's CPU time is wanted.
    private(set) var isSuspicious = false

    /// How long it must go on, and for how many ticks at least. Longer than overload takes to give rooms more time for a tick: a
    /// room that overload can carry is not evicted.
    static let patience: UInt64 = 2_500_000_000
    static let leastTicks = 3

    /// Notes a tick from its first read to its last send.
    ///
    /// - Parameters:
    ///   - cpuTime: What the thread's CPU clock says the tick took, nanoseconds; nil unless ``isSuspicious``.
    ///   - budget: What it may take, nanoseconds.
    /// - Returns: The evidence, if it has gone on for too long.
    mutating func note(from start: Instant, to end: Instant, cpuTime: UInt64?, budget: UInt64) -> Overrun? {
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
