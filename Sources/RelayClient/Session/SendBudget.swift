/// Keeps our messages within the relay's rate limit.
///
/// A GCRA with half of the relay's burst. The other half absorbs the messages that a network stall bunches up, for stalls of
/// up to burst / (2 · rate), 1 s by default. Acknowledgements are charged but never held back.
struct SendBudget: Sendable {
    /// Nanoseconds that one message costs.
    private var cost: UInt64 = 0
    /// Nanoseconds of debt at which no uplink may start.
    private var tolerance: UInt64 = 0
    /// When all debt is paid. Nanoseconds.
    private var paidAt: UInt64 = 0

    init() {}

    /// A new connection starts with a full bucket. Clamps the relay's numbers, so that nothing overflows.
    mutating func reset(rate: UInt64, burst: UInt64, at now: UInt64) {
        self.cost = (1_000_000_000 - 1) / min(max(rate, 1), 1_000_000) + 1
        self.tolerance = self.cost * (max(2, min(burst, 1_000_000)) / 2 - 1)
        self.paidAt = now
    }

    /// Whether an uplink may start.
    func allows(at now: UInt64) -> Bool { self.paidAt <= now + self.tolerance }

    mutating func spend(at now: UInt64) { self.paidAt = max(self.paidAt, now) + self.cost }
}
