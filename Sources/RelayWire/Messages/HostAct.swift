/// Which occupant of a seat an act is about.
@usableFromInline package struct ActTarget: Hashable, Sendable {
    @usableFromInline package var seat: SeatNumber
    /// As in the roster; ``Tick/none`` for whoever is there.
    @usableFromInline package var joined: Tick
    @usableFromInline package init(_ seat: SeatNumber, joined: Tick = .none) { (self.seat, self.joined) = (seat, joined) }
}

/// What a room's host does to the room and to those in it: the operations 6 to 10 of SPEC section 20. Ranges point into the message.
@usableFromInline package enum HostAct: Sendable {
    case kick(ActTarget)
    case ban(ActTarget)
    /// Hands the room over.
    case host(ActTarget)
    /// Empty for none.
    case password(Range<Int>)
    /// - seconds: 0 withdraws the invitation.
    /// - held: The kind of the seat that is kept for it; nil for none.
    case invite(Range<Int>, seconds: UInt64, held: Role?)
}

extension WireCursor {
    mutating func hostAct(_ code: Operation.Code, _ bytes: Span<UInt8>) throws(WireError) -> HostAct {
        switch code {
        case .kick: return .kick(try self.actTarget(bytes, 1...2047))
        case .ban: return .ban(try self.actTarget(bytes, 1...2047))
        case .host: return .host(try self.actTarget(bytes, 1...1023))
        case .password:
            return .password(try self.stringRange(bytes, count: 0...WireLimits.passwordBytes.upperBound, .password))
        case .invite:
            let text = try self.stringRange(bytes, count: WireLimits.invitationBytes, .invitation)
            let seconds = try self.varint(bytes, in: WireLimits.invitationSeconds, .duration)
            let held = try self.u8(bytes)
            guard held <= 2 else { throw .outOfRange(.held, UInt64(held)) }
            return .invite(text, seconds: seconds, held: held == 0 ? nil : Role(rawValue: held - 1))
        case .set, .remove, .event, .compareAndSet, .compareAndSetByValue: preconditionFailure("no act of a host")
        }
    }

    private mutating func actTarget(_ bytes: Span<UInt8>, _ seats: ClosedRange<UInt64>) throws(WireError) -> ActTarget {
        let seat = try self.seat(bytes, in: seats)
        return ActTarget(seat, joined: try self.tick(bytes, orNone: true))
    }
}

extension WireWriter {
    /// Appends an act about an occupant: ``Operation/Code/kick``, `ban` or `host`.
    package mutating func act(_ code: Operation.Code, on target: ActTarget) {
        self.u8(code.rawValue)
        self.seat(target.seat)
        self.tick(target.joined)
    }

    /// Appends a password for the room, at most 64 bytes; empty for none.
    package mutating func password(_ password: String) {
        self.u8(Operation.Code.password.rawValue)
        self.string(password)
    }

    /// Appends an invitation, 16 to 64 bytes.
    ///
    /// - Parameters:
    ///   - seconds: 0 to withdraw it.
    ///   - held: The kind of the seat that is kept for it; nil for none.
    package mutating func invite(_ invitation: String, seconds: UInt64, held: Role?) {
        self.u8(Operation.Code.invite.rawValue)
        self.string(invitation)
        self.varint(seconds)
        self.u8(held.map { $0.rawValue + 1 } ?? 0)
    }
}
