import RelayCore
import RelayWire

/// What somebody looks for who wants a seat in whichever room.
package struct RoomWish: Sendable {
    package var role: Role
    /// The name of the rooms' type.
    package var type: String
    /// Fields that have to be on the room's card.
    package var properties: [CardField]
    /// Names that the newcomer may go to.
    package var rooms: RoomPattern?

    package init(role: Role, type: String, properties: [CardField], rooms: RoomPattern? = nil) {
        (self.role, self.type, self.properties, self.rooms) = (role, type, properties, rooms)
    }

    /// Whether a room would do, as far as is known.
    func matches(_ room: FoundRoom) -> Bool {
        let listing = room.listing
        guard listing.isListed, !listing.isLocked, listing.password == nil, listing.type.hasSameBytes(as: self.type),
            listing.vacancies(self.role) > 0, self.rooms?.matches(room.route.name) ?? true
        else { return false }
        return self.properties.allSatisfy { wanted in
            listing.properties.contains { $0.name.hasSameBytes(as: wanted.name) && $0.value.isSame(as: wanted.value) }
        }
    }
}

extension Value {
    /// An integer and a float of the same value are the same; of texts the bytes count.
    fileprivate func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.integer(let left), .float(let right)): Double(exactly: left) == right
        case (.float(let left), .integer(let right)): left == Double(exactly: right)
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        default: self == other
        }
    }
}
