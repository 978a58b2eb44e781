import DequeModule

/// The shell's name for a connection. The core only passes it back.
public struct ConnectionID: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// What the kernel says about a connection (TCP_INFO), asked for by `/stats` and when a seat falls behind or stalls. Microseconds and bytes.
public struct KernelSample: Equatable, Sendable {
    public var rtt: UInt64
    public var minimumRTT: UInt64
    public var retransmits: UInt64
    public var unackedSegments: UInt64
    public var notSentBytes: UInt64
    public var sinceLastAck: UInt64
    public var peerWindow: UInt64
    /// Segments.
    public var congestionWindow: UInt64

    public init(
        rtt: UInt64, minimumRTT: UInt64, retransmits: UInt64, unackedSegments: UInt64, notSentBytes: UInt64,
        sinceLastAck: UInt64, peerWindow: UInt64, congestionWindow: UInt64
    ) {
        (self.rtt, self.minimumRTT, self.retransmits) = (rtt, minimumRTT, retransmits)
        (self.unackedSegments, self.notSentBytes) = (unackedSegments, notSentBytes)
        (self.sinceLastAck, self.peerWindow, self.congestionWindow) = (sinceLastAck, peerWindow, congestionWindow)
    }
}

/// Where a seat is in its life: DESIGN section 4. `since` is on the liveness clock.
enum SeatLife: Equatable {
    case vacant
    case live
    case stalled(since: Instant)
    case away(since: Instant)
}

/// A result that may still have to be sent again.
struct PendingResult {
    var tick: Tick
    var result: OperationResult
}

/// A place in the room. The number and the generation outlive occupants; the rest is one occupant's.
///
/// A class for speed alone: seats are read field by field many times a tick, and a struct of this size behind a subscript is
/// copied whole each time (measured: half of a tick). Only ``SeatTable`` holds references, and a room is not copyable.
///
/// Two accesses to a field cannot overlap: a seat belongs to one room, and nothing is called back while a field is being changed.
/// The compiler proves that by itself unless it builds for testing; then it would check each access as it happens (measured: a
/// quarter of a tick), hence `@exclusivity(unchecked)`.
final class Seat {
    let number: SeatNumber
    @exclusivity(unchecked) var generation: UInt64 = 0
    @exclusivity(unchecked) var life = SeatLife.vacant
    /// Newest generation on whose connection something was acknowledged (or that of the join).
    @exclusivity(unchecked) var confirmedGeneration: UInt64 = 0
    /// The generation that this occupant began with: older tokens are of those before it. 0 after a restart, which forgets it.
    @exclusivity(unchecked) var firstGeneration: UInt64 = 0
    /// Nil while away or vacant.
    @exclusivity(unchecked) var connection: ConnectionID?
    @exclusivity(unchecked) var joined = Tick.none
    /// How long this occupant has been live or stalled before its present connection, and since when it is: liveness clock.
    @exclusivity(unchecked) var timeSeated: UInt64 = 0
    @exclusivity(unchecked) var connectedSince = Instant.zero
    @exclusivity(unchecked) var everAcknowledged = false
    @exclusivity(unchecked) var cause = LagCause.unknown
    /// When the roster row changed.
    @exclusivity(unchecked) var rowChanged = Tick.none

    // What the client has.
    /// The newest frame that the kernel took whole on this connection, or the point a rejoin resumes from. Also the event cursor.
    @exclusivity(unchecked) var baseline = Tick.none
    @exclusivity(unchecked) var needsSnapshot = true
    /// Newest tick acknowledged on any connection of this occupant.
    @exclusivity(unchecked) var acknowledgedEver = Tick.none
    @exclusivity(unchecked) var ledger = FrameLedger()
    /// Acknowledgements are so late that nothing more is sent.
    @exclusivity(unchecked) var isBehind = false
    /// The kernel did not take all of this frame.
    @exclusivity(unchecked) var unfinished: Tick?
    /// Bytes wait in the socket unread: the client cannot be said to be silent.
    @exclusivity(unchecked) var hasUnread = false

    // What the client sent.
    @exclusivity(unchecked) var lastUplink: UInt64 = 0
    /// Newest uplink number read on this connection; the tick may not have taken it yet.
    @exclusivity(unchecked) var newestNumberRead: UInt64 = 0
    @exclusivity(unchecked) var budget = MessageBudget()
    /// That of uplinks applied already: sent again they cost nothing of the other, and are not free.
    @exclusivity(unchecked) var repeatBudget = MessageBudget()
    /// That of private events, by receiver.
    @exclusivity(unchecked) var deliveryBudget = MessageBudget()
    /// Messages and bytes that wait for the tick after this one.
    @exclusivity(unchecked) var waitsFor = Tick.none
    @exclusivity(unchecked) var waitingMessages = 0
    @exclusivity(unchecked) var waitingBytes = 0
    /// Arrivals of one seat never go back, whatever stamps say.
    @exclusivity(unchecked) var lastArrival = Instant.zero
    /// One of this seat's messages was over its budget, or found no place: its connection is closed at the tick.
    @exclusivity(unchecked) var hasOverflowed = false
    /// A message that waits for the tick ends the connection: nothing behind it is looked at.
    @exclusivity(unchecked) var hasSaidLast = false
    /// When one that it asked for was granted last: liveness clock.
    @exclusivity(unchecked) var lastSnapshotGrant: Instant?
    /// It asked for a snapshot, which is not granted yet: until then it gets beats alone, and acknowledges nothing.
    @exclusivity(unchecked) var awaitsSnapshot = false
    /// Something was acknowledged since it asked last: who reads nothing must not live on by asking.
    @exclusivity(unchecked) var mayAskForSnapshot = true

    // What it alone gets.
    @exclusivity(unchecked) var results: [PendingResult] = []
    /// Numbers of the private events for this seat that the log may still have, ascending.
    @exclusivity(unchecked) private(set) var privateEvents: Deque<UInt64> = []
    /// The newest list of targets that has named this seat.
    @exclusivity(unchecked) var targetMark: UInt64 = 0
    /// Newest tick of a result or private event for this seat.
    @exclusivity(unchecked) var newestPrivate = Tick.none
    @exclusivity(unchecked) var privateForgottenThrough = Tick.none

    @exclusivity(unchecked) var roundTrip = RoundTrip()
    @exclusivity(unchecked) var kernel: KernelSample?

    /// What the journal has of this seat.
    var recorded = SeatRecord()

    init(number: SeatNumber) { self.number = number }

    var role: Role { self.number.isSpectator ? .spectator : .player }

    var state: SeatState {
        switch self.life {
        case .vacant: .left
        case .live: .live
        case .stalled: .stalled
        case .away: .away
        }
    }

    var isSeated: Bool { self.life != .vacant }

    var rosterRow: RosterRow {
        RosterRow(seat: self.number, state: self.state, cause: self.cause, joined: self.joined)
    }

    /// Starts over for a new occupant, on a new connection.
    ///
    /// - Parameters:
    ///   - now: Monotonic.
    ///   - liveness: Liveness clock.
    func seat(_ connection: ConnectionID, at tick: Tick, now: Instant, liveness: Instant) {
        self.generation += 1
        (self.confirmedGeneration, self.firstGeneration) = (self.generation, self.generation)
        (self.timeSeated, self.connectedSince) = (0, liveness)
        self.connection = connection
        self.life = .live
        (self.joined, self.rowChanged) = (tick, tick)
        self.cause = .unknown
        self.baseline = Tick(rawValue: tick.rawValue - 1)
        self.acknowledgedEver = self.baseline
        (self.needsSnapshot, self.everAcknowledged, self.isBehind) = (true, false, false)
        (self.hasUnread, self.hasOverflowed, self.hasSaidLast) = (false, false, false)
        self.ledger.reset()
        self.unfinished = nil
        (self.lastUplink, self.newestNumberRead) = (0, 0)
        (self.budget, self.repeatBudget, self.deliveryBudget) = (MessageBudget(), MessageBudget(), MessageBudget())
        self.lastArrival = .zero
        self.lastSnapshotGrant = nil
        (self.awaitsSnapshot, self.mayAskForSnapshot) = (false, true)
        self.forgetPrivateItems()
        (self.newestPrivate, self.privateForgottenThrough) = (.none, .none)
        self.roundTrip = RoundTrip(waitingSince: now)
        self.kernel = nil
    }

    /// Gives the occupant a new connection.
    func reseat(
        _ connection: ConnectionID, at tick: Tick, liveness: Instant, resumingFrom baseline: Tick, needsSnapshot: Bool
    ) {
        if self.connection != nil { self.countTimeSeated(until: liveness) }
        self.generation += 1
        self.connection = connection
        self.connectedSince = liveness
        self.newestNumberRead = 0
        self.life = .live
        self.rowChanged = tick
        self.cause = .unknown
        (self.baseline, self.needsSnapshot) = (baseline, needsSnapshot)
        self.ledger.reset()
        self.isBehind = false
        self.unfinished = nil
        (self.hasOverflowed, self.hasSaidLast) = (false, false)
        (self.awaitsSnapshot, self.mayAskForSnapshot) = (false, true)
    }

    /// Ends the connection and starts the hold.
    func goAway(cause: LagCause, at tick: Tick, liveness: Instant) {
        self.countTimeSeated(until: liveness)
        self.connection = nil
        self.life = .away(since: liveness)
        self.cause = cause
        self.rowChanged = tick
        self.ledger.reset()
        self.isBehind = false
        self.unfinished = nil
        self.awaitsSnapshot = false
    }

    /// Whether frames that are not acknowledged are no silence: it waits for a snapshot and cannot use them. One that is not
    /// out yet is: who reads nothing must not live on by asking.
    var isExcused: Bool { self.awaitsSnapshot && self.unfinished == nil }

    /// The next frame is a snapshot.
    func grantSnapshot(at liveness: Instant) {
        self.lastSnapshotGrant = liveness
        (self.awaitsSnapshot, self.needsSnapshot) = (false, true)
        // Frames after the newest one acknowledged were refused, and their events with them. Not the tick it names: that may
        // be one before this occupant sat down.
        self.baseline = self.acknowledgedEver
        self.ledger.discardOutstanding()
    }

    /// A journal does not say how long a seat was connected. Whoever was when the relay died went through no fault of its own; of the
    /// others the time from sitting down to going away is known in ticks.
    func restoreTimeSeated(rate: UInt64) {
        let ticks = self.state == .away ? self.rowChanged.since(self.joined) : .max
        let (time, overflows) = ticks.multipliedReportingOverflow(by: 1_000_000_000 / rate)
        self.timeSeated = overflows ? .max / 2 : min(time, .max / 2)
    }

    private func countTimeSeated(until liveness: Instant) { self.timeSeated += liveness.since(self.connectedSince) }

    // MARK: Private events

    /// A private event for this seat was logged.
    func expectPrivateEvent(_ number: UInt64, at tick: Tick) {
        self.privateEvents.append(number)
        self.newestPrivate = max(self.newestPrivate, tick)
    }

    /// The log has forgotten a private event for this seat, or maybe for its number's occupant before.
    func forgetPrivateEvent(_ head: EventHead) {
        self.privateForgottenThrough = max(self.privateForgottenThrough, head.tick)
        while let first = self.privateEvents.first, first <= head.number { self.privateEvents.removeFirst() }
    }

    /// Takes over from a journal that an event is for this seat.
    func restorePrivateEvent(_ number: UInt64) { self.privateEvents.append(number) }

    /// Ends an occupancy: nothing that was for it is for the next.
    func forgetPrivateItems() { (self.results, self.privateEvents) = ([], []) }

    // MARK: Results

    /// Keeps a result until the client has acknowledged its tick. Full: the oldest is forgotten, and the client is told.
    func keep(_ result: OperationResult, at tick: Tick, bound: Int) {
        if self.results.count == bound {
            self.privateForgottenThrough = max(self.privateForgottenThrough, self.results[0].tick)
            self.results.removeFirst()
        }
        self.results.append(PendingResult(tick: tick, result: result))
        self.newestPrivate = tick
    }

    /// Forgets results that the client has.
    func forgetResults(through tick: Tick) {
        guard let first = self.results.first, first.tick <= tick else { return }
        self.results.removeAll { $0.tick <= tick }
    }
}

/// All seats of a room, found by number. Numbers are never taken out, so generations are never forgotten.
struct SeatTable {
    private(set) var players: [Seat] = []
    private(set) var spectators: [Seat] = []
    /// Seats that are not vacant.
    var playersSeated = 0
    var spectatorsSeated = 0

    /// A seat that exists.
    subscript(number: SeatNumber) -> Seat {
        number.isSpectator ? self.spectators[Int(number.rawValue) - 1024] : self.players[Int(number.rawValue) - 1]
    }

    func contains(_ number: SeatNumber) -> Bool {
        if number.isSpectator { return Int(number.rawValue) - 1024 < self.spectators.count }
        return number.rawValue > 0 && Int(number.rawValue) <= self.players.count
    }

    /// Whether somebody holds this number.
    func isSeated(_ number: SeatNumber) -> Bool { self.contains(number) && self[number].isSeated }

    /// The lowest vacant number that `isUsable`, made if need be; nil if numbers ran out.
    mutating func vacantNumber(_ role: Role, isUsable: (SeatNumber) -> Bool) -> SeatNumber? {
        let seats = role == .player ? self.players : self.spectators
        let range = role == .player ? SeatNumber.players : SeatNumber.spectators
        if let seat = seats.first(where: { !$0.isSeated && isUsable($0.number) }) { return seat.number }
        guard seats.count < range.count else { return nil }
        let number = SeatNumber(rawValue: range.lowerBound + UInt16(seats.count))
        if role == .player { self.players.append(Seat(number: number)) } else { self.spectators.append(Seat(number: number)) }
        return number
    }

    /// The seat of this number for a journal to fill: one that exists, or the next of its role; nil for any other number.
    mutating func restore(_ number: SeatNumber) -> Seat? {
        if self.contains(number) { return self[number] }
        let seat = Seat(number: number)
        switch number.rawValue {
        case UInt16(self.players.count) + 1 where SeatNumber.players.contains(number.rawValue): self.players.append(seat)
        case UInt16(self.spectators.count) + 1024 where SeatNumber.spectators.contains(number.rawValue):
            self.spectators.append(seat)
        default: return nil
        }
        return seat
    }

    /// Every number that exists, players first.
    var numbers: [SeatNumber] { self.players.map(\.number) + self.spectators.map(\.number) }

    /// How many numbers exist, and the seat or the number at a position, players first: for loops that allocate nothing.
    var count: Int { self.players.count + self.spectators.count }
    func seat(at position: Int) -> Seat {
        position < self.players.count ? self.players[position] : self.spectators[position - self.players.count]
    }
    func number(at position: Int) -> SeatNumber {
        position < self.players.count
            ? SeatNumber(rawValue: UInt16(position + 1)) : SeatNumber(rawValue: UInt16(position - self.players.count + 1024))
    }
}
