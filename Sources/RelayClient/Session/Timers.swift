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

/// Filters out repeated results, and matches results to the tickets of compare-and-sets.
struct ResultTracker: Sendable {
    private struct Ticket {
        var uplink: UInt64
        var operation: UInt8
        var number: UInt64
    }

    private var tickets: [Ticket] = []
    private var lastTicket: UInt64 = 0
    /// The newest result delivered, as (uplink, operation + 1). Results come in this order, so any up to it is a repetition.
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

    /// Drops the tickets up to `uplink` that got no result: the frame just applied covers them, so their results are lost.
    mutating func settled(through uplink: UInt64) {
        if !self.tickets.isEmpty { self.tickets.removeAll { $0.uplink <= uplink } }
    }

    /// The relay lost all uplinks after `uplink`: their results will be new ones.
    mutating func rewind(to uplink: UInt64) {
        if self.delivered.uplink > uplink { self.delivered = (uplink, .max) }
    }

    /// A new seat's uplinks are numbered from 1 again. Ticket numbers go on.
    mutating func reset() {
        self.tickets.removeAll()
        self.delivered = (0, 0)
    }
}
