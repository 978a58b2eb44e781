import RelayCore

/// A second implementation of the time rules of SPEC section 8: which seats must be stalled, dropped or gone at a tick.
///
/// It sees the room's inputs: frames handed over, acknowledgements, unread bytes, connections that came and went. It keeps
/// its own liveness clock.
struct LivenessModel {
    struct Seat {
        var isKnown = false
        var state = SeatState.left
        var since: UInt64 = 0
        var connection: ConnectionID?
        var acknowledged: UInt64 = 0
        /// Frames written and not acknowledged: tick, and when on the liveness clock.
        var outstanding = Queue<(tick: UInt64, at: UInt64)>()
        var hasUnread = false
        /// Tick at which this occupant joined.
        var joined = Tick.none
        /// Nanoseconds that it was connected before its present connection; nil if a restart has lost them.
        var timeSeated: UInt64? = 0
        var connectedSince: UInt64 = 0
        /// It asked for a snapshot that is not granted yet.
        var awaitsSnapshot = false
        /// It has acknowledged something since its last request, or never made one.
        var mayAsk = true
        /// A snapshot is granted: the next frame must be it.
        var isOwedSnapshot = false
        var lastGrant: UInt64?
        /// Its client says so; and when it ceased to say so.
        var isHidden = false
        var shownAt: UInt64 = 0
        var hasAcknowledged = false
        /// Something other than time changed this seat at this tick, so the model takes over the room's state of it.
        var isDisturbed = false
        /// It was disturbed before the room's liveness phase, so time could no longer act on the previous connection.
        var isReplaced = false
    }

    private(set) var seats = [Seat](repeating: Seat(), count: 2_048)
    private(set) var clock: UInt64 = 0
    /// Seats whose last frame was not sent whole when the tick began.
    var unfinished: [SeatNumber] = []
    private var lastSlot: UInt64?

    /// A slot counts as at most twice its nominal length or 250 ms, whichever is longer.
    static func counted(_ length: UInt64, nominal: UInt64) -> UInt64 { min(length, max(2 * nominal, 250_000_000)) }

    /// A slot started.
    mutating func slot(at now: UInt64, nominal: UInt64) {
        if let last = self.lastSlot { self.clock += Self.counted(now - last, nominal: nominal) }
        self.lastSlot = now
    }

    mutating func markUnread(_ seat: SeatNumber) { self.seats[Int(seat.rawValue)].hasUnread = true }

    /// An acknowledgement reached the room on the seat's present connection.
    mutating func acknowledged(_ tick: Tick, _ seat: SeatNumber, _ connection: ConnectionID) {
        let index = Int(seat.rawValue)
        guard self.seats[index].connection == connection, tick.rawValue > self.seats[index].acknowledged else { return }
        while let first = self.seats[index].outstanding.first, first.tick <= tick.rawValue {
            self.seats[index].outstanding.removeFirst()
        }
        self.seats[index].acknowledged = tick.rawValue
        (self.seats[index].mayAsk, self.seats[index].awaitsSnapshot) = (true, false)
        self.seats[index].hasAcknowledged = true
        if self.seats[index].state == .stalled { self.seats[index].state = .live }
    }

    /// A client said whether it is hidden, on the seat's present connection.
    mutating func hid(_ isHidden: Bool, _ seat: SeatNumber, _ connection: ConnectionID) {
        let index = Int(seat.rawValue)
        guard self.seats[index].connection == connection else { return }
        if self.seats[index].isHidden, !isHidden { self.seats[index].shownAt = self.clock }
        self.seats[index].isHidden = isHidden
    }

    /// Nanoseconds for which a seat may have been stalled by now.
    private func patience(with seat: Seat, _ configuration: RoomConfiguration) -> UInt64 {
        guard seat.hasAcknowledged else { return configuration.graceWindow }
        if seat.isHidden { return configuration.hiddenGrace }
        let extra = seat.shownAt > seat.since ? seat.shownAt - seat.since : 0
        return min(extra + configuration.graceWindow, max(configuration.graceWindow, configuration.hiddenGrace))
    }

    /// A request for a snapshot reached the room on the seat's present connection.
    mutating func asked(_ seat: SeatNumber, _ connection: ConnectionID) {
        let index = Int(seat.rawValue)
        guard self.seats[index].connection == connection, self.seats[index].mayAsk else { return }
        (self.seats[index].mayAsk, self.seats[index].awaitsSnapshot) = (false, true)
    }

    /// A seat that waits for a snapshot is revived, and granted one once `interval` has passed since the last. Earlier frames no
    /// longer count: they will not be acknowledged.
    private mutating func serveRequest(_ index: Int, _ interval: UInt64) {
        if self.seats[index].state == .stalled { self.seats[index].state = .live }
        if let last = self.seats[index].lastGrant, self.clock - last < interval { return }
        (self.seats[index].lastGrant, self.seats[index].isOwedSnapshot) = (self.clock, true)
        self.seats[index].awaitsSnapshot = false
        while let first = self.seats[index].outstanding.first {
            self.seats[index].acknowledged = first.tick
            self.seats[index].outstanding.removeFirst()
        }
    }

    /// Whether a seat may be sent this frame. It must be a snapshot if one is owed, and a heartbeat while the seat waits for one or is hidden.
    mutating func mayGet(_ header: FrameHeader, _ seat: SeatNumber) -> Bool {
        let index = Int(seat.rawValue)
        defer { self.seats[index].isOwedSnapshot = false }
        let isHeartbeat = header.sections.contains(.heartbeat)
        if self.seats[index].isHidden, !isHeartbeat { return false }
        if self.seats[index].isOwedSnapshot { return header.coding == .snapshot }
        return !self.seats[index].awaitsSnapshot || isHeartbeat
    }

    mutating func disturb(_ seat: SeatNumber, replaced: Bool) {
        self.seats[Int(seat.rawValue)].isDisturbed = true
        if replaced { self.seats[Int(seat.rawValue)].isReplaced = true }
    }

    /// Applies the time rules to one seat. Call once per tick, after the acknowledgements.
    ///
    /// - Returns: Whether its connection must be closed with 4021 now.
    mutating func run(_ number: SeatNumber, _ configuration: RoomConfiguration) -> Bool {
        let index = Int(number.rawValue)
        defer { self.seats[index].hasUnread = false }
        guard self.seats[index].isKnown, !self.seats[index].isReplaced else { return false }
        let isExcused = self.seats[index].awaitsSnapshot && !self.unfinished.contains(number)
        if isExcused { self.serveRequest(index, configuration.resyncInterval) }
        switch self.seats[index].state {
        case .live:
            guard !isExcused, let oldest = self.seats[index].outstanding.first, !self.seats[index].hasUnread,
                self.clock - oldest.at > configuration.stallAfter
            else { return false }
            (self.seats[index].state, self.seats[index].since) = (.stalled, self.clock)
        case .stalled:
            let patience = self.patience(with: self.seats[index], configuration)
            guard self.clock - self.seats[index].since > patience else { return false }
            self.connect(index, nil)
            self.seats[index].isDisturbed = true
            return true
        case .away:
            if self.isHoldOver(number, configuration) { self.seats[index].state = .left }
        case .left: break
        }
        return false
    }

    /// Takes over the room's state of a seat that is new, or that something other than time has changed.
    mutating func adopt(_ number: SeatNumber, _ inspection: SeatInspection) {
        let index = Int(number.rawValue)
        if inspection.connection == nil || inspection.connection != self.seats[index].connection {
            self.seats[index].outstanding.removeAll()
            self.seats[index].acknowledged = 0
            (self.seats[index].awaitsSnapshot, self.seats[index].mayAsk, self.seats[index].isOwedSnapshot) = (false, true, false)
            // Of a seat that was dropped at this tick, the verdict is yet to be checked.
            if inspection.connection != nil { self.seats[index].isHidden = false }
        }
        if inspection.state != self.seats[index].state || self.seats[index].isReplaced { self.seats[index].since = self.clock }
        self.seats[index].state = inspection.state
        self.connect(index, inspection.connection)
        if inspection.joined != self.seats[index].joined {
            (self.seats[index].joined, self.seats[index].timeSeated, self.seats[index].lastGrant) = (inspection.joined, 0, nil)
            (self.seats[index].connectedSince, self.seats[index].hasAcknowledged) = (self.clock, false)
        }
        self.seats[index].isKnown = true
        (self.seats[index].isDisturbed, self.seats[index].isReplaced) = (false, false)
    }

    /// Call after the relay was killed and started again. Every hold begins anew, also that of a seat which was away before.
    mutating func restart(_ number: SeatNumber, _ inspection: SeatInspection) {
        let index = Int(number.rawValue)
        self.seats[index] = Seat()
        (self.seats[index].isKnown, self.seats[index].hasAcknowledged) = (true, true)
        (self.seats[index].joined, self.seats[index].timeSeated) = (inspection.joined, nil)
        (self.seats[index].state, self.seats[index].since) = (inspection.state, self.clock)
    }

    private mutating func connect(_ index: Int, _ connection: ConnectionID?) {
        guard connection != self.seats[index].connection else { return }
        if self.seats[index].connection != nil, let time = self.seats[index].timeSeated {
            self.seats[index].timeSeated = time + self.clock - self.seats[index].connectedSince
        }
        (self.seats[index].connection, self.seats[index].connectedSince) = (connection, self.clock)
    }

    /// Whether an away seat is gone at this tick because its own hold is over.
    func isHoldOver(_ number: SeatNumber, _ configuration: RoomConfiguration) -> Bool {
        self.clock - self.seats[Int(number.rawValue)].since > configuration.seatHold
    }

    /// Whether this away seat may make way for a newcomer to a full room: of those away it was connected shortest, under 60 s.
    ///
    /// - Parameter stillAway: The seats of that role which are away after this tick.
    func mayMakeWay(_ number: SeatNumber, stillAway: [SeatNumber]) -> Bool {
        guard let time = self.seats[Int(number.rawValue)].timeSeated else { return true }
        let others = stillAway.map { self.seats[Int($0.rawValue)] }.filter { $0.state == .away }
        return time < 60_000_000_000 && others.allSatisfy { $0.timeSeated ?? .max >= time }
    }

    mutating func handedOver(_ tick: Tick, to seat: SeatNumber) {
        self.seats[Int(seat.rawValue)].outstanding.append((tick.rawValue, self.clock))
    }
}
