import RelayWire

// Why a player lags: a verdict whenever a seat falls behind, stalls or is dropped, and at each tick that is late.
extension Membership {
    /// Judges a tick that is late: all players lag at it, whatever else is true. It makes nobody stall, for our own pause is no silence
    /// of players.
    mutating func judgeLateTick(_ lateness: UInt64, _ out: inout Outbox) {
        guard self.seats.hasConnection else { return }
        (self.lateness, self.lastLate) = (lateness, self.moment.liveness)
        out.count(.ticksLate)
        out.noteLateTick(self.evidence(), at: self.moment)
    }

    /// Has the shell ask the kernel about a seat. An older sample says nothing about this lag.
    mutating func askKernel(about seat: Seat) {
        if seat.lag == .none { (seat.lag, seat.kernel) = (.asked, nil) }
        self.overdue.append(seat.number)
    }

    /// Records when frames last waited behind a shut window or in the relay; else, when the overdue one was last on its way for longer
    /// than a frame may be.
    func recordDelivery(to seat: Seat) {
        guard let kernel = seat.kernel, let oldest = seat.sending.inFlight.oldest else { return }
        if kernel.isWindowShut || seat.sending.unfinished != nil && kernel.takesBytes {
            seat.lastHeldUp = self.moment.liveness
        } else if seat.sending.inFlight.oldestUndelivered(kernel.undeliveredBytes) == oldest,
            self.transitTime(of: oldest, to: seat) > LagEvidence.longestTransit(self.patience(with: seat))
        {
            seat.lastUndelivered = self.moment.liveness
        }
    }

    /// For how long a frame has been on its way, at most: in our kernel, or waiting for it because the network takes no more.
    private func transitTime(of entry: InFlightFrames.Entry, to seat: Seat) -> UInt64 {
        self.moment.liveness.since(max(entry.liveness, seat.lastHeldUp ?? .zero))
    }

    /// Judges why a seat lags. What is unknown now does not make an earlier verdict wrong.
    mutating func judge(_ seat: Seat, _ lag: Lag, _ out: inout Outbox) {
        let evidence = self.evidence(of: seat)
        let cause = LagCause(judging: evidence)
        if cause != .unknown { seat.cause = cause }
        out.noteLag(lag, seat, evidence, at: self.moment)
    }

    private func evidence(of seat: Seat? = nil) -> LagEvidence {
        let patience = seat.map { self.patience(with: $0) } ?? 0
        var evidence = LagEvidence(
            patience: patience, maximumAckDelay: self.configuration.maximumAckDelay, ownDelayBound: self.ownDelayBound)
        evidence.tickLateness = self.lateness
        guard let seat else { return evidence }
        let (frames, now) = (seat.sending.inFlight, self.moment.liveness)
        evidence.acknowledgementAge = frames.oldest.map { now.since($0.liveness) } ?? 0
        if seat.sending.unfinished != nil { evidence.remainderAge = frames.newest.map { now.since($0.liveness) } }
        evidence.kernel = seat.kernel
        evidence.isHidden = seat.sending.isHidden
        evidence.isProgramUnseen = seat.form.acknowledgement == .pings
        evidence.heldAtMost = seat.lastUndelivered.map { now.since($0) }
        let undelivered = seat.kernel.flatMap { frames.oldestUndelivered($0.undeliveredBytes) }
        evidence.undeliveredAge = undelivered.map { self.transitTime(of: $0, to: seat) }
        evidence.hasOverdueFrame = undelivered != frames.oldest
        return evidence
    }

    /// The age of an acknowledgement up to which a seat is not behind. Nanoseconds.
    func patience(with seat: Seat) -> UInt64 {
        let fourRoundTrips = 4 * (seat.roundTrip.smoothed ?? 0) * 1000  // nanoseconds, from microseconds
        let patience = max(self.configuration.behindAfter, self.configuration.maximumAckDelay + fourRoundTrips)
        return min(patience, self.configuration.stallAfter)
    }

    /// Why a connection ended that nobody gave up for its lag: the lag that it had, or a pause of ours a moment ago.
    func causeOfEnd(of seat: Seat, otherwise: LagCause) -> LagCause {
        if seat.cause != .unknown { return seat.cause }
        let wasLate = self.lastLate.map { self.moment.liveness.since($0) <= self.configuration.stallAfter } ?? false
        return wasLate ? .lateTick : otherwise
    }
}
