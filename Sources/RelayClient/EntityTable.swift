import RelayWire

/// What a replica keeps of one field.
public struct StoredField: Sendable, Equatable {
    public var name: NameIndex
    public var value: StoredValue
}

/// What a replica keeps of one entity.
public struct StoredEntity: Sendable, Equatable {
    public internal(set) var id: EntityID
    /// ``SeatNumber/room`` for the room's.
    public internal(set) var owner: SeatNumber
    /// By ascending name index.
    public internal(set) var fields: [StoredField] = []

    init(id: EntityID, owner: SeatNumber) { (self.id, self.owner) = (id, owner) }

    /// Where a field is, or where it belongs. Entities have few fields: a linear search.
    @inline(__always)
    func position(of name: NameIndex) -> (index: Int, isThere: Bool) {
        var index = 0
        while index < self.fields.count {
            let other = self.fields[index].name
            if other >= name { return (index, other == name) }
            index += 1
        }
        return (index, false)
    }
}

/// Entities in ascending order of their ids: found by a guess or a binary search over a dense array of ids, updated in place.
struct EntityTable: Sendable {
    /// Bounds on what a relay can make us keep: 4 times the entities, 8 times the state of SPEC section 13.
    static let mostEntities = 16_384
    static let mostFields = 262_144
    static let mostBytes = 8 << 20

    private var ids: [UInt32] = []
    private(set) var entities: [StoredEntity] = []
    private var fieldCount = 0
    private var byteCount = 0
    /// Frames list entities in similar orders: where the last one was found, plus one.
    private var guess = 0

    init() {}

    var count: Int { self.entities.count }

    /// Position of an entity; nil if it is not there.
    func position(of id: EntityID) -> Int? {
        let (position, isThere) = self.search(id.rawValue)
        return isThere ? position : nil
    }

    /// The same, quick if ids come in ascending order.
    mutating func guessedPosition(of id: EntityID) -> Int? {
        if self.guess < self.ids.count, self.ids[self.guess] == id.rawValue {
            defer { self.guess += 1 }
            return self.guess
        }
        guard let position = self.position(of: id) else { return nil }
        self.guess = position + 1
        return position
    }

    /// See ``Replica/storedBits(_:_:)``.
    func storedBits(_ id: EntityID, _ name: NameIndex) -> UInt64? {
        guard let position = self.position(of: id) else { return nil }
        let (index, isThere) = self.entities[position].position(of: name)
        guard isThere else { return nil }
        switch self.entities[position].fields[index].value.tag {
        case .integer, .float, .quantised: return self.entities[position].fields[index].value.bits
        case .null, .false, .true, .string, .bytes: return nil
        }
    }

    private func search(_ id: UInt32) -> (position: Int, isThere: Bool) {
        var low = 0
        var high = self.ids.count
        while low < high {
            let middle = (low + high) / 2
            if self.ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return (low, low < self.ids.count && self.ids[low] == id)
    }

    mutating func removeAll() {
        self.ids.removeAll(keepingCapacity: true)
        self.entities.removeAll(keepingCapacity: true)
        (self.fieldCount, self.byteCount, self.guess) = (0, 0, 0)
    }

    /// False if it was not there.
    mutating func remove(_ id: EntityID) -> Bool {
        guard let position = self.position(of: id) else { return false }
        self.forgetFields(at: position)
        self.ids.remove(at: position)
        self.entities.remove(at: position)
        return true
    }

    /// Makes an entity with no fields, forgetting what was under this id. Nil if there are too many.
    mutating func replace(_ id: EntityID, owner: SeatNumber) -> Int? {
        let (position, isThere) = self.search(id.rawValue)
        if isThere {
            self.forgetFields(at: position)
            self.entities[position].owner = owner
            return position
        }
        guard self.count < Self.mostEntities else { return nil }
        self.ids.insert(id.rawValue, at: position)
        self.entities.insert(StoredEntity(id: id, owner: owner), at: position)
        return position
    }

    private mutating func forgetFields(at position: Int) {
        self.fieldCount -= self.entities[position].fields.count
        for field in self.entities[position].fields { self.byteCount -= field.value.blob.count }
        self.entities[position].fields.removeAll(keepingCapacity: true)
    }

    /// Overwrites or adds a field. False if there are too many fields or bytes. In steady state nothing is allocated.
    mutating func assign(_ name: NameIndex, _ view: ValueView, _ message: Span<UInt8>, at position: Int) -> Bool {
        let (index, isThere) = self.entities[position].position(of: name)
        if !isThere {
            guard self.fieldCount < Self.mostFields else { return false }
            self.entities[position].fields.insert(StoredField(name: name, value: StoredValue()), at: index)
            self.fieldCount += 1
        }
        self.byteCount += view.range.count - self.entities[position].fields[index].value.blob.count
        self.entities[position].fields[index].value.overwrite(view, in: message)
        return self.byteCount <= Self.mostBytes
    }

    /// Adds to an integer or step count. False if there is no such field.
    mutating func add(_ difference: Int64, to name: NameIndex, at position: Int) -> Bool {
        let (index, isThere) = self.entities[position].position(of: name)
        guard isThere, self.entities[position].fields[index].value.tag.isStepped else { return false }
        self.entities[position].fields[index].value.add(difference)
        return true
    }

    /// The entities' share of the replica checksum. O(state): computed at beats only, because once a second over
    /// everything is cheaper than twice for every change.
    var checksum: UInt32 {
        var sum: UInt32 = 0
        for entity in self.entities {
            sum &+= ReplicaChecksum.term(entity: entity.id, owner: entity.owner)
            for field in entity.fields {
                sum &+= ReplicaChecksum.term(entity: entity.id, name: field.name, value: field.value)
            }
        }
        return sum
    }
}

extension StoredValue {
    /// ``assign(_:in:)``, quicker for the steady case of a byte string as long as the one before: one copy, no resizing.
    @inline(__always)
    fileprivate mutating func overwrite(_ view: ValueView, in message: Span<UInt8>) {
        guard view.tag.isBlob, view.range.count == self.blob.count else { return self.assign(view, in: message) }
        self.tag = view.tag
        message.extracting(view.range).withUnsafeBytes { source in
            self.blob.withUnsafeMutableBytes { $0.copyMemory(from: source) }
        }
    }
}
