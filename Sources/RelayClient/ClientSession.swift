import RelayWire

/// A correct client of one room: SPEC section 14, without socket, clock or entropy.
///
/// The owner of the socket tells it what happens, each time with `now` (nanoseconds, monotonic, never going back), and
/// after **every** input does, in this order:
///
/// 1. ``drainOutgoing(_:)``: send each message as one binary WebSocket message;
/// 2. ``nextEvent()`` until nil;
/// 3. ``takeDirective(at:)`` and do as it says;
/// 4. set a timer for ``nextDeadline`` that calls ``advance(to:)``.
///
/// The game writes with ``set(_:_:_:)-(_,_,Value)`` and its siblings at any time, connected or not, and calls
/// ``flush(at:)`` once at the end of its own tick: only then uplinks are written. Writes not flushed, or flushed while
/// there is no connection or the relay's limits are reached, are merged: the last write to a field wins, events queue up
/// to a bound. So what waits is bounded by the number of fields, not by time.
///
/// A session in steady state allocates nothing but what strings and byte strings in *events* need.
public struct ClientSession: ~Copyable {
    /// The room's name, 1–64 bytes of UTF-8.
    public let room: String
    public let role: Role
    public let options: SessionOptions
    /// The newest welcome; nil before the first and after the seat is lost. Holds the token: not for logs.
    public internal(set) var welcome: Welcome? {
        didSet { self.terms = self.welcome.map(RoomTerms.init) }
    }
    /// How well the connection does.
    public internal(set) var quality = ConnectionQuality()

    /// Of ``welcome``.
    private(set) var terms: RoomTerms?
    var lifecycle: ConnectionLifecycle
    var application = FrameApplication()
    var outgoing = OutgoingQueue()
    var notices: NoticeQueue
    var pending: PendingWrites
    var uplinks: UplinkLog
    var budget = SendBudget()
    var acknowledgement = AcknowledgementTimer()
    /// A snapshot was asked for, and did not come yet. The relay remembers: nothing is asked twice.
    var awaitsSnapshot = false
    var results = ResultTracker()
    var pendingPrivate: PrivateMessage?
    /// A private message could not be read: the frame that belongs to it must not be applied either.
    var privateIsBroken = false
    /// The name table that the indices in unconfirmed uplinks mean, while it is not sure that the relay still has it.
    var namesToConfirm: NameTable?
    /// The name table of this seat when a replica was dropped last: what uplinks written before that mean.
    var knownNames = NameTable()
    var scratch = WireWriter(capacity: 512)

    /// A session that wants to connect at once.
    ///
    /// - Parameters:
    ///   - room: 1–64 bytes of UTF-8; anything else is the caller's bug and traps. A room that does not exist is created.
    ///   - seed: For the jitter of the back-off only. Two clients should not share one.
    public init(room: String, role: Role = .player, options: SessionOptions = SessionOptions(), seed: UInt64) {
        precondition(WireLimits.nameBytes.contains(room.utf8.count), "a room's name has 1 to 64 bytes")
        (self.room, self.role, self.options) = (room, role, options)
        self.lifecycle = ConnectionLifecycle(options: options, seed: seed)
        self.notices = NoticeQueue(bound: options.notices)
        self.pending = PendingWrites(entities: options.pendingEntities, events: options.pendingEvents)
        self.uplinks = UplinkLog()
    }

    // MARK: - What is known

    /// The room as of ``Replica/tick``. Empty until the first frame, and after the replica had to be dropped.
    public var replica: Replica {
        _read { yield self.application.replica }
    }

    /// Whether the replica is whole: false until the first snapshot, and from a mismatch until the next one.
    public var isReplicaWhole: Bool { self.application.isWhole }

    /// Whether a welcome came on the connection that is open.
    public var isJoined: Bool { self.lifecycle.isJoined }

    /// The room runs at every stride-th tick number, as of the newest welcome or heartbeat: 1 if nothing is wrong, 2 to 4 while
    /// the relay is overloaded.
    public var stride: UInt64 { self.application.stride }

    /// Our seat; nil before the first welcome and after it is lost.
    public var seat: SeatNumber? { self.welcome?.seat }

    /// The entity with this number in our own namespace; nil while we have no player's seat.
    public func entity(_ number: UInt16) -> EntityID? { self.seat.flatMap { EntityTarget.own(number).resolved(for: $0) } }

    /// Events of this tick and before were delivered or are reported as lost.
    public var eventCursor: Tick { self.application.eventCursor }

    /// ``Replica/storedBits(_:_:)`` of ``replica``, for those who look at many fields at every tick.
    public func storedBits(_ id: EntityID, _ name: NameIndex) -> UInt64? { self.application.replica.storedBits(id, name) }

    /// ``Replica/withStoredBytes(_:_:_:)`` of ``replica``, likewise.
    public func withStoredBytes<Result>(_ id: EntityID, _ name: NameIndex, _ body: (Span<UInt8>) -> Result) -> Result? {
        self.application.replica.withStoredBytes(id, name, body)
    }

    /// Uplinks sent and not known to be applied.
    public var unconfirmedUplinks: Int { self.uplinks.count }

    /// Highest uplink number known to be applied; 0 if none.
    public var confirmedUplink: UInt64 { self.uplinks.confirmed }

    /// Operations waiting for ``flush(at:)``, a connection, or the relay's limits.
    public var pendingOperations: Int { self.pending.count }

    // MARK: - Outputs

    /// Hands out every queued message, oldest first, and forgets them.
    ///
    /// Call it right after the input: the `hold` in an acknowledgement was measured then.
    /// - Parameter send: Gets the payload of one binary message; its bytes are dead when it returns.
    public mutating func drainOutgoing(_ send: (Span<UInt8>) -> Void) { self.outgoing.drain(send) }

    /// Whether ``drainOutgoing(_:)`` would hand out anything.
    public var hasOutgoing: Bool { !self.outgoing.isEmpty }

    /// The next notice, nil when there is none.
    public mutating func nextEvent() -> SessionEvent? { self.notices.next() }

    /// What to do about the connection.
    public mutating func takeDirective(at now: UInt64) -> ConnectionDirective { self.lifecycle.takeDirective(at: now) }

    /// When ``advance(to:)`` has something to do; nil if only an input can change anything. Nanoseconds.
    public var nextDeadline: UInt64? {
        var deadline = self.lifecycle.deadline ?? .max
        guard self.lifecycle.isJoined else { return deadline == .max ? nil : deadline }
        deadline = min(deadline, self.acknowledgement.due ?? .max)
        if self.mayResend, let next = self.uplinks.nextResend { deadline = min(deadline, next) }
        return deadline == .max ? nil : deadline
    }
}

/// Unchecked because of ``WireWriter``'s pointer alone: a writer is the single owner of its memory, and the session of it.
extension ClientSession: @unchecked Sendable {}
