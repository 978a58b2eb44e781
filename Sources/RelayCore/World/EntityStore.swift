/// An entity and its place in the order of changes.
struct Entity {
    var id: EntityID
    var owner: SeatNumber
    /// When it was made.
    let created: Tick
    /// The tick at which it was made, made again, or changed its owner. Replicas older than this get the whole entity.
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
/// a bound; a replica older than ``forgottenThrough`` needs a snapshot.
package struct EntityStore {
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
    package private(set) var forgottenThrough = Tick.none
    /// All deletions of this tick, for the journal: the ring may be too short to hold them.
    private(set) var removedNow: [EntityID] = []

    private(set) var checksum: UInt32 = 0
    /// As SPEC section 13 counts it.
    private(set) var stateBytes = 0
    /// How many entities each namespace holds; index 0 is the room's.
    private var inSpace: [UInt16: Int] = [:]

    static let entityBytes = 16
    static let fieldBytes = 8

    package init(maximumDeletions: Int) { self.maximumDeletions = maximumDeletions }

    var count: Int { self.slots.count - self.freeSlots.count }

    func slot(of id: EntityID) -> Int? { self.slotOf[id.rawValue].map(Int.init) }

    func isEmpty(space: SeatNumber) -> Bool { self.inSpace[space.rawValue] == nil }

    // MARK: Changes

    mutating func beginTick() { self.removedNow.removeAll(keepingCapacity: true) }

    /// Makes an entity without fields and returns its slot.
    package mutating func create(_ id: EntityID, owner: SeatNumber, at tick: Tick) -> Int {
        self.insert(Entity(id: id, owner: owner, created: tick, replaced: tick, changed: tick))
    }

    /// Puts an entity without fields at the end of the order of changes.
    private mutating func insert(_ entity: Entity) -> Int {
        let (id, owner) = (entity.id, entity.owner)
        precondition(self.slotOf[id.rawValue] == nil)
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

    /// Deletes an entity and remembers the deletion.
    mutating func remove(slot: Int, at tick: Tick) {
        let (id, created) = (self.slots[slot].id, self.slots[slot].created)
        self.discard(slot: slot)
        // An entity made at this tick has been in no frame: a difference must not remove an entity that no replica has.
        guard created < tick else { return }
        self.remember(deletionOf: id, at: tick)
        self.removedNow.append(id)
    }

    private mutating func discard(slot: Int) {
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
        // Reads fields in place: taking a field out of its array would copy all of it.
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

    /// Writes a field from a message. Returns false and changes nothing if the field has the value already.
    mutating func write(
        _ view: ValueView, _ message: Span<UInt8>, name: NameIndex, at position: (index: Int, exists: Bool), slot: Int, tick: Tick
    ) -> Bool {
        guard self.assign(view, message, name: name, at: position, slot: slot, tick: tick) else { return false }
        self.touch(slot, at: tick)
        return true
    }

    /// Gives a field its value, makes it if it does not exist, and counts the bytes. The order of changes stays as it is. Returns
    /// false and changes nothing if the field has the value already.
    private mutating func assign(
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
        return true
    }

    /// Returns nil and changes nothing if the field has the value already.
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

    // MARK: Restoring

    /// Deletions, the oldest first.
    var rememberedDeletions: some Sequence<(id: EntityID, tick: Tick)> {
        (0..<self.deletions.count).lazy.map { self.deletions[(self.firstDeletion + $0) % self.deletions.count] }
    }

    /// Fills `changed` with the slots of entities changed after `tick`, the oldest change first. O(changes).
    func collectChanged(after tick: Tick, into changed: inout [Int32]) {
        changed.removeAll(keepingCapacity: true)
        var slot = self.newest
        while slot >= 0, self.slots[Int(slot)].changed > tick {
            changed.append(slot)
            slot = self.slots[Int(slot)].older
        }
        changed.reverse()
    }

    /// Restores an entity from a journal, without fields, in place of one of the same ID. No other may have changed later.
    mutating func restore(_ entity: Entity) -> Int {
        if let slot = self.slot(of: entity.id) { self.discard(slot: slot) }
        return self.insert(entity)
    }

    /// Restores a field from a journal.
    mutating func restore(_ view: ValueView, _ bytes: Span<UInt8>, name: NameIndex, changed: Tick, slot: Int) {
        let position = self.position(of: name, slot: slot)
        if !self.assign(view, bytes, name: name, at: position, slot: slot, tick: changed) {
            self.slots[slot].fields[position.index].changed = changed  // changed and changed back within a tick
        }
    }

    /// Restores from a journal that fields of an entity changed.
    mutating func restoreTouch(_ slot: Int, at tick: Tick) { self.touch(slot, at: tick) }

    /// Restores a deletion from a journal. Ticks must ascend.
    mutating func restore(deletionOf id: EntityID, at tick: Tick) { self.remember(deletionOf: id, at: tick) }

    /// Restores ``forgottenThrough``, which the deletions alone do not tell. Call it before they are restored.
    mutating func restore(forgottenThrough tick: Tick) { self.forgottenThrough = tick }

    // MARK: Audit

    /// Describes an invariant that this store breaks; nil if all hold. O(state).
    package func brokenInvariant() -> String? {
        var (checksum, bytes, count) = (UInt32(0), 0, 0)
        for (slot, entity) in self.slots.enumerated() where self.slotOf[entity.id.rawValue] == Int32(slot) {
            checksum &+= ReplicaChecksum.term(entity: entity.id, owner: entity.owner)
            bytes += Self.entityBytes + Self.fieldBytes * entity.fields.count
            for field in entity.fields {
                checksum &+= ReplicaChecksum.term(entity: entity.id, name: field.name, value: field.value)
                bytes += field.value.blob.count
            }
            count += 1
        }
        if count != self.count { return "\(self.count) entities counted, \(count) there" }
        if bytes != self.stateBytes { return "\(self.stateBytes) bytes of state counted, \(bytes) there" }
        return checksum == self.checksum ? nil : "the checksum kept is not that of the state"
    }

    /// Breaks an invariant on purpose, to test the audit. Nothing else notices it.
    package mutating func miscount() { self.stateBytes += 1 }
}
