/// The state of one seat that the simulation compares with its own model.
package struct SeatInspection: Sendable, Equatable {
    package var state: SeatState
    package var joined: Tick
    package var generation: UInt64
    package var connection: ConnectionID?
    package var lastUplink: UInt64
    /// Frames written and not acknowledged.
    package var outstanding: Int
    /// Results kept for resending.
    package var results: Int
}

/// An event as the log keeps it.
package struct EventInspection: Sendable {
    package var head: EventHead
    package var value: Value
    /// Empty for a public one.
    package var targets: [SeatNumber]
}

// Access for code that checks a room from outside: read-only, except for ``Room/miscount()``.
extension Room {
    /// The roster rows of all seated players, by ascending seat.
    package var rosterRows: [RosterRow] { self.members.seats.players.lazy.filter(\.isSeated).map(\.rosterRow) }

    /// Every seat number that was ever given, vacant ones too, players first.
    package var seatNumbers: [SeatNumber] { self.members.seats.numbers }

    /// One seat; nil if the number was never given.
    package func inspect(_ number: SeatNumber) -> SeatInspection? {
        guard self.members.seats.contains(number) else { return nil }
        let seat = self.members.seats[number]
        return SeatInspection(
            state: seat.state, joined: seat.joined, generation: seat.generation, connection: seat.connection,
            lastUplink: seat.lastUplink, outstanding: seat.sending.inFlight.count, results: seat.results.count
        )
    }

    /// Events after a number, as far as the log still has them. O(events returned).
    package func events(after number: UInt64) -> [EventInspection] {
        guard self.events.newestNumber > number else { return [] }
        let count = min(self.events.count, Int(self.events.newestNumber - number))
        return (self.events.count - count..<self.events.count).map {
            let event = self.events[$0]
            return EventInspection(head: event.head, value: event.value.value, targets: event.targets)
        }
    }

    /// Deletions remembered.
    package var deletionCount: Int { self.world.entities.deletions.count }

    /// Bytes of the event log, as the configuration counts them.
    package var eventBytes: Int { self.events.bytes }

    /// Describes an invariant that this room breaks; nil if all hold. O(state).
    package func brokenInvariant() -> String? { self.world.entities.brokenInvariant() }

    /// Breaks an invariant on purpose, to test that the audit reports it.
    package mutating func miscount() { self.world.entities.miscount() }
}
