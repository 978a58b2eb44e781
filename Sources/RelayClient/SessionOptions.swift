import RelayWire

/// Bounds and times of a session that are the client's own. Those of the room come with the welcome.
public struct SessionOptions: Sendable, Equatable {
    /// Longest time from the start of an attempt to its welcome. Nanoseconds.
    public var attemptTimeout: UInt64 = 5_000_000_000
    /// Longest time to wait for the relay's close after ``ClientSession/leave(at:)``. Nanoseconds.
    public var leaveTimeout: UInt64 = 1_000_000_000
    /// Entities with writes that are not in an uplink yet. Writes to more are refused.
    public var pendingEntities = 4_096
    /// Events and compare-and-sets that are not in an uplink yet. More are refused.
    public var pendingEvents = 256
    /// Bytes of uplinks sent and not confirmed. At the bound no new uplink starts; writes go on merging.
    public var unconfirmedBytes = 1 << 20
    /// Notices (``SessionEvent``) not polled yet. At the bound the oldest go, and ``SessionEvent/noticesDropped(_:)`` says so.
    public var notices = 16_384

    public init() {}
}

/// Which entity a write is for. ``own(_:)`` is bound to the seat when the uplink is written, so it works before the welcome.
public enum EntityTarget: Hashable, Sendable {
    /// A number in the namespace of our own seat.
    case own(UInt16)
    /// A number in the room's namespace.
    case room(UInt16)
    /// Any entity, for rooms in which others may be written, and to hand over or clean up.
    case entity(EntityID)

    /// The entity this means for a player in `seat`; nil for ``own(_:)`` of a spectator, who has no namespace.
    public func resolved(for seat: SeatNumber) -> EntityID? {
        switch self {
        case .own(let number): seat.isSpectator ? nil : EntityID(seat, number)
        case .room(let number): .room(number)
        case .entity(let entity): entity
        }
    }
}

/// What became of a write at the moment it was made. A refused write has no effect and is never sent.
public enum WriteOutcome: Sendable, Equatable {
    case accepted
    /// The name is empty or longer than 64 bytes of UTF-8.
    case refusedName
    /// NaN or an infinity.
    case refusedNotFinite
    /// ``SessionOptions/pendingEntities``, ``SessionOptions/pendingEvents`` or 64 fields of one entity are waiting already.
    case refusedFull
    /// No seats, more than 64, or a number that no seat can have.
    case refusedSeats
    /// The session has ended.
    case refusedEnded
}

/// What the owner of the socket has to do. Each ``connect`` and ``close(code:)`` is handed out once.
public enum ConnectionDirective: Sendable, Equatable {
    /// Open a WebSocket that offers `tickrelay.v1`, then say ``ClientSession/connectionOpened(at:)`` or
    /// ``ClientSession/connectionFailed(at:)``.
    case connect
    /// Nothing before this instant (nanoseconds); then ask again.
    case wait(until: UInt64)
    /// Send a close frame if it can be sent, drop the connection, and report nothing of it any more.
    case close(code: UInt16)
    /// Nothing; a connection is open, on its way, or not wanted until the application says so.
    case none
    /// Nothing, ever again.
    case finished
}
