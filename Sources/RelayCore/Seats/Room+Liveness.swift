// Phase 2: decides which seats are behind, stalled, away or gone. All times are on the liveness clock.
extension Room {
    mutating func updateLiveness() {
        for position in 0..<self.seats.count {
            let seat = self.seats.seat(at: position)
            if seat.hasOverflowed {
                seat.hasOverflowed = false
                self.disconnect(seat.number, .rateLimited)
            }
            if seat.sending.isExcused { self.serveRequest(seat) }
            switch seat.life {
            case .vacant: break
            case .live: self.checkAcknowledgementAge(of: seat)
            case .stalled(let since): self.checkGraceWindow(seat.number, since)
            case .away(let since): self.checkHold(seat.number, since)
            }
            seat.hasUnread = false
        }
    }

    /// Answers a request for a snapshot. The request proves that the client hears us, so it ends a stall. The snapshot comes at
    /// this tick, or at the first one that is ``RoomConfiguration/resyncInterval`` after the last such snapshot.
    private mutating func serveRequest(_ seat: Seat) {
        self.revive(seat.number)
        if let last = seat.sending.lastGrant, self.liveness.since(last) < self.configuration.resyncInterval { return }
        seat.sending.grantSnapshot(at: self.liveness)
        self.counters.count(.resyncs)
    }

    mutating func revive(_ number: SeatNumber) {
        guard case .stalled = self.seats[number].life else { return }
        self.seats[number].life = .live
        self.seats[number].cause = .unknown
        self.counters.count(.revivals)
        self.markRowChanged(number)
        self.note(.revived, number)
        self.chooseHostIfNeeded()
    }

    private mutating func checkAcknowledgementAge(of seat: Seat) {
        guard let oldest = seat.sending.inFlight.oldest, !seat.sending.isExcused else {
            seat.sending.isBehind = false
            return
        }
        let age = self.liveness.since(oldest.liveness)
        let wasBehind = seat.sending.isBehind
        seat.sending.isBehind = age > self.behindAfter(seat)
        if seat.sending.isBehind, !wasBehind { self.note(.behind, seat.number) }
        guard age > self.configuration.stallAfter, !seat.hasUnread else { return }
        seat.life = .stalled(since: self.liveness)
        self.counters.count(.stalls)
        self.markRowChanged(seat.number)
        self.note(.stalled, seat.number)
    }

    private func behindAfter(_ seat: Seat) -> UInt64 {
        let roundTrip = (seat.roundTrip.smoothed ?? 0) * 4000
        let patience = max(self.configuration.behindAfter, self.configuration.maximumAckDelay + roundTrip)
        return min(patience, self.configuration.stallAfter)
    }

    private mutating func checkGraceWindow(_ number: SeatNumber, _ since: Instant) {
        guard self.liveness.since(since) > self.configuration.graceWindow, let connection = self.seats[number].connection
        else { return }
        self.counters.count(.drops)
        self.note(.dropped, number)
        self.close(connection, .stalled)
        self.loseConnection(number, cause: self.seats[number].cause)
    }

    private mutating func checkHold(_ number: SeatNumber, _ since: Instant) {
        guard self.liveness.since(since) > self.configuration.seatHold else { return }
        self.counters.count(.holdsExpired)
        self.vacate(number)
    }

    /// Ends a seat's connection. The seat is held, unless its client never acknowledged a frame and so never proved to hear us.
    mutating func loseConnection(_ number: SeatNumber, cause: LagCause) {
        guard self.seats[number].everAcknowledged else { return self.vacate(number) }
        self.seats[number].goAway(cause: cause, at: self.currentTick, liveness: self.liveness)
        self.markRowChanged(number)
        if self.host == number { self.chooseHost() }
    }

    /// Ends an occupancy: the seat is gone, and ``RoomConfiguration/departure`` decides about its entities.
    mutating func vacate(_ number: SeatNumber) {
        self.note(.gone, number)
        self.seats[number].life = .vacant
        self.seats[number].connection = nil
        self.seats[number].sending.stop()
        self.seats[number].forgetPrivateItems()
        self.markRowChanged(number)
        if number.isSpectator { self.seats.spectatorsSeated -= 1 } else { self.seats.playersSeated -= 1 }
        if self.host == number { self.chooseHost() }
        if !number.isSpectator { self.disposeEntities(of: number) }
        if self.seats.playersSeated + self.seats.spectatorsSeated == 0 { self.emptySince = self.liveness }
    }

    private mutating func disposeEntities(of number: SeatNumber) {
        for slot in self.entities.slots.indices where self.entities.slots[slot].owner == number && self.exists(slot) {
            switch self.configuration.departure {
            case .remove: self.entities.remove(slot: slot, at: self.currentTick)
            case .keep: self.entities.setOwner(.room, slot: slot, at: self.currentTick)
            case .handToHost: self.entities.setOwner(self.host, slot: slot, at: self.currentTick)
            }
            self.markChanged()
        }
    }

    private func exists(_ slot: Int) -> Bool { self.entities.slot(of: self.entities.slots[slot].id) == slot }

    // MARK: Host

    /// Gives the room a host if it has none.
    mutating func chooseHostIfNeeded() {
        if self.host == .room { self.chooseHost() }
    }

    /// Makes the live player of longest tenure the host; nobody, if none is live.
    mutating func chooseHost() {
        var best: Seat?
        for seat in self.seats.players where seat.life == .live {
            // Numbers ascend, so the lowest number wins among players who joined at the same tick.
            if let found = best, found.joined <= seat.joined { continue }
            best = seat
        }
        guard self.host != best?.number ?? .room else { return }
        self.host = best?.number ?? .room
        self.hostChanged = self.currentTick
        self.markChanged()
        self.note(.host, self.host)
    }
}
