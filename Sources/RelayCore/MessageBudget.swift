/// How many messages a seat may send: a token bucket, kept as the time at which it would be full again (GCRA).
struct MessageBudget {
    private var fullAt = Instant.zero

    /// Takes a message from the bucket; false if it is empty.
    ///
    /// What one read returns may have come at any time since the read before it. So it is charged as from then on: a pause of
    /// ours, in which nobody was read, makes nobody's messages a flood.
    ///
    /// - Parameters:
    ///   - since: When the sender was read before. Our own clock.
    ///   - now: When it was read. Our own clock.
    mutating func take(since: Instant, at now: Instant, rate: UInt64, burst: UInt64) -> Bool {
        let cost = 1_000_000_000 / rate
        let start = max(self.fullAt, since)
        guard start.advanced(by: cost) <= now.advanced(by: burst * cost) else { return false }
        self.fullAt = start.advanced(by: cost)
        return true
    }

    /// Takes a price that may be larger than the bucket, as long as anything is in it: what is missing has to be refilled before the
    /// next one.
    mutating func pay(_ price: UInt64, at now: Instant, rate: UInt64, burst: UInt64) -> Bool {
        let cost = 1_000_000_000 / rate
        guard self.take(since: now, at: now, rate: rate, burst: burst) else { return false }
        self.fullAt = self.fullAt.advanced(by: (price - 1) * cost)
        return true
    }
}
