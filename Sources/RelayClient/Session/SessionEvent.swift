import RelayWire

/// A notice from a session to its owner. Notices come in the order in which things happened.
///
/// The order for one applied frame is: ``eventsLost(through:)``, ``event(_:)``…, ``result(_:)``…, ``confirmed(uplink:)``,
/// and last ``ticked(_:)``, when ``ClientSession/replica`` shows that tick.
package enum SessionEvent: Sendable, Equatable {
    /// A new seat.
    indirect case joined(Welcome)
    /// The same seat again; `welcome.resumed` says whether the replica was kept.
    indirect case rejoined(Welcome)
    /// A frame was applied.
    case ticked(Tick)
    case event(RoomEvent)
    /// Events (and results) of this tick and before may be missing. Comes before the events of its frame.
    case eventsLost(through: Tick)
    case result(OperationOutcome)
    /// This uplink and all before it were applied by the relay.
    case confirmed(uplink: UInt64)
    /// The relay lost uplinks that it had confirmed: repeat the writes that must not be missing.
    case uplinkGap
    /// This many unconfirmed uplinks are given up, because the relay now has another name table, or because it closed the
    /// connection twice over a message that it could not take.
    case uplinksForgotten(Int)
    /// A write exceeds the relay's message limit and was dropped.
    case writeTooLong(EntityTarget?)
    /// The connection ended; the next attempt is made at `retryAt` (nanoseconds). `code` is nil if no close frame came.
    case disconnected(code: UInt16?, retryAt: UInt64)
    /// The seat is gone (4012–4015). Token, replica and unconfirmed uplinks are forgotten; ``ClientSession/joinAgain(at:)``
    /// says hello anew.
    case seatLost(CloseCode)
    /// The session is over: nil after our own ``ClientSession/leave(at:)``, else the relay's close code.
    case ended(CloseCode?)
    /// The owner polled too rarely: this many notices before this one were dropped.
    case noticesDropped(Int)
}

/// An event of the room, in the form that applications use.
public struct RoomEvent: Sendable, Equatable {
    /// Position in the room's total order, from 1. Numbers not seen are other seats' private events.
    public var number: UInt64
    /// The tick of the event; not later than the frame's tick.
    public var tick: Tick
    /// The sender's seat; ``SeatNumber/room`` for the relay.
    public var sender: SeatNumber
    /// ``Audience/host`` and ``Audience/seats`` are private.
    public var audience: Audience
    public var name: String
    public var value: Value

    package init(number: UInt64, tick: Tick, sender: SeatNumber, audience: Audience, name: String, value: Value) {
        (self.number, self.tick, self.sender, self.audience, self.name) = (number, tick, sender, audience, name)
        self.value = value
    }
}

extension RoomEvent: CustomStringConvertible {
    /// Sender, name and value: `3 chat hello`.
    public var description: String { "\(self.sender) \(self.name) \(self.value)" }
}

/// The result of an operation or an act that the relay refused, or of a compare and set.
public struct OperationOutcome: Sendable, Equatable {
    /// The ticket that the compare and set, or the host's act, returned; nil for other operations.
    public var ticket: UInt64?
    public var result: OperationResult

    package init(ticket: UInt64?, result: OperationResult) { (self.ticket, self.result) = (ticket, result) }
}
