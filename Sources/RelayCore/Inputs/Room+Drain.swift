import RelayWire

// Phase 1: goes through the inputs in order of arrival. Admissions and acknowledgements take effect; operations wait for phase 3.
extension Room {
    mutating func drainInbox() {
        self.intake.inbox.sort()
        for index in 0..<self.intake.inbox.entries.count {
            let entry = self.intake.inbox.entries[index]
            switch entry.input {
            case .join(let role, let connection, let form):
                self.admit(role, connection, form)
                self.intake.inbox.replace(index, with: .done)
            case .rejoin(let request, let connection, let form):
                self.readmit(request, connection, form)
                self.intake.inbox.replace(index, with: .done)
            case .message(let generation, let range, let exact):
                let arrival = Arrival(at: entry.arrival, isExact: exact)
                self.intake.inbox.replace(
                    index, with: self.accept(range, from: entry.seat, generation: generation, arrival: arrival))
            case .ponged(let generation, let tick, let exact):
                self.pong(tick, from: entry.seat, generation, Arrival(at: entry.arrival, isExact: exact))
                self.intake.inbox.replace(index, with: .done)
            case .lost, .uplink, .leave, .kick, .request, .done: break
            }
        }
    }

    // MARK: Admission

    private mutating func admit(_ role: Role, _ connection: ConnectionID, _ form: ClientForm) {
        let newcomer = self.intake.inbox.introductions[connection] ?? Introduction()
        if let refusal = self.door.refusal(of: newcomer, isLocked: self.isLocked) {
            return self.members.turnAway(connection, refusal, &self.out)
        }
        let places = self.places(role, exceptFor: newcomer.invitation)
        guard let seat = self.members.admit(role, connection, newcomer, places: places, &self.world, &self.out) else { return }
        if self.door.use(newcomer.invitation) { self.out.count(.invitationsUsed) }
        seat.form = form
        self.welcome(seat, connection, resumed: false, uplinkGap: false, cause: .unknown)
    }

    private mutating func readmit(_ request: RejoinRequest, _ connection: ConnectionID, _ form: ClientForm) {
        // Past lock and password, never past a ban. Who is banned by its ticket has lost every seat.
        let origin = self.intake.inbox.introductions[connection]?.origin
        if self.door.keepsOut(nil, origin) { return self.members.turnAway(connection, .kicked, &self.out) }
        guard let back = self.members.readmit(request, connection, self.epochs, self.world, &self.out) else { return }
        back.seat.origin = origin
        back.seat.form = form
        let gap = request.confirmed > back.seat.lastUplink
        self.welcome(back.seat, connection, resumed: back.isResumed, uplinkGap: gap, cause: back.cause)
    }

    private mutating func welcome(
        _ seat: Seat, _ connection: ConnectionID, resumed: Bool, uplinkGap: Bool, cause: LagCause
    ) {
        let welcome = SeatWelcome(
            seat: seat.number, generation: seat.generation, tick: self.currentTick, stride: self.stride, resumed: resumed,
            uplinkGap: uplinkGap, lastUplink: seat.lastUplink, cause: cause
        )
        self.out.welcome(connection, welcome)
        self.members.chooseHostIfNeeded(&self.out)
    }

    // MARK: Messages

    /// Decodes a message and takes its acknowledgement. Returns the input that is left for phase 3.
    private mutating func accept(
        _ range: Range<Int>, from number: SeatNumber, generation: UInt64, arrival: Arrival
    ) -> InboxEntry.Input {
        guard let seat = self.members.seats.current(number, generation) else {
            self.out.count(.staleMessages)
            return .done
        }
        let decoded = Result { () throws(WireError) in
            try ClientMessage(decoding: self.intake.inbox.bytes.span.extracting(range))
        }
        switch decoded {
        case .failure(.unsupportedVersion): self.disconnect(seat, .outOfPlace)  // a second hello, whatever its version
        case .failure(let error): self.disconnect(seat, error.closeCode)
        case .success(.hello), .success(.rejoin): self.disconnect(seat, .outOfPlace)
        case .success(.uplink(let head, let operations)):
            return self.acceptUplink(head, range, from: operations, seat, arrival)
        case .success(.ack(let ack)): self.acknowledge(ack, seat, arrival)
        case .success(.resync(let ack, let reason)): self.resync(ack, reason, seat, arrival)
        case .success(.visibility(let ack, let isHidden)): self.show(ack, isHidden: isHidden, seat, arrival)
        case .success(.leave): return .leave(generation: generation)
        }
        return .done
    }

    private mutating func acceptUplink(
        _ head: UplinkHead, _ range: Range<Int>, from offset: Int, _ seat: Seat, _ arrival: Arrival
    ) -> InboxEntry.Input {
        let decoded: AcceptedUplink?
        do {
            decoded = try self.intake.decode(head, range, from: offset, names: self.world.names.count, seat)
        } catch {
            self.disconnect(seat, error.closeCode)
            return .done
        }
        guard let uplink = decoded else {
            self.out.count(.inboxOverflows)
            self.disconnect(seat, .rateLimited)
            return .done
        }
        guard self.acknowledge(head.ack, seat, arrival) else { return .done }
        // A resent uplink must not be applied twice.
        guard head.number > seat.lastUplink else {
            self.out.count(.uplinksRepeated)
            return .done
        }
        seat.lastUplink = head.number
        self.out.count(.uplinks)
        return .uplink(uplink)
    }

    /// Takes an acknowledgement; false if it was an offence.
    @discardableResult
    private mutating func acknowledge(_ ack: Ack, _ seat: Seat, _ arrival: Arrival) -> Bool {
        // Of a client that is measured by pings, frames without one are not awaited.
        guard ack.tick != .none, seat.form.acknowledgement == .ticks else { return true }
        return self.confirm(ack, seat, arrival)
    }

    @discardableResult
    private mutating func confirm(_ ack: Ack, _ seat: Seat, _ arrival: Arrival) -> Bool {
        guard ack.tick != .none else { return true }
        switch seat.sending.acknowledge(ack.tick) {
        case .stale: break
        case .repeated(let entry): self.sampleRoundTrip(ack, entry, seat, arrival)
        case .unknown:
            self.disconnect(seat, .badAcknowledgement)
            return false
        case .advanced(let entry):
            self.out.count(.acknowledgements)
            self.advance(seat, to: entry.tick)
            self.sampleRoundTrip(ack, entry, seat, arrival)
        }
        return true
    }

    /// An answer to a ping acknowledges the frame before it.
    private mutating func pong(_ tick: Tick, from number: SeatNumber, _ generation: UInt64, _ arrival: Arrival) {
        guard let seat = self.members.seats.current(number, generation) else { return self.out.count(.staleMessages) }
        self.confirm(Ack(tick: tick, delay: 0), seat, arrival)
    }

    private mutating func advance(_ seat: Seat, to tick: Tick) {
        seat.everAcknowledged = true
        seat.confirmedGeneration = seat.generation
        seat.forgetResults(through: tick)
        self.members.revive(seat, &self.out)
    }

    /// Ack delays longer than this give no sample: the client's clock may have stood still meanwhile. Microseconds.
    static let longestSampledDelay: UInt64 = 1_000_000

    /// A frame's sample is the first exactly stamped message that names it, even one that repeats the acknowledgement: a message
    /// that does not end a read has the arrival time of a later one.
    private mutating func sampleRoundTrip(_ ack: Ack, _ entry: InFlightFrames.Entry, _ seat: Seat, _ arrival: Arrival) {
        let elapsed = arrival.at.since(entry.handedOver) / 1000  // microseconds
        guard ack.delay <= elapsed else { return self.out.count(.ackDelaysTooLong) }
        guard ack.delay <= Self.longestSampledDelay else { return }
        let isTaken = seat.roundTrip.add(elapsed - ack.delay, exact: arrival.isExact, at: arrival.at)
        if isTaken { seat.sending.sampled() }
    }

    private mutating func resync(_ ack: Ack, _ reason: ResyncReason, _ seat: Seat, _ arrival: Arrival) {
        guard self.acknowledge(ack, seat, arrival) else { return }
        guard seat.sending.request() else { return self.out.count(.resyncsIgnored) }
        if reason == .checksum { self.out.count(.checksumsDiverged) }
    }

    private mutating func show(_ ack: Ack, isHidden: Bool, _ seat: Seat, _ arrival: Arrival) {
        guard self.acknowledge(ack, seat, arrival) else { return }
        let isNews = seat.sending.hide(isHidden)
        if isNews, !isHidden { seat.lastShown = self.clock.moment.liveness }
    }

    private mutating func disconnect(_ seat: Seat, _ code: CloseCode) {
        self.members.disconnect(seat, code, &self.world, &self.out)
    }
}
