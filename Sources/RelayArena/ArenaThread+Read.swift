import CRelayLinux
import RelayCore
import RelayWire

// Reading: once per tick and connection, just before the tick.
extension ArenaThread {
    /// Finds out who has something to say, in rooms that ask first.
    func findSpeakers(in group: TickGroup) {
        guard group.watched > 0 else { return }
        if self.events.count < group.watched {
            self.events = Array(repeating: crelay_event(), count: max(group.watched, 2 * self.events.count))
        }
        let count = max(0, Int(crelay_epoll_wait(group.poll, &self.events, Int32(self.events.count), 0)))
        for index in 0..<count {
            guard let pointer = ConnectionPointer(bitPattern: UInt(self.events[index].data)) else { continue }
            pointer.pointee.hosted.speaking.append(pointer)
        }
    }

    /// Reads once whoever is to be read in a room at this tick, and ends the reading.
    func readEverybody(in hosted: HostedRoom) {
        let clocks = ReadClocks()
        hosted.room.beginReading(at: clocks.monotonic)
        // As they are now: whoever ends meanwhile is taken out of the room's own.
        let readers = hosted.takeReaders()
        for index in readers.indices {
            // What the kernel does for this one takes as long as the next one's memory.
            if index + 1 < readers.count { crelay_prefetch(readers[index + 1], MemoryLayout<Connection>.size) }
            if self.readAll(readers[index], hosted, clocks) { hosted.spoke += 1 }
        }
        hosted.endReading()
    }

    /// Reads a connection until it is empty, at most as many buffers as ticks would have read without the overload. False if there
    /// was nothing to read.
    private func readAll(_ pointer: ConnectionPointer, _ hosted: HostedRoom, _ clocks: ReadClocks) -> Bool {
        for round in 0..<hosted.group.stride {
            switch self.read(pointer, hosted, clocks) {
            case .nothing: return round > 0
            case .some: return true
            case .full: continue
            }
        }
        if let seat = pointer.pointee.seat { hosted.room.noteUnread(seat, generation: pointer.pointee.generation) }
        return true
    }

    /// What came of one read.
    private enum ReadOutcome {
        case nothing
        case some
        /// The buffer was full: there may be more.
        case full
    }

    private func read(_ pointer: ConnectionPointer, _ hosted: HostedRoom, _ clocks: ReadClocks) -> ReadOutcome {
        guard !pointer.pointee.isOver else { return .nothing }
        switch pointer.pointee.carrier.receive(into: self.buffer) {
        case .nothing: return .nothing
        case .ended:
            self.lose(pointer, in: hosted)
            return .some
        case .bytes(let count, let stamp):
            let stamped = clocks.arrival(stamp: stamp, lastRead: pointer.pointee.lastRead)
            pointer.pointee.lastRead = clocks.monotonic
            let bytes = UnsafeMutableRawBufferPointer(rebasing: self.buffer[..<count])
            self.decode(bytes, from: pointer, hosted, arrival: stamped ?? clocks.monotonic, isExact: stamped != nil)
            return count == self.buffer.count ? .full : .some
        }
    }

    /// What the front door had read behind the hello counts as arrived with it.
    func readFrontDoorBytes(_ pointer: ConnectionPointer, _ hosted: HostedRoom) {
        guard !pointer.pointee.unread.isEmpty else { return }
        var bytes: [UInt8] = []
        swap(&bytes, &pointer.pointee.unread)
        let arrival = pointer.pointee.lastRead
        bytes.withUnsafeMutableBytes { self.decode($0, from: pointer, hosted, arrival: arrival, isExact: false) }
    }

    /// Gives whole messages to the room. The kernel's stamp is that of the last byte: only a message that ends there may
    /// call its arrival exact.
    private func decode(
        _ bytes: UnsafeMutableRawBufferPointer, from pointer: ConnectionPointer, _ hosted: HostedRoom, arrival: Instant,
        isExact: Bool
    ) {
        var offset = 0
        do throws(WebSocketError) {
            while let item = try pointer.pointee.decoder.next(in: bytes, from: &offset) {
                let arrival = Arrival(at: arrival, isExact: isExact && offset == bytes.count)
                guard self.take(item, from: pointer, hosted, arrival) else { return }
            }
        } catch {
            self.lose(pointer, in: hosted, code: CloseCode(rawValue: error.closeCode) ?? .protocolError)
        }
    }

    /// One item of the stream. False if the connection is over, or will be at the tick: the rest is not even looked at.
    private func take(
        _ item: WebSocketItem, from pointer: ConnectionPointer, _ hosted: HostedRoom, _ arrival: Arrival
    ) -> Bool {
        switch item {
        case .message(let message):
            guard message.opcode == .binary, let seat = pointer.pointee.seat else {
                self.lose(pointer, in: hosted, code: .wrongMessageType)
                return false
            }
            self.statistics.uplinksReceived += 1
            return hosted.room.receive(
                Span(_unsafeBytes: message.payload), from: seat, generation: pointer.pointee.generation, arrival: arrival
            )
        case .ping(let payload):
            if pointer.pointee.pong.isEmpty { hosted.pongs.append(pointer) }
            pointer.pointee.pong = WebSocketEncoder.pongFrame(payload: payload)
        case .pong: break
        case .close(let code, _):
            self.answerClose(pointer, code: code, in: hosted)
            return false
        }
        return true
    }

    // MARK: Kernel samples

    /// Asks the kernel about every connection of a room: when somebody wants to see it.
    func sampleKernel(of hosted: HostedRoom) {
        for pointer in hosted.readers { if let seat = pointer.pointee.seat { self.sampleKernel(of: seat, in: hosted) } }
    }

    func sampleKernel(of seat: SeatNumber, in hosted: HostedRoom) {
        guard let id = hosted.room.connection(of: seat), !id.pointer.pointee.isOver,
            let sample = id.pointer.pointee.carrier.kernelSample()
        else { return }
        hosted.room.noteKernel(sample, of: seat, generation: id.pointer.pointee.generation)
    }
}
