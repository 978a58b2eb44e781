import RelayCore
import RelayWire

/// Whether a newcomer may, wants to or must have its room made.
package enum RoomCreation: Sendable {
    case allowed
    /// The newcomer wants a room that is there.
    case unwanted
    /// Its ticket does not let it.
    case forbidden
    /// The newcomer wants a new room.
    case required
    /// By an operator: of any type.
    case byOperator
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
