import RelayCore

/// What clients' messages must have done: which uplinks were news, which requests for a snapshot were granted.
struct MessageModel {
    /// By seat number: newest uplink number taken.
    private var numbers = [UInt64](repeating: 0, count: 2_048)
    /// By seat number, on the liveness clock.
    private var lastGrant = [UInt64?](repeating: nil, count: 2_048)
    /// A message of a connection that ended at the same tick: nobody outside can say whether it counted.
    private var isUncertain = [Bool](repeating: false, count: 2_048)
    private var owesSnapshot = [Bool](repeating: false, count: 2_048)
    private var occupant = [Tick](repeating: .none, count: 2_048)
    /// Seats that had not got their last frame whole when the tick began.
    var unfinished: [SeatNumber] = []
    /// Uplinks that were news at this tick.
    private(set) var fresh: UInt64 = 0
    var uplinksBefore: UInt64 = 0

    mutating func beginTick() { self.fresh = 0 }

    mutating func uplink(_ number: UInt64, from seat: SeatNumber) {
        guard number > self.numbers[Int(seat.rawValue)] else { return }
        self.numbers[Int(seat.rawValue)] = number
        self.fresh += 1
    }

    /// A request for a snapshot on a connection that goes on, or on one that `ended` at this tick.
    ///
    /// - Returns: Whether it is granted; nil if only the room can say.
    mutating func resync(from seat: SeatNumber, ended: Bool, at clock: UInt64, interval: UInt64) -> Bool? {
        let index = Int(seat.rawValue)
        if ended { self.isUncertain[index] = true }
        guard !self.isUncertain[index] else { return nil }
        if let last = self.lastGrant[index], clock - last < interval { return false }
        (self.lastGrant[index], self.owesSnapshot[index]) = (clock, true)
        return true
    }

    /// A seat has a new connection: what was asked for on the old one is not owed on it.
    mutating func connected(_ seat: SeatNumber) { self.owesSnapshot[Int(seat.rawValue)] = false }

    /// A frame is sent. False if another was owed.
    mutating func sends(_ coding: Coding, to seat: SeatNumber) -> Bool {
        defer { self.owesSnapshot[Int(seat.rawValue)] = false }
        return coding == .snapshot || !self.owesSnapshot[Int(seat.rawValue)]
    }

    /// The relay was killed and started again: it forgets who asked for what.
    mutating func restart(_ seat: SeatNumber, _ glance: SeatGlance) {
        let index = Int(seat.rawValue)
        (self.numbers[index], self.occupant[index]) = (glance.lastUplink, glance.joined)
        (self.lastGrant[index], self.isUncertain[index], self.owesSnapshot[index]) = (nil, false, false)
    }

    /// The tick is over: whoever sits there now starts from what the room says.
    mutating func settle(_ seat: SeatNumber, _ glance: SeatGlance) {
        let index = Int(seat.rawValue)
        self.numbers[index] = glance.lastUplink
        guard self.occupant[index] != glance.joined else { return }
        self.occupant[index] = glance.joined
        (self.lastGrant[index], self.isUncertain[index], self.owesSnapshot[index]) = (nil, false, false)
    }
}

extension World {
    /// Takes what the room was given at this tick to the models. Call after the room's tick, when it is known whose
    /// connections ended in it.
    func modelMessages() {
        self.messages.beginTick()
        var somethingEnded = false
        for effect in self.room.effects {
            switch effect {
            case .welcome(_, let welcome):
                self.messages.connected(welcome.seat)
                somethingEnded = true
            case .close: somethingEnded = true
            case .note: break
            }
        }
        for message in self.received { self.model(message.bytes, message.seat, message.connection) }
        let counted = self.room.counters[.uplinks] - self.messages.uplinksBefore
        self.messages.uplinksBefore += counted
        self.require(
            somethingEnded || counted == self.messages.fresh, "\(self.messages.fresh) uplinks were news, the room took \(counted)"
        )
    }

    private func model(_ bytes: [UInt8], _ seat: SeatNumber, _ connection: ConnectionID) {
        let state = self.model.seats[Int(seat.rawValue)]
        var acknowledged = Tick.none
        switch try? ClientMessage(decoding: bytes.span) {
        case .uplink(let head, _):
            acknowledged = head.ack.tick
            if state.connection == connection { self.messages.uplink(head.number, from: seat) }
        case .ack(let ack): acknowledged = ack.tick
        case .resync(let ack, _):
            if ack.tick > .none { self.model.acknowledged(ack.tick, seat, connection) }
            self.modelResync(seat, connection, ended: state.isDisturbed)
        case .hello, .rejoin, .leave, nil: break
        }
        if acknowledged > .none { self.model.acknowledged(acknowledged, seat, connection) }
    }

    private func modelResync(_ seat: SeatNumber, _ connection: ConnectionID, ended: Bool) {
        let clock = self.model.clock
        let interval = self.plan.configuration.resyncInterval
        let granted = self.messages.resync(from: seat, ended: ended, at: clock, interval: interval)
        if granted ?? (self.room.glance(seat)?.snapshotGranted == Instant(nanoseconds: clock)) {
            self.model.forgive(seat, connection, isUnfinished: self.messages.unfinished.contains(seat))
        }
    }
}
