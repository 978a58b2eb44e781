import RelayWire

/// A correct client of one room (SPEC section 14), without socket, clock or entropy.
///
/// The owner of the socket reports every event as an input, each with `now` (nanoseconds, monotonic, never going back). After
/// **every** input it does this, in this order:
///
/// 1. ``drainOutgoing(_:)``: send each message as one binary WebSocket message;
/// 2. ``nextEvent()`` until nil;
/// 3. ``takeDirective(at:)`` and do as it says;
/// 4. set a timer for ``nextDeadline`` that calls ``advance(to:)``.
///
/// The game writes with ``set(_:_:_:)-(_,_,Value)`` and its siblings at any time, connected or not, and calls
/// ``flush(at:)`` once at the end of its own tick. Only a flush turns writes into uplinks. Until a flush can send them, because
/// there is a connection and the relay's limits allow it, writes are merged: the last write to a field wins, events queue up
/// to a bound. So the pending writes are bounded by the number of fields, not by time.
///
/// In steady state a session allocates only for strings and byte strings in *events*.
package struct ClientSession: ~Copyable {
    /// The room's name, 1–64 bytes of UTF-8: where rejoins go. Empty until the first welcome of who lets the relay choose the room.
    package internal(set) var room: String
    package let role: Role
    package let options: SessionOptions
    /// The newest welcome; nil before the first and after the seat is lost. Never log it: it contains the token.
    package internal(set) var welcome: Welcome? {
        didSet { self.terms = self.welcome.map(RoomTerms.init) }
    }
    /// The quality and the traffic of the connection.
    package internal(set) var statistics = SessionStatistics()

    /// The numbers of ``welcome`` that are needed often.
    private(set) var terms: RoomTerms?
    /// The room and the lobby part of the next hello. They stay as they were given, unless a room was made: later hellos join it.
    var wish: (room: String, lobby: LobbyPart?)
    /// The seat is lost because a hello was refused, and not one that was held.
    var isTurnedAway = false
    var lifecycle: ConnectionLifecycle
    var application = FrameApplication()
    var outgoing = OutgoingQueue()
    var notices: NoticeQueue
    var pending: PendingWrites
    var inFlight: InFlightFields
    var uplinks: UplinkLog
    var budget = SendBudget()
    var acknowledgement = AcknowledgementTimer()
    /// A snapshot was asked for and has not come yet. The relay remembers the request, so it is not repeated.
    var awaitsSnapshot = false
    /// What the relay is told of ``hide(_:at:)``.
    package internal(set) var isHidden = false
    var results = ResultTracker()
    var pendingPrivate: PrivateMessage?
    /// A private message could not be read. The frame that belongs to it must not be applied either.
    var privateIsBroken = false
    /// Names that unconfirmed uplinks refer to by index, kept until the restored relay's table is verified; else nil.
    var namesToConfirm: NameTable?
    /// The longest name table of this seat at a rejoin that dropped the replica. Uplinks written before refer to it by index.
    var knownNames = NameTable()
    var scratch = WireWriter(capacity: 512)

    /// Makes a session whose first directive is to connect at once.
    ///
    /// - Parameters:
    ///   - room: 1–64 bytes of UTF-8; any other length is the caller's bug and traps. A room that does not exist is created. With
    ///     a lobby part in the options it is as that wants it.
    ///   - seed: For the jitter of the back-off only. Two clients should not share a seed.
    package init(room: String, role: Role = .player, options: SessionOptions = SessionOptions(), seed: UInt64) {
        precondition(room.utf8.count <= WireLimits.nameBytes.upperBound, "a room's name has 1 to 64 bytes")
        precondition(options.lobby?.fits(room: room) ?? !room.isEmpty, "a room has a name, or is found by the lobby")
        (self.room, self.role, self.options) = (room, role, options)
        self.wish = (room, options.lobby)
        self.lifecycle = ConnectionLifecycle(options: options, seed: seed)
        self.notices = NoticeQueue(bound: options.notices)
        self.pending = PendingWrites(entities: options.pendingEntities, events: options.pendingEvents)
        self.inFlight = InFlightFields(entities: options.pendingEntities)
        self.uplinks = UplinkLog()
    }

    // MARK: - State

    /// The room as of ``Replica/tick``. Empty until the first frame, and again after the replica had to be dropped.
    package var replica: Replica {
        _read { yield self.application.replica }
    }

    /// Whether the replica is whole: false until the first snapshot, and from a mismatch until the next snapshot.
    package var isReplicaWhole: Bool { self.application.isWhole }

    /// Whether the open connection has received its welcome.
    package var isJoined: Bool { self.lifecycle.isJoined }

    /// The room runs at every stride-th tick number, as of the newest welcome or heartbeat: 1 if nothing is wrong, 2 to 4 while
    /// the relay is overloaded.
    package var stride: UInt64 { self.application.stride }

    /// Our seat; nil before the first welcome and after it is lost.
    package var seat: SeatNumber? { self.welcome?.seat }

    /// The entity with this number in our own namespace; nil while we have no seat as a player.
    package func entity(_ number: UInt16) -> EntityID? { self.seat.flatMap { EntityTarget.own(number).resolved(for: $0) } }

    /// Events of this tick and before were delivered or are reported as lost.
    package var eventCursor: Tick { self.application.eventCursor }

    /// ``Replica/storedBits(_:_:)`` of ``replica``: the quick way to read many fields at every tick.
    package func storedBits(_ id: EntityID, _ name: NameIndex) -> UInt64? { self.application.replica.storedBits(id, name) }

    /// ``Replica/withStoredBytes(_:_:_:)`` of ``replica``, for the same use.
    package func withStoredBytes<Result>(_ id: EntityID, _ name: NameIndex, _ body: (Span<UInt8>) -> Result) -> Result? {
        self.application.replica.withStoredBytes(id, name, body)
    }

    /// Uplinks sent and not known to be applied.
    package var unconfirmedUplinks: Int { self.uplinks.count }

    /// Highest uplink number known to be applied; 0 if none.
    package var confirmedUplink: UInt64 { self.uplinks.confirmed }

    /// Operations waiting for ``flush(at:)``, a connection, or the relay's limits.
    package var pendingOperations: Int { self.pending.count }

    // MARK: - Outputs

    /// Hands out every queued message, oldest first, and forgets them.
    ///
    /// Call it right after the input, because the ack delay in an acknowledgement was measured then.
    /// - Parameter send: Gets the payload of one binary message; its bytes are invalid after it returns.
    package mutating func drainOutgoing(_ send: (Span<UInt8>) -> Void) { self.outgoing.drain(send) }

    /// Whether ``drainOutgoing(_:)`` would hand out anything.
    package var hasOutgoing: Bool { !self.outgoing.isEmpty }

    /// The next notice; nil when there is none.
    package mutating func nextEvent() -> SessionEvent? { self.notices.next() }

    /// Where to connect when ``takeDirective(at:)`` says so: the relay of the options, or the one it has sent us to.
    package var relay: RelayURL { self.lifecycle.choice.current }

    /// The owner's next action on the connection.
    package mutating func takeDirective(at now: UInt64) -> ConnectionDirective { self.lifecycle.takeDirective(at: now) }

    /// When ``advance(to:)`` is due next, in nanoseconds; nil if only an input can change anything.
    package var nextDeadline: UInt64? {
        var deadline = self.lifecycle.deadline ?? .max
        guard self.lifecycle.isJoined else { return deadline == .max ? nil : deadline }
        deadline = min(deadline, self.acknowledgement.due ?? .max)
        if self.mayResend, let next = self.uplinks.nextResend { deadline = min(deadline, next) }
        return deadline == .max ? nil : deadline
    }
}

/// Unchecked only because of ``WireWriter``'s pointer. A writer is the single owner of its memory, and a session of its writers.
extension ClientSession: @unchecked Sendable {}
