import RelayWire

extension ClientSession {
    /// Writes those of the fields that differ from what the relay has, or will have when all that is under way has arrived. Makes the
    /// entity if it does not exist and is ours or the room's.
    ///
    /// - Returns: The first refusal, if there is one. A number that is not finite, or a name of a wrong length, refuses all fields.
    /// - Complexity: O(fields · pending fields of this entity).
    package mutating func write(_ entity: EntityTarget, _ fields: [EncodedField]) -> WriteOutcome {
        for field in fields { if let refusal = self.refusal(field.name, field.value) { return refusal } }
        let target = self.canonical(entity)
        self.inFlight.follow(target, since: self.uplinks.nextNumber - 1)
        let changed = fields.filter(self.known(target).differs)
        for field in changed {
            let outcome = self.set(target, field.name, field.value)
            guard outcome == .accepted else { return outcome }
        }
        // Fields make their entity.
        return fields.isEmpty && self.known(target).held == nil ? self.create(target) : .accepted
    }

    private func known(_ target: EntityTarget) -> KnownEntity {
        let isOurs = if case .own = target { true } else { false }
        let waiting = self.pending.waitingFields(of: target)
        return KnownEntity(
            isOurs: isOurs, waiting: waiting.fields, nothingElseWaits: waiting.areAll, sent: self.inFlight.fields(of: target),
            settled: self.inFlight.settled, names: self.application.replica.names,
            held: target.resolved(for: self.seat ?? .room).flatMap { self.application.replica.entity($0) },
            isReplicaBelieved: self.application.isWhole && (isOurs || self.lifecycle.isJoined)
        )
    }
}

/// What is known of an entity that is about to be written: what waits, what is under way, and the replica.
private struct KnownEntity {
    /// Nobody else writes it.
    let isOurs: Bool
    let waiting: [PendingField]
    let nothingElseWaits: Bool
    /// Nil: anything may be under way.
    let sent: [InFlightFields.Field]?
    let settled: UInt64
    let names: NameTable
    let held: Entity?
    let isReplicaBelieved: Bool

    /// Whether a field is to be sent: unless all that is known says that the relay has this value, or is about to get it.
    func differs(_ field: EncodedField) -> Bool {
        let index = self.names.index(of: field.name)
        let value = index.map { self.quantised(field.value, at: $0) } ?? field.value
        if let waiting = self.waiting.first(where: { $0.name.hasSameBytes(as: field.name) }) {
            return !waiting.value.isSame(as: value) && !waiting.value.isSame(as: field.value)
        }
        guard self.nothingElseWaits, let sent = self.sent else { return true }
        if let last = sent.first(where: { $0.name.hasSameBytes(as: field.name) }), last.uplink > self.settled {
            let isAboutToBe = last.value.isSame(as: value) || last.value.isSame(as: field.value)
            // To the writes of others the replica is the only witness.
            return !(isAboutToBe && (self.isOurs || self.replicaHas(value, at: index)))
        }
        return !self.replicaHas(value, at: index)
    }

    /// An absent field counts as null.
    private func replicaHas(_ value: Value, at index: NameIndex?) -> Bool {
        guard self.isReplicaBelieved, let held else { return false }
        let cell = index.flatMap { held.table.field($0, at: held.position) }
        return cell.map { held.table.holds($0, value) } ?? (value == .null)
    }

    /// A number as the relay keeps it: steps, if the field is quantised.
    private func quantised(_ value: Value, at index: NameIndex) -> Value {
        guard self.names[index]?.quantum != nil else { return value }
        switch value {
        case .integer, .float: return self.names.quantised(StoredValue(value), at: index).value
        case .null, .bool, .quantised, .string, .bytes: return value
        }
    }
}

extension ClientSession {
    /// One target for one entity, so that its writes keep their order whichever way the game names it.
    func canonical(_ target: EntityTarget) -> EntityTarget {
        guard case .entity(let entity) = target else { return target }
        if entity.space == .room { return .room(entity.number) }
        return entity.space == self.seat ? .own(entity.number) : target
    }
}
