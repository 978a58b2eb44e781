/// Who writes.
struct Author {
    var seat: SeatNumber
    var isHost: Bool
    /// The relay itself.
    var isRelay = false
}

// Writes to the state, each applied whole or refused with a code.
extension RoomWorld {
    /// All fields of a set are written, or none.
    mutating func set(
        _ id: EntityID, _ fields: ArraySlice<OperationField>, _ message: Span<UInt8>, by author: Author
    ) -> ResultCode? {
        var plan = WritePlan(isCard: id == .card)
        let target = self.writable(id, by: author, comparing: false, &plan)
        if let refusal = target.refusal { return refusal }
        self.checkedFields.removeAll(keepingCapacity: true)
        for field in fields {
            switch self.check(field.name, field.value, message, target.slot, &plan) {
            case .success(let stored): self.checkedFields.append(OperationField(name: field.name, value: stored))
            case .refused(let code): return code
            }
        }
        if self.freesTwice(plan, message) { return .stateFull }
        let slot = target.slot ?? self.create(id)
        for index in self.checkedFields.indices {
            if let code = self.write(self.checkedFields[index], message, slot, isCard: plan.isCard) { return code }
        }
        if id == .card { self.cardVersion += 1 }
        return nil
    }

    /// The additions to the room by an operation that is being checked. A field that one set names twice counts twice.
    private struct WritePlan {
        /// The card may always be written: it has bounds of its own.
        let isCard: Bool
        var bytes = 0
        /// Bytes, without deducting those that smaller values free.
        var grown = 0
        var fields = 0
        var names = 0
    }

    /// Whether a set needs the bytes that it frees and names a field twice: the plan may have counted the freed bytes twice.
    private func freesTwice(_ plan: WritePlan, _ message: Span<UInt8>) -> Bool {
        guard plan.bytes < plan.grown, !self.fits(plan.grown, isCard: plan.isCard) else { return false }
        let names = self.checkedFields.compactMap { self.known($0.name, message) }
        return Set(names).count < names.count
    }

    /// The slot that a seat may write to, nil if the entity is yet to be made; or the reason of a refusal.
    private func writable(
        _ id: EntityID, by author: Author, comparing: Bool, _ plan: inout WritePlan
    ) -> (slot: Int?, refusal: ResultCode?) {
        if author.seat.isSpectator { return (nil, .spectator) }
        let existing = self.entities.slot(of: id)
        let owner = existing.map { self.entities.slots[$0].owner } ?? id.space
        let refusal = id == .card ? self.cardRefusal(author, comparing: comparing) : self.refusal(of: owner, author, comparing)
        if let refusal { return (nil, refusal) }
        if let existing { return (existing, nil) }
        guard plan.isCard || self.entities.count < self.configuration.maximumEntities else { return (nil, .tooManyEntities) }
        (plan.bytes, plan.grown) = (EntityStore.entityBytes, EntityStore.entityBytes)
        return (nil, self.fits(plan.bytes, isCard: plan.isCard) ? nil : .stateFull)
    }

    private mutating func create(_ id: EntityID) -> Int {
        self.markChanged()
        return self.entities.create(id, owner: id.space, at: self.tick)
    }

    private func refusal(of owner: SeatNumber, _ author: Author, _ comparing: Bool) -> ResultCode? {
        guard owner == .room else { return owner == author.seat ? nil : .notOwner }
        switch self.configuration.roomWrites {
        case .anyone: return nil
        case .host: return author.isHost ? nil : .notOwner
        case .compareAndSet: return comparing ? nil : .compareAndSetOnly
        }
    }

    private func fits(_ bytes: Int, isCard: Bool) -> Bool {
        isCard || self.entities.stateBytes + bytes <= self.configuration.maximumStateBytes
    }

    /// Checks a field on top of the plan and adds it to the plan. Returns the value that it will hold, or why it is refused.
    private func check(
        _ name: NameReference, _ value: ValueView, _ message: Span<UInt8>, _ slot: Int?, _ plan: inout WritePlan
    ) -> Normalised {
        var stored = value
        var growth = EntityStore.fieldBytes + value.range.count
        var isNew = true
        if let index = self.known(name, message) {
            let normalised = self.normalise(value, for: index)
            guard case .success(let view) = normalised else { return normalised }
            stored = view
            if let slot {
                let position = self.entities.position(of: index, slot: slot)
                isNew = !position.exists
                if !isNew { growth = value.range.count - self.entities.blobCount(at: position.index, slot: slot) }
            }
        } else {
            guard value.tag != .quantised else { return .refused(.wrongType) }
            plan.names += 1
            guard self.hasPlace(forNames: plan.names, isCard: plan.isCard) else { return .refused(.tooManyNames) }
        }
        if isNew {
            plan.fields += 1
            let fieldCount = plan.fields + (slot.map { self.entities.slots[$0].fields.count } ?? 0)
            guard fieldCount <= self.configuration.maximumFields else { return .refused(.tooManyFields) }
        }
        plan.bytes += growth
        plan.grown += max(0, growth)
        return growth <= 0 || self.fits(plan.bytes, isCard: plan.isCard) ? .success(stored) : .refused(.stateFull)
    }

    /// Writes one field. Tests the bounds again, because a set may name a field twice; returns the bound that was hit.
    private mutating func write(
        _ field: OperationField, _ message: Span<UInt8>, _ slot: Int, isCard: Bool
    ) -> ResultCode? {
        guard let index = self.resolve(field.name, message, isCard: isCard) else { return .tooManyNames }
        let view = field.value
        let position = self.entities.position(of: index, slot: slot)
        let before = position.exists ? self.entities.blobCount(at: position.index, slot: slot) : -EntityStore.fieldBytes
        guard view.range.count <= before || self.fits(view.range.count - before, isCard: isCard) else { return .stateFull }
        if self.entities.write(view, message, name: index, at: position, slot: slot, tick: self.tick) {
            self.markChanged()
        }
        return nil
    }

    mutating func remove(_ id: EntityID, by author: Author) -> ResultCode? {
        if author.seat.isSpectator { return .spectator }
        guard let slot = self.entities.slot(of: id) else { return .noSuchEntity }
        if id == .card { return author.isHost ? .compareAndSetOnly : .notOwner }
        if let refusal = self.refusal(of: self.entities.slots[slot].owner, author, false) { return refusal }
        self.entities.remove(slot: slot, at: self.tick)
        self.markChanged()
        return nil
    }

    mutating func compareAndSet(
        _ id: EntityID, _ name: NameReference, expected: ValueView, new: ValueView, numbersByValue: Bool = false,
        _ message: Span<UInt8>, by author: Author
    ) -> ResultCode {
        var plan = WritePlan(isCard: id == .card)
        let target = self.writable(id, by: author, comparing: true, &plan)
        // A bound is reported only after the comparison: without a match there would have been no write.
        if let refusal = target.refusal, refusal != .tooManyEntities, refusal != .stateFull { return refusal }
        if id == .card, self.isRelays(name, message) { return .notOwner }
        if id == .card, self.isClearFlag(name, expected, message) {
            // It says what was expected.
        } else if let index = self.known(name, message) {
            let normalised = self.normalise(expected, for: index)
            guard case .success(let view) = normalised else { return normalised.refusal ?? .wrongType }
            guard self.holds(view, index, target.slot, numbersByValue, message) else { return .valueDiffers }
        } else {
            guard expected.tag == .null else { return expected.tag == .quantised ? .wrongType : .valueDiffers }
        }
        if let refusal = target.refusal { return refusal }
        if id == .card, let refusal = self.cardRefusal(name, new, target.slot, message) { return refusal }
        switch self.check(name, new, message, target.slot, &plan) {
        case .refused(let code): return code
        case .success(let stored):
            if id == .card { self.cardVersion += 1 }
            let field = OperationField(name: name, value: stored)
            return self.write(field, message, target.slot ?? self.create(id), isCard: plan.isCard) ?? .succeeded
        }
    }

    /// Whether a field has a value now; absent counts as null.
    private func holds(
        _ view: ValueView, _ name: NameIndex, _ slot: Int?, _ numbersByValue: Bool, _ message: Span<UInt8>
    ) -> Bool {
        guard let slot else { return view.tag == .null }
        let position = self.entities.position(of: name, slot: slot)
        guard position.exists else { return view.tag == .null }
        let value = self.entities.slots[slot].fields[position.index].value
        return value.equals(view, in: message) || numbersByValue && value.isSameNumber(as: view)
    }

    // MARK: Quantised fields

    private enum Normalised {
        case success(ValueView)
        case refused(ResultCode)
        var refusal: ResultCode? { if case .refused(let code) = self { code } else { nil } }
    }

    /// A value as the field keeps it: steps, if the field has a quantum.
    private func normalise(_ value: ValueView, for name: NameIndex) -> Normalised {
        guard let quantum = self.names.quantum(of: name) else {
            return value.tag == .quantised ? .refused(.wrongType) : .success(value)
        }
        let steps: Double
        switch value.tag {
        case .null: return .success(value)
        case .quantised: steps = Double(Int64(bitPattern: value.bits))
        case .integer: steps = (Double(Int64(bitPattern: value.bits)) / quantum).rounded(.toNearestOrAwayFromZero)
        case .float: steps = (Double(bitPattern: value.bits) / quantum).rounded(.toNearestOrAwayFromZero)
        case .true, .false, .string, .bytes: return .refused(.wrongType)
        }
        guard abs(steps) <= Double(WireLimits.safeInteger) else { return .refused(.outOfRange) }
        return .success(ValueView(tag: .quantised, bits: UInt64(bitPattern: Int64(steps))))
    }
}
