/// A field of an entity.
struct Field {
    let name: NameIndex
    var changed: Tick
    var value: StoredValue
    /// Tag and bits before the first change of tick ``changed``: what a difference counts from.
    var baseTag: ValueTag?
    var baseBits: UInt64
    /// This field's part of the checksum.
    var term: UInt32

    /// The difference that turns the base into the value, if one can.
    var difference: Int64? {
        guard self.baseTag == self.value.tag, self.value.tag.isStepped, self.name.rawValue < UInt16(WireLimits.maskBits)
        else { return nil }
        return Int64(bitPattern: self.value.bits &- self.baseBits)
    }
}

/// An entity and its place in the order of changes.
struct Entity {
    var id: EntityID
    var owner: SeatNumber
    /// When it was made.
    let created: Tick
    /// When it was made, made again, or changed its owner: replicas older than this get all of it.
    var replaced: Tick
    var changed: Tick
    /// By ascending name.
    var fields: [Field] = []
    /// Neighbours in the order of changes; −1 at the ends.
    var older: Int32 = -1
    var newer: Int32 = -1
}

/// A room's entities, kept so that "what changed since tick B" costs what changed, not what exists.
///
/// Entities live in slots; the slots form a list ordered by the tick of their last change. Deletions are remembered within
/// a bound; before ``forgottenThrough`` only a snapshot can help.
struct EntityStore {
    private(set) var slots: [Entity] = []
    private var freeSlots: [Int32] = []
    private var slotOf: [UInt32: Int32] = [:]
    /// The slot that changed last; −1 if there is none.
    private(set) var newest: Int32 = -1
    private var oldest: Int32 = -1

    /// Deletions in order of time, as a ring.
    private(set) var deletions: [(id: EntityID, tick: Tick)] = []
    private(set) var firstDeletion = 0
    private let maximumDeletions: Int
    /// Deletions of this tick and before may have been forgotten.
    private(set) var forgottenThrough = Tick.none

    private(set) var checksum: UInt32 = 0
    /// As SPEC section 13 counts it.
    private(set) var stateBytes = 0
    /// How many entities each namespace holds; index 0 is the room's.
    private var inSpace: [UInt16: Int] = [:]

    static let entityBytes = 16
    static let fieldBytes = 8

    init(maximumDeletions: Int) { self.maximumDeletions = maximumDeletions }

    var count: Int { self.slots.count - self.freeSlots.count }

    func slot(of id: EntityID) -> Int? { self.slotOf[id.rawValue].map(Int.init) }

    func isEmpty(space: SeatNumber) -> Bool { self.inSpace[space.rawValue] == nil }

    // MARK: Changes

    /// Makes an entity without fields and returns its slot.
    mutating func create(_ id: EntityID, owner: SeatNumber, at tick: Tick) -> Int {
        precondition(self.slotOf[id.rawValue] == nil)
        let entity = Entity(id: id, owner: owner, created: tick, replaced: tick, changed: tick)
        let slot: Int
        if let free = self.freeSlots.popLast() {
            slot = Int(free)
            self.slots[slot] = entity
        } else {
            slot = self.slots.count
            self.slots.append(entity)
        }
        self.slotOf[id.rawValue] = Int32(slot)
        self.linkNewest(slot)
        self.inSpace[id.space.rawValue, default: 0] += 1
        self.stateBytes += Self.entityBytes
        self.checksum &+= ReplicaChecksum.term(entity: id, owner: owner)
        return slot
    }

    /// Deletes an entity and remembers that it did.
    mutating func remove(slot: Int, at tick: Tick) {
        let entity = self.slots[slot]
        self.checksum &-= ReplicaChecksum.term(entity: entity.id, owner: entity.owner)
        for field in entity.fields {
            self.checksum &-= field.term
            self.stateBytes -= Self.fieldBytes + field.value.blob.count
        }
        self.stateBytes -= Self.entityBytes
        self.unlink(slot)
        self.slots[slot].fields = []
        self.slotOf[entity.id.rawValue] = nil
        self.freeSlots.append(Int32(slot))
        let left = self.inSpace[entity.id.space.rawValue, default: 1] - 1
        self.inSpace[entity.id.space.rawValue] = left == 0 ? nil : left
        // One made at this very tick has been in no frame: a difference must not take away what nobody has.
        if entity.created < tick { self.remember(deletionOf: entity.id, at: tick) }
    }

    /// Gives an entity to another seat, or to the room.
    mutating func setOwner(_ owner: SeatNumber, slot: Int, at tick: Tick) {
        let id = self.slots[slot].id
        self.checksum &-= ReplicaChecksum.term(entity: id, owner: self.slots[slot].owner)
        self.checksum &+= ReplicaChecksum.term(entity: id, owner: owner)
        self.slots[slot].owner = owner
        self.slots[slot].replaced = tick
        self.touch(slot, at: tick)
    }

    /// Where a field is, or where it would be inserted.
    func position(of name: NameIndex, slot: Int) -> (index: Int, exists: Bool) {
        // A field taken out of its array is a copy of all of it: looked at in its place it costs nothing.
        self.slots[slot].fields.withUnsafeBufferPointer { fields in
            var low = 0
            var high = fields.count
            while low < high {
                let middle = (low + high) / 2
                if fields[middle].name < name { low = middle + 1 } else { high = middle }
            }
            return (low, low < fields.count && fields[low].name == name)
        }
    }

    /// Bytes of a field's string or byte string; 0 for a field of another type.
    func blobCount(at index: Int, slot: Int) -> Int {
        self.slots[slot].fields.withUnsafeBufferPointer { $0[index].value.blob.count }
    }

    /// Writes a field from a message. Returns false, having changed nothing, if the value was there already.
    mutating func write(
        _ view: ValueView, _ message: Span<UInt8>, name: NameIndex, at position: (index: Int, exists: Bool), slot: Int, tick: Tick
    ) -> Bool {
        if !position.exists {
            let empty = Field(name: name, changed: .none, value: StoredValue(), baseTag: nil, baseBits: 0, term: 0)
            self.slots[slot].fields.insert(empty, at: position.index)
            self.stateBytes += Self.fieldBytes
        }
        let id = self.slots[slot].id
        let change = Self.overwrite(
            &self.slots[slot].fields[position.index], isNew: !position.exists, view, message, of: id, at: tick
        )
        guard let change else { return false }
        self.checksum &+= change.term
        self.stateBytes += change.growth
        self.touch(slot, at: tick)
        return true
    }

    /// Nil, with nothing changed, if the value was there already.
    private static func overwrite(
        _ field: inout Field, isNew: Bool, _ view: ValueView, _ message: Span<UInt8>, of id: EntityID, at tick: Tick
    ) -> (term: UInt32, growth: Int)? {
        guard isNew || !field.value.equals(view, in: message) else { return nil }
        if field.changed != tick {
            (field.baseTag, field.baseBits) = (isNew ? nil : field.value.tag, field.value.bits)
            field.changed = tick
        }
        let (oldTerm, oldCount) = (field.term, field.value.blob.count)
        field.value.assign(view, in: message)
        field.term = ReplicaChecksum.term(entity: id, name: field.name, value: field.value)
        return (field.term &- oldTerm, field.value.blob.count - oldCount)
    }

    // MARK: Order of changes

    private mutating func touch(_ slot: Int, at tick: Tick) {
        guard self.slots[slot].changed != tick else { return }
        self.slots[slot].changed = tick
        guard self.newest != Int32(slot) else { return }
        self.unlink(slot)
        self.linkNewest(slot)
    }

    private mutating func linkNewest(_ slot: Int) {
        self.slots[slot].older = self.newest
        self.slots[slot].newer = -1
        if self.newest >= 0 { self.slots[Int(self.newest)].newer = Int32(slot) } else { self.oldest = Int32(slot) }
        self.newest = Int32(slot)
    }

    private mutating func unlink(_ slot: Int) {
        let (older, newer) = (self.slots[slot].older, self.slots[slot].newer)
        if older >= 0 { self.slots[Int(older)].newer = newer } else { self.oldest = newer }
        if newer >= 0 { self.slots[Int(newer)].older = older } else { self.newest = older }
    }

    // MARK: Deletions

    private mutating func remember(deletionOf id: EntityID, at tick: Tick) {
        if self.deletions.count < self.maximumDeletions {
            self.deletions.append((id, tick))
            return
        }
        self.forgottenThrough = self.deletions[self.firstDeletion].tick
        self.deletions[self.firstDeletion] = (id, tick)
        self.firstDeletion = (self.firstDeletion + 1) % self.maximumDeletions
    }

    /// Appends the entities deleted after `tick` that do not exist now. O(deletions since).
    func collectRemoved(after tick: Tick, into removed: inout [EntityID]) {
        for back in 1...max(1, self.deletions.count) where back <= self.deletions.count {
            let index = (self.firstDeletion + self.deletions.count - back) % self.deletions.count
            let deletion = self.deletions[index]
            guard deletion.tick > tick else { return }
            if self.slotOf[deletion.id.rawValue] == nil { removed.append(deletion.id) }
        }
    }
}
