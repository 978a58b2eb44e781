/// How many messages a seat may send: a token bucket, kept as the time at which it would be full again (GCRA).
struct MessageBudget {
    private var fullAt = Instant.zero

    /// Takes messages from the bucket; false, and none are taken, if it holds less.
    ///
    /// What one read returns may have come at any time since the read before it. So it is charged as from then on: a pause of
    /// ours, in which nobody was read, makes nobody's messages a flood.
    ///
    /// - Parameters:
    ///   - since: When the sender was read before. Our own clock.
    ///   - now: When it was read. Our own clock.
    ///   - count: At most `burst`, or it never succeeds.
    mutating func take(_ count: UInt64 = 1, since: Instant, at now: Instant, rate: UInt64, burst: UInt64) -> Bool {
        let cost = 1_000_000_000 / rate
        let start = max(self.fullAt, since)
        guard start.advanced(by: count * cost) <= now.advanced(by: burst * cost) else { return false }
        self.fullAt = start.advanced(by: count * cost)
        return true
    }
}
