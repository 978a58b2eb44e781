// Phase 3: writes and events, in order of arrival.
extension Room {
    mutating func applyOperations() {
        // The inbox is taken out, so that operations may read it while the room changes, without a copy.
        var inbox = Inbox()
        swap(&inbox, &self.intake.inbox)
        for index in 0..<inbox.entries.count {
            let entry = inbox.entries[index]
            switch entry.input {
            case .uplink(let uplink): self.apply(uplink, in: inbox, from: entry.seat)
            case .lost(let generation, let connection): self.lose(entry.seat, generation, connection)
            case .leave(let generation): self.leave(entry.seat, generation)
            case .kick(let generation): self.members.expel(entry.seat, generation: generation, &self.world, &self.out)
            case .request(let number, let generation, let operation):
                self.out.answer(number, self.applyRequest(operation, in: inbox, for: entry.seat, generation))
            case .join, .rejoin, .message, .ponged, .done: break
            }
        }
        inbox.removeAll()
        swap(&inbox, &self.intake.inbox)
    }

    private mutating func lose(_ number: SeatNumber, _ generation: UInt64, _ connection: ConnectionID) {
        guard let seat = self.members.seats.current(number, generation), seat.connection == connection else { return }
        self.out.count(.disconnects)
        self.out.note(.broken, seat, at: self.clock.moment)
        let cause = self.members.causeOfEnd(of: seat, otherwise: .broken)
        self.members.loseConnection(seat, cause: cause, &self.world, &self.out)
    }

    private mutating func leave(_ number: SeatNumber, _ generation: UInt64) {
        guard let seat = self.members.seats.current(number, generation), let connection = seat.connection else { return }
        self.out.count(.leaves)
        self.out.note(.left, seat, at: self.clock.moment)
        self.out.close(connection, .left)
        self.members.vacate(seat, &self.world, &self.out)
    }

    /// Applies an uplink. An operation that fails yields a result; nothing else can fail here.
    private mutating func apply(_ uplink: AcceptedUplink, in inbox: Inbox, from number: SeatNumber) {
        // An occupant that joined at this tick has sent nothing yet: these operations are its predecessor's.
        guard self.members.seats.isSeated(number) else { return }
        let seat = self.members.seats[number]
        guard seat.joined < self.currentTick else { return }
        let message = inbox.bytes.span.extracting(uplink.message)
        var nextField = uplink.firstField
        for position in uplink.operations {
            let code = self.apply(inbox.operations, position, &nextField, message, seat)
            guard let code else { continue }
            if code != .succeeded { self.out.count(.operationsRefused) }
            let operation = UInt8(position - uplink.operations.lowerBound)
            let result = OperationResult(uplink: uplink.number, operation: operation, code: code)
            seat.keep(result, at: self.currentTick, bound: self.configuration.maximumResults)
        }
    }

    /// Applies one operation. Nil is success without a result.
    mutating func apply(
        _ list: OperationList, _ position: Int, _ nextField: inout Int, _ message: Span<UInt8>, _ sender: Seat
    ) -> ResultCode? {
        let author = Author(seat: sender.number, isHost: sender.number == self.members.host)
        switch list.operations[position] {
        case .set(let entity, let count):
            defer { nextField += count }
            return self.world.set(entity, list.fields[nextField..<nextField + count], message, by: author)
        case .remove(let entity): return self.world.remove(entity, by: author)
        case .event(let name, let audience, let seats, let value):
            return self.emit(name, audience, self.targets(audience, list.seats[seats]), value, message, sender)
        case .act(let act): return self.perform(act, message, by: sender)
        case .compareAndSet(let entity, let name, let expected, let new, let numbersByValue):
            return self.world.compareAndSet(
                entity, name, expected: expected, new: new, numbersByValue: numbersByValue, message, by: author)
        }
    }

    // MARK: Events

    /// The seats that get a private event: those named that are seated, each once. Empty for public events.
    private mutating func targets(_ audience: Audience, _ seats: ArraySlice<SeatNumber>) -> [SeatNumber] {
        switch audience {
        case .all, .others: []
        case .host: self.members.host == .room ? [] : [self.members.host]
        case .seats: self.members.seats.taken(of: seats)
        }
    }

    private mutating func emit(
        _ name: NameReference, _ audience: Audience, _ targets: [SeatNumber], _ value: ValueView, _ message: Span<UInt8>,
        _ sender: Seat
    ) -> ResultCode? {
        if sender.number.isSpectator { return .spectator }
        let isPrivate = audience == .host || audience == .seats
        guard !isPrivate || !targets.isEmpty else { return .noSuchSeat }
        guard self.mayDeliver(to: targets.count, bytes: value.range.count, sender) else {
            self.out.count(.deliveriesRefused)
            return .tooManyDeliveries
        }
        guard let index = self.world.resolve(name, message) else { return .tooManyNames }
        let head = EventHead(number: 0, tick: self.currentTick, sender: sender.number, audience: audience, name: index)
        self.log(LoggedEvent(head: head, value: StoredValue(value, in: message), targets: targets))
        return nil
    }

    /// A private event costs its sender 1 + value bytes / 256 for each receiver, because it is encoded for each.
    static let bytesPerDelivery = 256
    /// Deliveries per second, and per burst, for each message per second of ``RoomConfiguration/uplinkRate``.
    static let deliveriesPerMessage: UInt64 = 16
    static let deliveriesInABurst: UInt64 = 4

    private func mayDeliver(to receivers: Int, bytes: Int, _ sender: Seat) -> Bool {
        guard receivers > 0 else { return true }
        let rate = self.configuration.uplinkRate
        return sender.deliveryBudget.pay(
            UInt64(receivers * (1 + bytes / Self.bytesPerDelivery)), at: self.clock.moment.now,
            rate: rate * Self.deliveriesPerMessage,
            burst: rate * Self.deliveriesInABurst
        )
    }

    private mutating func log(_ event: LoggedEvent) {
        self.out.count(.events)
        var forgotten: [LoggedEvent] = []
        let number = self.events.append(event) { forgotten.append($0) }
        for target in event.targets { self.members.seats[target].expectPrivateEvent(number, at: self.currentTick) }
        for event in forgotten {
            self.out.count(.eventsForgotten)
            // The seat keeps the newest tick forgotten: it may have forgotten results of later ticks than this event's.
            for target in event.targets where self.members.seats.isSeated(target) {
                self.members.seats[target].forgetPrivateEvent(event.head)
            }
        }
    }
}
