import RelayWire

/// Which tick to acknowledge, how long it was held, and when that is due.
struct AcknowledgementTimer: Sendable {
    private var tick = Tick.none
    private var appliedAt: UInt64 = 0
    /// When the oldest frame not acknowledged has to be. Nil if there is none.
    private(set) var due: UInt64?

    /// A new connection: nothing was applied on it.
    mutating func reset() { self = AcknowledgementTimer() }

    /// The first frame of a connection is acknowledged at once: until then the relay holds no seat, and an older token stays
    /// good beside the new one.
    ///
    /// - Parameter delay: Nanoseconds within which the relay wants the acknowledgement. An eighth is kept for late timers.
    mutating func applied(_ tick: Tick, delay: UInt64, at now: UInt64) {
        let isFirst = self.tick == .none
        (self.tick, self.appliedAt) = (tick, now)
        if isFirst { self.due = now } else if self.due == nil { self.due = now + (delay - delay / 8) }
    }

    /// The acknowledgement for a message that leaves now.
    mutating func take(at now: UInt64) -> Ack {
        self.due = nil
        guard self.tick != .none else { return Ack(tick: .none, hold: 0) }
        return Ack(tick: self.tick, hold: now > self.appliedAt ? (now - self.appliedAt) / 1_000 : 0)
    }
}

/// Keeps our messages within the relay's bucket.
///
/// GCRA with half of the relay's burst: the other half absorbs the bunching of a network that stalls for up to
/// burst / (2 · rate), 1 s by default. Acknowledgements are charged, never held back.
struct SendBudget: Sendable {
    /// Nanoseconds that one message costs.
    private var cost: UInt64 = 0
    /// Nanoseconds of debt at which no uplink may start.
    private var tolerance: UInt64 = 0
    /// When all debt is paid.
    private var paidAt: UInt64 = 0

    init() {}

    /// A new connection starts with a full bucket. Both numbers are the relay's word: clamped, so that nothing overflows.
    mutating func reset(rate: UInt64, burst: UInt64, at now: UInt64) {
        self.cost = (1_000_000_000 - 1) / min(max(rate, 1), 1_000_000) + 1
        self.tolerance = self.cost * (max(2, min(burst, 1_000_000)) / 2 - 1)
        self.paidAt = now
    }

    /// Whether an uplink may start.
    func allows(at now: UInt64) -> Bool { self.paidAt <= now + self.tolerance }

    mutating func spend(at now: UInt64) { self.paidAt = max(self.paidAt, now) + self.cost }
}

/// Which results were delivered, and whose tickets wait for one.
struct ResultTracker: Sendable {
    private struct Ticket {
        var uplink: UInt64
        var operation: UInt8
        var number: UInt64
    }

    private var tickets: [Ticket] = []
    private var lastTicket: UInt64 = 0
    /// Results come in order of (uplink, operation); at or below this one they are repetitions.
    private var delivered: (uplink: UInt64, operation: UInt8) = (0, 0)

    init() {}

    mutating func issue() -> UInt64 {
        self.lastTicket += 1
        return self.lastTicket
    }

    mutating func sent(_ ticket: UInt64, uplink: UInt64, operation: Int) {
        self.tickets.append(Ticket(uplink: uplink, operation: UInt8(truncatingIfNeeded: operation), number: ticket))
    }

    /// The outcome to deliver; nil for a repetition.
    mutating func receive(_ result: OperationResult) -> OperationOutcome? {
        guard (result.uplink, result.operation + 1) > self.delivered else { return nil }
        self.delivered = (result.uplink, result.operation + 1)
        let position = self.tickets.firstIndex { $0.uplink == result.uplink && $0.operation == result.operation }
        return OperationOutcome(ticket: position.map { self.tickets.remove(at: $0).number }, result: result)
    }

    /// A frame was applied that covers everything up to `uplink`: tickets without a result are lost.
    mutating func settled(through uplink: UInt64) {
        if !self.tickets.isEmpty { self.tickets.removeAll { $0.uplink <= uplink } }
    }

    /// The relay went back to `uplink`: results after it are new ones.
    mutating func rewind(to uplink: UInt64) {
        if self.delivered.uplink > uplink { self.delivered = (uplink, .max) }
    }

    /// A new seat numbers from 1 again. Ticket numbers go on.
    mutating func reset() {
        self.tickets.removeAll()
        self.delivered = (0, 0)
    }
}
