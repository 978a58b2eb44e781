import RelayWire

/// The client's own bounds and times of a session. The welcome brings those of the room.
public struct SessionOptions: Sendable, Equatable {
    /// Longest time from the start of an attempt to its welcome. Nanoseconds.
    public var attemptTimeout: UInt64 = 5_000_000_000
    /// Longest time to wait for the relay's close after leaving. Nanoseconds.
    public var leaveTimeout: UInt64 = 1_000_000_000
    /// Maximum of entities with writes that are not in an uplink yet. Writes to more are refused.
    public var pendingEntities = 4_096
    /// Maximum of events, compare-and-sets and acts of a host that are not in an uplink yet. More are refused.
    public var pendingEvents = 256
    /// Maximum bytes of unconfirmed uplinks. At the bound no new uplink starts; writes go on merging.
    public var unconfirmedBytes = 1 << 20
    /// Maximum of notices (``SessionEvent``) not polled yet. Over the bound the oldest are dropped, and
    /// ``SessionEvent/noticesDropped(_:)`` reports how many.
    package var notices = 16_384

    /// What lets this player in where the relay asks for tickets; nil elsewhere. A secret: keep it out of logs and URLs.
    public var ticket: String?
    /// How the hello finds its room, and what opens it; nil for a room by its name alone. It must fit the session's room.
    package var lobby: LobbyPart?
    /// The relay to connect to.
    package var relay = RelayURL()
    /// Hosts, beside that of the game's own address, to which a relay may send this client (close code 4016): the seat's token goes there.
    public var allowedHosts: [String] = []
    /// Whether the owner of the socket can connect to `wss`.
    package var speaksTLS = false

    public init() {}
}

/// The entity that a write is for. ``own(_:)`` is bound to the seat when the uplink is written, so it works before the welcome.
package enum EntityTarget: Hashable, Sendable {
    /// A number in the namespace of our own seat.
    case own(UInt16)
    /// A number in the room's namespace.
    case room(UInt16)
    /// Any entity: for rooms in which entities of others may be written, and for those to hand over or clean up.
    case entity(EntityID)

    /// The entity that this target is for a client in `seat`; nil for ``own(_:)`` of a spectator, which has no namespace.
    package func resolved(for seat: SeatNumber) -> EntityID? {
        switch self {
        case .own(let number): seat.isSpectator ? nil : EntityID(seat, number)
        case .room(let number): .room(number)
        case .entity(let entity): entity
        }
    }
}

/// The immediate result of a write. A refused write has no effect and is never sent.
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
    /// A card, a password, an invitation or its time is not as it may be: ``LobbyCard``, and SPEC section 20.
    case refusedLobby
    /// The session has ended. For a card, and for a host's act, it is enough that there is no seat.
    case refusedEnded
}

/// An order to the owner of the socket. Each ``connect`` and ``close(code:)`` is handed out once.
package enum ConnectionDirective: Sendable, Equatable {
    /// Open a WebSocket that offers `tickrelay.v1`, then call ``ClientSession/connectionOpened(at:)`` or
    /// ``ClientSession/connectionFailed(at:)``.
    case connect
    /// Do nothing before this instant (nanoseconds); then ask again.
    case wait(until: UInt64)
    /// Send a close frame if it can be sent, drop the connection, and report nothing more from it.
    case close(code: UInt16)
    /// Do nothing: a connection is open, being opened, or not wanted until the application joins again.
    case none
    /// Do nothing any more: the session has ended.
    case finished
}
