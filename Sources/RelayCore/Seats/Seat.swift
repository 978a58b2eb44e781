import RelayWire
import DequeModule

/// The shell's name for a connection. The core only passes it back.
package struct ConnectionID: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Where a seat is in its life: SPEC section 8. `since` is on the liveness clock.
package enum SeatLife: Equatable {
    case vacant
    case live
    case stalled(since: Instant)
    case away(since: Instant)
}

/// How far a live or stalled seat lags, and what was done about it.
package enum Lag: Int, Sendable, CaseIterable {
    case none
    /// The acknowledgement is overdue: the kernel has been asked why.
    case asked
    /// A verdict was given; nothing is sent until it acknowledges.
    case behind
    case stalled
    case dropped
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
    // What every tick and every message touch, so that it lies together. The order of declaration is the order in memory.
    let number: SeatNumber
    /// Bytes wait unread in the socket, so the seat cannot stall.
    @exclusivity(unchecked) var hasUnread = false
    /// A message of this seat was over its budget or did not fit into the inbox: its connection is closed at the tick.
    @exclusivity(unchecked) var hasOverflowed = false
    /// A message in the inbox ends the connection: messages after it are dropped.
    @exclusivity(unchecked) var hasSaidLast = false
    @exclusivity(unchecked) var everAcknowledged = false
    @exclusivity(unchecked) var lag = Lag.none
    /// Why the seat is behind, stalled or away; unknown while it is none of them.
    @exclusivity(unchecked) var cause = LagCause.unknown
    @exclusivity(unchecked) var form = ClientForm.binary
    @exclusivity(unchecked) var generation: UInt64 = 0
    /// Nil while away or vacant.
    @exclusivity(unchecked) var connection: ConnectionID?
    @exclusivity(unchecked) package var life = SeatLife.vacant
    @exclusivity(unchecked) package var sending = SendState()
    /// Newest tick of a result or private event for this seat.
    @exclusivity(unchecked) var newestPrivate = Tick.none
    @exclusivity(unchecked) package var privateForgottenThrough = Tick.none
    /// The last tick at which the roster row changed.
    @exclusivity(unchecked) package var rowChanged = Tick.none

    // What a message touches.
    @exclusivity(unchecked) var lastUplink: UInt64 = 0
    /// Newest uplink number read on this connection; the tick may not have taken it yet.
    @exclusivity(unchecked) var newestNumberRead: UInt64 = 0
    @exclusivity(unchecked) var budget = MessageBudget()
    /// Items (see ``Inbox/itemLimit``) and bytes of this seat in the inbox, received after tick `waitsFor`.
    @exclusivity(unchecked) var waitsFor = Tick.none
    @exclusivity(unchecked) var waitingItems = 0
    @exclusivity(unchecked) var waitingBytes = 0
    /// Arrivals of one seat never go back, even if the kernel's stamps do.
    @exclusivity(unchecked) var lastArrival = Instant.zero
    @exclusivity(unchecked) package var joined = Tick.none
    @exclusivity(unchecked) package var results: [PendingResult] = []
    /// Newest generation whose connection has acknowledged a frame, or else that of the join.
    @exclusivity(unchecked) var confirmedGeneration: UInt64 = 0
    /// This seat as last journaled.
    @exclusivity(unchecked) package var recorded = SeatRecord()
    @exclusivity(unchecked) var roundTrip = RoundTrip()

    // The rest.
    /// Who sits here by a ticket; nil if the occupant came without one.
    @exclusivity(unchecked) private(set) var identity: PlayerIdentity?
    /// Where its newest connection came from; nil if that is not known, as after a restart.
    @exclusivity(unchecked) var origin: ClientOrigin?
    /// The first generation of this occupant: older tokens are its predecessors'. 0 after a restart, because no journal holds it.
    @exclusivity(unchecked) var firstGeneration: UInt64 = 0
    /// Time this occupant was connected before its present connection, nanoseconds, and the start of that one: liveness clock.
    @exclusivity(unchecked) package var timeSeated: UInt64 = 0
    @exclusivity(unchecked) var connectedSince = Instant.zero
    /// The budget of resent uplinks: they do not use up ``budget``, and they are not free.
    @exclusivity(unchecked) var repeatBudget = MessageBudget()
    @exclusivity(unchecked) var controlBudget = MessageBudget()
    /// The budget of requests that come without the connection: they must not use up what the connection may send.
    @exclusivity(unchecked) var requestBudget = MessageBudget()
    /// The budget of private events, charged for each receiver.
    @exclusivity(unchecked) var deliveryBudget = MessageBudget()
    /// Numbers of the private events for this seat that the log may still have, ascending.
    @exclusivity(unchecked) private(set) var privateEvents: Deque<UInt64> = []
    /// ``SeatTable/targetMark`` of the newest target list that named this seat.
    @exclusivity(unchecked) var targetMark: UInt64 = 0
    @exclusivity(unchecked) var kernel: KernelSample?
    /// When the client's kernel was last seen without the overdue frame: liveness clock. Nil while nothing is overdue.
    @exclusivity(unchecked) var lastUndelivered: Instant?
    /// When this client, having been hidden, last said that it is not any more: liveness clock.
    @exclusivity(unchecked) var lastShown = Instant.zero
    /// When frames were last seen to wait for the client to read, or for us: the same.
    @exclusivity(unchecked) var lastHeldUp: Instant?

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

    /// Of its occupant's connections, up to the present one. After a restart only since the newest that was confirmed before: what is older
    /// may have been another's.
    var generations: ClosedRange<UInt64> {
        let first = self.firstGeneration > 0 ? self.firstGeneration : self.confirmedGeneration
        return min(first, self.generation)...self.generation
    }

    var rosterRow: RosterRow {
        RosterRow(seat: self.number, state: self.state, cause: self.life == .live ? .unknown : self.cause, joined: self.joined)
    }

    /// Whether the occupant may become the host: who came with a ticket, only if that says so.
    var mayHost: Bool { self.identity?.rights.contains(.host) ?? true }

    /// Whether its ticket lets it remove others.
    var mayKick: Bool { self.identity?.rights.contains(.kick) ?? false }

    /// Sets who sits here, from a journal.
    func restore(_ identity: PlayerIdentity?) { self.identity = identity }

    /// Starts over for a new occupant, on a new connection.
    func seat(_ connection: ConnectionID, _ newcomer: Introduction, at moment: Moment) {
        self.generation += 1
        (self.identity, self.origin) = (newcomer.identity, newcomer.origin)
        (self.confirmedGeneration, self.firstGeneration) = (self.generation, self.generation)
        (self.timeSeated, self.connectedSince) = (0, moment.liveness)
        self.connection = connection
        self.life = .live
        (self.joined, self.rowChanged) = (moment.tick, moment.tick)
        self.forgetLag(.unknown)
        self.sending.begin(at: moment.tick)
        self.everAcknowledged = false
        (self.hasUnread, self.hasOverflowed, self.hasSaidLast) = (false, false, false)
        (self.lastUplink, self.newestNumberRead) = (0, 0)
        (self.budget, self.repeatBudget, self.deliveryBudget) = (MessageBudget(), MessageBudget(), MessageBudget())
        (self.controlBudget, self.requestBudget) = (MessageBudget(), MessageBudget())
        self.lastArrival = .zero
        self.forgetPrivateItems()
        (self.newestPrivate, self.privateForgottenThrough) = (.none, .none)
        self.roundTrip = RoundTrip(waitingSince: moment.now)
    }

    /// Gives the occupant a new connection.
    func reseat(_ connection: ConnectionID, at moment: Moment, resumingFrom baseline: Tick, needsSnapshot: Bool) {
        if self.connection != nil { self.countTimeSeated(until: moment.liveness) }
        self.generation += 1
        self.connection = connection
        self.connectedSince = moment.liveness
        self.newestNumberRead = 0
        self.life = .live
        self.rowChanged = moment.tick
        self.forgetLag(.unknown)
        self.sending.resume(from: baseline, needsSnapshot: needsSnapshot)
        (self.hasOverflowed, self.hasSaidLast) = (false, false)
    }

    /// Ends the connection and starts the hold.
    func goAway(cause: LagCause, at moment: Moment) {
        self.countTimeSeated(until: moment.liveness)
        self.connection = nil
        self.life = .away(since: moment.liveness)
        self.forgetLag(cause)
        self.rowChanged = moment.tick
        self.sending.stop()
    }

    /// The acknowledgements are in time.
    func endLag() {
        guard self.lag != .none else { return }
        self.sending.isBehind = false
        self.forgetLag(.unknown)
    }

    /// - Parameter cause: Why the seat is in the state that follows.
    private func forgetLag(_ cause: LagCause) {
        (self.lag, self.cause, self.kernel) = (.none, cause, nil)
        (self.lastUndelivered, self.lastHeldUp) = (nil, nil)
    }

    /// Ends the occupancy.
    func vacate() {
        (self.life, self.connection) = (.vacant, nil)
        self.sending.stop()
        self.forgetPrivateItems()
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
