/// The names of a room's fields and events, numbered in the order of first use. Only grows, within ``WireLimits/names``.
package struct NameTable {
    /// A name, its quantum if it has one, and the tick of its first use.
    package struct Entry {
        package var name: String
        var quantum: Double?
        var added: Tick
    }

    package private(set) var entries: [Entry] = []
    private var indices: [ExactString: NameIndex] = [:]
    /// Sum of the names' checksum terms.
    private(set) var checksum: UInt32 = 0

    init(declared: [DeclaredField], at tick: Tick) {
        for field in declared { _ = self.add(field.name, quantum: field.quantum, at: tick) }
    }

    /// An empty table, for a room that is restored with its own names.
    init() {}

    var count: Int { self.entries.count }

    /// Names that nobody has used yet and that are kept for the room's card: else a player who uses up the table would keep its host from
    /// locking the room.
    var keptForCard: Int { CardKey.allCases.count { self.index(of: $0.rawValue) == nil } }

    /// The index of a name; nil if it is not in the table.
    func index(of name: String) -> NameIndex? { self.indices[ExactString(name)] }

    func quantum(of index: NameIndex) -> Double? { self.entries[Int(index.rawValue)].quantum }

    /// Gives a new name the next index; nil if the table is full.
    mutating func add(_ name: String, quantum: Double?, at tick: Tick) -> NameIndex? {
        guard self.entries.count < WireLimits.names else { return nil }
        let index = NameIndex(rawValue: UInt16(self.entries.count))
        self.entries.append(Entry(name: name, quantum: quantum, added: tick))
        self.indices[ExactString(name)] = index
        self.checksum &+= ReplicaChecksum.term(name: name, at: index)
        return index
    }

    /// The first index added after `tick`; ``count`` if there is none. O(names added since).
    func firstAdded(after tick: Tick) -> Int {
        var first = self.entries.count
        while first > 0, self.entries[first - 1].added > tick { first -= 1 }
        return first
    }
}
