import CRelayLinux
import RelayCore
import RelayHosting
import RelayWire

/// Encodes welcomes. Kept so that its memory is reused.
final class WelcomeWriter {
    var writer = WireWriter(capacity: 256)
}

// The life of a connection: admission, welcome, end.
extension ArenaThread {
    // MARK: Admission

    func admit(_ admission: Admission) {
        defer { self.directory.release(admission.route) }
        guard self.rooms[admission.route.instance] != nil || self.directory.knows(admission.route) else {
            return self.turnAway(admission, .roomEvicted)  // while the connection was on its way
        }
        guard !self.isDraining else { return self.turnAway(admission, .draining) }
        // Nil only if descriptors have run out.
        guard let hosted = self.hostedRoom(for: admission.route) else { return self.turnAway(admission, .relayFull) }
        self.wake(hosted)
        let pointer = ConnectionPointer.allocate(capacity: 1)
        pointer.initialize(to: Connection(admission, in: hosted))
        pointer.pointee.transport.prepare(userTimeout: self.userTimeout)
        hosted.open.insert(UInt(bitPattern: pointer))
        let arrival = Instant(nanoseconds: admission.arrival)
        switch admission.request {
        case .hello(let hello): hosted.room.take(.join(hello.role, ConnectionID(pointer), at: arrival))
        case .rejoin(let rejoin, let token):
            let request = RejoinRequest(
                seat: token.seat, generation: token.generation, epoch: rejoin.epoch, tick: rejoin.tick,
                confirmed: rejoin.confirmed
            )
            hosted.room.take(.rejoin(request, ConnectionID(pointer), at: arrival))
        }
    }

    private var userTimeout: UInt32 {
        let room = self.configuration.room
        let milliseconds = (room.stallAfter + room.graceWindow + ArenaLimits.userTimeoutSlack) / 1_000_000
        return UInt32(clamping: milliseconds)
    }

    private func turnAway(_ admission: Admission, _ code: CloseCode) {
        let transport = Transport(descriptor: admission.descriptor)
        self.statistics.noteClose(code)
        self.sayGoodbye(transport, code, retryAfter: code == .draining ? self.takeReturnTime() : nil)
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

    /// Closes a connection with a code. Does not tell the room: it knows already, or the caller tells it.
    ///
    /// - Parameter retryAfter: Milliseconds, where waiting helps.
    func close(_ pointer: ConnectionPointer, _ code: CloseCode, in hosted: HostedRoom, retryAfter: Int? = nil) {
        guard !pointer.pointee.isOver else { return }
        if self.end(pointer, in: hosted) {
            self.sayGoodbye(pointer.pointee.transport, code, retryAfter: retryAfter)
        } else {
            self.release(pointer.pointee.transport, abruptly: true)
        }
    }

    /// Tells the room that a connection is lost, and ends it.
    ///
    /// - Parameter code: Why we close it; nil if the peer ended it or it is broken.
    func lose(_ pointer: ConnectionPointer, in hosted: HostedRoom, code: CloseCode? = nil) {
        guard !pointer.pointee.isOver else { return }
        self.tellRoom(of: pointer, hosted)
        if let code {
            self.statistics.noteClose(code)
            self.close(pointer, code, in: hosted)
        } else {
            let isBetweenFrames = self.end(pointer, in: hosted)
            self.release(pointer.pointee.transport, abruptly: !isBetweenFrames)
        }
    }

    /// The peer sent a close frame. It gets its own code back, and hears what that means for its seat.
    func answerClose(_ pointer: ConnectionPointer, code: UInt16?, in hosted: HostedRoom) {
        guard !pointer.pointee.isOver else { return }
        self.tellRoom(of: pointer, hosted)
        self.statistics.closedByPeer += 1
        guard self.end(pointer, in: hosted) else { return self.release(pointer.pointee.transport, abruptly: true) }
        let sentence = "A close is no leave: if you acknowledged a frame and did not leave, your seat is held. Rejoin by token."
        let frame = WebSocketEncoder.closeFrame(code: code ?? CloseCode.left.rawValue, reason: sentence)
        self.sayGoodbye(pointer.pointee.transport, frame)
    }

    private func tellRoom(of pointer: ConnectionPointer, _ hosted: HostedRoom) {
        guard let seat = pointer.pointee.seat else { return }
        hosted.room.take(
            .lost(
                seat, generation: pointer.pointee.generation, ConnectionID(pointer), at: Clock.monotonic()
            ))
    }

    /// Ends reading and writing on a connection. False if it ends in the middle of a frame, where a close frame would be garbage.
    private func end(_ pointer: ConnectionPointer, in hosted: HostedRoom) -> Bool {
        let isBetweenFrames = pointer.pointee.remainder.isEmpty
        pointer.pointee.isOver = true
        hosted.remove(pointer)
        hosted.open.remove(UInt(bitPattern: pointer))
        hosted.retire(pointer)
        return isBetweenFrames
    }

    /// Sends a close frame and waits a while for the answer, so that the frame is not lost in a reset.
    private func sayGoodbye(_ transport: Transport, _ code: CloseCode, retryAfter: Int? = nil) {
        let wait = code == .roomFull || code == .relayFull ? 5000 : retryAfter
        let reason = wait.map { "\(code.sentence) (retry after \($0) ms)" } ?? code.sentence
        self.sayGoodbye(transport, WebSocketEncoder.closeFrame(code: code.rawValue, reason: reason))
    }

    private func sayGoodbye(_ transport: Transport, _ frame: [UInt8]) {
        let sent = frame.withUnsafeBytes { transport.send(.empty, $0) }
        guard case .all = sent else { return self.release(transport, abruptly: true) }
        transport.finishSending()
        self.closing.append((transport, Clock.monotonic().advanced(by: ArenaLimits.closingPatience)))
    }

    func release(_ transport: Transport, abruptly: Bool) {
        transport.close(abruptly: abruptly)
        self.mailbox.connections.subtract(1, ordering: .relaxed)
    }

    /// Maximum of closed connections swept in one pass, so that a crowd that leaves together makes no slot late.
    static let sweptAtOnce = 64

    /// Discards the bytes that closed connections still send, until they end or their time is up. Sweeps some in each pass, in
    /// turn.
    func sweepClosing() {
        let now = Clock.monotonic()
        // A drain leaves no rooms, so no slot can be late.
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

    private func hasEnded(_ entry: (transport: Transport, until: Instant), at now: Instant) -> Bool {
        switch entry.transport.receive(into: self.buffer) {
        case .ended: self.release(entry.transport, abruptly: false)
        case .bytes, .nothing:
            guard entry.until <= now else { return false }
            self.release(entry.transport, abruptly: true)
        }
        return true
    }

    // MARK: Drain

    /// Milliseconds until the next client that is sent away may come back. The threads use places in turn, so that they need no
    /// common count.
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
        for slot in self.slots { slot.rooms = [] }
        (self.rooms, self.idleRooms) = ([:], [])
    }
}
