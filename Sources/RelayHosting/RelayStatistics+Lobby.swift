import RelayCore

extension RelayStatistics {
    /// What a room's card says, and who is expected.
    package struct Card: Codable, Equatable, Sendable {
        package var listed: Bool
        package var locked: Bool
        /// Whether newcomers need one.
        package var password: Bool
        /// Players that may be seated at most.
        package var seats: Int
        /// Seats that are held for somebody who is invited.
        package var held: Int
        /// By name, as text.
        package var properties: [String: String]

        package init(_ listing: RoomListing) {
            (self.listed, self.locked, self.password) = (listing.isListed, listing.isLocked, listing.password != nil)
            (self.seats, self.held) = (listing.seats, listing.held + listing.heldForSpectators)
            self.properties = [:]
            for field in listing.properties { self.properties[field.name] = field.value.description }
        }
    }

    /// The rooms of this machine as the lobby has them.
    package struct Lobby: Codable, Equatable, Sendable {
        /// Rooms that are in lists, that are locked, and that have a password.
        package var listed = 0
        package var locked = 0
        package var password = 0
        /// Seats that are held for somebody who is invited.
        package var held = 0

        package init(_ rooms: LobbyIndex.Snapshot) {
            for room in rooms.rooms.values {
                if room.listing.isListed { self.listed += 1 }
                if room.listing.isLocked { self.locked += 1 }
                if room.listing.password != nil { self.password += 1 }
                self.held += room.listing.held + room.listing.heldForSpectators
            }
        }
    }
}
