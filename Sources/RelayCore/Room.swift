/// One room: players sharing a state and a tick. Owns no socket, no clock and no randomness; the same inputs give the same
/// bytes, always.
///
/// **Inputs**, in any order between two ticks: ``join(_:connection:arrival:)``, ``rejoin(_:connection:arrival:)``,
/// ``beginReading(at:)``, ``receive(_:from:generation:arrival:)``, ``connectionLost(_:generation:connection:at:)``,
/// ``noteUnread(_:generation:)``, ``noteKernel(_:of:generation:)``, ``setStride(_:)``.
///
/// **The tick**: ``tick(_:now:liveness:)``, with ascending tick numbers. Afterwards the shell carries out ``effects``, sends
/// each of ``deliveries`` (the private message, then the shared frame ``frame(_:)``, in one send) and says what the kernel
/// took with ``handedOver(_:at:liveness:complete:)``, or later ``remainderSent(_:generation:at:)``.
///
/// ```
///  drain ─► liveness ─► apply ─► encode ─► (the shell hands over, and notes when)
/// ```
public struct Room: ~Copyable {
    public let configuration: RoomConfiguration
    public let instance: RoomInstance
    /// Changes when the room is restored from a journal.
    public internal(set) var epoch: UInt64
    /// The epochs before this one whose ticks this room continues, the newest last.
    var pastEpochs: [PastEpoch] = []

    var seats = SeatTable()
    var names: NameTable
    var entities: EntityStore
    var events: EventLog
    var inbox = Inbox()
    /// When the shell read the players' connections, last and before that: our own clock.
    var readAt = Instant.zero
    var readBefore = Instant.zero
    /// Our own last pause began here, and what it held up may take until there to be read. Not the peers' to prolong.
    var backlogSince: Instant?
    var backlogUntil = Instant.zero
    /// Grows with every list of targets that is read: marks seats that the list has named already.
    var targetMark: UInt64 = 0
    /// The fields of the set that is being applied; kept for its memory.
    var checkedFields: [CheckedField] = []
    public internal(set) var host = SeatNumber.room
    var hostChanged = Tick.none
    /// When any player's roster row changed last.
    var rowsChanged = Tick.none

    /// The tick that is being run, or was run last.
    public internal(set) var currentTick: Tick
    var now = Instant.zero
    var liveness = Instant.zero
    /// The shell runs the room at every stride-th tick number; above 1 the relay is overloaded. Clients are told.
    public internal(set) var stride: UInt64 = 1
    /// Clients have not been told of ``stride`` yet.
    var strideIsNews = false
    var nextBeat: Tick
    var isBeat = false
    /// The last tick before this one at which anything public changed: the baseline of differences.
    var previousChange: Tick
    /// The last tick at which anything public changed, this one included.
    var lastChange: Tick
    /// Since when nobody is seated, on the liveness clock; nil while somebody is.
    public internal(set) var emptySince: Instant?
    /// Ended from outside: there are no more ticks.
    public internal(set) var isOver = false

    // Outputs, kept for their memory.
    public internal(set) var effects: [RoomEffect] = []
    public internal(set) var deliveries: [Delivery] = []
    public internal(set) var counters = RoomCounters()
    var frames: [FrameBuffer]
    /// Private messages of this tick, one after the other: ``Delivery/privateRange``.
    public internal(set) var privateMessages = WireWriter(capacity: 64)
    var scratch = EncodingScratch()
    var packer = DifferencePacker()
    /// What the journal has, beside what seats know themselves.
    var recorded = RoomRecord()

    /// Bytes kept free before each private message for the transport's header.
    public static let privateHeadroom = 10

    /// A new room. Its first tick must be later than `tick`, which must not be 0.
    public init(configuration: RoomConfiguration, instance: RoomInstance, epoch: UInt64 = 1, tick: Tick) {
        precondition(tick > .none)
        self.configuration = configuration
        self.instance = instance
        self.epoch = epoch
        self.currentTick = tick
        (self.previousChange, self.lastChange) = (tick, tick)
        self.names = NameTable(declared: configuration.fields, at: tick)
        self.entities = EntityStore(maximumDeletions: configuration.maximumDeletions)
        self.events = EventLog(maximumEntries: configuration.maximumEvents, maximumBytes: configuration.maximumEventBytes)
        self.frames = Coding.allCases.map { _ in FrameBuffer() }
        self.nextBeat = tick.advanced(by: 1 + instance.low % Self.beatTicks(configuration))
        self.emptySince = .zero
    }

    static func beatTicks(_ configuration: RoomConfiguration) -> UInt64 {
        max(1, configuration.rate * configuration.beatInterval / 1_000_000_000)
    }

    // MARK: Inputs

    /// Somebody wants a seat. Answered at the next tick with a welcome or a close.
    public mutating func join(_ role: Role, connection: ConnectionID, arrival: Instant) {
        self.inbox.add(.join(role, connection), seat: .room, at: arrival)
    }

    /// Somebody wants a seat back. The shell has checked that the token is ours and of this instance.
    public mutating func rejoin(_ request: RejoinRequest, connection: ConnectionID, arrival: Instant) {
        self.inbox.add(.rejoin(request, connection), seat: .room, at: arrival)
    }

    /// The shell reads the players' connections, all of them, before a tick. What it reads came since it did so last.
    ///
    /// - Parameter now: Monotonic: our own clock, never a stamp.
    public mutating func beginReading(at now: Instant) {
        self.readBefore = self.readAt == .zero ? now : self.readAt
        self.readAt = now
        let pause = now.since(self.readBefore)
        if pause > Self.longestOrdinaryPause {
            self.backlogSince = self.backlogSince ?? self.readBefore
            self.backlogUntil = now.advanced(by: 2 * pause)
        } else if now >= self.backlogUntil {
            self.backlogSince = nil
        }
    }

    /// From one read to the next at most, unless we were held up: a period of the slowest stride, and a half. Nanoseconds.
    private static let longestOrdinaryPause: UInt64 = 375_000_000

    /// One whole message from a seat's connection. Charged at once; copied; decoded at the tick.
    ///
    /// - Returns: Whether more is wanted: false if nothing of this connection will be taken any more.
    @discardableResult
    public mutating func receive(_ message: Span<UInt8>, from number: SeatNumber, generation: UInt64, arrival: Arrival) -> Bool {
        guard self.isCurrent(number, generation) else {
            self.counters.count(.staleMessages)
            return false
        }
        let seat = self.seats[number]
        guard !seat.hasSaidLast else {
            self.counters.count(.messagesAfterLast)
            return false
        }
        guard self.takes(message, from: seat) else {
            seat.hasOverflowed = true
            return false
        }
        var arrival = arrival
        arrival.at = max(arrival.at, seat.lastArrival)
        seat.lastArrival = arrival.at
        self.inbox.addMessage(message, seat: number, generation: generation, at: arrival)
        seat.hasSaidLast = !ClientMessage.mayBeFollowed(message)
        return !seat.hasSaidLast
    }

    /// Whether a message is within its sender's budget and finds a place. What comes after a loss is lost too: uplinks are applied
    /// in order or not at all.
    private mutating func takes(_ message: Span<UInt8>, from seat: Seat) -> Bool {
        guard !seat.hasOverflowed else {
            self.counters.count(.messagesAfterLoss)
            return false
        }
        guard self.charge(message, to: seat) else {
            self.counters.count(.messagesOverBudget)
            return false
        }
        if seat.waitsFor != self.currentTick {
            (seat.waitsFor, seat.waitingMessages, seat.waitingBytes) = (self.currentTick, 0, 0)
        }
        seat.waitingMessages += 1
        seat.waitingBytes += message.count
        guard !self.inbox.isFull || self.isWithinShare(seat) else {
            self.counters.count(.inboxOverflows)
            return false
        }
        return true
    }

    /// Charges a message; false if it is more than its sender may send. Uplinks that were read already have a bucket of their own,
    /// so that making sure costs nothing of the other.
    private func charge(_ message: Span<UInt8>, to seat: Seat) -> Bool {
        let (rate, burst) = (self.configuration.uplinkRate, self.configuration.uplinkBurst)
        let since = self.backlogSince ?? self.readBefore
        if let number = ClientMessage.uplinkNumber(of: message) {
            if number <= max(seat.lastUplink, seat.newestNumberRead) {
                return seat.repeatBudget.take(since: since, at: self.readAt, rate: rate, burst: burst)
            }
            seat.newestNumberRead = number
        }
        return seat.budget.take(since: since, at: self.readAt, rate: rate, burst: burst)
    }

    /// Whether a seat has no more in the inbox than each could have at the same time.
    private func isWithinShare(_ seat: Seat) -> Bool {
        let seats = self.configuration.maximumPlayers + self.configuration.maximumSpectators
        return seat.waitingMessages <= Inbox.maximumEntries / seats && seat.waitingBytes <= Inbox.maximumBytes / seats
    }

    /// A connection is gone, or the shell closed it for an offence of its own level.
    public mutating func connectionLost(_ seat: SeatNumber, generation: UInt64, connection: ConnectionID, at arrival: Instant) {
        let arrival = self.seats.contains(seat) ? max(arrival, self.seats[seat].lastArrival) : arrival
        self.inbox.add(.lost(generation: generation, connection), seat: seat, at: arrival)
    }

    /// The last read left bytes in the socket: this seat cannot be called silent at the coming tick.
    public mutating func noteUnread(_ seat: SeatNumber, generation: UInt64) {
        if self.isCurrent(seat, generation) { self.seats[seat].hasUnread = true }
    }

    /// What the kernel says about a seat's connection.
    public mutating func noteKernel(_ sample: KernelSample, of seat: SeatNumber, generation: UInt64) {
        if self.isCurrent(seat, generation) { self.seats[seat].kernel = sample }
    }

    /// From the next tick on the shell runs the room at this stride. That tick is a heartbeat, which says so.
    ///
    /// - Parameter stride: 1...4.
    public mutating func setStride(_ stride: UInt64) {
        guard stride != self.stride else { return }
        (self.stride, self.strideIsNews) = (stride, true)
    }

    /// Gives back what only a room with players needs. Call it when nobody is seated and no input waits.
    public mutating func releaseWorkingMemory() {
        precondition(self.seated == 0 && self.inboxCount == 0, "somebody needs the room")
        self.inbox = Inbox()
        (self.readAt, self.readBefore, self.backlogSince) = (.zero, .zero, nil)
        self.frames = Coding.allCases.map { _ in FrameBuffer() }
        self.privateMessages = WireWriter(capacity: 64)
        (self.scratch, self.packer, self.checkedFields) = (EncodingScratch(), DifferencePacker(), [])
        (self.effects, self.deliveries) = ([], [])
    }

    // MARK: The tick

    /// Runs one tick: everything that arrived takes effect, everybody sees it.
    ///
    /// - Parameters:
    ///   - tick: Later than the last one; numbers may be skipped.
    ///   - now: Monotonic clock.
    ///   - liveness: Liveness clock: does not run while the process is paused.
    public mutating func tick(_ tick: Tick, now: Instant, liveness: Instant) {
        precondition(tick > self.currentTick && !self.isOver, "ticks only go forward")
        self.begin(tick, now: now, liveness: liveness)
        self.drainInbox()
        self.updateLiveness()
        self.applyOperations()
        self.encode()
    }

    private mutating func begin(_ tick: Tick, now: Instant, liveness: Instant) {
        (self.currentTick, self.now, self.liveness) = (tick, now, liveness)
        self.previousChange = self.lastChange
        self.effects.removeAll(keepingCapacity: true)
        self.deliveries.removeAll(keepingCapacity: true)
        self.privateMessages.removeAll()
        self.entities.beginTick()
        let isDue = tick >= self.nextBeat
        self.isBeat = isDue || self.strideIsNews
        self.strideIsNews = false
        if isDue {
            let period = Self.beatTicks(self.configuration)
            self.nextBeat = self.nextBeat.advanced(by: (tick.since(self.nextBeat) / period + 1) * period)
        }
    }

    /// Notes that something public changed at this tick.
    mutating func noteChange() { self.lastChange = self.currentTick }

    /// Whether a seat's connection is the one of this generation.
    func isCurrent(_ seat: SeatNumber, _ generation: UInt64) -> Bool {
        self.seats.contains(seat) && self.seats[seat].generation == generation && self.seats[seat].connection != nil
    }

    // MARK: Output

    /// The shared frame of this tick in one coding; valid until the next tick. A shell that must keep it retains it.
    public func frame(_ coding: Coding) -> FrameBuffer { self.frames[Int(coding.rawValue)] }

    /// The kernel took a delivery, or as much of it as it wanted.
    ///
    /// - Parameters:
    ///   - now: Monotonic, taken when the frame was handed over.
    ///   - complete: Whether the last byte was taken. If not, the shell keeps the rest and calls
    ///     ``remainderSent(_:generation:at:)``; until then the seat gets no more.
    public mutating func handedOver(_ delivery: Delivery, at now: Instant, liveness: Instant, complete: Bool) {
        guard self.seats[delivery.seat].connection == delivery.connection else { return }
        let tick = self.currentTick
        self.seats[delivery.seat].ledger.append(.init(tick: tick, handedOver: now, liveness: liveness))
        // Settled by this frame, whenever its last byte goes out.
        self.seats[delivery.seat].needsSnapshot = false
        if complete {
            self.seats[delivery.seat].baseline = tick
        } else {
            self.seats[delivery.seat].unfinished = tick
        }
    }

    /// The rest of a frame went out.
    public mutating func remainderSent(_ seat: SeatNumber, generation: UInt64, at now: Instant) {
        guard self.isCurrent(seat, generation), let tick = self.seats[seat].unfinished else { return }
        self.seats[seat].unfinished = nil
        self.seats[seat].baseline = tick
        self.seats[seat].ledger.completeNewest(at: now)
    }

    // MARK: Helpers of the phases

    mutating func note(_ kind: RoomNote.Kind, _ seat: SeatNumber) {
        let oldest = self.seats.contains(seat) ? self.seats[seat].ledger.oldest : nil
        self.effects.append(
            .note(
                RoomNote(
                    kind: kind, seat: seat, generation: self.seats.contains(seat) ? self.seats[seat].generation : 0,
                    tick: self.currentTick, cause: self.seats.contains(seat) ? self.seats[seat].cause : .unknown,
                    oldestUnacknowledged: oldest?.tick ?? .none, handedOver: oldest?.handedOver ?? .zero,
                    acknowledgementAge: oldest.map { self.liveness.since($0.liveness) } ?? 0
                )
            )
        )
    }

    mutating func close(_ connection: ConnectionID, _ code: CloseCode) {
        self.counters.count(code)
        self.effects.append(.close(connection, code))
    }

    /// Notes that a seat's roster row changed.
    mutating func noteRowChange(_ seat: SeatNumber) {
        self.seats[seat].rowChanged = self.currentTick
        guard !seat.isSpectator else { return }
        self.rowsChanged = self.currentTick
        self.noteChange()
    }
}
