import RelayWire

/// The room's names by index, with their quanta. The table only grows within one room instance.
package struct NameTable: Sendable {
    /// A name and, for quantised fields, the size of a step.
    package struct Entry: Sendable, Equatable {
        package var name: String
        /// Greater than 0; nil if the field is not quantised.
        package var quantum: Double?

        package static func == (left: Self, right: Self) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.quantum == right.quantum
        }
    }

    private var entries: [Entry] = []
    private var indices: [ExactString: NameIndex] = [:]
    /// The names' share of the replica checksum.
    private(set) var checksum: UInt32 = 0

    package init() {}

    /// Number of names; at most 1,024.
    package var count: Int { self.entries.count }

    /// The entry at an index; nil beyond the table.
    package subscript(index: NameIndex) -> Entry? {
        Int(index.rawValue) < self.entries.count ? self.entries[Int(index.rawValue)] : nil
    }

    /// The index of a name; nil if the relay has not given it one.
    package func index(of name: String) -> NameIndex? {
        guard self.entries.count <= Self.linearSearchLimit else { return self.indices[ExactString(name)] }
        for index in self.entries.indices where self.entries[index].name.hasSameBytes(as: name) {
            return NameIndex(rawValue: UInt16(index))
        }
        return nil
    }

    /// Up to this many names, a linear search is quicker than a hash.
    private static let linearSearchLimit = 8

    /// Whether the first `count` names are the same, with the same quanta.
    func agrees(with other: NameTable, upTo count: Int) -> Bool {
        self.count >= count && other.count >= count && self.entries[..<count] == other.entries[..<count]
    }

    mutating func removeAll() {
        self.entries.removeAll(keepingCapacity: true)
        self.indices.removeAll(keepingCapacity: true)
        self.checksum = 0
    }

    /// Adds the next name, or checks a known one. False if it contradicts the table.
    mutating func learn(_ name: String, quantum: Double?, at index: NameIndex) -> Bool {
        let position = Int(index.rawValue)
        if position < self.entries.count { return self.entries[position] == Entry(name: name, quantum: quantum) }
        guard position == self.entries.count, position < WireLimits.names, self.indices[ExactString(name)] == nil
        else { return false }
        self.entries.append(Entry(name: name, quantum: quantum))
        self.indices[ExactString(name)] = index
        self.checksum &+= ReplicaChecksum.term(name: name, at: index)
        return true
    }

    /// Converts a number to steps if the field is quantised and the steps fit 53 bits; else returns it unchanged.
    ///
    /// Rounds half away from zero (SPEC section 6).
    func quantised(_ value: StoredValue, at index: NameIndex) -> StoredValue {
        guard let quantum = self[index]?.quantum else { return value }
        let number: Double
        switch value.tag {
        case .integer: number = Double(Int64(bitPattern: value.bits))
        case .float: number = Double(bitPattern: value.bits)
        case .null, .false, .true, .quantised, .string, .bytes: return value
        }
        let steps = (number / quantum).rounded(.toNearestOrAwayFromZero)
        guard steps.magnitude <= Double(WireLimits.safeInteger) else { return value }
        return StoredValue(.quantised(steps: Int64(steps)))
    }
}
