/// The id of an entity: a number in the namespace of a seat, or of the room.
public struct EntityID: RawRepresentable, Hashable, Comparable, Sendable {
    /// `number · 1024 + space`.
    public var rawValue: UInt32
    /// The largest raw value: number 65,535 in space 1,023.
    @usableFromInline package static let maximum = EntityID(rawValue: 65_535 << 10 | 1023)
    /// Bits of the largest raw value.
    @usableFromInline static let bitWidth = 26

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// An entity in a player's namespace, or with ``SeatNumber/room`` in the room's.
    @inlinable public init(_ space: SeatNumber, _ number: UInt16) {
        precondition(space.rawValue <= 1023, "spectators have no entities")
        self.rawValue = UInt32(number) << 10 | UInt32(space.rawValue)
    }
    /// An entity in the room's namespace.
    @inlinable public static func room(_ number: UInt16) -> EntityID { EntityID(.room, number) }
    /// The seat whose namespace this is in; ``SeatNumber/room`` for the room's.
    @inlinable public var space: SeatNumber { SeatNumber(rawValue: UInt16(self.rawValue & 1023)) }
    /// The number inside its namespace.
    @inlinable public var number: UInt16 { UInt16(truncatingIfNeeded: self.rawValue >> 10) }
    @inlinable public static func < (left: EntityID, right: EntityID) -> Bool { left.rawValue < right.rawValue }
}
