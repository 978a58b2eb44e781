import RelayWire

/// A client's copy of a room: names, entities and roster as of one tick. A value: a copy stays as it is, and costs memory
/// only as the original moves on.
public struct Replica: Sendable {
    /// The newest frame applied; ``Tick/none`` before the first.
    public internal(set) var tick = Tick.none
    /// The seat that the others may look to for decisions; nil if there is none.
    public internal(set) var host: SeatNumber?
    public internal(set) var names = NameTable()
    var roster = Roster()
    var table = EntityTable()

    public init() {}

    /// Who sits where, by ascending seat. Spectators have no row.
    public var players: [Player] { self.roster.players }

    /// The row of one seat; nil if nobody sits there. O(log n).
    public func player(_ seat: SeatNumber) -> Player? { self.roster[seat] }

    /// Every entity as stored, by ascending id. O(1).
    public var storedEntities: [StoredEntity] { self.table.entities }

    /// How many entities there are.
    public var entityCount: Int { self.table.count }

    /// Every entity, by ascending id.
    public var entities: some Sequence<Entity> {
        self.table.entities.lazy.map { Entity(stored: $0, names: self.names) }
    }

    /// One entity; nil if it does not exist. O(log n).
    public func entity(_ id: EntityID) -> Entity? {
        self.table.position(of: id).map { Entity(stored: self.table.entities[$0], names: self.names) }
    }

    /// One field as stored, without a copy of the entity; nil if it does not exist. O(log n).
    public func storedValue(_ id: EntityID, _ name: NameIndex) -> StoredValue? {
        guard let position = self.table.position(of: id) else { return nil }
        let (index, isThere) = self.table.entities[position].position(of: name)
        return isThere ? self.table.entities[position].fields[index].value : nil
    }

    /// The bits of a number field as stored, which counts no references; nil if there is no such field or it is no number.
    /// O(log n).
    public func storedBits(_ id: EntityID, _ name: NameIndex) -> UInt64? { self.table.storedBits(id, name) }

    /// The sum of SPEC section 6. O(state).
    public var checksum: UInt32 { self.names.checksum &+ self.table.checksum }

    mutating func removeAll() {
        (self.tick, self.host) = (.none, nil)
        self.names.removeAll()
        self.roster.removeAll()
        self.table.removeAll()
    }
}

/// An entity of a replica, with its fields by name.
public struct Entity: Sendable, Identifiable {
    let stored: StoredEntity
    let names: NameTable

    public var id: EntityID { self.stored.id }
    /// Who may write it; ``SeatNumber/room`` for the room's.
    public var owner: SeatNumber { self.stored.owner }
    /// How many fields it has; at most 64 in a room of the defaults.
    public var fieldCount: Int { self.stored.fields.count }

    /// A field's value; nil if there is no such field. Strings and bytes are copied.
    public subscript(name: String) -> Value? { self.field(name)?.value }

    /// A number in the units of its field: integers, floats, and steps times their quantum; nil for everything else.
    public func number(_ name: String) -> Double? {
        guard let index = self.names.index(of: name), let value = self.field(name) else { return nil }
        switch value.tag {
        case .integer: return Double(Int64(bitPattern: value.bits))
        case .float: return Double(bitPattern: value.bits)
        case .quantised: return self.names[index]?.quantum.map { Double(Int64(bitPattern: value.bits)) * $0 }
        case .null, .false, .true, .string, .bytes: return nil
        }
    }

    /// A string; nil for everything else.
    public func string(_ name: String) -> String? { if case .string(let string) = self[name] { string } else { nil } }

    /// A truth value; nil for everything else.
    public func bool(_ name: String) -> Bool? { if case .bool(let flag) = self[name] { flag } else { nil } }

    /// Bytes; nil for everything else.
    public func bytes(_ name: String) -> [UInt8]? { if case .bytes(let bytes) = self[name] { bytes } else { nil } }

    /// Every field's name and value, in the order in which the room learned the names.
    public var fields: some Sequence<(name: String, value: Value)> {
        self.stored.fields.lazy.map { (name: self.names[$0.name]?.name ?? "", value: $0.value.value) }
    }

    private func field(_ name: String) -> StoredValue? {
        guard let index = self.names.index(of: name) else { return nil }
        let (position, isThere) = self.stored.position(of: index)
        return isThere ? self.stored.fields[position].value : nil
    }
}
