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
