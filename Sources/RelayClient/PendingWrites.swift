import RelayWire

/// A field, or an event, waiting to be written.
struct PendingField: Sendable {
    var name: String
    var value: StoredValue
}

/// An operation waiting to be written. One shape for all kinds, so that its memory serves the next one of any kind.
struct PendingOperation: Sendable {
    var code: Operation.Code
    /// Nil for events.
    var target: EntityTarget?
    /// Of a set: its fields. Of a compare and set: the expected value and the new one. Of an event: name and value.
    var fields: [PendingField] = []
    var audience = Audience.all
    var seats: [SeatNumber] = []
    /// 0 but for a compare and set.
    var ticket: UInt64 = 0
}

/// Writes that are not in an uplink yet, merged: the last write to a field wins, in the order the game made them as far as
/// order can be seen (between operations on one entity, and among events).
///
/// Bounds: entities (each at most 64 fields), and events together with compare-and-sets. Over one, the *new* write is
/// refused and the caller told, because what was accepted is promised.
struct PendingWrites: Sendable {
    private(set) var operations: [PendingOperation] = []
    /// Operations in use; those after it only lend their memory.
    private(set) var count = 0
    /// Events and compare-and-sets among them.
    private var ordered = 0
    /// Of each entity the last operation. Kept only while there are more than a glance can find.
    private var index: [EntityTarget: Int] = [:]
    private let mostEntities: Int
    private let mostEvents: Int
    private static let glance = 8

    init(entities: Int, events: Int) { (self.mostEntities, self.mostEvents) = (max(1, entities), max(1, events)) }

    mutating func set(_ target: EntityTarget, _ name: String, _ value: StoredValue) -> WriteOutcome {
        let last = self.last(target)
        if let last, self.operations[last].code == .set { return self.merge(PendingField(name: name, value: value), at: last) }
        guard self.mayAddEntity else { return .refusedFull }
        let position = self.append(.set, target)
        self.operations[position].fields.append(PendingField(name: name, value: value))
        return .accepted
    }

    /// Makes sure that the entity exists, with or without fields.
    mutating func create(_ target: EntityTarget) -> WriteOutcome {
        if let last = self.last(target), self.operations[last].code == .set { return .accepted }
        guard self.mayAddEntity else { return .refusedFull }
        self.append(.set, target)
        return .accepted
    }

    mutating func remove(_ target: EntityTarget) -> WriteOutcome {
        if let last = self.last(target), self.operations[last].code != .compareAndSet {
            self.operations[last].code = .remove  // what was set before is not worth sending
            self.operations[last].fields.removeAll(keepingCapacity: true)
            return .accepted
        }
        guard self.mayAddEntity else { return .refusedFull }
        self.append(.remove, target)
        return .accepted
    }

    mutating func event(_ name: String, _ audience: Audience, _ seats: [SeatNumber], _ value: StoredValue) -> WriteOutcome {
        guard self.ordered < self.mostEvents else { return .refusedFull }
        let position = self.append(.event, nil)
        self.operations[position].fields.append(PendingField(name: name, value: value))
        (self.operations[position].audience, self.operations[position].seats) = (audience, seats)
        self.ordered += 1
        return .accepted
    }

    mutating func compareAndSet(
        _ target: EntityTarget, _ name: String, expected: StoredValue, new: StoredValue, ticket: UInt64
    ) -> WriteOutcome {
        guard self.ordered < self.mostEvents else { return .refusedFull }
        let position = self.append(.compareAndSet, target)
        self.operations[position].fields.append(PendingField(name: name, value: expected))
        self.operations[position].fields.append(PendingField(name: name, value: new))
        self.operations[position].ticket = ticket
        self.ordered += 1
        return .accepted
    }

    /// Takes the first `number` operations out; they are in an uplink now.
    mutating func removeFirst(_ number: Int) {
        for position in 0..<number where self.operations[position].isOrdered { self.ordered -= 1 }
        for position in number..<self.count { self.operations.swapAt(position - number, position) }
        self.count -= number
        self.rebuildIndex()
    }

    /// Turns a set that does not fit an uplink into one set for each of its fields.
    mutating func split(at position: Int) {
        let whole = self.operations[position]
        let parts = whole.fields.map { field in
            var part = whole
            part.fields = [field]
            return part
        }
        self.operations.replaceSubrange(position...position, with: parts)
        self.count += parts.count - 1
        self.rebuildIndex()
    }

    mutating func removeAll() { self.removeFirst(self.count) }

    private var mayAddEntity: Bool { self.count - self.ordered < self.mostEntities }

    private mutating func merge(_ field: PendingField, at position: Int) -> WriteOutcome {
        let count = self.operations[position].fields.count
        for index in 0..<count where self.operations[position].fields[index].name.hasSameBytes(as: field.name) {
            self.operations[position].fields[index].value = field.value
            return .accepted
        }
        guard count < WireLimits.listCount else { return .refusedFull }
        self.operations[position].fields.append(field)
        return .accepted
    }

    private func last(_ target: EntityTarget) -> Int? {
        guard self.count <= Self.glance else { return self.index[target] }
        var position = self.count
        while position > 0 {
            position -= 1
            if self.operations[position].target == target { return position }
        }
        return nil
    }

    @discardableResult
    private mutating func append(_ code: Operation.Code, _ target: EntityTarget?) -> Int {
        let position = self.count
        if position < self.operations.count {
            (self.operations[position].code, self.operations[position].target) = (code, target)
            (self.operations[position].audience, self.operations[position].ticket) = (.all, 0)
            self.operations[position].fields.removeAll(keepingCapacity: true)
            self.operations[position].seats.removeAll(keepingCapacity: true)
        } else {
            self.operations.append(PendingOperation(code: code, target: target))
        }
        self.count += 1
        if self.count == Self.glance + 1 { self.rebuildIndex() }
        if self.count > Self.glance + 1, let target { self.index[target] = position }
        return position
    }

    private mutating func rebuildIndex() {
        self.index.removeAll(keepingCapacity: true)
        guard self.count > Self.glance else { return }
        for position in 0..<self.count {
            if let target = self.operations[position].target { self.index[target] = position }
        }
    }
}

extension PendingOperation {
    /// Whether it is bounded by number and not by entity.
    var isOrdered: Bool { self.code == .event || self.code == .compareAndSet }
}
