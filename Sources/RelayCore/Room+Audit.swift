/// What the simulation compares with its own model of a seat.
public struct SeatGlance: Sendable, Equatable {
    public var state: SeatState
    public var joined: Tick
    public var generation: UInt64
    public var connection: ConnectionID?
    public var lastUplink: UInt64
    /// Frames written and not acknowledged.
    public var outstanding: Int
    /// Results kept for sending again.
    public var results: Int
}

/// An event as the log keeps it.
public struct EventGlance: Sendable {
    public var head: EventHead
    public var value: Value
    /// Empty for a public one.
    public var targets: [SeatNumber]
}

// Read-only looks for those who check a room from outside.
extension Room {
    /// The rows of everybody seated, by ascending seat.
    public var rosterRows: [RosterRow] { self.seats.players.lazy.filter(\.isSeated).map(\.rosterRow) }

    /// Every number that was ever given, players first, vacant ones too.
    public var seatNumbers: [SeatNumber] { self.seats.numbers }

    /// One seat; nil if the number was never given.
    public func glance(_ number: SeatNumber) -> SeatGlance? {
        guard self.seats.contains(number) else { return nil }
        let seat = self.seats[number]
        return SeatGlance(
            state: seat.state, joined: seat.joined, generation: seat.generation, connection: seat.connection,
            lastUplink: seat.lastUplink, outstanding: seat.ledger.count, results: seat.results.count
        )
    }

    /// Events after a number, as far as the log still has them. O(what is returned).
    public func events(after number: UInt64) -> [EventGlance] {
        guard self.events.newestNumber > number else { return [] }
        let count = min(self.events.count, Int(self.events.newestNumber - number))
        return (self.events.count - count..<self.events.count).map {
            let event = self.events[$0]
            return EventGlance(head: event.head, value: event.value.value, targets: event.targets)
        }
    }

    /// Deletions remembered.
    public var deletionCount: Int { self.entities.deletions.count }

    /// Bytes of the event log, as the configuration counts them.
    public var eventBytes: Int { self.events.bytes }

    /// What does not hold in this room that always must, in words; nil if all is well. O(state).
    public func brokenInvariant() -> String? { self.entities.brokenInvariant() }

    /// Breaks an invariant, for those who try what comes of it.
    public mutating func miscount() { self.entities.miscount() }
}
