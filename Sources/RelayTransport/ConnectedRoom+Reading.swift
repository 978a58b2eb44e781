import CRelayCache
import RelayCore
import RelayWire
import RelayWireJSON

// Reading: once per tick and connection, just before the tick.
extension ConnectedRoom {
    /// Reads all connections that have something to say, and gives what they say to the room.
    package func readEverybody() {
        let now = self.context.clock.beginReading()
        self.give(.reading(at: now))
        let readers = self.takeReaders()
        var spoke = 0
        for index in readers.indices {
            // Fetches the next connection's memory during the system call for this one, which takes as long.
            if index + 1 < readers.count { crelay_prefetch(readers[index + 1], MemoryLayout<Connection>.size) }
            if self.readAll(readers[index], now) { spoke += 1 }
        }
        self.endReading(spoke: spoke)
    }

    /// Reads a connection until it is empty, at most one buffer for each tick number of the stride: as much as without overload.
    /// False if there was nothing to read.
    private func readAll(_ pointer: ConnectionPointer, _ now: Instant) -> Bool {
        for round in 0..<self.room.stride {
            switch self.read(pointer, now) {
            case .nothing: return round > 0
            case .some: return true
            case .full: continue
            }
        }
        if let seat = pointer.pointee.seat { self.give(.unread(seat, generation: pointer.pointee.generation)) }
        return true
    }

    /// The result of one read.
    private enum ReadOutcome {
        case nothing
        case some
        /// The buffer was full: there may be more.
        case full
    }

    private func read(_ pointer: ConnectionPointer, _ now: Instant) -> ReadOutcome {
        guard !pointer.pointee.isOver, !pointer.pointee.hasSaidLast else { return .nothing }
        let buffer = self.context.buffer
        switch pointer.pointee.transport.receive(into: buffer) {
        case .nothing: return .nothing
        case .ended:
            self.lose(pointer)
            return .some
        case .bytes(let count, let stamp):
            let stamped = self.context.clock.arrival(stamp: stamp, lastRead: pointer.pointee.lastRead)
            pointer.pointee.lastRead = now
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            self.decode(bytes, from: pointer, arrival: stamped ?? now, isExact: stamped != nil)
            return count == buffer.count ? .full : .some
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

    /// Puts a connection on the list of those that are to be answered at this tick.
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
