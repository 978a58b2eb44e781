import RelayWire

/// The next acknowledgement: its tick, its ack delay and its deadline.
struct AcknowledgementTimer: Sendable {
    private var tick = Tick.none
    private var appliedAt: UInt64 = 0
    /// When the oldest unacknowledged frame must be acknowledged, in nanoseconds; nil if there is none.
    private(set) var due: UInt64?

    /// A new connection: nothing was applied on it.
    mutating func reset() { self = AcknowledgementTimer() }

    /// Acknowledges the first frame of a connection at once: before that the relay does not hold the seat, and still accepts
    /// older tokens beside the new one.
    ///
    /// - Parameter delay: The relay's maximum ack delay, nanoseconds. An eighth of it is kept in reserve for late timers.
    mutating func applied(_ tick: Tick, delay: UInt64, at now: UInt64) {
        let isFirst = self.tick == .none
        (self.tick, self.appliedAt) = (tick, now)
        if isFirst { self.due = now } else if self.due == nil { self.due = now + (delay - delay / 8) }
    }

    /// The acknowledgement for a message that leaves now.
    mutating func take(at now: UInt64) -> Ack {
        self.due = nil
        guard self.tick != .none else { return Ack(tick: .none, delay: 0) }
        return Ack(tick: self.tick, delay: now > self.appliedAt ? (now - self.appliedAt) / 1_000 : 0)
    }
}
