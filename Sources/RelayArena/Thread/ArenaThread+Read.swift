import CRelayLinux
import RelayCore
import RelayWire

// Reading: once per tick and connection, just before the tick.
extension ArenaThread {
    /// Asks epoll which connections can be read, in rooms that ask first (``ReadingHabit``).
    func findSpeakers(in slot: TickSlot) {
        guard slot.watched > 0 else { return }
        if self.events.count < slot.watched {
            self.events = Array(repeating: crelay_event(), count: max(slot.watched, 2 * self.events.count))
        }
        let count = max(0, Int(crelay_epoll_wait(slot.poll, &self.events, Int32(self.events.count), 0)))
        for index in 0..<count {
            guard let pointer = ConnectionPointer(bitPattern: UInt(self.events[index].data)) else { continue }
            pointer.pointee.hosted.speaking.append(pointer)
        }
    }

    /// Reads all connections that a room reads at this tick, and ends the reading.
    func readEverybody(in hosted: HostedRoom) {
        let clocks = ReadClocks()
        hosted.room.take(.reading(at: clocks.monotonic))
        // A copy: a connection that ends meanwhile is removed from the room's own array.
        let readers = hosted.takeReaders()
        for index in readers.indices {
            // Fetches the next connection's memory during the system call for this one, which takes as long.
            if index + 1 < readers.count { crelay_prefetch(readers[index + 1], MemoryLayout<Connection>.size) }
            if self.readAll(readers[index], hosted, clocks) { hosted.spoke += 1 }
        }
        hosted.endReading()
    }

    /// Reads a connection until it is empty, at most one buffer for each tick number of the stride: as much as without overload.
    /// False if there was nothing to read.
    private func readAll(_ pointer: ConnectionPointer, _ hosted: HostedRoom, _ clocks: ReadClocks) -> Bool {
        for round in 0..<hosted.slot.stride {
            switch self.read(pointer, hosted, clocks) {
            case .nothing: return round > 0
            case .some: return true
            case .full: continue
            }
        }
        if let seat = pointer.pointee.seat { hosted.room.take(.unread(seat, generation: pointer.pointee.generation)) }
        return true
    }

    /// The result of one read.
    private enum ReadOutcome {
        case nothing
        case some
        /// The buffer was full: there may be more.
        case full
    }

    private func read(_ pointer: ConnectionPointer, _ hosted: HostedRoom, _ clocks: ReadClocks) -> ReadOutcome {
        guard !pointer.pointee.isOver else { return .nothing }
        switch pointer.pointee.transport.receive(into: self.buffer) {
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

    /// Decodes the bytes that the front door had read behind the hello. They count as arrived with it.
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

    /// Handles one item of the stream. False if the connection is over, or will be at the tick: the rest is then ignored.
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
            let generation = pointer.pointee.generation
            return hosted.room.take(.message(message.payload, from: seat, generation: generation, arrival: arrival))
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

    /// Takes a kernel sample of every connection of a room. Only reports need it.
    func sampleKernel(of hosted: HostedRoom) {
        for pointer in hosted.readers { if let seat = pointer.pointee.seat { self.sampleKernel(of: seat, in: hosted) } }
    }

    func sampleKernel(of seat: SeatNumber, in hosted: HostedRoom) {
        guard let id = hosted.room.connection(of: seat), !id.pointer.pointee.isOver,
            let sample = id.pointer.pointee.transport.kernelSample()
        else { return }
        hosted.room.take(.kernel(sample, of: seat, generation: id.pointer.pointee.generation))
    }
}
