import RelayCore

/// Counts which uplinks were new to the room, to check its own count.
struct MessageModel {
    /// By seat number: newest uplink number taken.
    private var numbers = [UInt64](repeating: 0, count: 2_048)
    /// Uplinks that were new at this tick.
    private(set) var fresh: UInt64 = 0
    var uplinksBefore: UInt64 = 0

    mutating func beginTick() { self.fresh = 0 }

    mutating func uplink(_ number: UInt64, from seat: SeatNumber) {
        guard number > self.numbers[Int(seat.rawValue)] else { return }
        self.numbers[Int(seat.rawValue)] = number
        self.fresh += 1
    }

    /// Takes over the room's newest uplink number of a seat, after each tick and restart: the occupant may be another.
    mutating func settle(_ seat: SeatNumber, _ inspection: SeatInspection) {
        self.numbers[Int(seat.rawValue)] = inspection.lastUplink
    }
}

extension World {
    /// Feeds the models the messages that the room was given at this tick. Call after the room's tick: only then is it known
    /// which connections ended in it.
    func modelMessages() {
        self.messages.beginTick()
        var somethingEnded = false
        for output in self.relay.room.outputs {
            switch output {
            case .welcome, .close: somethingEnded = true
            case .note, .deliver, .hashPassword, .answer: break
            }
        }
        for message in self.received { self.model(message.bytes, message.seat, message.connection) }
        self.received.removeAll(keepingCapacity: true)
        let counted = self.relay.room.counters[.uplinks] - self.messages.uplinksBefore
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
            self.model.asked(seat, connection)
        case .visibility(let ack, let isHidden):
            acknowledged = ack.tick
            self.model.hid(isHidden, seat, connection)
        case .hello, .rejoin, .leave, nil: break
        }
        if acknowledged > .none { self.model.acknowledged(acknowledged, seat, connection) }
    }
}
