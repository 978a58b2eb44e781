/// Who has a seat, as somebody needs to know who acts on it.
package struct SeatOccupant: Codable, Hashable, Sendable {
    package var room: String
    /// Of the room: 32 hexadecimal digits.
    package var instance: String
    package var seat: UInt16
    /// Of its newest connection.
    package var generation: UInt64
    /// `player` or `spectator`.
    package var role: String
    /// `live`, `stalled` or `away`.
    package var state: String
    /// The id of its ticket.
    package var player: String?
    /// The name of its ticket, for people.
    package var name: String?
    /// The client's address and port; nil without a connection.
    package var peer: String?
    /// Of the first connection that is known to be its own.
    package var firstGeneration: UInt64 = 0

    private enum CodingKeys: String, CodingKey { case room, instance, seat, generation, role, state, player, name, peer }

    package init(
        room: String, instance: String, seat: UInt16, generation: UInt64, role: String, state: String, player: String? = nil,
        name: String? = nil, peer: String? = nil, firstGeneration: UInt64 = 0
    ) {
        (self.room, self.instance, self.seat) = (room, instance, seat)
        (self.generation, self.firstGeneration) = (generation, firstGeneration)
        (self.role, self.state, self.player, self.name, self.peer) = (role, state, player, name, peer)
    }

    /// Whether this occupant had the seat at a generation.
    package func had(generation: UInt64) -> Bool {
        generation <= self.generation && generation >= self.firstGeneration
    }
}

/// Which occupants are meant.
package struct OccupantQuery: Sendable {
    /// Nil for all rooms.
    package var room: String?
    /// Called on the threads of the rooms, for every seat of theirs: must be quick.
    package var matches: @Sendable (SeatOccupant) -> Bool

    package init(in room: String?, _ matches: @escaping @Sendable (SeatOccupant) -> Bool) {
        (self.room, self.matches) = (room, matches)
    }
}
