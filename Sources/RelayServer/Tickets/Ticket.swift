import RelayHosting
import RelayWire

/// What a ticket says, after its signature, its issuer, its audience and its times have been checked.
package struct Ticket: Hashable, Sendable {
    package var identity: PlayerIdentity
    package var rooms: RoomPattern

    package init(identity: PlayerIdentity, rooms: RoomPattern) { (self.identity, self.rooms) = (identity, rooms) }

    /// Whether it lets its holder into this room in this role.
    func check(room: String, role: Role) throws(RefusedTicket) {
        guard self.rooms.matches(room) else { throw RefusedTicket(.otherRoom) }
        let needed: PlayerIdentity.Rights = role == .player ? .play : .spectate
        guard self.identity.rights.contains(needed) else { throw RefusedTicket(.lacksRight) }
    }
}
