import RelayWire

/// A newcomer, or a player with a verified token, looks for its room.
package struct PlacementRequest: Sendable {
    /// The room's name: 1 to 64 bytes.
    package var room: String
    /// The room's instance by the token; nil for a newcomer, who takes any room of that name or a new one.
    package var instance: RoomInstance?
    /// The identity of a room that has to be made. 128 random bits.
    package var newInstance: RoomInstance
    package init(room: String, instance: RoomInstance?, newInstance: RoomInstance) {
        (self.room, self.instance, self.newInstance) = (room, instance, newInstance)
    }
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
    /// The token's room has another name.
    case otherRoom
    /// The room's thread, or every thread, cannot hold its ticks: no newcomers.
    case overloaded
    /// Too many connections are on their way to the room's thread.
    case crowded
}
