import CRelayLinux
import RelayCore
import RelayWire

/// Encodes welcomes; kept for its memory.
final class WelcomeWriter {
    var writer = WireWriter(capacity: 256)
}

// Connections come, are told who they are, and go.
extension ArenaThread {
    // MARK: Admission

    func admit(_ admission: Admission) {
        defer { self.directory.release(admission.route) }
        guard self.rooms[admission.route.instance] != nil || self.directory.knows(admission.route) else {
            return self.turnAway(admission, .roomEvicted)  // while the connection was on its way
        }
        guard !self.isDraining else { return self.turnAway(admission, .draining) }
        // Without a place only if descriptors have run out.
        guard let hosted = self.hostedRoom(for: admission.route) else { return self.turnAway(admission, .relayFull) }
        self.wake(hosted)
        let pointer = ConnectionPointer.allocate(capacity: 1)
        pointer.initialize(to: Connection(admission, in: hosted))
        pointer.pointee.carrier.prepare(userTimeout: self.userTimeout)
        hosted.open.insert(UInt(bitPattern: pointer))
        let arrival = Instant(nanoseconds: admission.arrival)
        switch admission.request {
        case .hello(let hello): hosted.room.join(hello.role, connection: ConnectionID(pointer), arrival: arrival)
        case .rejoin(let rejoin, let token):
            let request = RejoinRequest(
                seat: token.seat, generation: token.generation, epoch: rejoin.epoch, tick: rejoin.tick,
                confirmed: rejoin.confirmed
            )
            hosted.room.rejoin(request, connection: ConnectionID(pointer), arrival: arrival)
        }
    }

    private var userTimeout: UInt32 {
        let room = self.configuration.room
        let milliseconds = (room.stallAfter + room.graceWindow + ArenaConfiguration.userTimeoutSlack) / 1_000_000
        return UInt32(clamping: milliseconds)
    }

    private func turnAway(_ admission: Admission, _ code: CloseCode) {
        let carrier = Carrier(descriptor: admission.descriptor)
        self.statistics.noteClose(code)
        self.sayGoodbye(carrier, code, retryAfter: code == .draining ? self.takeReturnTime() : nil)
    }

    // MARK: Effects

    func carryOutEffects(of hosted: HostedRoom) {
        for index in hosted.room.effects.indices {
            switch hosted.room.effects[index] {
            case .welcome(let id, let welcome): self.welcome(id.pointer, welcome, hosted)
            case .close(let id, let code): self.close(id.pointer, code, in: hosted)
            case .note(let note):
                self.notes.write(note, in: hosted.route)
                if note.kind == .behind || note.kind == .stalled { self.sampleKernel(of: note.seat, in: hosted) }
            }
        }
    }

    private func welcome(_ pointer: ConnectionPointer, _ seat: SeatWelcome, _ hosted: HostedRoom) {
        guard !pointer.pointee.isOver else { return }
        pointer.pointee.seat = seat.seat
        pointer.pointee.generation = seat.generation
        guard hosted.add(pointer) else { return self.lose(pointer, in: hosted) }
        self.write(welcome: seat, for: hosted)
        let framed = WebSocketFraming.frame(&self.scratch.writer)
        self.sendControl(framed, on: pointer, hosted)
        self.readFrontDoorBytes(pointer, hosted)
    }

    private func write(welcome seat: SeatWelcome, for hosted: HostedRoom) {
        let room = hosted.room.configuration
        let token = RejoinToken(instance: hosted.route.instance, seat: seat.seat, generation: seat.generation)
        self.scratch.writer.removeAll()
        self.scratch.writer.welcome(
            Welcome(
                resumed: seat.resumed, uplinkGap: seat.uplinkGap, instance: hosted.route.instance, epoch: hosted.room.epoch,
                seat: seat.seat, generation: seat.generation, tick: seat.tick, rate: room.rate, stride: seat.stride,
                lastUplink: seat.lastUplink, cause: seat.cause, timing: room.timing, uplinkBytes: UInt64(room.uplinkBytes),
                uplinkRate: room.uplinkRate, uplinkBurst: room.uplinkBurst, roomWrites: room.roomWrites,
                departure: room.departure, token: self.mint.mint(token)
            )
        )
    }

    // MARK: Ends

    /// Closes a connection with a code: the room knows already, or is told by the caller.
    ///
    /// - Parameter retryAfter: Milliseconds, where waiting helps.
    func close(_ pointer: ConnectionPointer, _ code: CloseCode, in hosted: HostedRoom, retryAfter: Int? = nil) {
        guard !pointer.pointee.isOver else { return }
        if self.end(pointer, in: hosted) {
            self.sayGoodbye(pointer.pointee.carrier, code, retryAfter: retryAfter)
        } else {
            self.release(pointer.pointee.carrier, abruptly: true)
        }
    }

    /// The peer ended the connection, or broke the rules of the transport.
    func lose(_ pointer: ConnectionPointer, in hosted: HostedRoom, code: CloseCode? = nil) {
        guard !pointer.pointee.isOver else { return }
        self.tellRoom(of: pointer, hosted)
        if let code {
            self.statistics.noteClose(code)
            self.close(pointer, code, in: hosted)
        } else {
            let isBetweenFrames = self.end(pointer, in: hosted)
            self.release(pointer.pointee.carrier, abruptly: !isBetweenFrames)
        }
    }

    /// The peer sent a close frame. It gets its own code back, and hears what that means for its seat.
    func answerClose(_ pointer: ConnectionPointer, code: UInt16?, in hosted: HostedRoom) {
        guard !pointer.pointee.isOver else { return }
        self.tellRoom(of: pointer, hosted)
        self.statistics.closedByPeer += 1
        guard self.end(pointer, in: hosted) else { return self.release(pointer.pointee.carrier, abruptly: true) }
        let sentence = "A close is no leave: if you acknowledged a frame and did not leave, your seat is held. Rejoin by token."
        let frame = WebSocketEncoder.closeFrame(code: code ?? CloseCode.left.rawValue, reason: sentence)
        self.sayGoodbye(pointer.pointee.carrier, frame)
    }

    private func tellRoom(of pointer: ConnectionPointer, _ hosted: HostedRoom) {
        guard let seat = pointer.pointee.seat else { return }
        hosted.room.connectionLost(
            seat, generation: pointer.pointee.generation, connection: ConnectionID(pointer), at: Clock.monotonic()
        )
    }

    /// From now on nobody reads or writes on it. False if it ends in the middle of a frame, where a close frame would be garbage.
    private func end(_ pointer: ConnectionPointer, in hosted: HostedRoom) -> Bool {
        let isBetweenFrames = pointer.pointee.remainder.isEmpty
        pointer.pointee.isOver = true
        hosted.remove(pointer)
        hosted.open.remove(UInt(bitPattern: pointer))
        hosted.retire(pointer)
        return isBetweenFrames
    }

    /// Sends a close frame and waits a while for the answer, so that the frame is not lost in a reset.
    private func sayGoodbye(_ carrier: Carrier, _ code: CloseCode, retryAfter: Int? = nil) {
        let wait = code == .roomFull || code == .relayFull ? 5000 : retryAfter
        let reason = wait.map { "\(code.sentence) (retry after \($0) ms)" } ?? code.sentence
        self.sayGoodbye(carrier, WebSocketEncoder.closeFrame(code: code.rawValue, reason: reason))
    }

    private func sayGoodbye(_ carrier: Carrier, _ frame: [UInt8]) {
        let sent = frame.withUnsafeBytes { carrier.send(.empty, $0) }
        guard case .all = sent else { return self.release(carrier, abruptly: true) }
        carrier.finishSending()
        self.closing.append((carrier, Clock.monotonic().advanced(by: ArenaConfiguration.closingPatience)))
    }

    func release(_ carrier: Carrier, abruptly: Bool) {
        carrier.close(abruptly: abruptly)
        self.mailbox.connections.subtract(1, ordering: .relaxed)
    }

    /// Connections that are looked after at one pass, so that a crowd that leaves together makes no slot late.
    static let sweptAtOnce = 64

    /// Reads and throws away what closed connections still send, until they end or their time is up: some at each pass, in turn.
    func sweepClosing() {
        let now = Clock.monotonic()
        // Once everybody is sent away there is no slot to be late for.
        for _ in 0..<min(self.closing.count, self.isDraining ? .max : Self.sweptAtOnce) {
            if self.nextSwept >= self.closing.count { self.nextSwept = 0 }
            if self.hasEnded(self.closing[self.nextSwept], at: now) {
                self.closing.swapAt(self.nextSwept, self.closing.count - 1)
                self.closing.removeLast()
            } else {
                self.nextSwept += 1
            }
        }
    }

    private func hasEnded(_ entry: (carrier: Carrier, until: Instant), at now: Instant) -> Bool {
        switch entry.carrier.receive(into: self.buffer) {
        case .ended: self.release(entry.carrier, abruptly: false)
        case .bytes, .nothing:
            guard entry.until <= now else { return false }
            self.release(entry.carrier, abruptly: true)
        }
        return true
    }

    // MARK: Drain

    /// When the next one that is sent away may come back. The threads take turns, so that nobody has to count them all.
    private func takeReturnTime() -> Int {
        defer { self.sentAway += 1 }
        return ReturnSpread.milliseconds(place: self.sentAway * self.configuration.threads + self.index)
    }

    func drain() {
        self.isDraining = true
        for hosted in self.allRooms {
            for address in hosted.open.sorted() {
                guard let pointer = ConnectionPointer(bitPattern: address) else { continue }
                self.statistics.noteClose(.draining)
                self.close(pointer, .draining, in: hosted, retryAfter: self.takeReturnTime())
            }
            hosted.freeRetired()
            self.statistics.retire(hosted.room.counters)
        }
        for group in self.groups { group.rooms = [] }
        (self.rooms, self.idleRooms) = ([:], [])
    }
}
