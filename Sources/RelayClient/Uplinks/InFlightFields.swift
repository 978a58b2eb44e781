import RelayWire

/// What unconfirmed uplinks write to the entities that the game writes as typed values, so that such a write sends no field again that
/// is under way. All others cost nothing here.
///
/// A field's record counts until the uplink that wrote it is *settled*: confirmed, and a frame that shows it applied. From then on the
/// replica is the truth. Whatever cannot be known counts as unknown, and is sent.
struct InFlightFields: Sendable {
    /// A field that an uplink has set.
    struct Field: Sendable {
        var name: String
        var value: StoredValue
        var uplink: UInt64
    }

    private struct Record: Sendable {
        /// Uplinks up to this one may have done anything to the entity.
        var unknownThrough: UInt64
        var fields: [Field] = []

        mutating func store(_ field: PendingField, _ uplink: UInt64) {
            if let index = self.fields.firstIndex(where: { $0.name.hasSameBytes(as: field.name) }) {
                (self.fields[index].value, self.fields[index].uplink) = (field.value, uplink)
            } else {
                self.fields.append(Field(name: field.name, value: field.value, uplink: uplink))
            }
        }
    }

    private var records: [EntityTarget: Record] = [:]
    /// Uplinks up to this one are in the replica.
    private(set) var settled: UInt64 = 0
    private let maximumEntities: Int

    init(entities: Int) { self.maximumEntities = max(1, entities) }

    /// From now on the writes to this entity are recorded.
    /// - Parameter newest: The newest uplink so far: what it and those before it wrote was not recorded.
    mutating func follow(_ target: EntityTarget, since newest: UInt64) {
        guard self.records[target] == nil else { return }
        // To forget costs bytes and no truth.
        if self.records.count >= self.maximumEntities { self.records.removeAll(keepingCapacity: true) }
        self.records[target] = Record(unknownThrough: newest)
    }

    /// The fields that uplinks have set, of which those up to ``settled`` do not count any more; nil if uplinks under way may have done
    /// anything else to the entity.
    func fields(of target: EntityTarget) -> [Field]? {
        guard let record = self.records[target], record.unknownThrough <= self.settled else { return nil }
        return record.fields
    }

    /// Whether no entity is followed.
    var isEmpty: Bool { self.records.isEmpty }

    /// An operation left in an uplink.
    mutating func sent(_ operation: PendingOperation, uplink: UInt64) {
        guard let target = operation.target, self.records[target] != nil else { return }
        switch operation.code {
        case .set:
            for field in operation.fields { self.records[target]?.store(field, uplink) }
        case .compareAndSet, .compareAndSetByValue:
            self.records[target]?.store(operation.fields[1], uplink)  // if it succeeds
            self.records[target]?.unknownThrough = uplink
        case .remove: self.records[target]?.unknownThrough = uplink
        case .event, .kick, .ban, .host, .password, .invite: break
        }
    }

    /// What uplinks that are not settled make of the fields of an entity, if its compare-and-sets succeed.
    func unsettledFields(of target: EntityTarget) -> [PendingField] {
        let fields = self.records[target]?.fields ?? []
        return fields.filter { $0.uplink > self.settled }.map { PendingField(name: $0.name, value: $0.value) }
    }

    /// A frame was applied that shows what uplinks up to this one did.
    mutating func settle(through uplink: UInt64) { self.settled = max(self.settled, uplink) }

    /// Uplinks were lost, or the seat was: nothing is known any more.
    mutating func forget(settled: UInt64 = 0) {
        self.records.removeAll(keepingCapacity: true)
        self.settled = settled
    }
}

extension StoredValue {
    /// Whether it is this value, byte for byte. Swift finds spellings of a text equal that other clients do not.
    func isSame(as value: Value) -> Bool {
        if case .string(let string) = value { return self.tag == .string && self.blob.elementsEqual(string.utf8) }
        return self == StoredValue(value)
    }
}
