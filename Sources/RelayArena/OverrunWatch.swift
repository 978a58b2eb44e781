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
/// thread late. One long tick is nothing (the machine may have paused), nor are many between which a short one lies.
struct OverrunWatch {
    private var since: Instant?
    private var ticks = 0
    private var worst: UInt64 = 0

    /// How long it must go on, and for how many ticks at least.
    static let patience: UInt64 = 1_000_000_000
    static let leastTicks = 3

    /// Notes a tick from its beginning to its last send.
    ///
    /// - Returns: The evidence, if it has gone on for too long.
    mutating func note(from start: Instant, to end: Instant, budget: UInt64) -> Overrun? {
        let duration = end.since(start)
        guard duration > budget else {
            if self.since != nil { self = OverrunWatch() }
            return nil
        }
        self.ticks += 1
        self.worst = max(self.worst, duration)
        let since = self.since ?? start
        self.since = since
        guard end.since(since) >= Self.patience, self.ticks >= Self.leastTicks else { return nil }
        return Overrun(ticks: self.ticks, worst: self.worst, budget: budget)
    }
}
