import RelayWire

// Phase 2: decides which seats are behind, stalled, away or gone. All times are on the liveness clock.
extension Membership {
    mutating func updateLiveness(_ world: inout RoomWorld, _ out: inout Outbox) {
        if !self.overdue.isEmpty { self.overdue.removeAll(keepingCapacity: true) }
        for position in 0..<self.seats.count {
            let seat = self.seats.seat(at: position)
            if seat.hasOverflowed {
                seat.hasOverflowed = false
                self.disconnect(seat, .rateLimited, &world, &out)
            }
            if seat.sending.isExcused { self.serveRequest(seat, &out) }
            switch seat.life {
            case .vacant: break
            case .live:
                // Nothing is on its way to most seats of a quiet room.
                if seat.lag != .none || seat.sending.inFlight.count > 0 { self.checkAcknowledgementAge(of: seat, &out) }
            case .stalled(let since): self.checkGraceWindow(seat, since, &world, &out)
            case .away(let since): self.checkHold(seat, since, &world, &out)
            }
            seat.hasUnread = false
        }
    }

    /// Answers a request for a snapshot. The request proves that the client hears us, so it ends a stall. The snapshot comes at
    /// this tick, or at the first one that is ``RoomConfiguration/resyncInterval`` after the last such snapshot.
    private mutating func serveRequest(_ seat: Seat, _ out: inout Outbox) {
        self.revive(seat, &out)
        if let last = seat.sending.lastGrant, self.moment.liveness.since(last) < self.configuration.resyncInterval { return }
        seat.sending.grantSnapshot(at: self.moment.liveness)
        out.count(.resyncs)
    }

    /// Takes the news that a seat's client hears us. It stays stalled while it owes an acknowledgement for as long as that; but its grace
    /// window begins anew, because it lives.
    mutating func revive(_ seat: Seat, _ out: inout Outbox) {
        guard case .stalled = seat.life else { return }
        guard seat.sending.isExcused || seat.hasUnread || !self.owesTooLong(seat) else {
            seat.life = .stalled(since: self.moment.liveness)
            return
        }
        seat.life = .live
        seat.endLag()
        out.count(.revivals)
        self.markRowChanged(seat)
        out.note(.revived, seat, at: self.moment)
        self.chooseHostIfNeeded(&out)
    }

    private func owesTooLong(_ seat: Seat) -> Bool {
        guard let oldest = seat.sending.inFlight.oldestHandOver else { return false }
        return self.moment.liveness.since(oldest) > self.configuration.stallAfter
    }

    private mutating func checkAcknowledgementAge(of seat: Seat, _ out: inout Outbox) {
        guard let oldest = seat.sending.inFlight.oldestHandOver, !seat.sending.isExcused else { return seat.endLag() }
        let age = self.moment.liveness.since(oldest)
        let patience = self.patience(with: seat)
        // Earlier than the seat is behind, so that the kernel's answer is there by then.
        guard age + self.tickLength > patience - patience / 4 else { return seat.endLag() }
        let isAnswered = seat.lag == .asked
        self.recordDelivery(to: seat)
        self.askKernel(about: seat)
        seat.sending.isBehind = age > patience
        if seat.sending.isBehind, isAnswered {
            seat.lag = .behind
            self.judge(seat, .behind, &out)
        }
        guard self.owesTooLong(seat), !seat.hasUnread else { return }
        seat.life = .stalled(since: self.moment.liveness)
        seat.lag = .stalled
        out.count(.stalls)
        self.markRowChanged(seat)
        self.judge(seat, .stalled, &out)
    }

    private mutating func checkGraceWindow(_ seat: Seat, _ since: Instant, _ world: inout RoomWorld, _ out: inout Outbox) {
        let end = self.endOfGrace(seat, since)
        self.recordDelivery(to: seat)
        // The next tick may be the last of the window.
        if self.moment.liveness.advanced(by: self.configuration.heartbeatInterval) > end { self.askKernel(about: seat) }
        guard self.moment.liveness > end, let connection = seat.connection else { return }
        out.count(.drops)
        self.judge(seat, .dropped, &out)
        out.close(connection, .stalled)
        self.loseConnection(seat, cause: seat.cause, &world, &out)
    }

    /// When a seat that stalled at `since` is given up. Who is shown again gets the whole window, so that a page that stood still while it was
    /// hidden has time to answer; but who changes its mind for ever has no longer than who stays hidden.
    private func endOfGrace(_ seat: Seat, _ since: Instant) -> Instant {
        // Nothing is known about a client that never acknowledged anything: it has no claim to patience.
        if seat.sending.isHidden, seat.everAcknowledged { return since.advanced(by: self.configuration.hiddenGrace) }
        let end = max(since, seat.lastShown).advanced(by: self.configuration.graceWindow)
        return min(end, since.advanced(by: self.configuration.longestGrace))
    }

    private mutating func checkHold(_ seat: Seat, _ since: Instant, _ world: inout RoomWorld, _ out: inout Outbox) {
        guard self.moment.liveness.since(since) > self.configuration.seatHold else { return }
        out.count(.holdsExpired)
        self.vacate(seat, &world, &out)
    }
}
