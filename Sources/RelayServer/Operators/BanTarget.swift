/// Whom a ban names, and where it counts.
package enum BanTarget: Sendable, Equatable {
    /// Who has a seat; in its room, or everywhere. `isShared`: also if others have the same address.
    /// `generation`: that of the list that the operator looked at; nil for whoever sits there.
    case seat(UInt16, room: String, generation: UInt64?, isEverywhere: Bool, isShared: Bool)
    /// The id in tickets; in a room, or everywhere.
    case player(String, room: String?)
    /// An address or a range; in a room, or everywhere.
    case address(String, room: String?)
}
