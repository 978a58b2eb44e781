import RelayCore
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
    package var creation: RoomCreation
    /// The name of a new room's type; nil for the type that claims its name.
    package var type: String?
    /// The room must be of this type, new or not; nil if any will do.
    package var onlyType: String?
    /// What a new room is made with.
    package var opening: RoomOpening
    /// Asked if a room has to be made. Must not wait, nor call back into the hosting.
    package var claimRoom: @Sendable () -> RoomClaim

    package init(
        room: String, instance: RoomInstance?, newInstance: RoomInstance, creation: RoomCreation = .allowed,
        type: String? = nil, onlyType: String? = nil, opening: RoomOpening = RoomOpening(),
        claimRoom: @escaping @Sendable () -> RoomClaim = { .granted(nil) }
    ) {
        (self.room, self.instance, self.newInstance) = (room, instance, newInstance)
        (self.creation, self.claimRoom) = (creation, claimRoom)
        (self.type, self.onlyType, self.opening) = (type, onlyType, opening)
    }
}
