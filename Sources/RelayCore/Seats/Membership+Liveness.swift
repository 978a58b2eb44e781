import RelayWire

// Phase 2: decides which seats are behind, stalled, away or gone. All times are on the liveness clock.
extension Membership {
    mutating func updateLiveness(_ world: inout RoomWorld, _ out: inout Outbox) {
        for position in 0..<self.seats.count {
            let seat = self.seats.seat(at: position)
            if seat.hasOverflowed {
                seat.hasOverflowed = false
                self.disconnect(seat, .rateLimited, &world, &out)
            }
            if seat.sending.isExcused { self.serveRequest(seat, &out) }
            switch seat.life {
            case .vacant: break
            case .live: self.checkAcknowledgementAge(of: seat, &out)
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

    mutating func revive(_ seat: Seat, _ out: inout Outbox) {
        guard case .stalled = seat.life else { return }
        seat.life = .live
        seat.cause = .unknown
        out.count(.revivals)
        self.markRowChanged(seat)
        out.note(.revived, seat, at: self.moment)
        self.chooseHostIfNeeded(&out)
    }

    private mutating func checkAcknowledgementAge(of seat: Seat, _ out: inout Outbox) {
        guard let oldest = seat.sending.inFlight.oldest, !seat.sending.isExcused else {
            seat.sending.isBehind = false
            return
        }
        let age = self.moment.liveness.since(oldest.liveness)
        let wasBehind = seat.sending.isBehind
        seat.sending.isBehind = age > self.behindAfter(seat)
        if seat.sending.isBehind, !wasBehind { out.note(.behind, seat, at: self.moment) }
        guard age > self.configuration.stallAfter, !seat.hasUnread else { return }
        seat.life = .stalled(since: self.moment.liveness)
        out.count(.stalls)
        self.markRowChanged(seat)
        out.note(.stalled, seat, at: self.moment)
    }

    private func behindAfter(_ seat: Seat) -> UInt64 {
        let fourRoundTrips = 4 * (seat.roundTrip.smoothed ?? 0) * 1000  // nanoseconds, from microseconds
        let patience = max(self.configuration.behindAfter, self.configuration.maximumAckDelay + fourRoundTrips)
        return min(patience, self.configuration.stallAfter)
    }

    private mutating func checkGraceWindow(_ seat: Seat, _ since: Instant, _ world: inout RoomWorld, _ out: inout Outbox) {
        guard self.moment.liveness.since(since) > self.configuration.graceWindow, let connection = seat.connection else { return }
        out.count(.drops)
        out.note(.dropped, seat, at: self.moment)
        out.close(connection, .stalled)
        self.loseConnection(seat, cause: seat.cause, &world, &out)
    }

    private mutating func checkHold(_ seat: Seat, _ since: Instant, _ world: inout RoomWorld, _ out: inout Outbox) {
        guard self.moment.liveness.since(since) > self.configuration.seatHold else { return }
        out.count(.holdsExpired)
        self.vacate(seat, &world, &out)
    }
}
