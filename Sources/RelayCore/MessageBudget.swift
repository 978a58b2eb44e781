/// How many messages a seat may send: a token bucket, kept as the time at which it would be full again (GCRA).
struct MessageBudget {
    private var fullAt = Instant.zero

    /// Takes one message from the bucket; false if it is empty.
    mutating func take(at now: Instant, rate: UInt64, burst: UInt64) -> Bool {
        let cost = 1_000_000_000 / rate
        let start = max(self.fullAt, now)
        guard start.since(now) + cost <= burst * cost else { return false }
        self.fullAt = start.advanced(by: cost)
        return true
    }
}
