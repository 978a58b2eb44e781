import RelayWire

/// What a session tells its owner, in the order it happened.
///
/// Of one applied frame the order is: ``eventsLost(through:)``, ``event(_:)``…, ``result(_:)``…, ``confirmed(uplink:)``,
/// and last ``ticked(_:)``, when ``ClientSession/replica`` shows that tick.
public enum SessionEvent: Sendable, Equatable {
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
    /// The relay lost uplinks that it had confirmed: write again what must not be missing.
    case uplinkGap
    /// So many uplinks that were sent and not confirmed are given up: the relay's name table is another one now, or it closed the
    /// connection twice because it cannot take one of them.
    case uplinksForgotten(Int)
    /// A write does not fit the relay's message limit and was dropped.
    case writeTooLong(EntityTarget?)
    /// The connection ended; the next attempt is made at `retryAt` (nanoseconds). `code` is nil if no close frame came.
    case disconnected(code: UInt16?, retryAt: UInt64)
    /// The seat is gone (4012–4015). Token, replica and unconfirmed uplinks are forgotten; ``ClientSession/joinAgain(at:)``
    /// says hello anew.
    case seatLost(CloseCode)
    /// The session is over: nil after an own ``ClientSession/leave(at:)``, else what the relay closed with.
    case ended(CloseCode?)
    /// The owner polled too rarely: so many notices were thrown away before this one.
    case noticesDropped(Int)
}

/// An event of the room as the application gets it.
public struct RoomEvent: Sendable, Equatable {
    /// Position in the room's total order, from 1. Numbers not seen are other seats' private events.
    public var number: UInt64
    /// When it happened; not later than the frame's tick.
    public var tick: Tick
    /// Who sent it; ``SeatNumber/room`` for the relay.
    public var sender: SeatNumber
    /// ``Audience/host`` and ``Audience/seats`` are private.
    public var audience: Audience
    public var name: String
    public var value: Value

    public init(number: UInt64, tick: Tick, sender: SeatNumber, audience: Audience, name: String, value: Value) {
        (self.number, self.tick, self.sender, self.audience, self.name) = (number, tick, sender, audience, name)
        self.value = value
    }
}

/// What became of an operation that the relay refused, or of a compare and set.
public struct OperationOutcome: Sendable, Equatable {
    /// What ``ClientSession/compareAndSet(_:_:expected:new:)`` returned; nil for other operations.
    public var ticket: UInt64?
    public var result: OperationResult

    public init(ticket: UInt64?, result: OperationResult) { (self.ticket, self.result) = (ticket, result) }
}
