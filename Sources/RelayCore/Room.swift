import RelayWire

/// One room: players sharing a state and a tick. Owns no socket, no clock and no randomness; the same inputs give the same
/// bytes, always.
///
/// Inputs go in by ``take(_:)``, in any order between two ticks; the ticks' numbers ascend. After a tick the shell (whoever runs the room) carries out
/// ``outputs``, in order; for a delivery it sends the private message, then the shared frame ``frame(_:as:)``, in one write, and gives
/// the room ``RoomInput/handedOver(_:bytes:at:liveness:isComplete:)``, later ``RoomInput/remainderSent(_:generation:at:)`` if a part was left.
///
/// ```
///  drain ─► liveness ─► apply ─► encode ─► (the shell hands over, and notes when)
/// ```
///
/// Each part owns its state: ``Intake`` what waits for the tick, ``Membership`` who is there, ``RoomWorld`` what is, ``EventLog`` what
/// happened, ``RoomDoor`` who may come in, ``FrameEncoder`` what is sent, ``Outbox`` what the shell has to do.
package struct Room: ~Copyable {
    package let configuration: RoomConfiguration
    package let instance: RoomInstance
    var epochs: Epochs
    var clock: RoomClock
    package var intake: Intake
    package var members: Membership
    package var world: RoomWorld
    package var events: EventLog
    var door = RoomDoor()
    let encoder = FrameEncoder()
    var textBudget: TextBudget
    package internal(set) var out = Outbox()
    /// The last tick before this one at which anything public changed: the baseline of differences.
    var previousChange: Tick
    /// Set by ``end(_:)``: the room must not tick any more.
    package private(set) var isOver = false
    /// What the journal has of the room; each ``Seat`` keeps its own part.
    package var recorded = RoomRecord()

    /// Bytes kept free before each private message for the transport's header.
    package static let privateHeadroom = 10

    /// A new room. Its first tick must be later than `tick`, which must not be 0.
    ///
    /// - Parameter emptySince: On the liveness clock. By default it is as if it had always been empty: whoever makes it is about to sit down.
    package init(
        configuration: RoomConfiguration, instance: RoomInstance, epoch: UInt64 = 1, tick: Tick, emptySince: Instant = .zero
    ) {
        precondition(tick > .none)
        self.configuration = configuration
        self.instance = instance
        self.epochs = Epochs(current: epoch)
        self.clock = RoomClock(configuration, at: tick, phase: instance.low)
        self.intake = Intake(configuration)
        self.members = Membership(configuration, at: self.clock.moment, emptySince: emptySince)
        self.world = RoomWorld(configuration, at: tick)
        self.events = EventLog(maximumEntries: configuration.maximumEvents, maximumBytes: configuration.maximumEventBytes)
        self.textBudget = TextBudget(rate: configuration.rate)
        self.previousChange = tick
    }

    // MARK: The tick

    /// Runs one tick: everything that arrived takes effect, everybody sees it.
    mutating func tick(_ moment: Moment) {
        precondition(moment.tick > self.currentTick && !self.isOver, "ticks only go forward")
        self.begin(moment)
        self.updateDoor()
        self.drainInbox()
        self.members.updateLiveness(&self.world, &self.out)
        self.applyOperations()
        self.encode()
    }

    private mutating func begin(_ moment: Moment) {
        self.previousChange = self.lastChange
        self.clock.begin(moment)
        self.world.begin(moment.tick)
        self.encoder.begin()
        self.out.removeAll()
        self.members.moment = moment
        self.members.lateness = 0
        if self.clock.lateness > self.members.ownDelayBound { self.members.judgeLateTick(self.clock.lateness, &self.out) }
    }

    /// The last tick at which anything public changed.
    var lastChange: Tick {
        max(max(self.world.lastChange, self.events.newestPublic), max(self.members.rowsChanged, self.members.hostChanged))
    }

    // MARK: Other inputs

    /// Takes one whole message from a seat's connection.
    ///
    /// - Returns: Whether to go on reading: false if the room will take no more messages from this connection.
    mutating func receive(_ message: Span<UInt8>, from number: SeatNumber, generation: UInt64, _ arrival: Arrival) -> Bool {
        guard let seat = self.members.seats.current(number, generation) else {
            self.out.count(.staleMessages)
            return false
        }
        return self.intake.receive(message, from: seat, after: self.currentTick, arrival, &self.out)
    }

    /// Takes the report that a connection is gone, or that the shell closed it for an offence on the shell's own level.
    mutating func connectionLost(_ number: SeatNumber, generation: UInt64, _ connection: ConnectionID, at arrival: Instant) {
        let earliest = self.members.seats.contains(number) ? self.members.seats[number].lastArrival : .zero
        self.intake.inbox.add(.lost(generation: generation, connection), seat: number, at: max(arrival, earliest))
    }

    /// Takes the report that a delivery was given to the transport, which took all of it, a part, or nothing yet.
    mutating func handedOver(_ delivery: Delivery, bytes: Int, at now: Instant, liveness: Instant, isComplete: Bool) {
        let seat = self.members.seats[delivery.seat]
        guard seat.connection == delivery.connection else { return }
        let isAwaited = seat.form.acknowledgement == .ticks || delivery.needsPing(isComplete: isComplete)
        seat.sending.handedOver(
            self.currentTick, bytes: bytes, at: now, liveness: liveness, isComplete: isComplete, isAwaited: isAwaited)
    }

    /// Frees the memory that only a room with players needs. Call it only when nobody is seated and no input waits.
    mutating func releaseWorkingMemory() {
        precondition(self.seated == 0 && self.inboxCount == 0, "somebody needs the room")
        self.clock.rest()
        self.intake.releaseMemory()
        self.world.releaseMemory()
        self.encoder.releaseMemory()
        self.out.releaseMemory()
    }

    /// Ends the room at once, without another tick, because the room may be one that cannot be trusted to tick. ``outputs`` then
    /// close every connection, also those that wait for an answer; the shell carries them out and throws the room away.
    ///
    /// - Parameter code: One that ``CloseCode/endsRoom``.
    mutating func end(_ code: CloseCode) {
        precondition(code.endsRoom)
        self.isOver = true
        self.out.removeAll()
        for entry in self.intake.inbox.entries {
            switch entry.input {
            case .join(_, let connection, _), .rejoin(_, let connection, _): self.out.close(connection, code)
            case .request(let number, _, _): self.out.answer(number, .refused(code))
            case .message, .ponged, .uplink, .lost, .leave, .kick, .done: break
            }
        }
        self.members.closeAll(code, &self.out)
        self.intake.inbox.removeAll()
    }

    // MARK: Output

    /// What the shell has to do after the last tick, in order: ``Outbox/outputs`` of ``out``. Valid until the next one.
    package var outputs: [RoomOutput] { self.out.outputs }

    /// The notes among ``outputs``.
    package var notes: [RoomNote] { self.out.notes }

    /// The shared frame of this tick in one coding, valid until the next tick. A shell that needs it longer must retain it.
    package func frame(_ coding: Coding, as form: WireForm = .binary) -> FrameBuffer { self.encoder.frame(form, coding) }

    /// The address of a private message, with ``privateHeadroom`` free bytes before it.
    package func privateMessage(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: self.encoder.privateMessages.payloadStart + range.lowerBound, count: range.count)
    }

    /// The address of a `players` message of this tick, as that of a private one.
    package func playersMessage(_ number: UInt8) -> UnsafeMutableRawBufferPointer {
        self.privateMessage(self.encoder.playersRange(number))
    }

    /// The checksum a replica of this tick has: SPEC section 6.
    package var checksum: UInt32 { self.world.checksum }
}
