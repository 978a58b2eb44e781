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
        let held = target.resolved(for: self.seat ?? .room).flatMap { self.application.replica.entity($0) }
        var isChanged = false
        for field in fields where self.differs(field, target, held) {
            isChanged = true
            let outcome = self.set(target, field.name, field.value)
            guard outcome == .accepted else { return outcome }
        }
        return isChanged || held != nil ? .accepted : self.create(target)
    }

    /// Whether a field is to be sent: unless all that is known says that the relay has this value, or is about to get it.
    private func differs(_ field: EncodedField, _ target: EntityTarget, _ held: Entity?) -> Bool {
        let value = self.quantised(field)
        switch self.pending.knowledge(of: target, field.name) {
        case .unknown: return true
        case .value(let waiting): return !waiting.isSame(as: value) && !waiting.isSame(as: field.value)
        case .settled: break
        }
        switch self.inFlight.knowledge(of: target, field.name) {
        case .unknown: return true
        case .value(let sent):
            // Nobody else writes what is ours. To others' writes the replica is the only witness.
            let isAboutToBe = sent.isSame(as: value) || sent.isSame(as: field.value)
            return target.isOurs ? !isAboutToBe : !(isAboutToBe && self.replicaHas(field.name, value, target, held))
        case .settled: return !self.replicaHas(field.name, value, target, held)
        }
    }

    /// Whether the replica has this value and is to be believed. An absent field counts as null.
    private func replicaHas(_ name: String, _ value: Value, _ target: EntityTarget, _ held: Entity?) -> Bool {
        guard self.application.isWhole, target.isOurs || self.lifecycle.isJoined, let held else { return false }
        return held.cell(name).map { held.table.holds($0, value) } ?? (value == .null)
    }

    /// A number as the relay keeps it: steps, if the field is quantised.
    private func quantised(_ field: EncodedField) -> Value {
        let names = self.application.replica.names
        switch field.value {
        case .integer, .float:
            guard let index = names.index(of: field.name), names[index]?.quantum != nil else { return field.value }
            return names.quantised(StoredValue(field.value), at: index).value
        case .null, .bool, .quantised, .string, .bytes: return field.value
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

extension EntityTarget {
    /// Only we write it.
    fileprivate var isOurs: Bool { if case .own = self { true } else { false } }
}
