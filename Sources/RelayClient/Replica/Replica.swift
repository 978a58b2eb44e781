import RelayWire

/// A client's copy of a room: names, entities and roster as of one tick. It is a value: a copy does not change any more, and
/// takes memory of its own only once the original changes.
public struct Replica: Sendable {
    /// The newest frame applied; ``Tick/none`` before the first.
    public internal(set) var tick = Tick.none
    /// The seat that the others may look to for decisions; nil if the room has no host.
    public internal(set) var host: SeatNumber?
    package internal(set) var names = NameTable()
    var roster = Roster()
    var table = EntityTable()

    package init() {}

    /// The roster by ascending seat. Spectators have no row.
    public var players: [Player] { self.roster.players }

    /// The row of one seat; nil if the seat is not taken. O(log n).
    public func player(_ seat: SeatNumber) -> Player? { self.roster[seat] }

    /// Number of entities.
    public var entityCount: Int { self.table.count }

    /// Every entity, by ascending id.
    public var entities: some Sequence<Entity> {
        (0..<self.table.count).lazy.map { Entity(table: self.table, position: $0, names: self.names) }
    }

    /// One entity; nil if it does not exist. O(log n).
    public func entity(_ id: EntityID) -> Entity? {
        self.table.position(of: id).map { Entity(table: self.table, position: $0, names: self.names) }
    }

    /// The bits of an integer, a step count or a double; nil for any other value. O(log n). Does no reference counting.
    package func storedBits(_ id: EntityID, _ name: NameIndex) -> UInt64? {
        guard let position = self.table.position(of: id), let cell = self.table.field(name, at: position) else { return nil }
        switch cell.tag {
        case .integer, .float, .quantised: return cell.bits
        case .null, .false, .true, .string, .bytes: return nil
        }
    }

    /// Calls `body` with the bytes of a string or byte string, without copying them. Returns nil, without a call, for any
    /// other value. O(log n).
    package func withStoredBytes<Result>(_ id: EntityID, _ name: NameIndex, _ body: (Span<UInt8>) -> Result) -> Result? {
        guard let position = self.table.position(of: id), let cell = self.table.field(name, at: position), cell.tag.isBlob else {
            return nil
        }
        return self.table.withBytes(of: cell, body)
    }

    /// Whether another replica has the same entities and the same roster. Ticks and names are not compared. O(state).
    package func agrees(with other: Replica) -> Bool { self.table == other.table && self.players == other.players }

    /// The replica checksum of SPEC section 6. O(state).
    package var checksum: UInt32 { self.names.checksum &+ self.table.checksum }

    mutating func removeAll() {
        (self.tick, self.host) = (.none, nil)
        self.names.removeAll()
        self.roster.removeAll()
        self.table.removeAll()
    }
}

/// An entity of a replica, with its fields by name.
public struct Entity: Sendable, Identifiable {
    let table: EntityTable
    let position: Int
    let names: NameTable

    public var id: EntityID { self.table.id(at: self.position) }
    /// The seat that may write it; ``SeatNumber/room`` for an entity of the room.
    public var owner: SeatNumber { self.table.owner(at: self.position) }
    /// Number of fields; at most 64 in a room with default settings.
    public var fieldCount: Int { self.table.fieldCount(at: self.position) }

    /// A field's value; nil if there is no such field. Strings and bytes are copied.
    public subscript(name: String) -> Value? { self.field(name).map(self.table.value) }

    /// A number in the units of its field: an integer, a float, or steps times their quantum. Nil for any other value.
    public func number(_ name: String) -> Double? {
        guard let index = self.names.index(of: name), let cell = self.field(name) else { return nil }
        switch cell.tag {
        case .integer: return Double(Int64(bitPattern: cell.bits))
        case .float: return Double(bitPattern: cell.bits)
        case .quantised: return self.names[index]?.quantum.map { Double(Int64(bitPattern: cell.bits)) * $0 }
        case .null, .false, .true, .string, .bytes: return nil
        }
    }

    /// A string; nil for any other value.
    public func string(_ name: String) -> String? { if case .string(let string) = self[name] { string } else { nil } }

    /// A truth value; nil for any other value.
    public func bool(_ name: String) -> Bool? { if case .bool(let flag) = self[name] { flag } else { nil } }

    /// Bytes; nil for any other value.
    public func bytes(_ name: String) -> [UInt8]? { if case .bytes(let bytes) = self[name] { bytes } else { nil } }

    /// Every field's name and value, in the order in which the room learned the names.
    public var fields: some Sequence<(name: String, value: Value)> {
        (0..<self.fieldCount).lazy.map {
            let cell = self.table.field($0, at: self.position)
            return (name: self.names[cell.name]?.name ?? "", value: self.table.value(of: cell))
        }
    }

    private func field(_ name: String) -> FieldCell? {
        self.names.index(of: name).flatMap { self.table.field($0, at: self.position) }
    }
}
