// Phase 1: goes through the inputs in order of arrival. Admissions and acknowledgements take effect; operations wait for phase 3.
extension Room {
    mutating func drainInbox() {
        self.inbox.sort()
        for index in 0..<self.inbox.entries.count {
            let entry = self.inbox.entries[index]
            switch entry.input {
            case .join(let role, let connection):
                self.admit(role, connection)
                self.inbox.replace(index, with: .done)
            case .rejoin(let request, let connection):
                self.readmit(request, connection)
                self.inbox.replace(index, with: .done)
            case .message(let generation, let range, let exact):
                let arrival = Arrival(at: entry.arrival, isExact: exact)
                self.inbox.replace(index, with: self.accept(range, from: entry.seat, generation: generation, arrival: arrival))
            case .lost, .operations, .leave, .kick, .done: break
            }
        }
    }

    // MARK: Admission

    private mutating func admit(_ role: Role, _ connection: ConnectionID) {
        if self.isFull(role) { self.clearHeldSeat(role) }
        let number = self.isFull(role) ? nil : self.vacantNumber(role)
        guard let number else {
            self.note(.refused, .room)
            return self.close(connection, .roomFull)
        }
        self.seats[number].seat(connection, at: self.currentTick, now: self.now, liveness: self.liveness)
        if role == .player { self.seats.playersSeated += 1 } else { self.seats.spectatorsSeated += 1 }
        self.emptySince = nil
        self.counters.count(.joins)
        self.markRowChanged(number)
        self.note(.joined, number)
        self.welcome(number, connection, resumed: false, uplinkGap: false, cause: .unknown)
        self.chooseHostIfNeeded()
    }

    private func isFull(_ role: Role) -> Bool {
        switch role {
        case .player: self.seats.playersSeated >= self.configuration.maximumPlayers
        case .spectator: self.seats.spectatorsSeated >= self.configuration.maximumSpectators
        }
    }

    /// The hold of a seat that was connected for less than this may be given up for a newcomer. Nanoseconds.
    package static let earnsHold: UInt64 = 60_000_000_000

    /// Gives up the hold of the away seat that was connected for the shortest time, if that is below ``earnsHold``: clients that
    /// join, acknowledge once and vanish must not lock a room.
    private mutating func clearHeldSeat(_ role: Role) {
        var shortest: Seat?
        for seat in role == .player ? self.seats.players : self.seats.spectators {
            guard case .away = seat.life, seat.timeSeated < min(Self.earnsHold, shortest?.timeSeated ?? .max),
                self.canReplace(seat)
            else { continue }
            shortest = seat
        }
        guard let shortest else { return }
        self.counters.count(.holdsCutShort)
        self.vacate(shortest.number)
    }

    /// Whether a newcomer gets a seat number once this seat is vacant: this one, or one never given.
    private func canReplace(_ seat: Seat) -> Bool {
        if seat.number.isSpectator || self.configuration.departure == .remove { return true }
        return self.seats.players.count < SeatNumber.players.count || self.entities.isEmpty(space: seat.number)
    }

    private mutating func vacantNumber(_ role: Role) -> SeatNumber? {
        // The table is taken out so that the search may read the entities: a number is reused only when its namespace is empty.
        var seats = SeatTable()
        swap(&seats, &self.seats)
        defer { swap(&seats, &self.seats) }
        return seats.vacantNumber(role) { $0.isSpectator || self.entities.isEmpty(space: $0) }
    }

    private mutating func readmit(_ request: RejoinRequest, _ connection: ConnectionID) {
        guard self.seats.isSeated(request.seat) else { return self.close(connection, .seatGone) }
        let seat = self.seats[request.seat]
        guard request.generation <= seat.generation else { return self.close(connection, .tokenRefused) }
        guard request.generation >= seat.firstGeneration else { return self.close(connection, .seatGone) }
        guard request.generation >= seat.confirmedGeneration else { return self.close(connection, .tokenSuperseded) }
        let cause = seat.connection == nil ? seat.cause : LagCause.replaced
        if let previous = seat.connection { self.close(previous, .replaced) }
        let resumed = self.canResume(request)
        let baseline = request.tick > .none && self.isPast(request) ? request.tick : seat.sending.acknowledged
        self.seats[request.seat].reseat(
            connection, at: self.currentTick, liveness: self.liveness, resumingFrom: baseline, needsSnapshot: !resumed
        )
        self.counters.count(.rejoins)
        self.markRowChanged(request.seat)
        self.note(.rejoined, request.seat)
        self.welcome(
            request.seat, connection, resumed: resumed, uplinkGap: request.confirmed > seat.lastUplink, cause: cause
        )
        self.chooseHostIfNeeded()
    }

    /// Whether this room has run the tick that a client names, in this epoch or one that it continues, and since this occupant
    /// joined: earlier frames to the seat number went to another occupant.
    private func isPast(_ request: RejoinRequest) -> Bool {
        self.isOnHistory(epoch: request.epoch, request.tick) && request.tick >= self.seats[request.seat].joined
    }

    private func isOnHistory(epoch: UInt64, _ tick: Tick) -> Bool {
        if epoch == self.epoch { return tick < self.currentTick }
        return self.pastEpochs.contains { $0.epoch == epoch && tick <= $0.last }
    }

    /// Whether a delta can reach a client from the tick it names.
    private func canResume(_ request: RejoinRequest) -> Bool {
        request.tick > .none && self.isPast(request) && request.tick >= self.entities.forgottenThrough
    }

    private mutating func welcome(
        _ number: SeatNumber, _ connection: ConnectionID, resumed: Bool, uplinkGap: Bool, cause: LagCause
    ) {
        let seat = self.seats[number]
        self.effects.append(
            .welcome(
                connection,
                SeatWelcome(
                    seat: number, generation: seat.generation, tick: self.currentTick, stride: self.stride, resumed: resumed,
                    uplinkGap: uplinkGap, lastUplink: seat.lastUplink, cause: cause
                )
            )
        )
    }

    // MARK: Messages

    /// Decodes a message and takes its acknowledgement. Returns the input that is left for phase 3.
    private mutating func accept(
        _ range: Range<Int>, from number: SeatNumber, generation: UInt64, arrival: Arrival
    ) -> InboxEntry.Input {
        guard self.isCurrent(number, generation) else {
            self.counters.count(.staleMessages)
            return .done
        }
        let decoded = Result { () throws(WireError) in try ClientMessage(decoding: self.inbox.bytes.span.extracting(range)) }
        switch decoded {
        case .failure(.unsupportedVersion): self.disconnect(number, .outOfPlace)  // a second hello, whatever its version
        case .failure(let error): self.disconnect(number, error.closeCode)
        case .success(.hello), .success(.rejoin): self.disconnect(number, .outOfPlace)
        case .success(.uplink(let head, let operations)):
            return self.acceptUplink(head, range, from: operations, number, arrival)
        case .success(.ack(let ack)): self.acknowledge(ack, number, arrival)
        case .success(.resync(let ack, let reason)): self.resync(ack, reason, number, arrival)
        case .success(.leave): return .leave(generation: generation)
        }
        return .done
    }

    private mutating func acceptUplink(
        _ head: UplinkHead, _ range: Range<Int>, from offset: Int, _ number: SeatNumber, _ arrival: Arrival
    ) -> InboxEntry.Input {
        do {
            try WireCursor.checkOperations(
                self.inbox.bytes.span.extracting(range), from: offset, count: head.operationCount, names: self.names.count
            )
        } catch {
            self.disconnect(number, error.closeCode)
            return .done
        }
        guard self.acknowledge(head.ack, number, arrival) else { return .done }
        // A resent uplink must not be applied twice.
        guard head.number > self.seats[number].lastUplink else {
            self.counters.count(.uplinksRepeated)
            return .done
        }
        self.seats[number].lastUplink = head.number
        self.counters.count(.uplinks)
        return .operations(head, range, from: offset)
    }

    /// Takes an acknowledgement; false if it was an offence.
    @discardableResult
    private mutating func acknowledge(_ ack: Ack, _ number: SeatNumber, _ arrival: Arrival) -> Bool {
        guard ack.tick != .none else { return true }
        switch self.seats[number].sending.acknowledge(ack.tick) {
        case .stale: break
        case .repeated(let entry): self.sampleRoundTrip(ack, entry, number, arrival)
        case .unknown:
            self.disconnect(number, .badAcknowledgement)
            return false
        case .advanced(let entry):
            self.counters.count(.acknowledgements)
            self.advance(number, to: entry.tick)
            self.sampleRoundTrip(ack, entry, number, arrival)
        }
        return true
    }

    private mutating func advance(_ number: SeatNumber, to tick: Tick) {
        self.seats[number].everAcknowledged = true
        self.seats[number].confirmedGeneration = self.seats[number].generation
        self.seats[number].forgetResults(through: tick)
        self.revive(number)
    }

    /// Ack delays longer than this give no sample: the client's clock may have stood still meanwhile. Microseconds.
    static let longestSampledDelay: UInt64 = 1_000_000

    /// A frame's sample is the first exactly stamped message that names it, even one that repeats the acknowledgement: a message
    /// that does not end a read has the arrival time of a later one.
    private mutating func sampleRoundTrip(_ ack: Ack, _ entry: InFlightFrames.Entry, _ number: SeatNumber, _ arrival: Arrival) {
        let elapsed = arrival.at.since(entry.handedOver) / 1000
        guard ack.delay <= elapsed else { return self.counters.count(.ackDelaysTooLong) }
        guard ack.delay <= Self.longestSampledDelay else { return }
        let isTaken = self.seats[number].roundTrip.add(elapsed - ack.delay, exact: arrival.isExact, at: arrival.at)
        if isTaken { self.seats[number].sending.sampled() }
    }

    private mutating func resync(_ ack: Ack, _ reason: ResyncReason, _ number: SeatNumber, _ arrival: Arrival) {
        guard self.acknowledge(ack, number, arrival) else { return }
        guard self.seats[number].sending.request() else { return self.counters.count(.resyncsIgnored) }
        if reason == .checksum { self.counters.count(.checksumsDiverged) }
    }

    /// Closes a seat's connection for an offence. The seat is held: the player may come back and behave.
    mutating func disconnect(_ number: SeatNumber, _ code: CloseCode) {
        guard let connection = self.seats[number].connection else { return }
        self.close(connection, code)
        self.loseConnection(number, cause: .broken)
    }
}
