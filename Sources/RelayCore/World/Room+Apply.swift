/// A field of a set operation that has passed its checks, with the value as it will be kept.
struct CheckedField {
    var name: NameReference
    var value: ValueView
}

// Phase 3: writes and events, in order of arrival.
extension Room {
    mutating func applyOperations() {
        for index in 0..<self.inbox.entries.count {
            let entry = self.inbox.entries[index]
            switch entry.input {
            case .operations(let head, let range, let offset):
                // An occupant that joined at this tick has sent nothing yet: these operations are its predecessor's.
                guard self.seats.isSeated(entry.seat), self.seats[entry.seat].joined < self.currentTick else { continue }
                self.apply(head, range, from: offset, entry.seat)
            case .lost(let generation, let connection):
                guard self.isCurrent(entry.seat, generation), self.seats[entry.seat].connection == connection else { continue }
                self.counters.count(.disconnects)
                self.note(.broken, entry.seat)
                self.loseConnection(entry.seat, cause: .broken)
            case .leave(let generation):
                guard self.isCurrent(entry.seat, generation), let connection = self.seats[entry.seat].connection
                else { continue }
                self.counters.count(.leaves)
                self.note(.left, entry.seat)
                self.close(connection, .left)
                self.vacate(entry.seat)
            case .kick(let generation): self.expel(entry.seat, generation: generation)
            case .join, .rejoin, .message, .done: break
            }
        }
        self.inbox.removeAll()
    }

    /// Applies an uplink whose bytes have been checked. An operation that fails yields a result; nothing else can fail here.
    private mutating func apply(_ head: UplinkHead, _ range: Range<Int>, from offset: Int, _ sender: SeatNumber) {
        // The inbox is taken out, so that operations may read its bytes while the room changes, without a copy.
        var inbox = Inbox()
        swap(&inbox, &self.inbox)
        defer { swap(&inbox, &self.inbox) }
        let message = inbox.bytes.span.extracting(range)
        var cursor = WireCursor(offset: offset)
        for position in 0..<head.operationCount {
            let operation = Self.checked { () throws(WireError) in try cursor.operation(message, names: WireLimits.names) }
            let code = self.apply(operation, message, &cursor, sender)
            guard let code else { continue }
            if code != .succeeded { self.counters.count(.operationsRefused) }
            let result = OperationResult(uplink: head.number, operation: UInt8(position), code: code)
            self.seats[sender].keep(result, at: self.currentTick, bound: self.configuration.maximumResults)
        }
    }

    /// Reads bytes that phase 1 has checked. The name table has only grown since, so a failure is our own bug.
    private static func checked<Value>(_ read: () throws(WireError) -> Value) -> Value {
        do throws(WireError) { return try read() } catch { preconditionFailure("checked in phase 1: \(error)") }
    }

    private mutating func apply(
        _ operation: Operation, _ message: Span<UInt8>, _ cursor: inout WireCursor, _ sender: SeatNumber
    ) -> ResultCode? {
        switch operation {
        case .set(let entity, let fieldCount): self.set(entity, fieldCount, message, &cursor, sender)
        case .remove(let entity): self.remove(entity, sender)
        case .event(let name, let audience, let seats, let seatCount, let value):
            self.emit(name, audience, self.targets(audience, message, seats, seatCount), value, message, sender)
        case .compareAndSet(let entity, let name, let expected, let new):
            self.compareAndSet(entity, name, expected, new, message, sender)
        }
    }

    // MARK: State

    /// All fields of a set are written, or none.
    private mutating func set(
        _ id: EntityID, _ fieldCount: Int, _ message: Span<UInt8>, _ cursor: inout WireCursor, _ sender: SeatNumber
    ) -> ResultCode? {
        var plan = WritePlan()
        let target = self.writable(id, by: sender, comparing: false, &plan)
        var refusal = target.refusal
        self.checkedFields.removeAll(keepingCapacity: true)
        // Fields are read even after a refusal, because the next operation follows them.
        for _ in 0..<fieldCount {
            let (name, value) = Self.checked { () throws(WireError) in try cursor.field(message, names: WireLimits.names) }
            guard refusal == nil else { continue }
            switch self.check(name, value, message, target.slot, &plan) {
            case .success(let stored): self.checkedFields.append(CheckedField(name: name, value: stored))
            case .refused(let code): refusal = code
            }
        }
        if refusal == nil, self.freesTwice(plan, message) { refusal = .stateFull }
        if let refusal { return refusal }
        let slot = target.slot ?? self.create(id)
        for index in self.checkedFields.indices {
            if let code = self.write(self.checkedFields[index], message, slot) { return code }
        }
        return nil
    }

    /// The additions to the room by an operation that is being checked. A field that one set names twice counts twice.
    private struct WritePlan {
        var bytes = 0
        /// Bytes, without deducting those that smaller values free.
        var grown = 0
        var fields = 0
        var names = 0
    }

    /// Whether a set needs the bytes that it frees and names a field twice: the plan may have counted the freed bytes twice.
    private func freesTwice(_ plan: WritePlan, _ message: Span<UInt8>) -> Bool {
        guard plan.bytes < plan.grown, !self.fits(plan.grown) else { return false }
        let names = self.checkedFields.compactMap { self.known($0.name, message) }
        return Set(names).count < names.count
    }

    /// The slot that a seat may write to, nil if the entity is yet to be made; or the reason of a refusal.
    private func writable(
        _ id: EntityID, by sender: SeatNumber, comparing: Bool, _ plan: inout WritePlan
    ) -> (slot: Int?, refusal: ResultCode?) {
        if sender.isSpectator { return (nil, .spectator) }
        let existing = self.entities.slot(of: id)
        let owner = existing.map { self.entities.slots[$0].owner } ?? id.space
        if let refusal = self.refusal(of: owner, sender, comparing) { return (nil, refusal) }
        if let existing { return (existing, nil) }
        guard self.entities.count < self.configuration.maximumEntities else { return (nil, .tooManyEntities) }
        (plan.bytes, plan.grown) = (EntityStore.entityBytes, EntityStore.entityBytes)
        return (nil, self.fits(plan.bytes) ? nil : .stateFull)
    }

    private mutating func create(_ id: EntityID) -> Int {
        self.markChanged()
        return self.entities.create(id, owner: id.space, at: self.currentTick)
    }

    private func refusal(of owner: SeatNumber, _ sender: SeatNumber, _ comparing: Bool) -> ResultCode? {
        guard owner == .room else { return owner == sender ? nil : .notOwner }
        switch self.configuration.roomWrites {
        case .anyone: return nil
        case .host: return sender == self.host ? nil : .notOwner
        case .compareAndSet: return comparing ? nil : .compareAndSetOnly
        }
    }

    private func fits(_ bytes: Int) -> Bool { self.entities.stateBytes + bytes <= self.configuration.maximumStateBytes }

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
            guard self.names.count + plan.names <= WireLimits.names else { return .refused(.tooManyNames) }
        }
        if isNew {
            plan.fields += 1
            let fieldCount = plan.fields + (slot.map { self.entities.slots[$0].fields.count } ?? 0)
            guard fieldCount <= self.configuration.maximumFields else { return .refused(.tooManyFields) }
        }
        plan.bytes += growth
        plan.grown += max(0, growth)
        return growth <= 0 || self.fits(plan.bytes) ? .success(stored) : .refused(.stateFull)
    }

    /// Writes one field. Tests the bounds again, because a set may name a field twice; returns the bound that was hit.
    private mutating func write(_ field: CheckedField, _ message: Span<UInt8>, _ slot: Int) -> ResultCode? {
        guard let index = self.resolve(field.name, message) else { return .tooManyNames }
        let view = field.value
        let position = self.entities.position(of: index, slot: slot)
        let before = position.exists ? self.entities.blobCount(at: position.index, slot: slot) : -EntityStore.fieldBytes
        guard view.range.count <= before || self.fits(view.range.count - before) else { return .stateFull }
        if self.entities.write(view, message, name: index, at: position, slot: slot, tick: self.currentTick) {
            self.markChanged()
        }
        return nil
    }

    /// A name's index, nil if it is new.
    private func known(_ name: NameReference, _ message: Span<UInt8>) -> NameIndex? {
        switch name {
        case .index(let index): return index
        case .inline(let range):
            return self.names.index(
                of: message.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            )
        }
    }

    /// A name's index; a new name is added to the table. Nil if the table is full.
    private mutating func resolve(_ name: NameReference, _ message: Span<UInt8>) -> NameIndex? {
        if let known = self.known(name, message) { return known }
        guard case .inline(let range) = name else { return nil }
        let string = message.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        let index = self.names.add(string, quantum: nil, at: self.currentTick)
        if index != nil { self.markChanged() }
        return index
    }

    private mutating func remove(_ id: EntityID, _ sender: SeatNumber) -> ResultCode? {
        if sender.isSpectator { return .spectator }
        guard let slot = self.entities.slot(of: id) else { return .noSuchEntity }
        if let refusal = self.refusal(of: self.entities.slots[slot].owner, sender, false) { return refusal }
        self.entities.remove(slot: slot, at: self.currentTick)
        self.markChanged()
        return nil
    }

    private mutating func compareAndSet(
        _ id: EntityID, _ name: NameReference, _ expected: ValueView, _ new: ValueView, _ message: Span<UInt8>,
        _ sender: SeatNumber
    ) -> ResultCode {
        var plan = WritePlan()
        let target = self.writable(id, by: sender, comparing: true, &plan)
        // A bound is reported only after the comparison: without a match there would have been no write.
        if let refusal = target.refusal, refusal != .tooManyEntities, refusal != .stateFull { return refusal }
        if let index = self.known(name, message) {
            let normalised = self.normalise(expected, for: index)
            guard case .success(let view) = normalised else { return normalised.refusal ?? .wrongType }
            guard self.holds(view, index, target.slot, message) else { return .valueDiffers }
        } else {
            guard expected.tag == .null else { return expected.tag == .quantised ? .wrongType : .valueDiffers }
        }
        if let refusal = target.refusal { return refusal }
        switch self.check(name, new, message, target.slot, &plan) {
        case .refused(let code): return code
        case .success(let stored):
            return self.write(CheckedField(name: name, value: stored), message, target.slot ?? self.create(id)) ?? .succeeded
        }
    }

    /// Whether a field has a value now; absent counts as null.
    private func holds(_ view: ValueView, _ name: NameIndex, _ slot: Int?, _ message: Span<UInt8>) -> Bool {
        guard let slot else { return view.tag == .null }
        let position = self.entities.position(of: name, slot: slot)
        guard position.exists else { return view.tag == .null }
        return self.entities.slots[slot].fields[position.index].value.equals(view, in: message)
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

    // MARK: Events

    /// The seats that get a private event: those named that are seated, each once. Empty for public events.
    private mutating func targets(_ audience: Audience, _ message: Span<UInt8>, _ range: Range<Int>, _ count: Int) -> [SeatNumber]
    {
        switch audience {
        case .all, .others: return []
        case .host: return self.host == .room ? [] : [self.host]
        case .seats:
            var cursor = WireCursor(offset: range.lowerBound)
            var targets: [SeatNumber] = []
            targets.reserveCapacity(count)
            self.targetMark += 1
            for _ in 0..<count {
                let number = Self.checked { () throws(WireError) in try cursor.seat(message) }
                guard self.seats.isSeated(number), self.seats[number].targetMark != self.targetMark else { continue }
                self.seats[number].targetMark = self.targetMark
                targets.append(number)
            }
            return targets
        }
    }

    private mutating func emit(
        _ name: NameReference, _ audience: Audience, _ targets: [SeatNumber], _ value: ValueView, _ message: Span<UInt8>,
        _ sender: SeatNumber
    ) -> ResultCode? {
        if sender.isSpectator { return .spectator }
        let isPrivate = audience == .host || audience == .seats
        guard !isPrivate || !targets.isEmpty else { return .noSuchSeat }
        guard self.mayDeliver(to: targets.count, bytes: value.range.count, sender) else {
            self.counters.count(.deliveriesRefused)
            return .tooManyDeliveries
        }
        guard let index = self.resolve(name, message) else { return .tooManyNames }
        let head = EventHead(number: 0, tick: self.currentTick, sender: sender, audience: audience, name: index)
        self.log(LoggedEvent(head: head, value: StoredValue(value, in: message), targets: targets))
        return nil
    }

    /// A private event costs its sender 1 + value bytes / 256 for each receiver, because it is encoded for each.
    static let bytesPerDelivery = 256
    /// Deliveries per second, and per burst, for each message per second of ``RoomConfiguration/uplinkRate``.
    static let deliveriesPerMessage: UInt64 = 16
    static let deliveriesInABurst: UInt64 = 4

    private func mayDeliver(to receivers: Int, bytes: Int, _ sender: SeatNumber) -> Bool {
        guard receivers > 0 else { return true }
        let rate = self.configuration.uplinkRate
        return self.seats[sender].deliveryBudget.pay(
            UInt64(receivers * (1 + bytes / Self.bytesPerDelivery)), at: self.now, rate: rate * Self.deliveriesPerMessage,
            burst: rate * Self.deliveriesInABurst
        )
    }

    private mutating func log(_ event: LoggedEvent) {
        self.counters.count(.events)
        var forgotten: [LoggedEvent] = []
        let number = self.events.append(event) { forgotten.append($0) }
        for target in event.targets { self.seats[target].expectPrivateEvent(number, at: self.currentTick) }
        if event.isPublic { self.markChanged() }
        for event in forgotten {
            self.counters.count(.eventsForgotten)
            // The seat keeps the newest tick forgotten: it may have forgotten results of later ticks than this event's.
            for target in event.targets where self.seats.isSeated(target) { self.seats[target].forgetPrivateEvent(event.head) }
        }
    }
}
