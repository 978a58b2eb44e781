import RelayHosting
import RelayWire

/// What a ticket says, after its signature, its issuer, its audience and its times have been checked.
package struct Ticket: Hashable, Sendable {
    package var identity: PlayerIdentity
    package var rooms: RoomPattern
    /// The type of rooms that it is for; nil for all.
    package var type: String?

    package init(identity: PlayerIdentity, rooms: RoomPattern, type: String? = nil) {
        (self.identity, self.rooms, self.type) = (identity, rooms, type)
    }

    /// Whether it lets its holder into a room of this name. Of which type the room is shows only when it is found.
    func check(room: String) throws(RefusedTicket) {
        guard self.rooms.matches(room) else { throw RefusedTicket(.otherRoom) }
    }

    /// Whether it gives its holder this role.
    func check(role: Role) throws(RefusedTicket) {
        let needed: PlayerIdentity.Rights = role == .player ? .play : .spectate
        guard self.identity.rights.contains(needed) else { throw RefusedTicket(.lacksRight) }
    }
}
