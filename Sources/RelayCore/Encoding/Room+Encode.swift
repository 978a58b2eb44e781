// Phase 4: decides who gets a frame in which coding, and has those frames written, each once.
extension Room {
    mutating func encode() {
        let frontier = Frontier(
            isHeartbeat: self.clock.isHeartbeat, lastChange: self.lastChange, previousChange: self.previousChange,
            forgottenThrough: self.world.forgottenThrough)
        var (binary, json) = (EncodingNeeds(), EncodingNeeds())
        for position in 0..<self.members.seats.count {
            switch self.members.seats.seat(at: position).nextFrame(at: frontier) {
            case .none: break
            case .heldBack: self.out.count(.framesHeldBack)
            case .frame(let frame) where self.mustWait(for: frame): self.out.count(.framesHeldBack)
            case .frame(let frame):
                let since = frame.coding == .delta ? self.previousChange : frame.baseline
                switch frame.form.wire {
                case .binary: binary.include(frame.coding, since: since)
                case .json: json.include(frame.coding, since: since)
                }
                self.deliver(frame, at: position)
            }
        }
        if !binary.isEmpty { self.encoder.encode(binary, as: .binary, of: self) }
        guard !json.isEmpty else { return }
        self.encoder.encode(json, as: .json, of: self)
        self.textBudget.wrote(bytes: self.encoder.bytes(of: json, as: .json), at: self.currentTick)
    }

    private func mustWait(for frame: NextFrame) -> Bool {
        frame.form.wire == .json && !self.textBudget.isPaid(at: self.currentTick)
    }

    private mutating func deliver(_ frame: NextFrame, at position: Int) {
        switch frame.coding {
        case .delta: self.out.count(.framesDelta)
        case .merged: self.out.count(.framesMerged)
        case .snapshot: self.out.count(.framesSnapshot)
        }
        let range = frame.hasPrivateItems ? self.encodePrivate(at: position, after: frame.baseline) : nil
        let players = frame.form.takesPlayers ? self.encoder.encodePlayers(after: frame.stateTick, self.members) : 0
        self.out.deliver(
            Delivery(
                seat: self.members.seats.number(at: position), connection: frame.connection, coding: frame.coding,
                form: frame.form.wire, isPinged: frame.isPinged, players: players, privateRange: range))
    }

    private mutating func encodePrivate(at position: Int, after baseline: Tick) -> Range<Int> {
        self.out.count(.privateMessages)
        let seat = self.members.seats.seat(at: position)
        let range = self.encoder.encodePrivate(seat, after: baseline, of: self)
        if seat.form.wire == .json { self.textBudget.wrotePrivate(bytes: range.count) }
        return range
    }
}

/// What a room has to tell at a tick.
struct Frontier {
    /// Everybody gets a frame.
    var isHeartbeat: Bool
    /// The last tick at which anything public changed.
    var lastChange: Tick
    /// The same before this tick: the baseline of differences.
    var previousChange: Tick
    /// Replicas older than this need a snapshot.
    var forgottenThrough: Tick
}

/// The frame that a seat gets at a tick.
struct NextFrame {
    var connection: ConnectionID
    var coding: Coding
    var form: ClientForm
    /// A ping is to follow it.
    var isPinged: Bool
    /// The tick after which the seat gets events and results.
    var baseline: Tick
    var hasPrivateItems: Bool

    /// Who sat down after this tick is told; none for everybody.
    var stateTick: Tick { self.coding == .snapshot ? .none : self.baseline }
}

extension Seat {
    enum FrameChoice {
        case none
        /// There is news, but the client is too far behind to be given any.
        case heldBack
        case frame(NextFrame)
    }

    /// The frame that this seat gets at a tick.
    func nextFrame(at frontier: Frontier) -> FrameChoice {
        guard let connection = self.connection else { return .none }
        let sent = self.sending.baseline
        let isWanted =
            frontier.isHeartbeat || frontier.lastChange > sent || self.newestPrivate > sent || self.sending.needsSnapshot
        guard isWanted, frontier.isHeartbeat || !self.sending.getsHeartbeatsAlone else { return .none }
        guard self.sending.unfinished == nil, !self.sending.isBehind, self.life == .live else { return .heldBack }
        var frame = NextFrame(
            connection: connection, coding: .delta, form: self.form, isPinged: self.isToBePinged(frontier.isHeartbeat),
            baseline: sent, hasPrivateItems: false)
        if self.sending.needsSnapshot || sent < frontier.forgottenThrough {
            // A snapshot repeats all events since the last acknowledgement: the client may have refused later frames while its
            // resync is in flight.
            (frame.coding, frame.baseline) = (.snapshot, min(sent, self.sending.acknowledged))
        } else if sent < frontier.previousChange {
            frame.coding = .merged
        }
        frame.hasPrivateItems = max(self.newestPrivate, self.privateForgottenThrough) > frame.baseline
        return .frame(frame)
    }

    /// Whether a ping follows this frame: one at a time, the first with a connection's first frame.
    private func isToBePinged(_ isHeartbeat: Bool) -> Bool {
        guard self.form.acknowledgement != .ticks, self.sending.inFlight.count == 0 else { return false }
        return isHeartbeat || !self.form.acknowledgement.isByHeartbeat || self.sending.inFlight.acknowledged == .none
    }
}
