import RelayWire

/// What a room says of itself to those who look for one: its card (SPEC section 20). Only the room's host may write it.
public struct LobbyCard: Sendable, Hashable {
    /// Whether lists show the room, and quick join finds it. Nil is no, but for a room that quick join makes.
    public var listed: Bool?
    /// Whether newcomers need an invitation.
    public var locked = false
    /// The maximum number of players, 1…1,023; nil for as many as the relay allows, which is the bound in any case.
    public var seats: Int?
    /// The maximum number of spectators, 0…1,023; nil for as many as the relay allows, which is the bound in any case.
    public var spectators: Int?
    /// Whether newcomers need the password, or an invitation. It is the relay's to say: who writes a card leaves it as it is.
    public internal(set) var hasPassword = false
    /// What else the room says of itself: at most 16 names of 1 to 64 bytes, other than those above, with truth values, integers, finite
    /// floats, or strings of at most 64 bytes. Null is as good as absent.
    public var properties: [String: Value] = [:]

    /// A card that says nothing.
    public init() {}
}

extension Replica {
    /// The room's card; nil if it has none. Allocates.
    public var card: LobbyCard? { self.entity(.card).map { LobbyCard($0) } }
}

extension LobbyCard {
    /// The card as a room has it.
    init(_ entity: Entity) {
        self.init()
        for (name, value) in entity.fields where value != .null {
            switch CardKey(rawValue: name) {
            case .listed?: self.listed = value == .bool(true)
            case .locked?: self.locked = value == .bool(true)
            case .seats?: self.seats = Self.count(value)
            case .spectators?: self.spectators = Self.count(value)
            case .password?: self.hasPassword = value == .bool(true)
            case nil: self.properties[name] = Self.property(value, in: entity, name)
            }
        }
    }

    private static func count(_ value: Value) -> Int? { if case .integer(let count) = value { Int(count) } else { nil } }

    /// A number in its own units, also where the room rounds fields of this name to steps.
    private static func property(_ value: Value, in entity: Entity, _ name: String) -> Value {
        guard case .quantised = value, let number = entity.number(name) else { return value }
        return .float(number)
    }
}

extension LobbyCard {
    /// The card as a hello has it.
    ///
    /// - Throws: ``CardFault`` if the relay would not take a field of it. Nothing else.
    package func wire() throws(CardFault) -> RoomCard {
        for property in self.sortedProperties { if let fault = Self.fault(property) { throw fault } }
        return try RoomCard(self.fields)
    }

    /// Every field with a meaning but the password's, null where there is none, and the properties. Nothing is checked.
    var fields: [CardField] {
        let settings: [(CardKey, Value)] = [
            (.listed, self.listed.map { .bool($0) } ?? .null), (.locked, self.locked ? .bool(true) : .null),
            (.seats, self.seats.map { .integer(Int64($0)) } ?? .null),
            (.spectators, self.spectators.map { .integer(Int64($0)) } ?? .null),
        ]
        return settings.map { CardField($0.0.rawValue, $0.1) } + self.sortedProperties
    }

    /// By the bytes of their names: a dictionary has no order.
    private var sortedProperties: [CardField] {
        self.properties.map { CardField($0.key, $0.value) }.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// What ``RoomCard`` does not judge.
    private static func fault(_ property: CardField) -> CardFault? {
        guard CardKey(rawValue: property.name) == nil else { return .notYours }
        guard WireLimits.nameBytes.contains(property.name.utf8.count) else { return .outOfRange }
        switch property.value {
        case .float(let number) where !number.isFinite: return .wrongType
        case .quantised, .bytes: return .wrongType
        case .null, .bool, .integer, .float, .string: return nil
        }
    }
}
