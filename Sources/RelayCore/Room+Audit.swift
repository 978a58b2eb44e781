/// The state of one seat that the simulation compares with its own model.
public struct SeatInspection: Sendable, Equatable {
    public var state: SeatState
    public var joined: Tick
    public var generation: UInt64
    public var connection: ConnectionID?
    public var lastUplink: UInt64
    /// Frames written and not acknowledged.
    public var outstanding: Int
    /// Results kept for resending.
    public var results: Int
}

/// An event as the log keeps it.
public struct EventInspection: Sendable {
    public var head: EventHead
    public var value: Value
    /// Empty for a public one.
    public var targets: [SeatNumber]
}

// Access for code that checks a room from outside: read-only, except for ``Room/miscount()``.
extension Room {
    /// The roster rows of all seated players, by ascending seat.
    public var rosterRows: [RosterRow] { self.members.seats.players.lazy.filter(\.isSeated).map(\.rosterRow) }

    /// Every seat number that was ever given, vacant ones too, players first.
    public var seatNumbers: [SeatNumber] { self.members.seats.numbers }

    /// One seat; nil if the number was never given.
    public func inspect(_ number: SeatNumber) -> SeatInspection? {
        guard self.members.seats.contains(number) else { return nil }
        let seat = self.members.seats[number]
        return SeatInspection(
            state: seat.state, joined: seat.joined, generation: seat.generation, connection: seat.connection,
            lastUplink: seat.lastUplink, outstanding: seat.sending.inFlight.count, results: seat.results.count
        )
    }

    /// Events after a number, as far as the log still has them. O(events returned).
    public func events(after number: UInt64) -> [EventInspection] {
        guard self.events.newestNumber > number else { return [] }
        let count = min(self.events.count, Int(self.events.newestNumber - number))
        return (self.events.count - count..<self.events.count).map {
            let event = self.events[$0]
            return EventInspection(head: event.head, value: event.value.value, targets: event.targets)
        }
    }

    /// Deletions remembered.
    public var deletionCount: Int { self.world.entities.deletions.count }

    /// Bytes of the event log, as the configuration counts them.
    public var eventBytes: Int { self.events.bytes }

    /// Describes an invariant that this room breaks; nil if all hold. O(state).
    public func brokenInvariant() -> String? { self.world.entities.brokenInvariant() }

    /// Breaks an invariant on purpose, to test that the audit reports it.
    public mutating func miscount() { self.world.entities.miscount() }
}
