import CRelayCache
import RelayCore
import RelayWire
import RelayWireJSON

// Reading: once per tick and connection, just before the tick; and in between where ticks are far apart.
extension ConnectedRoom {
    /// Sends what is left to be sent, reads all connections that have something to say, and gives what they say to the room.
    ///
    /// In this order, so that the room knows when a frame was passed on before it hears the acknowledgement.
    package func readEverybody() {
        let now = self.context.clock.beginReading()
        self.turnBegan = now
        self.give(.reading(at: now))
        self.flushRemainders()
        let readers = self.takeReaders()
        var spoke = 0
        for index in readers.indices {
            // Fetches the next connection's memory during the system call for this one, which takes as long.
            if index + 1 < readers.count { crelay_prefetch(readers[index + 1], MemoryLayout<Connection>.size) }
            if self.readAll(readers[index], now) { spoke += 1 }
        }
        self.endReading(spoke: spoke)
    }

    /// Reads between two ticks that are far apart, so that pings are answered in time. What the room hears waits for its tick.
    package func readBetweenTicks() {
        let now = self.context.clock.beginReading()
        self.give(.reading(at: now))
        self.flushRemainders()
        for pointer in self.takeReaders() { self.readEarly(pointer, now) }
        self.sendPongs()
    }

    /// Reads a connection, at most one buffer between two ticks, however often it is asked.
    private func readEarly(_ pointer: ConnectionPointer, _ now: Instant) {
        if pointer.pointee.earlyTick != self.room.currentTick {
            (pointer.pointee.earlyTick, pointer.pointee.earlyBytes) = (self.room.currentTick, 0)
        }
        let buffer = UnsafeMutableRawBufferPointer(rebasing: self.context.buffer[pointer.pointee.earlyBytes...])
        if !buffer.isEmpty { pointer.pointee.earlyBytes += self.read(pointer, into: buffer, now) ?? 0 }
    }

    /// Reads a connection until it is empty, at most one buffer for each tick number of the stride: as much as without overload.
    /// False if there was nothing to read.
    private func readAll(_ pointer: ConnectionPointer, _ now: Instant) -> Bool {
        for round in 0..<self.room.stride {
            guard let count = self.read(pointer, into: self.context.buffer, now) else { return round > 0 }
            if count < self.context.buffer.count { return true }
        }
        if let seat = pointer.pointee.seat { self.give(.unread(seat, generation: pointer.pointee.generation)) }
        return true
    }

    /// Reads a connection once, and decodes what there was.
    ///
    /// - Returns: The bytes that were read: a full buffer means that there may be more, 0 that it has ended, nil that there were none.
    private func read(_ pointer: ConnectionPointer, into buffer: UnsafeMutableRawBufferPointer, _ now: Instant) -> Int? {
        guard !pointer.pointee.isOver, !pointer.pointee.hasSaidLast else { return nil }
        switch pointer.pointee.transport.receive(into: buffer) {
        case .nothing: return nil
        case .ended:
            self.lose(pointer)
            return 0
        case .bytes(let count, let stamp):
            let stamped = self.context.clock.arrival(stamp: stamp, lastRead: pointer.pointee.lastRead)
            pointer.pointee.lastRead = now
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            self.decode(bytes, from: pointer, arrival: stamped ?? now, isExact: stamped != nil)
            return count
        }
    }

    /// Decodes the bytes that the front door had read behind the hello. They count as arrived with it.
    func readFrontDoorBytes(_ pointer: ConnectionPointer) {
        guard !pointer.pointee.isOver, !pointer.pointee.unread.isEmpty else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &pointer.pointee.unread)
        let arrival = pointer.pointee.lastRead
        bytes.withUnsafeMutableBytes { self.decode($0, from: pointer, arrival: arrival, isExact: false) }
    }

    /// Gives whole messages to the room. The stamp is that of the last byte: only a message that ends there may call its arrival exact.
    private func decode(
        _ bytes: UnsafeMutableRawBufferPointer, from pointer: ConnectionPointer, arrival: Instant, isExact: Bool
    ) {
        var offset = 0
        do throws(WebSocketError) {
            while let item = try pointer.pointee.decoder.next(in: bytes, from: &offset) {
                guard self.take(item, from: pointer, Arrival(at: arrival, isExact: isExact && offset == bytes.count)) else {
                    return
                }
            }
        } catch {
            self.lose(pointer, code: CloseCode(rawValue: error.closeCode) ?? .protocolError)
        }
    }

    /// Handles one item of the stream. False if the connection is over, or will be at the tick: the rest is then ignored.
    private func take(_ item: WebSocketItem, from pointer: ConnectionPointer, _ arrival: Arrival) -> Bool {
        switch item {
        case .message(let message):
            guard message.opcode == (pointer.pointee.text == nil ? .binary : .text) else {
                let sentence = pointer.pointee.text == nil ? nil : JSONError.binarySentence
                self.lose(pointer, code: .wrongMessageType, sentence: sentence)
                return false
            }
            if let text = pointer.pointee.text { return self.take(text: message.payload, text, from: pointer, arrival) }
            return self.giveMessage(message.payload, from: pointer, arrival)
        case .ping(let payload):
            guard self.mayControl(pointer) else { return false }
            self.owe(pointer)
            pointer.pointee.pong = WebSocketEncoder.pongFrame(payload: payload)
        case .pong(let payload):
            guard self.mayControl(pointer) else { return false }
            self.acknowledge(pointer.pointee.text?.tick(ofPong: payload), from: pointer, arrival)
        case .close(let code, _):
            self.answerClose(pointer, code: code)
            return false
        }
        return true
    }

    /// Gives the room a message of the binary form.
    func giveMessage(_ payload: UnsafeRawBufferPointer, from pointer: ConnectionPointer, _ arrival: Arrival) -> Bool {
        guard let seat = pointer.pointee.seat else { return true }
        self.context.counters.uplinksReceived += 1
        let goesOn = self.give(.message(payload, from: seat, generation: pointer.pointee.generation, arrival: arrival))
        // The decoder stops within the bytes that were read: it could make no sense of later ones.
        pointer.pointee.hasSaidLast = !goesOn
        return goesOn
    }

    /// Puts a connection on the list of those whose pings and text heartbeats are to be answered after this read.
    func owe(_ pointer: ConnectionPointer) {
        if !pointer.pointee.owesAnswer { self.pongs.append(pointer) }
    }

    /// Charges a ping or a pong; false if they are too many, and the connection is over.
    func mayControl(_ pointer: ConnectionPointer) -> Bool {
        guard let seat = pointer.pointee.seat, !self.give(.controlFrame(seat, generation: pointer.pointee.generation)) else {
            return true
        }
        self.lose(pointer, code: .rateLimited)
        return false
    }
}
