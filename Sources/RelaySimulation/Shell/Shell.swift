import RelayCore

/// The arena's counterpart in virtual time: admits, reads in slots, runs the room, carries out its effects, sends.
///
/// It knows no room rules. At a slot it takes the same steps as the real shell, in the same order.
struct Shell {
    var connections: [SimulatedConnection] = []
    private(set) var nextConnection: UInt64 = 1
    /// The liveness clock, nanoseconds, advanced as a real shell must advance it.
    var liveness: UInt64 = 0
    var digest = Digest()
    /// One copy of each shared frame of the tick, made when it is first needed.
    var copies: [[UInt8]?] = [nil, nil, nil]
    var reading: [Upstream.Message] = []
    /// Ended connections whose close may be reported once more.
    var oldCloses: [(seat: SeatNumber, generation: UInt64, connection: ConnectionID)] = []

    mutating func takeConnectionID() -> ConnectionID {
        defer { self.nextConnection += 1 }
        return ConnectionID(rawValue: self.nextConnection)
    }

    func connection(_ id: ConnectionID) -> SimulatedConnection? { self.connections.first { $0.id == id } }

    mutating func forgetClosed() {
        self.connections.removeAll { $0.stage == .closed }
    }
}

/// The relay's own form of a token, without the signature: no simulated client forges one.
struct Token {
    var instance: RoomInstance
    var seat: SeatNumber
    var generation: UInt64

    init(instance: RoomInstance, seat: SeatNumber, generation: UInt64) {
        (self.instance, self.seat, self.generation) = (instance, seat, generation)
    }

    var bytes: [UInt8] {
        var writer = WireWriter(capacity: 32)
        writer.u64(self.instance.low)
        writer.u64(self.instance.high)
        writer.u32(UInt32(self.seat.rawValue))
        writer.u64(self.generation)
        return writer.array
    }

    init?(_ bytes: [UInt8]) {
        var cursor = WireCursor()
        guard bytes.count == 28, let low = try? cursor.fixed(UInt64.self, bytes.span),
            let high = try? cursor.fixed(UInt64.self, bytes.span), let seat = try? cursor.fixed(UInt32.self, bytes.span),
            let generation = try? cursor.fixed(UInt64.self, bytes.span)
        else { return nil }
        self.init(
            instance: RoomInstance(high: high, low: low), seat: SeatNumber(rawValue: UInt16(truncatingIfNeeded: seat)),
            generation: generation
        )
    }
}

extension World {
    // MARK: Reading

    /// Reads every connection, in the order of descriptors.
    func readEveryone() {
        self.room.take(.reading(at: Instant(nanoseconds: self.now)))
        for connection in self.shell.connections {
            self.flushRemainder(connection)
            self.read(connection)
        }
    }

    private func flushRemainder(_ connection: SimulatedConnection) {
        guard connection.down.hasRemainder, connection.stage != .closed else { return }
        guard connection.down.flush(arriving: self.arrival(on: connection)) else { return }
        if case .seated(let seat, let generation) = connection.stage {
            self.room.take(.remainderSent(seat, generation: generation, at: Instant(nanoseconds: self.now)))
        }
    }

    private func read(_ connection: SimulatedConnection) {
        guard connection.stage != .closed || self.plantedDefect == .fencingSkipped else { return }
        self.shell.reading.removeAll(keepingCapacity: true)
        let budget = connection.stage == .opened ? 1_024 : self.plan.readBytes
        // While the room decides on the admission, further input waits in the socket.
        guard connection.stage != .awaitingAdmission else { return }
        let outcome = connection.up.read(until: self.now, budget: budget, into: &self.shell.reading)
        if self.plan.exactArrivals, !outcome.unread, !self.shell.reading.isEmpty {
            self.shell.reading[self.shell.reading.count - 1].isExact = true
        }
        for message in self.shell.reading { self.take(message, from: connection) }
        guard case .seated(let seat, let generation) = connection.stage else {
            if outcome.ended, connection.stage == .opened { connection.stage = .closed }
            return
        }
        if outcome.unread {
            self.model.noteUnread(seat)
            if self.plantedDefect != .unreadHidden { self.room.take(.unread(seat, generation: generation)) }
        }
        if outcome.ended { self.connectionLost(connection, seat, generation) }
    }

    func connectionLost(_ connection: SimulatedConnection, _ seat: SeatNumber, _ generation: UInt64) {
        self.room.take(.lost(seat, generation: generation, connection.id, at: Instant(nanoseconds: self.now)))
        self.model.disturb(seat, replaced: false)
        connection.stage = .closed
        self.shell.oldCloses.append((seat, generation, connection.id))
    }

    private func take(_ message: Upstream.Message, from connection: SimulatedConnection) {
        let arrival = message.isExact ? message.at : self.now
        switch connection.stage {
        case .opened: self.admit(message.bytes, connection, at: arrival)
        case .awaitingAdmission: break  // read together with the hello: no honest client sends that before its welcome
        case .seated(let seat, let generation):
            self.receive(
                message.bytes, connection, seat, generation, Arrival(at: .init(nanoseconds: arrival), isExact: message.isExact))
        case .closed: self.takeFromFenced(message.bytes, connection)
        }
    }

    private func admit(_ bytes: [UInt8], _ connection: SimulatedConnection, at arrival: UInt64) {
        let instant = Instant(nanoseconds: arrival)
        connection.stage = .awaitingAdmission
        switch Result(catching: { () throws(WireError) in try ClientMessage(decoding: bytes.span) }) {
        case .success(.hello(let hello)): self.room.take(.join(hello.role, connection.id, at: instant))
        case .success(.rejoin(let rejoin)):
            guard let token = Token(rejoin.token), token.instance == self.room.instance else {
                return self.close(connection, .tokenRefused)
            }
            connection.resumedFrom = rejoin.tick
            let request = RejoinRequest(
                seat: token.seat, generation: token.generation, epoch: rejoin.epoch, tick: rejoin.tick,
                confirmed: rejoin.confirmed
            )
            self.room.take(.rejoin(request, connection.id, at: instant))
        case .success(.uplink), .success(.ack), .success(.resync), .success(.leave): self.close(connection, .outOfPlace)
        case .failure(let error): self.close(connection, error.closeCode)
        }
    }

    private func receive(
        _ bytes: [UInt8], _ connection: SimulatedConnection, _ seat: SeatNumber, _ generation: UInt64, _ arrival: Arrival
    ) {
        self.received.append((seat, connection.id, bytes))
        self.give(bytes, seat, generation, arrival)
        guard self.plantedDefect == .uplinkRenumbered, connection.isHonest, let again = Self.renumbered(bytes) else { return }
        self.give(again, seat, generation, arrival)
    }

    private func give(_ bytes: [UInt8], _ seat: SeatNumber, _ generation: UInt64, _ arrival: Arrival) {
        bytes.withUnsafeBytes { _ = self.room.take(.message($0, from: seat, generation: generation, arrival: arrival)) }
    }

    /// The defect ``Defect/fencingSkipped``: a shell that ignores generations.
    private func takeFromFenced(_ bytes: [UInt8], _ connection: SimulatedConnection) {
        guard self.plantedDefect == .fencingSkipped,
            let old = self.shell.oldCloses.last(where: { $0.connection == connection.id }),
            let now = self.room.inspect(old.seat), now.connection != nil
        else { return }
        self.give(bytes, old.seat, now.generation, Arrival(at: Instant(nanoseconds: self.now), isExact: false))
    }

    private static func renumbered(_ bytes: [UInt8]) -> [UInt8]? {
        guard case .uplink(let head, let offset)? = try? ClientMessage(decoding: bytes.span) else { return nil }
        var writer = WireWriter()
        writer.uplinkHead(UplinkHead(ack: head.ack, number: head.number + 1, operationCount: head.operationCount))
        writer.raw(Array(bytes[offset...]))
        return writer.array
    }

    // MARK: Effects

    func carryOutEffects() {
        for effect in self.room.effects {
            switch effect {
            case .welcome(let id, let welcome): self.welcome(id, welcome)
            case .close(let id, let code):
                self.shell.digest.mix(id.rawValue << 16 | UInt64(code.rawValue))
                if let connection = self.shell.connection(id) { self.close(connection, code) }
            case .note(let note): self.shell.digest.mix(UInt64(note.seat.rawValue) << 32 | note.tick.rawValue)
            }
        }
    }

    private func welcome(_ id: ConnectionID, _ seat: SeatWelcome) {
        guard let connection = self.shell.connection(id) else {
            return self.fail("a welcome for connection \(id.rawValue), which is no more")
        }
        let configuration = self.room.configuration
        let token = Token(instance: self.room.instance, seat: seat.seat, generation: seat.generation)
        let welcome = Welcome(
            resumed: seat.resumed, uplinkGap: seat.uplinkGap, instance: self.room.instance, epoch: self.room.epoch,
            seat: seat.seat, generation: seat.generation, tick: seat.tick, rate: configuration.rate, stride: seat.stride,
            lastUplink: seat.lastUplink, cause: seat.cause, timing: configuration.timing,
            uplinkBytes: UInt64(configuration.uplinkBytes), uplinkRate: configuration.uplinkRate,
            uplinkBurst: configuration.uplinkBurst, roomWrites: configuration.roomWrites, departure: configuration.departure,
            token: token.bytes
        )
        var writer = WireWriter()
        writer.welcome(welcome)
        let bytes = writer.array
        self.shell.digest.mix(bytes)
        connection.stage = .seated(seat.seat, generation: seat.generation)
        connection.sentTick = seat.resumed ? connection.resumedFrom : .none
        if self.random.chance(self.rates.lostWelcome) { self.breakConnection(connection, .lostWelcome) }
        _ = connection.down.send([bytes], arriving: self.arrival(on: connection))
    }

    func close(_ connection: SimulatedConnection, _ code: CloseCode) {
        if case .seated(let seat, let generation) = connection.stage {
            self.shell.oldCloses.append((seat, generation, connection.id))
        }
        connection.stage = .closed
        let isCut = connection.down.hasRemainder
        connection.down.close(
            ConnectionEnd(at: self.arrival(on: connection), code: isCut ? nil : code, isAbortive: isCut)
        )
        if !connection.isHonest { self.totals.hostileCloses += 1 }
    }

    // MARK: Sending

    func sendDeliveries(atMost count: Int = .max) {
        self.shell.copies = [nil, nil, nil]
        for delivery in self.room.deliveries.prefix(count) {
            guard let connection = self.shell.connection(delivery.connection), connection.stage != .closed else {
                self.fail("a frame for connection \(delivery.connection.rawValue), which is closed")
                continue
            }
            self.checkDelivery(delivery, connection)
            var messages: [[UInt8]] = []
            if let range = delivery.privateRange { messages.append(self.privateMessage(range)) }
            messages.append(self.sharedFrame(delivery.coding))
            self.shell.digest.mix(UInt64(delivery.seat.rawValue) << 8 | UInt64(messages.count))
            self.plantDefects(&messages, connection)
            let complete = messages.isEmpty || connection.down.send(messages, arriving: self.arrival(on: connection))
            if !complete { self.totals.remainders += 1 }
            self.room.take(
                .handedOver(
                    delivery, at: Instant(nanoseconds: self.now), liveness: Instant(nanoseconds: self.shell.liveness),
                    isComplete: complete
                ))
            self.model.handedOver(self.room.currentTick, to: delivery.seat)
        }
    }

    private func privateMessage(_ range: Range<Int>) -> [UInt8] {
        let bytes = Array(UnsafeRawBufferPointer(rebasing: self.room.privateMessages.payload[range]))
        self.shell.digest.mix(bytes)
        return bytes
    }

    private func sharedFrame(_ coding: Coding) -> [UInt8] {
        if let copy = self.shell.copies[Int(coding.rawValue)] { return copy }
        let bytes = self.room.frame(coding).writer.array
        self.shell.digest.mix(bytes)
        self.shell.copies[Int(coding.rawValue)] = bytes
        return bytes
    }

    private func plantDefects(_ messages: inout [[UInt8]], _ connection: SimulatedConnection) {
        guard let defect = self.plantedDefect, self.random.chance(20_000) else { return }
        switch defect {
        case .frameDropped: messages = []
        case .frameCorrupted:
            let last = messages.count - 1
            let position = self.random.within(1...messages[last].count - 1)
            messages[last][position] ^= 1 << UInt8(self.random.below(8 as UInt64))
        case .privateMisdelivered:
            guard messages.count == 2 else { return }
            let others = self.shell.connections.filter { $0.isHonest && $0 !== connection && $0.stage != .closed }
            guard let other = others.first, !other.down.hasRemainder else { return }
            _ = other.down.send([messages.removeFirst()], arriving: self.arrival(on: other))
        case .uplinkRenumbered, .fencingSkipped, .pauseCounted, .unreadHidden, .commitLate: break
        }
    }

    /// When bytes sent now reach the other side, nanoseconds.
    func arrival(on connection: SimulatedConnection) -> UInt64 {
        let jitter = self.plan.jitter > 0 ? self.random.below(self.plan.jitter * 1_000) : 0
        return self.now + connection.latency + jitter
    }
}
