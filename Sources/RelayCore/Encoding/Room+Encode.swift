// Phase 4: decides who gets a frame in which coding, and has those frames written, each once.
extension Room {
    mutating func encode() {
        var needs = (delta: EncodingNeed(), merged: EncodingNeed(), snapshot: EncodingNeed())
        for position in 0..<self.members.seats.count {
            let seat = self.members.seats.seat(at: position)
            guard let connection = seat.connection, let coding = self.coding(for: seat) else { continue }
            let baseline = Self.eventBaseline(of: seat, coding)
            switch coding {
            case .delta: needs.delta.include(self.previousChange)
            case .merged: needs.merged.include(baseline)
            case .snapshot: needs.snapshot.include(baseline)
            }
            let range = self.encoder.encodePrivate(seat, after: baseline, self.events, at: self.currentTick)
            if range != nil { self.out.count(.privateMessages) }
            self.out.deliver(Delivery(seat: seat.number, connection: connection, coding: coding, privateRange: range))
        }
        self.encoder.encode(.delta, needs.delta, of: self)
        self.encoder.encode(.merged, needs.merged, of: self)
        self.encoder.encode(.snapshot, needs.snapshot, of: self)
    }

    /// The tick after which a seat gets events and results.
    ///
    /// A snapshot repeats all events since the last acknowledgement: the client may have refused later frames while its resync is
    /// in flight.
    private static func eventBaseline(of seat: Seat, _ coding: Coding) -> Tick {
        let baseline = seat.sending.baseline
        return coding == .snapshot ? min(baseline, seat.sending.acknowledged) : baseline
    }

    /// The coding of a connected seat's frame at this tick; nil if it gets none.
    private mutating func coding(for seat: Seat) -> Coding? {
        let baseline = seat.sending.baseline
        let isWanted =
            self.clock.isHeartbeat || self.lastChange > baseline || seat.newestPrivate > baseline || seat.sending.needsSnapshot
        guard isWanted, self.clock.isHeartbeat || !seat.sending.awaitsSnapshot else { return nil }
        guard seat.sending.unfinished == nil, !seat.sending.isBehind, seat.life == .live else {
            self.out.count(.framesHeldBack)
            return nil
        }
        if seat.sending.needsSnapshot || baseline < self.world.forgottenThrough {
            self.out.count(.framesSnapshot)
            return .snapshot
        }
        if baseline >= self.previousChange {
            self.out.count(.framesDelta)
            return .delta
        }
        self.out.count(.framesMerged)
        return .merged
    }
}
