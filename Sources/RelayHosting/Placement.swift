import RelayWire

/// A newcomer, or a player with a verified token, looks for its room.
package struct PlacementRequest: Sendable {
    /// The room's name: 1 to 64 bytes.
    package var room: String
    /// The room's instance by the token; nil for a newcomer, who takes any room of that name or a new one.
    package var instance: RoomInstance?
    /// The identity of a room that has to be made. 128 random bits.
    package var newInstance: RoomInstance
    /// Whether a room may be made for this newcomer.
    package var mayCreate: Bool
    /// Asked if a room has to be made. Must not wait, nor call back into the hosting.
    package var claimRoom: @Sendable () -> RoomClaim

    package init(
        room: String, instance: RoomInstance?, newInstance: RoomInstance, mayCreate: Bool = true,
        claimRoom: @escaping @Sendable () -> RoomClaim = { .granted(nil) }
    ) {
        (self.room, self.instance, self.newInstance) = (room, instance, newInstance)
        (self.mayCreate, self.claimRoom) = (mayCreate, claimRoom)
    }
}

/// Whether somebody may make a room.
package enum RoomClaim: Sendable {
    /// What is to be kept as long as the room is there: the maker's place among those who make rooms; nil for who needs none.
    case granted((any AnyObject & Sendable)?)
    case refused
}

/// The place of a room, as seen from this machine.
package enum Placement: Sendable {
    /// On this machine. The route is reserved: hand it back with an admission or by ``RoomHosting/release(_:)``.
    case here(RoomRoute)
    /// On another machine: the client is sent there with close code 4016. A URL of at most 123 bytes of printable ASCII.
    case elsewhere(url: String)
    case refused(PlacementRefusal)
}

/// Why a room has no place for somebody.
package enum PlacementRefusal: Error, Equatable, Sendable {
    /// The maximum of rooms is reached.
    case relayFull
    /// No room of that name, or another instance of it.
    case roomGone
    /// No room of that name, for a newcomer who may not make one.
    case mayNotCreate
    /// No room of that name, and no player may make one.
    case madeByOperators
    /// The token's room has another name.
    case otherRoom
    /// The room's thread, or every thread, cannot hold its ticks: no newcomers.
    case overloaded
    /// Too many connections are on their way to the room's thread.
    case crowded
    /// The claim to make the room was refused.
    case tooManyRooms
}
