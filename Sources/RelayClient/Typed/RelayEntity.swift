import RelayWire

/// A Swift type whose properties are the fields of an entity.
///
/// ```swift
/// struct Ship: RelayEntity {
///     var x: Double
///     var y: Double
///     var name: String
/// }
/// ```
///
/// A property is a field of its name. It is a `Bool`, an integer, a `Double` or `Float`, a `String`, bytes (`[UInt8]`), an enum with a
/// raw value of these, or an optional of these; nil is the field's null. A type that nests deeper traps when it is written, and the trap
/// names the field: write the parts of an object to fields of their own.
///
/// An entity is a value of the type if it has every field of it, with a value of its type. Further fields do not matter. A number is a
/// number: a whole `3.0` fits an `Int`, and `3` a `Double`. An absent field fits an optional. What a player of another make writes is
/// found by the same rule: from a page, `room.me.set({ x: 1, y: 2, name: "Ada" })` makes a `Ship`.
public protocol RelayEntity: Codable, Sendable {
    /// Tells this type from others with the same fields. If it is not nil, it is written to the field `kind`, and only entities
    /// with this text there are values of the type. Nil unless the type says otherwise.
    static var kind: String? { get }

    /// The way in which numbers are drawn between ticks, by field. A floating-point property is ``Interpolation/linear`` unless this
    /// says otherwise; every other property steps.
    static var interpolate: [String: Interpolation] { get }
}

extension RelayEntity {
    public static var kind: String? { nil }
    public static var interpolate: [String: Interpolation] { [:] }
}

/// The way in which a number is drawn between two ticks.
public enum Interpolation: Sendable {
    case linear
    /// Radians, the shorter way round.
    case angle
    /// Not at all: the older value until the newer one is due.
    case step
}

/// An entity of a room as a value of a Swift type. The properties of the value are at hand as its own: `ship.x`.
@dynamicMemberLookup
public struct TypedEntity<Content: RelayEntity>: Sendable, Identifiable {
    public let id: EntityID
    /// The seat that may write it; ``SeatNumber/room`` for an entity of the room.
    public let owner: SeatNumber
    public let value: Content

    public subscript<Property>(dynamicMember property: KeyPath<Content, Property>) -> Property { self.value[keyPath: property] }
}

extension TypedEntity: Equatable where Content: Equatable {}

extension Entity {
    /// The entity as a value of a Swift type; nil if it is none: ``RelayEntity`` has the rule. Allocates for strings and bytes.
    public func value<Content: RelayEntity>(as type: Content.Type) -> Content? {
        FieldDecoder.decode(type, from: FieldReader(self))
    }
}

extension Replica {
    /// Every entity that is a value of this type, by ascending id. All others are left out.
    public func entities<Content: RelayEntity>(of type: Content.Type) -> [TypedEntity<Content>] {
        let reader = FieldReader(self)
        return (0..<self.entityCount).compactMap { reader.entity(at: $0, as: type, isDrawn: false) }
    }

    /// One entity as a value of a Swift type; nil if it does not exist or is no such value.
    public func entity<Content: RelayEntity>(_ id: EntityID, as type: Content.Type) -> TypedEntity<Content>? {
        self.table.position(of: id).flatMap { FieldReader(self).entity(at: $0, as: type, isDrawn: false) }
    }
}

extension FieldReader {
    func entity<Content: RelayEntity>(at position: Int, as type: Content.Type, isDrawn: Bool) -> TypedEntity<Content>? {
        self.move(to: position, isDrawn: isDrawn)
        return FieldDecoder.decode(type, from: self).map { TypedEntity(id: self.id, owner: self.owner, value: $0) }
    }
}
