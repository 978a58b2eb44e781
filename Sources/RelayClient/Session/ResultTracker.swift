import RelayWire

/// Filters out repeated results, and matches results to the tickets of compare-and-sets and acts.
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

    /// Drops the tickets up to `uplink` that got no result: the frame just applied covers them. Acts have succeeded; the results of
    /// compare-and-sets are lost.
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
