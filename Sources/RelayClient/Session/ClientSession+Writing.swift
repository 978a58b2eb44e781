import RelayWire

extension ClientSession {
    // MARK: - The game's writes

    /// Sets a field. Makes the entity if it does not exist and is ours or the room's.
    ///
    /// - Parameters:
    ///   - name: 1–64 bytes of UTF-8. A name with a quantum turns numbers into steps.
    ///   - value: A float must be finite. Strings and bytes count against the room's state.
    /// - Returns: Whether the session accepted it. A later refusal by the relay comes as ``SessionEvent/result(_:)``.
    /// - Complexity: O(pending fields of this entity). Allocates nothing in steady state.
    @discardableResult
    package mutating func set(_ entity: EntityTarget, _ name: String, _ value: Value) -> WriteOutcome {
        if let refusal = self.refusal(name, value) { return refusal }
        return self.counted(self.pending.set(self.canonical(entity), name, StoredValue(value)))
    }

    /// Sets a number: steps if the field is quantised, else a float. Must be finite.
    @discardableResult
    package mutating func set(_ entity: EntityTarget, _ name: String, _ number: Double) -> WriteOutcome {
        self.set(entity, name, .float(number))
    }

    /// Makes an entity without fields, if it does not exist.
    @discardableResult
    package mutating func create(_ entity: EntityTarget) -> WriteOutcome {
        self.lifecycle.isEnded ? .refusedEnded : self.counted(self.pending.create(self.canonical(entity)))
    }

    /// Removes an entity. Its pending sets are not sent.
    @discardableResult
    package mutating func remove(_ entity: EntityTarget) -> WriteOutcome {
        self.lifecycle.isEnded ? .refusedEnded : self.counted(self.pending.remove(self.canonical(entity)))
    }

    /// Sends an event. Events are ordered, delivered once, and never merged.
    ///
    /// - Parameters:
    ///   - name: 1–64 bytes of UTF-8.
    ///   - seats: For ``Audience/seats`` only: 1–64 seats.
    @discardableResult
    package mutating func send(
        _ name: String, to audience: Audience = .all, seats: [SeatNumber] = [], _ value: Value = .null
    ) -> WriteOutcome {
        if let refusal = self.refusal(name, value) { return refusal }
        if audience == .seats {
            let fits = (1...WireLimits.listCount).contains(seats.count)
            guard fits, seats.allSatisfy({ (1...SeatNumber.spectators.upperBound).contains($0.rawValue) }) else {
                return .refusedSeats
            }
        }
        return self.counted(self.pending.event(name, audience, audience == .seats ? seats : [], StoredValue(value)))
    }

    /// Sets a field if it has the expected value at the relay. An absent field counts as null.
    ///
    /// - Returns: A ticket (from 1) that comes back in ``SessionEvent/result(_:)``, or why it was refused. If results are
    ///   lost (``SessionEvent/eventsLost(through:)``), the ticket's may be among them.
    package mutating func compareAndSet(
        _ entity: EntityTarget, _ name: String, expected: Value, new: Value
    ) -> (ticket: UInt64, outcome: WriteOutcome) {
        if let refusal = self.refusal(name, expected) ?? self.refusal(name, new) { return (0, refusal) }
        let ticket = self.results.issue()
        let outcome = self.pending.compareAndSet(
            self.canonical(entity), name, expected: StoredValue(expected), new: StoredValue(new), ticket: ticket
        )
        return (ticket, self.counted(outcome))
    }

    func refusal(_ name: String, _ value: Value) -> WriteOutcome? {
        guard !self.lifecycle.isEnded else { return .refusedEnded }
        guard WireLimits.nameBytes.contains(name.utf8.count) else { return .refusedName }
        if case .float(let number) = value, !number.isFinite { return .refusedNotFinite }
        return nil
    }

    mutating func counted(_ outcome: WriteOutcome) -> WriteOutcome {
        if outcome == .refusedFull { self.statistics.writesRefused += 1 }
        return outcome
    }

    // MARK: - Uplinks

    /// The game's own tick is over: its writes become numbered uplinks, as far as the relay's limits allow.
    ///
    /// Uplinks that a rejoin has to resend go first, at half of the relay's rate. A new uplink starts only if all of this holds:
    /// the relay's bucket, by our count, is more than half full; at most `uplinkBurst` and a heartbeat's worth of uplinks are
    /// unconfirmed; and frames keep coming, because uplinks that pile up on a silent link would arrive all at once. Writes that
    /// are not sent stay pending, and go on merging, until a later flush.
    package mutating func flush(at now: UInt64) {
        guard self.lifecycle.isJoined, let terms = self.terms else { return }
        self.resendDue(at: now)
        guard self.uplinks.nextResend == nil, self.namesToConfirm == nil else { return }
        while self.pending.count > 0, self.mayStartUplink(terms, at: now) {
            self.writeUplink(terms, at: now)
        }
    }

    private func mayStartUplink(_ terms: RoomTerms, at now: UInt64) -> Bool {
        return self.budget.allows(at: now) && UInt64(self.uplinks.count) < terms.window
            && self.uplinks.byteCount < self.options.unconfirmedBytes && self.uplinks.nextNumber < WireLimits.safeInteger
            && (self.statistics.silence(at: now) ?? 0) < terms.quiet
    }

    /// Encodes as many operations as fit into one uplink, and queues it.
    private mutating func writeUplink(_ terms: RoomTerms, at now: UInt64) {
        var count = 0
        var consumed = 0
        var names = 0
        self.scratch.removeAll()
        while consumed < self.pending.count, count < WireLimits.listCount {
            let before = self.scratch.count
            guard let used = self.encodeOperation(at: consumed, seat: terms.seat) else {
                consumed += 1  // a spectator has no entities of its own
                continue
            }
            guard self.scratch.count <= terms.operationBytes else {
                self.scratch.truncate(to: before)
                if count > 0 { break }
                self.operationTooLong(at: consumed, &consumed)
                continue
            }
            if !self.inFlight.isEmpty { self.inFlight.sent(self.pending.operations[consumed], uplink: self.uplinks.nextNumber) }
            let ticket = self.pending.operations[consumed].ticket
            if ticket > 0 { self.results.sent(ticket, uplink: self.uplinks.nextNumber, operation: count) }
            (count, consumed, names) = (count + 1, consumed + 1, max(names, used))
        }
        self.pending.removeFirst(consumed)
        guard count > 0 else { return }
        self.uplinks.append(operationCount: count, operations: self.scratch.payload, namesUsed: names)
        let ack = self.acknowledgement.take(at: now)
        self.statistics.bytesSent += self.outgoing.message { self.uplinks.writeNewest(ack, into: &$0) }
        self.statistics.uplinksSent += 1
        self.budget.spend(at: now)
    }

    /// Handles an operation that does not fit even alone: splits a set of several fields, drops and reports all others.
    private mutating func operationTooLong(at position: Int, _ consumed: inout Int) {
        let operation = self.pending.operations[position]
        if operation.code == .set, operation.fields.count > 1 {
            self.pending.split(at: position)
        } else {
            self.notices.push(.writeTooLong(operation.target))
            consumed += 1
        }
    }

    /// Appends one operation to the scratch buffer. Returns how many names of the table its bytes rely on; nil, with nothing
    /// appended, if its target does not exist for this seat.
    private mutating func encodeOperation(at position: Int, seat: SeatNumber) -> Int? {
        var encoder = OperationEncoder(names: self.application.replica.names)
        return encoder.encode(self.pending.operations[position], seat: seat, into: &self.scratch) ? encoder.namesUsed : nil
    }

    // MARK: - Resends

    /// Whether uplinks may be resent: not before the relay's name table is known to be the one they rely on.
    var mayResend: Bool { self.lifecycle.isJoined && self.namesToConfirm == nil }

    /// Resends the uplinks that are due by now.
    mutating func resendDue(at now: UInt64) {
        guard self.mayResend else { return }
        while let next = self.uplinks.nextResend, next <= now {
            let ack = self.acknowledgement.take(at: now)
            self.statistics.bytesSent += self.outgoing.message { self.uplinks.writeNextResend(ack, at: now, into: &$0) }
            self.statistics.uplinksResent += 1
            self.budget.spend(at: now)
        }
    }
}
