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
        self.mailbox.connections.add(1, ordering: .relaxed)
        guard self.rooms[admission.route.instance] != nil || self.directory.knows(admission.route) else {
            return self.turnAway(admission, .roomEvicted)  // while the connection was on its way
        }
        guard !self.isDraining, let hosted = self.hostedRoom(for: admission.route) else {
            return self.turnAway(admission, .draining)
        }
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

    private func hostedRoom(for route: RoomRoute) -> HostedRoom? {
        if let known = self.rooms[route.instance] { return known }
        let room = Room(configuration: self.configuration.room, instance: route.instance, tick: Tick(rawValue: 1))
        guard let hosted = self.host(room, route) else { return nil }
        self.startJournal(of: hosted)
        return hosted
    }

    private func host(_ room: consuming Room, _ route: RoomRoute) -> HostedRoom? {
        guard let group = self.groupForNewRoom(rate: room.configuration.rate) else { return nil }
        if group.rooms.isEmpty { group.skip(to: Clock.monotonic()) }
        let hosted = HostedRoom(route: route, group: group, room: room)
        group.rooms.append(hosted)
        self.rooms[route.instance] = hosted
        return hosted
    }

    /// Takes a restored room, before the thread runs. False if there is no descriptor for it.
    func adopt(_ restored: RestoredRoom, _ route: RoomRoute) -> Bool {
        guard let hosted = self.host(restored.takeRoom(), route) else { return false }
        if let file = restored.file { hosted.journaling = .on(file) }
        if restored.deaths > 0 {
            hosted.forgivenAt = hosted.room.currentTick.advanced(
                by: ArenaConfiguration.forgivenAfter * hosted.room.configuration.rate / 1_000_000_000)
        }
        return true
    }

    /// The phase with the fewest connections, then the fewest rooms, so that slots are alike.
    private func groupForNewRoom(rate: UInt64) -> TickGroup? {
        if !self.groups.contains(where: { $0.schedule.rate == rate }) { self.groups += self.makeGroups(rate: rate) }
        let groups = self.groups.lazy.filter { $0.schedule.rate == rate }
        return groups.min { ($0.connections, $0.rooms.count) < ($1.connections, $1.rooms.count) }
    }

    private func makeGroups(rate: UInt64) -> [TickGroup] {
        let phases = max(1, 240 / rate)
        let now = Clock.monotonic()
        return (0..<phases).compactMap { phase in
            let offset = phase * (1_000_000_000 / rate / phases)
            return TickGroup(schedule: TickSchedule(origin: self.origin.advanced(by: offset), rate: rate), now: now)
        }
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
        self.forget(pointer, in: hosted)
        if pointer.pointee.remainder.isEmpty {
            self.sayGoodbye(pointer.pointee.carrier, code, retryAfter: retryAfter)
        } else {
            // A close frame in the middle of another frame is garbage: reset instead.
            self.release(pointer.pointee.carrier, abruptly: true)
        }
    }

    /// The peer ended the connection, or broke the rules of the transport.
    func lose(_ pointer: ConnectionPointer, in hosted: HostedRoom, code: CloseCode? = nil) {
        guard !pointer.pointee.isOver else { return }
        if let seat = pointer.pointee.seat {
            hosted.room.connectionLost(
                seat, generation: pointer.pointee.generation, connection: ConnectionID(pointer), at: Clock.monotonic()
            )
        }
        if let code {
            self.statistics.noteClose(code)
            self.close(pointer, code, in: hosted)
        } else {
            self.forget(pointer, in: hosted)
            self.release(pointer.pointee.carrier, abruptly: !pointer.pointee.remainder.isEmpty)
        }
    }

    private func forget(_ pointer: ConnectionPointer, in hosted: HostedRoom) {
        pointer.pointee.isOver = true
        hosted.remove(pointer)
        hosted.open.remove(UInt(bitPattern: pointer))
        hosted.graveyard.append(pointer)
    }

    /// Sends a close frame and waits a while for the answer, so that the frame is not lost in a reset.
    private func sayGoodbye(_ carrier: Carrier, _ code: CloseCode, retryAfter: Int? = nil) {
        let wait = code == .roomFull || code == .relayFull ? 5000 : retryAfter
        let reason = wait.map { "\(code.sentence) (retry after \($0) ms)" } ?? code.sentence
        let frame = WebSocketEncoder.closeFrame(code: code.rawValue, reason: reason)
        let sent = frame.withUnsafeBytes { carrier.send(.empty, $0) }
        guard case .all = sent else { return self.release(carrier, abruptly: true) }
        carrier.finishSending()
        self.closing.append((carrier, Clock.monotonic().advanced(by: ArenaConfiguration.closingPatience)))
    }

    private func release(_ carrier: Carrier, abruptly: Bool) {
        carrier.close(abruptly: abruptly)
        self.mailbox.connections.subtract(1, ordering: .relaxed)
    }

    /// Connections that are looked after at one pass, so that a crowd that leaves together makes no slot late.
    static let sweptAtOnce = 64

    /// Reads and throws away what closed connections still send, until they end or their time is up: some at each pass, in turn.
    func sweepClosing() {
        let now = Clock.monotonic()
        for _ in 0..<min(self.closing.count, Self.sweptAtOnce) {
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

    /// Frees connections that the room cannot name any more: their end was in the inbox of the tick that has just run.
    func bury(_ hosted: HostedRoom) {
        guard !hosted.graveyard.isEmpty else { return }
        hosted.unfinished.removeAll { $0.pointee.isOver }
        hosted.pongs.removeAll { $0.pointee.isOver }
        let keep = hosted.room.inboxCount > 0
        if keep { return }
        for pointer in hosted.graveyard {
            pointer.deinitialize(count: 1)
            pointer.deallocate()
        }
        hosted.graveyard.removeAll(keepingCapacity: true)
    }

    // MARK: Drain

    /// When the next one that is sent away may come back. The threads take turns, so that nobody has to count them all.
    private func takeReturnTime() -> Int {
        defer { self.sentAway += 1 }
        return ReturnSpread.milliseconds(place: self.sentAway * self.configuration.threads + self.index)
    }

    func drain() {
        self.isDraining = true
        for group in self.groups {
            for hosted in group.rooms {
                for address in hosted.open.sorted() {
                    guard let pointer = ConnectionPointer(bitPattern: address) else { continue }
                    self.statistics.noteClose(.draining)
                    self.close(pointer, .draining, in: hosted, retryAfter: self.takeReturnTime())
                }
                self.bury(hosted)
                self.statistics.retire(hosted.room.counters)
            }
            group.rooms = []
        }
        self.rooms = [:]
    }
}
