import RelayCore
import RelayHosting
import RelayWire

/// A room and the connections of its players: the one owner of a connection's life, from the hello to the end.
///
/// Sans I/O: bytes go through ``Transport``, the time comes from the context's clock. Sockets and virtual time run the same code. At each
/// tick its owner calls, in this order:
///
/// ```
/// readEverybody()                 // remainders are sent, the room hears what has arrived
/// inspectOverdueSeats()
/// give(.tick(…))                  // the room decides
/// carryOut(liveness: …) { note in … }  // welcomes, closes, frames
/// endTurn()
/// ```
///
/// Confined to one thread, whose rooms share a ``TransportContext``.
package final class ConnectedRoom {
    /// A room makes no callbacks, so exclusivity is not checked at each access.
    @exclusivity(unchecked) package private(set) var room: Room
    package let context: TransportContext
    private let poll: (any ReadinessPoll)?
    /// Told of every input before the room gets it: a recorder.
    package var onInput: ((RoomInput) -> Void)?

    private(set) var reading = ReadingHabit()
    /// The connections to read at each tick: those with a seat, in no order.
    private(set) var readers: [ConnectionPointer] = []
    /// Readers with bytes to read at this tick, if the room polls first.
    private var readable: [ConnectionPointer] = []
    /// The array that ``readable`` alternates with, kept so that its memory is reused.
    private var wasReadable: [ConnectionPointer] = []
    /// All that are not over, with a seat or without.
    private var open: [ConnectionID: ConnectionPointer] = [:]
    private var seats = SeatConnections()
    /// Those that end in this turn.
    private var retired: [ConnectionPointer] = []
    /// When it began to read for its next tick.
    var turnBegan = Instant.zero
    /// Connections that hold a remainder.
    var unfinished: [ConnectionPointer] = []
    /// Bytes of the frames that they keep alive, as of the last tick.
    var heldBytes = 0
    /// Connections that owe a pong.
    var pongs: [ConnectionPointer] = []

    /// - Parameter poll: Knows who can be read; nil to read everybody at each tick.
    package init(_ room: consuming Room, context: TransportContext, poll: (any ReadinessPoll)?) {
        self.room = room
        (self.context, self.poll) = (context, poll)
        if poll == nil { self.reading.giveUpPolling() }
    }

    deinit {
        for pointer in self.retired + Array(self.open.values) { Self.free(pointer) }
    }

    /// Gives the room an input: the only way to a room that runs.
    @discardableResult
    package func give(_ input: RoomInput) -> Bool {
        self.onInput?(input)
        return self.room.take(input)
    }

    // MARK: What its owner asks

    /// Connections with a seat.
    package var seatedConnections: Int { self.readers.count }

    /// Whether a tick would do nothing: no seat is taken, no input or connection waits.
    package var hasNothingToDo: Bool {
        self.room.emptySince != nil && self.room.inboxCount == 0 && self.open.isEmpty && self.retired.isEmpty
            && !self.room.doorWaitsForTick
    }

    /// Of a connection that is not over.
    package func transport(of id: ConnectionID) -> (any Transport)? { self.open[id]?.pointee.transport }

    /// The address and port of a seat's client; nil without a connection.
    package func peer(of seat: SeatNumber) -> String? { self.seats[seat]?.pointee.peer }

    /// Whether a connection that is not over still has to send the end of a frame.
    package func hasFrameRemainder(_ id: ConnectionID) -> Bool {
        self.open[id].map { !$0.pointee.remainder.isEmpty && $0.pointee.remainder.endsFrame } ?? false
    }

    // MARK: Journals and checks

    /// Writes the last tick's record: ``Room/encodeRecord(into:)``.
    package func encodeRecord(into writer: inout WireWriter) { self.room.encodeRecord(into: &writer) }

    /// Writes the whole room: ``Room/encodeSnapshot(into:)``.
    package func encodeSnapshot(into writer: inout WireWriter) { self.room.encodeSnapshot(into: &writer) }

    /// Begins a restored room's new life: ``Room/resume(epoch:at:)``.
    package func resume(epoch: UInt64, at now: Instant) { self.room.resume(epoch: epoch, at: now) }

    /// Makes a new room what its maker wants: ``Room/open(_:)``.
    package func open(_ opening: RoomOpening) { self.room.open(opening) }

    /// Holds a seat: ``Room/hold(_:for:seconds:)``.
    package func hold(_ role: Role, for newcomer: Introduction, seconds: UInt64) -> Bool {
        self.room.hold(role, for: newcomer, seconds: seconds)
    }

    /// Gives the room the hash of a password: ``Room/take(_:job:)``.
    package func take(_ hash: PasswordHash?, job: UInt64) { self.room.take(hash, job: job) }

    /// Breaks an invariant, for tests: ``Room/miscount()``.
    package func miscount() { self.room.miscount() }

    // MARK: Connections

    /// Takes a connection that has said hello. The next tick answers it.
    ///
    /// - Returns: Its name in the room.
    @discardableResult
    package func admit(_ transport: any Transport, _ newcomer: Newcomer) -> ConnectionID {
        let id = self.context.takeConnectionID()
        let pointer = ConnectionPointer.allocate(capacity: 1)
        pointer.initialize(to: Connection(id, transport, newcomer, in: self))
        self.open[id] = pointer
        if newcomer.introduction != Introduction() { self.room.introduce(newcomer.introduction, as: id) }
        switch newcomer.request {
        case .hello(let hello):
            self.give(.join(hello.role, id, form: newcomer.form, at: newcomer.arrival))
        case .rejoin(let rejoin, let token):
            let request = RejoinRequest(
                seat: token.seat, generation: token.generation, epoch: rejoin.epoch, tick: rejoin.tick,
                confirmed: rejoin.confirmed
            )
            self.give(.rejoin(request, id, form: newcomer.form, at: newcomer.arrival))
        }
        return id
    }

    /// Carries out what the room decided at its last tick, in the room's order; frames come last.
    ///
    /// - Parameters:
    ///   - liveness: The time on the liveness clock.
    ///   - note: Writes a line of the log.
    package func carryOut(liveness: Instant, _ note: (RoomNote) -> Void) {
        var codings = FramedCodings()
        // That a seat is taken is told behind the welcome, for then its connection is known.
        var taken: RoomNote?
        for index in self.room.out.outputs.indices {
            switch self.room.out.outputs[index] {
            case .welcome(let id, let welcome):
                if let pointer = self.open[id] { self.welcome(pointer, welcome) }
                taken.take().map(note)
            case .note(let place) where self.room.out.notes[place].kind.takesSeat:
                taken.take().map(note)
                taken = self.room.out.notes[place]
            case .close(let id, let code): if let pointer = self.open[id] { self.close(pointer, code) }
            case .note(let place): note(self.room.out.notes[place])
            case .hashPassword(let place): self.context.hashPassword?(self.room.instance, self.room.out.passwords[place])
            case .answer(let request, let outcome): self.context.answerRequest?(request, outcome)
            case .deliver(let delivery):
                if let pointer = self.connection(of: delivery) { self.send(delivery, &codings, pointer, liveness) }
            }
        }
        taken.map(note)
    }

    private func welcome(_ pointer: ConnectionPointer, _ seat: SeatWelcome) {
        (pointer.pointee.seat, pointer.pointee.generation) = (seat.seat, seat.generation)
        self.seats[seat.seat] = pointer
        guard !self.reading.pollsFirst || self.watch(pointer) else { return self.lose(pointer) }
        pointer.pointee.place = self.readers.count
        self.readers.append(pointer)
        self.write(welcome: seat, for: pointer)
        let form = pointer.pointee.text == nil ? WireForm.binary : .json
        self.sendControl(WebSocketFraming.frame(&self.context.welcomeWriter, form), on: pointer)
        self.readFrontDoorBytes(pointer)
    }

    private func write(welcome seat: SeatWelcome, for pointer: ConnectionPointer) {
        let (room, instance) = (self.room.configuration, self.room.instance)
        let token = RejoinToken(instance: instance, seat: seat.seat, generation: seat.generation)
        let welcome = Welcome(
            resumed: seat.resumed, uplinkGap: seat.uplinkGap, instance: instance, epoch: self.room.epoch,
            seat: seat.seat, generation: seat.generation, tick: seat.tick, rate: room.rate, stride: seat.stride,
            lastUplink: seat.lastUplink, cause: seat.cause, timing: room.timing, uplinkBytes: UInt64(room.uplinkBytes),
            uplinkRate: room.uplinkRate, uplinkBurst: room.uplinkBurst, roomWrites: room.roomWrites,
            departure: room.departure, token: self.context.mint.mint(token), room: pointer.pointee.roomToTell
        )
        pointer.pointee.roomToTell = nil
        self.context.welcomeWriter.removeAll()
        if let text = pointer.pointee.text {
            self.write(welcome, for: text)
        } else {
            self.context.welcomeWriter.welcome(welcome)
        }
    }

    /// The connection of a delivery; nil if it has ended since the room decided.
    private func connection(of delivery: Delivery) -> ConnectionPointer? {
        guard let pointer = self.seats[delivery.seat], pointer.pointee.id == delivery.connection else { return nil }
        return pointer
    }

    /// A connection that is not over.
    func pointer(of id: ConnectionID) -> ConnectionPointer? { self.open[id] }

    /// All that are not over, in the order in which they came.
    var connectionsByAge: [ConnectionPointer] {
        self.open.values.sorted { $0.pointee.id.rawValue < $1.pointee.id.rawValue }
    }

    /// A frame of the last tick, with its WebSocket header.
    func framed(_ coding: Coding, _ form: WireForm) -> UnsafeRawBufferPointer {
        WebSocketFraming.frame(&self.room.frame(coding, as: form).writer, form)
    }

    /// Takes a connection that ends out of every list but those that are swept at the end of the turn.
    func remove(_ pointer: ConnectionPointer) {
        pointer.pointee.isOver = true
        self.open[pointer.pointee.id] = nil
        if let seat = pointer.pointee.seat, self.seats[seat] == pointer { self.seats[seat] = nil }
        self.retired.append(pointer)
        guard let place = pointer.pointee.place, let last = self.readers.popLast() else { return }
        if self.reading.pollsFirst { self.unwatch(pointer) }
        guard last != pointer else { return }
        self.readers[place] = last
        last.pointee.place = place
    }

    /// Frees what ended in this turn. To be called at its end.
    package func endTurn() {
        self.sendPongs()
        self.boundHeldBytes()
        self.freeRetired()
    }

    func freeRetired() {
        guard !self.retired.isEmpty else { return }
        self.unfinished.removeAll { $0.pointee.isOver }
        self.pongs.removeAll { $0.pointee.isOver }
        self.readable.removeAll { $0.pointee.isOver }
        for pointer in self.retired { Self.free(pointer) }
        self.retired.removeAll(keepingCapacity: true)
    }

    private static func free(_ pointer: ConnectionPointer) {
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    // MARK: Readiness

    /// A watched transport can be read: the room reads it at its next tick.
    ///
    /// - Parameter tag: As its room gave it to the poll.
    package static func becameReadable(_ tag: UInt64) {
        guard let pointer = ConnectionPointer(bitPattern: UInt(tag)) else { return }
        pointer.pointee.room.readable.append(pointer)
    }

    /// The connections to read at this tick.
    func takeReaders() -> [ConnectionPointer] {
        // A copy: a connection that ends meanwhile is removed from the array itself.
        guard self.reading.pollsFirst else { return self.readers }
        swap(&self.readable, &self.wasReadable)
        self.readable.removeAll(keepingCapacity: true)
        return self.wasReadable
    }

    /// Adapts the reading habit to this tick's reads. Transports that are read in any case are not watched: being watched costs a call
    /// for each segment that arrives.
    func endReading(spoke: Int) {
        guard self.poll != nil, self.reading.count(spoke: spoke, of: self.readers.count) else { return }
        if self.reading.pollsFirst, self.readers.allSatisfy({ self.watch($0) }) { return }
        self.reading.giveUpPolling()
        for pointer in self.readers { self.unwatch(pointer) }
    }

    private func watch(_ pointer: ConnectionPointer) -> Bool {
        self.poll?.watch(pointer.pointee.transport, tag: UInt64(UInt(bitPattern: pointer))) ?? false
    }

    private func unwatch(_ pointer: ConnectionPointer) { self.poll?.unwatch(pointer.pointee.transport) }
}
