import RelayWire

/// Everything that can happen to a room: the argument of ``Room/take(_:)``, the only way in.
///
/// Times are the monotonic clock's unless a case says otherwise. An input that names a generation is ignored unless that is the
/// generation of the seat's present connection; ``kick(_:generation:at:)`` is about its occupant, connected or not.
package enum RoomInput {
    /// A newcomer wants a seat. The next tick answers with a welcome or a close.
    case join(Role, ConnectionID, form: ClientForm = .binary, at: Instant)
    /// A player wants its seat back. The shell has checked that the token is ours and of this instance.
    case rejoin(RejoinRequest, ConnectionID, form: ClientForm = .binary, at: Instant)
    /// The shell begins to read the connections of all players. All that it reads arrived since it did so last.
    case reading(at: Instant)
    /// One whole message from a seat's connection. The bytes are used during the call only.
    case message(UnsafeRawBufferPointer, from: SeatNumber, generation: UInt64, arrival: Arrival)
    /// A seat's connection answered the ping that names a tick: SPEC section 18.
    case ponged(Tick, from: SeatNumber, generation: UInt64, arrival: Arrival)
    /// A ping or a pong came from a seat's connection.
    case controlFrame(SeatNumber, generation: UInt64)
    /// The last read left bytes in the socket: this seat is not silent at the next tick.
    case unread(SeatNumber, generation: UInt64)
    /// The connection has ended, or the shell closed it for an offence against WebSocket.
    case lost(SeatNumber, generation: UInt64, ConnectionID, at: Instant)
    /// The kernel's figures about a seat's connection.
    case kernel(KernelSample, of: SeatNumber, generation: UInt64)
    /// From the next tick on the room runs at this stride, 1...4. That tick is a heartbeat, which says so.
    case stride(UInt64)
    /// An operator removes the occupant who had the seat at this generation. Does nothing if that one is gone by the next tick.
    case kick(SeatNumber, generation: UInt64, at: Instant)
    /// Somebody shows a seat's token and asks for one operation without a connection. ``RoomOutput/answer(request:_:)`` of the next tick says what
    /// became of it. The bytes are an operation as in an uplink, and are used during the call only.
    case request(UnsafeRawBufferPointer, number: UInt64, from: SeatNumber, generation: UInt64, at: Instant)
    /// Run one tick: everything that arrived takes effect, and everybody sees it. Later than the last one; numbers may be skipped.
    /// The liveness clock does not run while the process is paused.
    case tick(Tick, now: Instant, liveness: Instant)
    /// A delivery of this tick was given to the transport. If it has not passed on the last byte, the shell keeps the rest and gives
    /// ``remainderSent(_:generation:at:)`` once that is sent; until then the seat gets nothing more.
    /// `bytes`: what the transport was given since the delivery before, other messages included.
    case handedOver(Delivery, bytes: Int, at: Instant, liveness: Instant, isComplete: Bool)
    /// The rest of a frame went out.
    case remainderSent(SeatNumber, generation: UInt64, at: Instant)
    /// Nobody is seated and no input waits: free the memory that only a room with players needs.
    case idle
    /// End the room at once, without another tick. 4023 or 4024.
    case end(CloseCode)
}

extension Room {
    /// Says what is known of a connection, right before its ``RoomInput/join(_:_:form:at:)`` or rejoin. No input itself: inputs own nothing, which
    /// makes them cheap to pass on (with a name in one of them a tick took 1.6 % more instructions).
    package mutating func introduce(_ newcomer: Introduction, as connection: ConnectionID) {
        self.intake.inbox.introduce(newcomer, as: connection)
    }

    /// Takes one input: the only function through which anything happens to a room that runs. The same inputs in the same order give the same
    /// bytes, so that a list of them is a recording.
    ///
    /// - Returns: Whether to go on reading from the connection of a ``RoomInput/message(_:from:generation:arrival:)``: false if the room
    ///   will take no more messages from it; and of a ``RoomInput/controlFrame(_:generation:)``: false if they are too many. True for all other
    ///   inputs.
    @discardableResult
    package mutating func take(_ input: RoomInput) -> Bool {
        switch input {
        case .message(let bytes, let seat, let generation, let arrival):
            return self.receive(Span(_unsafeBytes: bytes), from: seat, generation: generation, arrival)
        case .handedOver(let delivery, let bytes, let now, let liveness, let isComplete):
            self.handedOver(delivery, bytes: bytes, at: now, liveness: liveness, isComplete: isComplete)
        case .tick(let tick, let now, let liveness): self.tick(Moment(tick: tick, now: now, liveness: liveness))
        case .reading(let now): self.intake.beginReading(at: now, seated: self.members.seated)
        case .controlFrame(let seat, let generation):
            guard let seat = self.members.seats.current(seat, generation) else { return true }
            return self.intake.chargeControlFrame(of: seat)
        case .ponged(let tick, let seat, let generation, let arrival):
            self.intake.inbox.add(.ponged(generation: generation, tick, exact: arrival.isExact), seat: seat, at: arrival.at)
        case .unread(let seat, let generation): self.members.seats.current(seat, generation)?.hasUnread = true
        case .remainderSent(let seat, let generation, let now):
            self.members.seats.current(seat, generation)?.sending.finish(at: now)
        case .join(let role, let connection, let form, let arrival):
            self.intake.inbox.add(.join(role, connection, form), seat: .room, at: arrival)
        case .rejoin(let request, let connection, let form, let arrival):
            self.intake.inbox.add(.rejoin(request, connection, form), seat: .room, at: arrival)
        case .lost(let seat, let generation, let connection, let arrival):
            self.connectionLost(seat, generation: generation, connection, at: arrival)
        case .kernel(let sample, let seat, let generation): self.members.seats.current(seat, generation)?.kernel = sample
        case .stride(let stride): self.clock.setStride(stride)
        case .kick(let seat, let generation, let arrival):
            self.intake.inbox.add(.kick(generation: generation), seat: seat, at: arrival)
        case .request(let operation, let number, let seat, let generation, let arrival):
            self.intake.inbox.addRequest(
                Span(_unsafeBytes: operation), number: number, seat: seat, generation: generation, at: arrival)
        case .idle: self.releaseWorkingMemory()
        case .end(let code): self.end(code)
        }
        return true
    }
}
