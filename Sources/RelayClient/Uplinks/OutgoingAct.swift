import RelayWire

/// An act of the room's host that is to be sent: what it does to the room, and to those in it (SPEC section 20).
package enum OutgoingAct: Sendable, Equatable {
    case kick(ActTarget)
    case ban(ActTarget)
    case handOver(ActTarget)
    /// Empty for none. Secret: never logged.
    case password(String)
    /// 0 seconds withdraw it. Secret: never logged.
    /// - held: The kind of the seat that is kept for it; nil for none.
    case invite(String, seconds: UInt64, held: Role?)

    var code: Operation.Code {
        switch self {
        case .kick: .kick
        case .ban: .ban
        case .handOver: .host
        case .password: .password
        case .invite: .invite
        }
    }

    /// Why it is not sent; nil if it is.
    var refusal: WriteOutcome? {
        switch self {
        case .kick(let target), .ban(let target):
            return (1...SeatNumber.spectators.upperBound).contains(target.seat.rawValue) ? nil : .refusedSeats
        case .handOver(let target): return SeatNumber.players.contains(target.seat.rawValue) ? nil : .refusedSeats
        case .password(let password):
            return password.utf8.count <= WireLimits.passwordBytes.upperBound ? nil : .refusedLobby
        case .invite(let text, let seconds, let held):
            let longest = held == nil ? WireLimits.invitationSeconds.upperBound : WireLimits.heldSeconds
            return WireLimits.invitationBytes.contains(text.utf8.count) && seconds <= longest ? nil : .refusedLobby
        }
    }

    func write(into writer: inout WireWriter) {
        switch self {
        case .kick(let target), .ban(let target), .handOver(let target): writer.act(self.code, on: target)
        case .password(let password): writer.password(password)
        case .invite(let text, let seconds, let held): writer.invite(text, seconds: seconds, held: held)
        }
    }
}
