import RelayWire

/// A bound on a seat's messages: a token bucket, kept as the time at which it would be full again (GCRA).
struct MessageBudget {
    private var fullAt = Instant.zero

    /// Takes a message from the bucket; false if it is empty.
    ///
    /// Messages of one read may have arrived at any time since the read before it, so they are charged as from then on: a pause
    /// of ours, in which no connection was read, must not make a flood of them.
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

    /// Takes a price that may be larger than the bucket, as long as the bucket is not empty. The missing part must be refilled
    /// before the next message.
    mutating func pay(_ price: UInt64, at now: Instant, rate: UInt64, burst: UInt64) -> Bool {
        let cost = 1_000_000_000 / rate
        guard self.take(since: now, at: now, rate: rate, burst: burst) else { return false }
        self.fullAt = self.fullAt.advanced(by: (price - 1) * cost)
        return true
    }
}
