import RelayWire

/// A room's public summary, for lists and quick join.
package struct RoomListing: Sendable, Equatable {
    /// The name of its type.
    package var type: String
    package var players: Int
    /// Players that may be seated at most.
    package var seats: Int
    package var spectators: Int
    package var spectatorSeats: Int
    /// Seats of players that are held for somebody: they count as taken.
    package var held: Int
    package var heldForSpectators: Int
    package var isListed: Bool
    package var isLocked: Bool
    /// The room's password, for who checks one; never shown.
    package var password: PasswordHash?
    /// By name, none of them null.
    package var properties: [CardField]

    package init(
        type: String, players: Int, seats: Int, spectators: Int, spectatorSeats: Int, held: Int, heldForSpectators: Int,
        isListed: Bool, isLocked: Bool, password: PasswordHash?, properties: [CardField]
    ) {
        (self.type, self.players, self.seats) = (type, players, seats)
        (self.spectators, self.spectatorSeats) = (spectators, spectatorSeats)
        (self.held, self.heldForSpectators) = (held, heldForSpectators)
        (self.isListed, self.isLocked, self.password, self.properties) = (isListed, isLocked, password, properties)
    }

    /// Seats of players that are taken or held.
    package var taken: Int { self.players + self.held }

    /// Seats of a role that are neither taken nor held.
    package func vacancies(_ role: Role) -> Int {
        switch role {
        case .player: self.seats - self.players - self.held
        case .spectator: self.spectatorSeats - self.spectators - self.heldForSpectators
        }
    }
}

extension Room {
    /// What others may know of the room now. Allocates: for when ``listingVersion`` has changed.
    package var listing: RoomListing {
        let (held, heldForSpectators) = (self.door.held(.player), self.door.held(.spectator))
        return RoomListing(
            type: self.configuration.type, players: self.members.seats.playersSeated, seats: self.places(.player) + held,
            spectators: self.members.seats.spectatorsSeated, spectatorSeats: self.places(.spectator) + heldForSpectators,
            held: held, heldForSpectators: heldForSpectators, isListed: self.world.cardFlag(.listed) ?? false,
            isLocked: self.isLocked || self.door.awaitsHash, password: self.door.password,
            properties: self.world.cardProperties)
    }

    /// Is another number whenever ``listing`` may be another one.
    package var listingVersion: UInt64 {
        self.door.version &+ self.members.occupancyVersion &+ self.world.cardVersion
    }

    /// Whether it says anything of itself, or anybody is expected.
    package var hasCard: Bool { self.world.entities.slot(of: .card) != nil || !self.door.isPlain }

    /// Whether a seat is held: the room must not end, though nobody may be there.
    package var holdsSeat: Bool { self.door.holdsSeat }

    /// When the next held seat is free again: the room must tick then, though nobody may be there. Nil if none is held.
    package var nextDoorExpiry: Tick? { self.door.nextExpiry }

    /// Whether the door waits for something: the room must tick, though nobody may be there.
    package var doorWaitsForTick: Bool { self.door.waitsForTick }
}
