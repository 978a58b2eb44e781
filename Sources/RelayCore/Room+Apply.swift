// Phase 3: writes and events, in order of arrival.
extension Room {
    mutating func applyOperations() {
        for index in 0..<self.inbox.entries.count {
            let entry = self.inbox.entries[index]
            switch entry.input {
            case .operations(let head, let range, let offset):
                if self.seats.isSeated(entry.seat) { self.apply(head, range, from: offset, entry.seat) }
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
            case .join, .rejoin, .message, .done: break
            }
        }
        self.inbox.removeAll()
    }

    /// Applies an uplink whose bytes have been checked: nothing here can fail but by yielding a result.
    private mutating func apply(_ head: UplinkHead, _ range: Range<Int>, from offset: Int, _ sender: SeatNumber) {
        // Lent for the while, so that operations may read the bytes while the room changes; no copy is made.
        var inbox = Inbox()
        swap(&inbox, &self.inbox)
        defer { swap(&inbox, &self.inbox) }
        let message = inbox.bytes.span.extracting(range)
        var cursor = WireCursor(offset: offset)
        for position in 0..<head.operationCount {
            // Checked in phase 1 against a name table that has only grown since.
            guard let operation = try? cursor.operation(message, names: WireLimits.names) else { return }
            let code = self.apply(operation, message, &cursor, sender)
            guard let code else { continue }
            if code != .succeeded { self.counters.count(.operationsRefused) }
            let result = OperationResult(uplink: head.number, operation: UInt8(position), code: code)
            self.seats[sender].keep(result, at: self.currentTick, bound: self.configuration.maximumResults)
        }
    }

    private mutating func apply(
        _ operation: Operation, _ message: Span<UInt8>, _ cursor: inout WireCursor, _ sender: SeatNumber
    ) -> ResultCode? {
        switch operation {
        case .set(let entity, let fieldCount): self.set(entity, fieldCount, message, &cursor, sender)
        case .remove(let entity): self.remove(entity, sender)
        case .event(let name, let audience, let seats, let seatCount, let value):
            self.emit(name, audience, Self.seats(message, seats, seatCount), value, message, sender)
        case .compareAndSet(let entity, let name, let expected, let new):
            self.compareAndSet(entity, name, expected, new, message, sender)
        }
    }

    // MARK: State

    private mutating func set(
        _ id: EntityID, _ fieldCount: Int, _ message: Span<UInt8>, _ cursor: inout WireCursor, _ sender: SeatNumber
    ) -> ResultCode? {
        let target = self.writable(id, by: sender, comparing: false)
        var refusal = target.refusal
        for _ in 0..<fieldCount {
            // Read even if refused: the next operation stands behind.
            guard let (name, value) = try? cursor.field(message, names: WireLimits.names) else { return .wrongType }
            guard let slot = target.slot else { continue }
            if let code = self.write(name, value, message, slot) { refusal = refusal ?? code }
        }
        return refusal
    }

    /// The slot a seat may write to, made if it does not exist; or why not.
    private mutating func writable(_ id: EntityID, by sender: SeatNumber, comparing: Bool) -> (slot: Int?, refusal: ResultCode?) {
        if sender.isSpectator { return (nil, .spectator) }
        let existing = self.entities.slot(of: id)
        let owner = existing.map { self.entities.slots[$0].owner } ?? id.space
        if let refusal = self.refusal(of: owner, sender, comparing) { return (nil, refusal) }
        if let existing { return (existing, nil) }
        guard self.entities.count < self.configuration.maximumEntities else { return (nil, .tooManyEntities) }
        guard self.fits(EntityStore.entityBytes) else { return (nil, .stateFull) }
        let slot = self.entities.create(id, owner: owner, at: self.currentTick)
        self.noteChange()
        return (slot, nil)
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

    /// Writes one field; the reason if it may not be.
    private mutating func write(_ name: NameReference, _ value: ValueView, _ message: Span<UInt8>, _ slot: Int) -> ResultCode? {
        guard let index = self.resolve(name, message) else { return .tooManyNames }
        let normalised = self.normalise(value, for: index)
        guard case .success(let view) = normalised else { return normalised.refusal }
        let position = self.entities.position(of: index, slot: slot)
        let growth: Int
        if position.exists {
            growth = view.range.count - self.entities.slots[slot].fields[position.index].value.blob.count
        } else {
            guard self.entities.slots[slot].fields.count < self.configuration.maximumFields else { return .tooManyFields }
            growth = EntityStore.fieldBytes + view.range.count
        }
        guard growth <= 0 || self.fits(growth) else { return .stateFull }
        if self.entities.write(view, message, name: index, at: position, slot: slot, tick: self.currentTick) { self.noteChange() }
        return nil
    }

    /// A name's index, given now if it is new; nil if the table is full.
    private mutating func resolve(_ name: NameReference, _ message: Span<UInt8>) -> NameIndex? {
        switch name {
        case .index(let index): return index
        case .inline(let range):
            let string = message.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            if let known = self.names.index(of: string) { return known }
            let index = self.names.add(string, quantum: nil, at: self.currentTick)
            if index != nil { self.noteChange() }
            return index
        }
    }

    private mutating func remove(_ id: EntityID, _ sender: SeatNumber) -> ResultCode? {
        if sender.isSpectator { return .spectator }
        guard let slot = self.entities.slot(of: id) else { return .noSuchEntity }
        if let refusal = self.refusal(of: self.entities.slots[slot].owner, sender, false) { return refusal }
        self.entities.remove(slot: slot, at: self.currentTick)
        self.noteChange()
        return nil
    }

    private mutating func compareAndSet(
        _ id: EntityID, _ name: NameReference, _ expected: ValueView, _ new: ValueView, _ message: Span<UInt8>,
        _ sender: SeatNumber
    ) -> ResultCode {
        if sender.isSpectator { return .spectator }
        let slot = self.entities.slot(of: id)
        let owner = slot.map { self.entities.slots[$0].owner } ?? id.space
        if let refusal = self.refusal(of: owner, sender, true) { return refusal }
        guard let index = self.resolve(name, message) else { return .tooManyNames }
        let normalised = self.normalise(expected, for: index)
        guard case .success(let view) = normalised else { return normalised.refusal ?? .wrongType }
        guard self.holds(view, index, slot, message) else { return .valueDiffers }
        let target = self.writable(id, by: sender, comparing: true)
        guard let writableSlot = target.slot else { return target.refusal ?? .noSuchEntity }
        return self.write(.index(index), new, message, writableSlot) ?? .succeeded
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

    private static func seats(_ message: Span<UInt8>, _ range: Range<Int>, _ count: Int) -> [SeatNumber] {
        guard count > 0 else { return [] }
        var cursor = WireCursor(offset: range.lowerBound)
        return (0..<count).compactMap { _ in try? cursor.seat(message) }
    }

    private mutating func emit(
        _ name: NameReference, _ audience: Audience, _ seats: [SeatNumber], _ value: ValueView, _ message: Span<UInt8>,
        _ sender: SeatNumber
    ) -> ResultCode? {
        if sender.isSpectator { return .spectator }
        var targets: [SeatNumber] = []
        switch audience {
        case .all, .others: break
        case .host: targets = self.host == .room ? [] : [self.host]
        case .seats:
            for seat in seats where self.seats.isSeated(seat) && !targets.contains(seat) { targets.append(seat) }
        }
        let isPrivate = audience == .host || audience == .seats
        guard !isPrivate || !targets.isEmpty else { return .noSuchSeat }
        guard let index = self.resolve(name, message) else { return .tooManyNames }
        let head = EventHead(number: 0, tick: self.currentTick, sender: sender, audience: audience, name: index)
        self.log(LoggedEvent(head: head, value: StoredValue(value, in: message), targets: targets))
        return nil
    }

    private mutating func log(_ event: LoggedEvent) {
        self.counters.count(.events)
        for target in event.targets { self.seats[target].newestPrivate = self.currentTick }
        if event.isPublic { self.noteChange() }
        var forgotten: [LoggedEvent] = []
        self.events.append(event) { forgotten.append($0) }
        for event in forgotten {
            self.counters.count(.eventsForgotten)
            for target in event.targets where self.seats.isSeated(target) {
                self.seats[target].privateForgottenThrough = event.head.tick
            }
        }
    }
}
