/// One room: players sharing a state and a tick. Owns no socket, no clock and no randomness; the same inputs give the same
/// bytes, always.
///
/// Inputs go in by ``take(_:)``, in any order between two ticks; the ticks' numbers ascend. After a tick the shell carries out
/// ``effects``, sends each of ``deliveries`` (the private message, then the shared frame ``frame(_:)``, in one send) and gives the room
/// ``RoomInput/handedOver(_:at:liveness:isComplete:)``, and ``RoomInput/remainderSent(_:generation:at:)`` if a part was left.
///
/// ```
///  drain ─► liveness ─► apply ─► encode ─► (the shell hands over, and notes when)
/// ```
package struct Room: ~Copyable {
    package let configuration: RoomConfiguration
    package let instance: RoomInstance
    /// Changes when the room is restored from a journal.
    package internal(set) var epoch: UInt64
    /// Earlier epochs whose ticks this room continues, the newest last.
    var pastEpochs: [PastEpoch] = []

    package var seats = SeatTable()
    package var names: NameTable
    package var entities: EntityStore
    package var events: EventLog
    package var inbox = Inbox()
    var reads = ReadPauses()
    /// Incremented for every target list that is read. A seat with this mark has been named by the current list already.
    var targetMark: UInt64 = 0
    /// The fields of the set operation that is being applied. Kept to reuse its memory.
    var checkedFields: [CheckedField] = []
    package internal(set) var host = SeatNumber.room
    var hostChanged = Tick.none
    /// The last tick at which any player's roster row changed.
    var rowsChanged = Tick.none

    /// The tick that is being run, or was run last.
    package internal(set) var currentTick: Tick
    var now = Instant.zero
    var liveness = Instant.zero
    /// The shell runs the room at every `stride`-th tick number. Above 1 the relay is overloaded. Clients are told.
    package internal(set) var stride: UInt64 = 1
    /// The next tick must tell the clients of ``stride``.
    var strideIsNews = false
    var nextHeartbeat: Tick
    var isHeartbeat = false
    /// The last tick before this one at which anything public changed: the baseline of differences.
    var previousChange: Tick
    /// The last tick at which anything public changed, this one included.
    var lastChange: Tick
    /// When the room became empty, on the liveness clock (0 for a new room); nil while anybody is seated.
    package internal(set) var emptySince: Instant?
    /// Set by ``end(_:)``: the room must not tick any more.
    package internal(set) var isOver = false

    // Outputs. Kept from tick to tick to reuse their memory.
    package internal(set) var effects: [RoomEffect] = []
    package internal(set) var deliveries: [Delivery] = []
    package internal(set) var counters = RoomCounters()
    var frames: [FrameBuffer]
    /// Private messages of this tick, one after the other: ``Delivery/privateRange``.
    package internal(set) var privateMessages = WireWriter(capacity: 64)
    var scratch = EncodingScratch()
    var packer = DifferencePacker()
    /// The room's state as last journaled; each ``Seat`` keeps its own part.
    package var recorded = RoomRecord()

    /// Bytes kept free before each private message for the transport's header.
    package static let privateHeadroom = 10

    /// A new room. Its first tick must be later than `tick`, which must not be 0.
    package init(configuration: RoomConfiguration, instance: RoomInstance, epoch: UInt64 = 1, tick: Tick) {
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
        self.nextHeartbeat = tick.advanced(by: 1 + instance.low % Self.heartbeatTicks(configuration))
        self.emptySince = .zero
    }

    static func heartbeatTicks(_ configuration: RoomConfiguration) -> UInt64 {
        max(1, configuration.rate * configuration.heartbeatInterval / 1_000_000_000)
    }

    // MARK: Inputs

    /// Maximum time between two reads unless we were held up: 1.5 times the longest period, at the slowest stride (250 ms at most) or of
    /// a slow room. Nanoseconds.
    var ordinaryPause: UInt64 { max(375_000_000, 1_500_000_000 / self.configuration.rate) }

    /// Takes one whole message from a seat's connection. Charges its sender and copies it at once; the tick decodes it.
    ///
    /// - Returns: Whether to go on reading: false if the room will take no more messages from this connection.
    mutating func receive(_ message: Span<UInt8>, from number: SeatNumber, generation: UInt64, arrival: Arrival) -> Bool {
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

    /// Whether a message is within its sender's budget and fits into the inbox. All messages after a lost one are lost too:
    /// uplinks are applied in order or not at all.
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

    /// Charges a message to its sender; false if the budget is used up. Repeated uplinks have a bucket of their own, so that
    /// resending uplinks to be safe does not use up the budget for new ones.
    private func charge(_ message: Span<UInt8>, to seat: Seat) -> Bool {
        let (rate, burst) = (self.configuration.uplinkRate, self.configuration.uplinkBurst)
        let (since, now) = (self.reads.chargedSince, self.reads.now)
        if let number = ClientMessage.uplinkNumber(of: message) {
            if number <= max(seat.lastUplink, seat.newestNumberRead) {
                return seat.repeatBudget.take(since: since, at: now, rate: rate, burst: burst)
            }
            seat.newestNumberRead = number
        }
        return seat.budget.take(since: since, at: now, rate: rate, burst: burst)
    }

    /// Whether a seat's messages in the inbox are within an equal share of it: the bounds divided by the maximum of seats.
    private func isWithinShare(_ seat: Seat) -> Bool {
        let seats = self.configuration.maximumPlayers + self.configuration.maximumSpectators
        return seat.waitingMessages <= Inbox.maximumEntries / seats && seat.waitingBytes <= Inbox.maximumBytes / seats
    }

    /// Reports that a connection is gone, or that the shell closed it for an offence on the shell's own level.
    mutating func connectionLost(_ seat: SeatNumber, generation: UInt64, _ connection: ConnectionID, at arrival: Instant) {
        let arrival = self.seats.contains(seat) ? max(arrival, self.seats[seat].lastArrival) : arrival
        self.inbox.add(.lost(generation: generation, connection), seat: seat, at: arrival)
    }

    /// Sets the stride at which the shell runs the room from the next tick on. That tick is a heartbeat and carries the stride.
    ///
    /// - Parameter stride: 1...4.
    mutating func setStride(_ stride: UInt64) {
        guard stride != self.stride else { return }
        (self.stride, self.strideIsNews) = (stride, true)
    }

    /// Frees the memory that only a room with players needs. Call it only when nobody is seated and no input waits.
    mutating func releaseWorkingMemory() {
        precondition(self.seated == 0 && self.inboxCount == 0, "somebody needs the room")
        (self.inbox, self.reads) = (Inbox(), ReadPauses())
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
    package mutating func tick(_ tick: Tick, now: Instant, liveness: Instant) {
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
        let isDue = tick >= self.nextHeartbeat
        self.isHeartbeat = isDue || self.strideIsNews
        self.strideIsNews = false
        if isDue {
            let period = Self.heartbeatTicks(self.configuration)
            self.nextHeartbeat = self.nextHeartbeat.advanced(by: (tick.since(self.nextHeartbeat) / period + 1) * period)
        }
    }

    /// Marks that something public changed at this tick.
    mutating func markChanged() { self.lastChange = self.currentTick }

    /// Whether a seat's connection is the one of this generation.
    func isCurrent(_ seat: SeatNumber, _ generation: UInt64) -> Bool {
        self.seats.contains(seat) && self.seats[seat].generation == generation && self.seats[seat].connection != nil
    }

    // MARK: Output

    /// The shared frame of this tick in one coding, valid until the next tick. A shell that needs it longer must retain it.
    package func frame(_ coding: Coding) -> FrameBuffer { self.frames[Int(coding.rawValue)] }

    /// Reports that the kernel took a delivery, or a first part of it.
    ///
    /// - Parameters:
    ///   - now: Monotonic, taken when the frame was handed over.
    ///   - isComplete: Whether the last byte was taken. If not, the shell keeps the rest and calls
    ///     ``remainderSent(_:generation:at:)``; until then the seat gets no more.
    mutating func handedOver(_ delivery: Delivery, at now: Instant, liveness: Instant, isComplete: Bool) {
        guard self.seats[delivery.seat].connection == delivery.connection else { return }
        let entry = InFlightFrames.Entry(tick: self.currentTick, handedOver: now, liveness: liveness)
        self.seats[delivery.seat].sending.handedOver(entry, isComplete: isComplete)
    }

    /// Reports that the kernel took the last byte of an unfinished frame.
    mutating func remainderSent(_ seat: SeatNumber, generation: UInt64, at now: Instant) {
        if self.isCurrent(seat, generation) { self.seats[seat].sending.finish(at: now) }
    }

    // MARK: Helpers of the phases

    mutating func note(_ kind: RoomNote.Kind, _ seat: SeatNumber) {
        let oldest = self.seats.contains(seat) ? self.seats[seat].sending.inFlight.oldest : nil
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

    /// Marks that a seat's roster row changed at this tick.
    mutating func markRowChanged(_ seat: SeatNumber) {
        self.seats[seat].rowChanged = self.currentTick
        guard !seat.isSpectator else { return }
        self.rowsChanged = self.currentTick
        self.markChanged()
    }
}
