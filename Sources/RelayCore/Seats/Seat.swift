import DequeModule

/// The shell's name for a connection. The core only passes it back.
package struct ConnectionID: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// The kernel's TCP_INFO of a connection, taken for `/stats` and when a seat falls behind or stalls. Microseconds and bytes.
package struct KernelSample: Equatable, Sendable {
    package var rtt: UInt64
    package var minimumRTT: UInt64
    package var retransmits: UInt64
    package var unackedSegments: UInt64
    package var notSentBytes: UInt64
    package var sinceLastAck: UInt64
    package var peerWindow: UInt64
    /// Segments.
    package var congestionWindow: UInt64

    package init(
        rtt: UInt64, minimumRTT: UInt64, retransmits: UInt64, unackedSegments: UInt64, notSentBytes: UInt64,
        sinceLastAck: UInt64, peerWindow: UInt64, congestionWindow: UInt64
    ) {
        (self.rtt, self.minimumRTT, self.retransmits) = (rtt, minimumRTT, retransmits)
        (self.unackedSegments, self.notSentBytes) = (unackedSegments, notSentBytes)
        (self.sinceLastAck, self.peerWindow, self.congestionWindow) = (sinceLastAck, peerWindow, congestionWindow)
    }
}

/// Where a seat is in its life: DESIGN section 4. `since` is on the liveness clock.
package enum SeatLife: Equatable {
    case vacant
    case live
    case stalled(since: Instant)
    case away(since: Instant)
}

/// A result that may have to be resent.
package struct PendingResult {
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
package final class Seat {
    let number: SeatNumber
    @exclusivity(unchecked) var generation: UInt64 = 0
    @exclusivity(unchecked) package var life = SeatLife.vacant
    /// Newest generation whose connection has acknowledged a frame, or else that of the join.
    @exclusivity(unchecked) var confirmedGeneration: UInt64 = 0
    /// The first generation of this occupant: older tokens are its predecessors'. 0 after a restart, because no journal holds it.
    @exclusivity(unchecked) var firstGeneration: UInt64 = 0
    /// Nil while away or vacant.
    @exclusivity(unchecked) var connection: ConnectionID?
    @exclusivity(unchecked) package var joined = Tick.none
    /// Time this occupant was connected before its present connection, nanoseconds, and the start of that one: liveness clock.
    @exclusivity(unchecked) package var timeSeated: UInt64 = 0
    @exclusivity(unchecked) var connectedSince = Instant.zero
    @exclusivity(unchecked) var everAcknowledged = false
    @exclusivity(unchecked) var cause = LagCause.unknown
    /// The last tick at which the roster row changed.
    @exclusivity(unchecked) package var rowChanged = Tick.none

    @exclusivity(unchecked) package var sending = SendState()
    /// Bytes wait unread in the socket, so the seat cannot stall.
    @exclusivity(unchecked) var hasUnread = false

    // Input from the client.
    @exclusivity(unchecked) var lastUplink: UInt64 = 0
    /// Newest uplink number read on this connection; the tick may not have taken it yet.
    @exclusivity(unchecked) var newestNumberRead: UInt64 = 0
    @exclusivity(unchecked) var budget = MessageBudget()
    /// The budget of resent uplinks: they do not use up ``budget``, and they are not free.
    @exclusivity(unchecked) var repeatBudget = MessageBudget()
    /// The budget of private events, charged for each receiver.
    @exclusivity(unchecked) var deliveryBudget = MessageBudget()
    /// Messages and bytes of this seat in the inbox, received after tick `waitsFor`.
    @exclusivity(unchecked) var waitsFor = Tick.none
    @exclusivity(unchecked) var waitingMessages = 0
    @exclusivity(unchecked) var waitingBytes = 0
    /// Arrivals of one seat never go back, even if the kernel's stamps do.
    @exclusivity(unchecked) var lastArrival = Instant.zero
    /// A message of this seat was over its budget or did not fit into the inbox: its connection is closed at the tick.
    @exclusivity(unchecked) var hasOverflowed = false
    /// A message in the inbox ends the connection: messages after it are dropped.
    @exclusivity(unchecked) var hasSaidLast = false

    // Private items.
    @exclusivity(unchecked) package var results: [PendingResult] = []
    /// Numbers of the private events for this seat that the log may still have, ascending.
    @exclusivity(unchecked) private(set) var privateEvents: Deque<UInt64> = []
    /// ``Room/targetMark`` of the newest target list that named this seat.
    @exclusivity(unchecked) var targetMark: UInt64 = 0
    /// Newest tick of a result or private event for this seat.
    @exclusivity(unchecked) var newestPrivate = Tick.none
    @exclusivity(unchecked) package var privateForgottenThrough = Tick.none

    @exclusivity(unchecked) var roundTrip = RoundTrip()
    @exclusivity(unchecked) var kernel: KernelSample?

    /// This seat as last journaled.
    package var recorded = SeatRecord()

    package init(number: SeatNumber) { self.number = number }

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
        self.sending.begin(at: tick)
        self.everAcknowledged = false
        (self.hasUnread, self.hasOverflowed, self.hasSaidLast) = (false, false, false)
        (self.lastUplink, self.newestNumberRead) = (0, 0)
        (self.budget, self.repeatBudget, self.deliveryBudget) = (MessageBudget(), MessageBudget(), MessageBudget())
        self.lastArrival = .zero
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
        self.sending.resume(from: baseline, needsSnapshot: needsSnapshot)
        (self.hasOverflowed, self.hasSaidLast) = (false, false)
    }

    /// Ends the connection and starts the hold.
    func goAway(cause: LagCause, at tick: Tick, liveness: Instant) {
        self.countTimeSeated(until: liveness)
        self.connection = nil
        self.life = .away(since: liveness)
        self.cause = cause
        self.rowChanged = tick
        self.sending.stop()
    }

    /// Estimates the time connected, which no journal holds. A seat that was connected when the relay died gets the maximum: the
    /// end was not its fault. An away seat gets the ticks from its join to its going away.
    package func restoreTimeSeated(rate: UInt64) {
        let ticks = self.state == .away ? self.rowChanged.since(self.joined) : .max
        let (time, overflows) = ticks.multipliedReportingOverflow(by: 1_000_000_000 / rate)
        self.timeSeated = overflows ? .max / 2 : min(time, .max / 2)
    }

    private func countTimeSeated(until liveness: Instant) { self.timeSeated += liveness.since(self.connectedSince) }

    // MARK: Private events

    /// Records that a private event for this seat was logged.
    func expectPrivateEvent(_ number: UInt64, at tick: Tick) {
        self.privateEvents.append(number)
        self.newestPrivate = max(self.newestPrivate, tick)
    }

    /// Records that the log forgot a private event for this seat, or possibly for an earlier occupant of its number.
    func forgetPrivateEvent(_ head: EventHead) {
        self.privateForgottenThrough = max(self.privateForgottenThrough, head.tick)
        while let first = self.privateEvents.first, first <= head.number { self.privateEvents.removeFirst() }
    }

    /// Restores that an event of the log is for this seat. Numbers must ascend.
    func restorePrivateEvent(_ number: UInt64) { self.privateEvents.append(number) }

    /// Ends an occupancy: the next occupant must not get its private items.
    func forgetPrivateItems() { (self.results, self.privateEvents) = ([], []) }

    // MARK: Results

    /// Keeps a result until the client has acknowledged its tick. At `bound` the oldest is forgotten, and the client is told.
    func keep(_ result: OperationResult, at tick: Tick, bound: Int) {
        if self.results.count == bound {
            self.privateForgottenThrough = max(self.privateForgottenThrough, self.results[0].tick)
            self.results.removeFirst()
        }
        self.results.append(PendingResult(tick: tick, result: result))
        self.newestPrivate = tick
    }

    /// Forgets the results that the client has acknowledged.
    func forgetResults(through tick: Tick) {
        guard let first = self.results.first, first.tick <= tick else { return }
        self.results.removeAll { $0.tick <= tick }
    }
}

/// All seats of a room, found by number. Numbers are never taken out, so generations are never forgotten.
package struct SeatTable {
    package private(set) var players: [Seat] = []
    package private(set) var spectators: [Seat] = []
    /// Seats that are not vacant.
    var playersSeated = 0
    var spectatorsSeated = 0

    /// A seat that exists.
    package subscript(number: SeatNumber) -> Seat {
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
