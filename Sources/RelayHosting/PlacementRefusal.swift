/// Why a room has no place for somebody.
package enum PlacementRefusal: Error, Equatable, Sendable {
    /// The maximum of rooms is reached.
    case relayFull
    /// No room of that name, or another instance of it.
    case roomGone
    /// No room of that name, for a newcomer who wants one that is there.
    case noSuchRoom
    /// No room of that name, for a newcomer who may not make one.
    case mayNotCreate
    /// No room of that name, and no player may make one, or none of that type.
    case madeByOperators
    /// There is a room of that name, for a newcomer who wants a new one.
    case nameTaken
    /// The room is of another type than the newcomer may have.
    case otherType
    /// The token's room has another name.
    case otherRoom
    /// The room's thread, or every thread, cannot hold its ticks: no newcomers.
    case overloaded
    /// Too many connections are on their way to the room's thread.
    case crowded
    /// The claim to make the room was refused.
    case tooManyRooms
}
