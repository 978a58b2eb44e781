import RelayWire

/// The name and value of a pending field or event.
struct PendingField: Sendable {
    var name: String
    var value: StoredValue
}

/// A pending operation. One type for all kinds, so that the next operation of any kind can reuse its memory.
struct PendingOperation: Sendable {
    var code: Operation.Code
    /// Nil for events.
    var target: EntityTarget?
    /// A set has its fields here, a compare and set the expected value and then the new one, an event its name and value, an act none.
    var fields: [PendingField] = []
    var audience = Audience.all
    var seats: [SeatNumber] = []
    /// Of an act of the host; nil for all others.
    var order: OutgoingAct?
    /// From 1 for a compare and set, and for an act; 0 for all others.
    var ticket: UInt64 = 0
    /// Of a set: whether another operation on the entity may be pending before it.
    var isFollowUp = false
}

/// Writes that are not in an uplink yet, merged: the last write to a field wins. The game's order is kept where an observer
/// can tell: between operations on one entity, and among events.
///
/// Two bounds: on entities (each with at most 64 fields), and on events together with compare-and-sets and acts. Over a bound the
/// *new* write is refused and the caller told, because an accepted write is a promise.
struct PendingWrites: Sendable {
    private(set) var operations: [PendingOperation] = []
    /// Operations in use. The rest of `operations` is memory to reuse.
    private(set) var count = 0
    /// Events, compare-and-sets and acts among them.
    private var ordered = 0
    /// Position of each entity's last operation. Kept only above `linearSearchLimit` operations; below, a linear search is quicker.
    private var index: [EntityTarget: Int] = [:]
    private let maximumEntities: Int
    private let maximumEvents: Int
    private static let linearSearchLimit = 8

    init(entities: Int, events: Int) { (self.maximumEntities, self.maximumEvents) = (max(1, entities), max(1, events)) }

    mutating func set(_ target: EntityTarget, _ name: String, _ value: StoredValue) -> WriteOutcome {
        let last = self.last(target)
        if let last, self.operations[last].code == .set { return self.merge(PendingField(name: name, value: value), at: last) }
        guard self.mayAddEntity else { return .refusedFull }
        let position = self.append(.set, target, isFollowUp: last != nil)
        self.operations[position].fields.append(PendingField(name: name, value: value))
        return .accepted
    }

    /// The fields of an entity that wait to be set, and whether nothing else waits that could touch it.
    func waitingFields(of target: EntityTarget) -> (fields: [PendingField], areAll: Bool) {
        guard let last = self.last(target) else { return ([], true) }
        guard self.operations[last].code == .set else { return ([], false) }
        return (self.operations[last].fields, !self.operations[last].isFollowUp)
    }

    /// Makes sure that the entity exists, even without a field.
    mutating func create(_ target: EntityTarget) -> WriteOutcome {
        let last = self.last(target)
        if let last, self.operations[last].code == .set { return .accepted }
        guard self.mayAddEntity else { return .refusedFull }
        self.append(.set, target, isFollowUp: last != nil)
        return .accepted
    }

    mutating func remove(_ target: EntityTarget) -> WriteOutcome {
        if let last = self.last(target), self.operations[last].code != .compareAndSet {
            self.operations[last].code = .remove  // replaces the pending set, whose fields would be removed anyway
            self.operations[last].fields.removeAll(keepingCapacity: true)
            return .accepted
        }
        guard self.mayAddEntity else { return .refusedFull }
        self.append(.remove, target)
        return .accepted
    }

    mutating func event(_ name: String, _ audience: Audience, _ seats: [SeatNumber], _ value: StoredValue) -> WriteOutcome {
        guard self.ordered < self.maximumEvents else { return .refusedFull }
        let position = self.append(.event, nil)
        self.operations[position].fields.append(PendingField(name: name, value: value))
        (self.operations[position].audience, self.operations[position].seats) = (audience, seats)
        self.ordered += 1
        return .accepted
    }

    mutating func compareAndSet(
        _ target: EntityTarget, _ name: String, expected: StoredValue, new: StoredValue, ticket: UInt64
    ) -> WriteOutcome {
        guard self.ordered < self.maximumEvents else { return .refusedFull }
        let position = self.append(.compareAndSet, target)
        self.operations[position].fields.append(PendingField(name: name, value: expected))
        self.operations[position].fields.append(PendingField(name: name, value: new))
        self.operations[position].ticket = ticket
        self.ordered += 1
        return .accepted
    }

    mutating func act(_ order: OutgoingAct, ticket: UInt64) -> WriteOutcome {
        guard self.ordered < self.maximumEvents else { return .refusedFull }
        let position = self.append(order.code, nil)
        (self.operations[position].order, self.operations[position].ticket) = (order, ticket)
        self.ordered += 1
        return .accepted
    }

    /// Whether so many events, compare-and-sets or acts more may wait.
    func mayAddOrdered(_ count: Int) -> Bool { self.ordered + count <= self.maximumEvents }

    /// What compare-and-sets that wait make of the fields of an entity, in order.
    func comparedFields(of target: EntityTarget) -> [PendingField] {
        self.operations[..<self.count].filter { $0.code == .compareAndSet && $0.target == target }.map { $0.fields[1] }
    }

    /// Drops the first `number` operations, which are in an uplink now.
    mutating func removeFirst(_ number: Int) {
        for position in 0..<number where self.operations[position].isOrdered { self.ordered -= 1 }
        for position in number..<self.count { self.operations.swapAt(position - number, position) }
        self.count -= number
        self.rebuildIndex()
    }

    /// Splits a set that does not fit into an uplink into one set for each of its fields.
    mutating func split(at position: Int) {
        let whole = self.operations[position]
        let parts = whole.fields.map { field in
            var part = whole
            (part.fields, part.isFollowUp) = ([field], true)
            return part
        }
        self.operations.replaceSubrange(position...position, with: parts)
        self.count += parts.count - 1
        self.rebuildIndex()
    }

    mutating func removeAll() { self.removeFirst(self.count) }

    private var mayAddEntity: Bool { self.count - self.ordered < self.maximumEntities }

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
        guard self.count <= Self.linearSearchLimit else { return self.index[target] }
        var position = self.count
        while position > 0 {
            position -= 1
            if self.operations[position].target == target { return position }
        }
        return nil
    }

    @discardableResult
    private mutating func append(_ code: Operation.Code, _ target: EntityTarget?, isFollowUp: Bool = false) -> Int {
        let position = self.count
        if position < self.operations.count {
            (self.operations[position].code, self.operations[position].target) = (code, target)
            (self.operations[position].audience, self.operations[position].ticket) = (.all, 0)
            self.operations[position].order = nil
            self.operations[position].fields.removeAll(keepingCapacity: true)
            self.operations[position].seats.removeAll(keepingCapacity: true)
        } else {
            self.operations.append(PendingOperation(code: code, target: target))
        }
        self.operations[position].isFollowUp = isFollowUp
        self.count += 1
        if self.count == Self.linearSearchLimit + 1 { self.rebuildIndex() }
        if self.count > Self.linearSearchLimit + 1, let target { self.index[target] = position }
        return position
    }

    private mutating func rebuildIndex() {
        self.index.removeAll(keepingCapacity: true)
        guard self.count > Self.linearSearchLimit else { return }
        for position in 0..<self.count {
            if let target = self.operations[position].target { self.index[target] = position }
        }
    }
}

extension PendingOperation {
    /// Whether the bound on events, compare-and-sets and acts applies, and not the bound on entities.
    var isOrdered: Bool {
        switch self.code {
        case .set, .remove: false
        case .event, .compareAndSet, .compareAndSetByValue, .kick, .ban, .host, .password, .invite: true
        }
    }
}
