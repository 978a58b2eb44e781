import RelayCore
import RelayWire

// The end of a connection, whoever wants it.
extension ConnectedRoom {
    /// Closes a connection with a code. Does not tell the room: it knows already, or the caller tells it.
    ///
    /// - Parameters:
    ///   - retryAfter: Milliseconds, where waiting helps.
    ///   - sentence: Nil for the code's own.
    func close(_ pointer: ConnectionPointer, _ code: CloseCode, retryAfter: Int? = nil, sentence: String? = nil) {
        guard !pointer.pointee.isOver else { return }
        if self.end(pointer) {
            self.context.beginClosing(pointer.pointee.transport, code, retryAfter: retryAfter, sentence: sentence)
        } else {
            self.context.release(pointer.pointee.transport, abruptly: true)
        }
    }

    /// Closes all connections, in the order in which they came. The room is not told.
    ///
    /// - Parameter retryAfter: Milliseconds, asked for each connection.
    package func closeAll(_ code: CloseCode, retryAfter: () -> Int?) {
        for pointer in self.connectionsByAge {
            self.context.counters.count(code)
            self.close(pointer, code, retryAfter: retryAfter())
        }
        self.freeRetired()
    }

    /// Tells the room that a connection is lost, and ends it.
    ///
    /// - Parameters:
    ///   - code: Why we close it; nil if the peer ended it or it is broken.
    ///   - sentence: Nil for the code's own.
    func lose(_ pointer: ConnectionPointer, code: CloseCode? = nil, sentence: String? = nil) {
        guard !pointer.pointee.isOver else { return }
        self.tellRoom(of: pointer)
        if let code {
            self.context.counters.count(code)
            self.close(pointer, code, sentence: sentence)
        } else {
            let isBetweenFrames = self.end(pointer)
            self.context.release(pointer.pointee.transport, abruptly: !isBetweenFrames)
        }
    }

    /// The peer sent a close frame. It gets its own code back, and hears what that means for its seat.
    func answerClose(_ pointer: ConnectionPointer, code: UInt16?) {
        guard !pointer.pointee.isOver else { return }
        let isLeave = pointer.pointee.text != nil && code == CloseCode.left.rawValue
        if isLeave { self.leave(pointer) } else { self.tellRoom(of: pointer) }
        self.context.counters.closedByPeer += 1
        guard self.end(pointer) else { return self.context.release(pointer.pointee.transport, abruptly: true) }
        let held = "A close is no leave: if you acknowledged a frame and did not leave, your seat is held. Rejoin by token."
        let sentence = isLeave ? CloseCode.left.sentence : held
        let frame = WebSocketEncoder.closeFrame(code: code ?? CloseCode.left.rawValue, reason: sentence)
        self.context.beginClosing(pointer.pointee.transport, frame)
    }

    /// A client of the JSON form leaves by closing with 1000.
    private func leave(_ pointer: ConnectionPointer) {
        guard let seat = pointer.pointee.seat else { return }
        withUnsafeBytes(of: ClientMessage.Kind.leave.rawValue) { message in
            let arrival = Arrival(at: self.context.clock.now, isExact: false)
            self.give(.message(message, from: seat, generation: pointer.pointee.generation, arrival: arrival))
        }
        // In case the room takes no message from it any more.
        self.tellRoom(of: pointer)
    }

    private func tellRoom(of pointer: ConnectionPointer) {
        guard let seat = pointer.pointee.seat else { return }
        let connection = pointer.pointee
        self.give(.lost(seat, generation: connection.generation, connection.id, at: self.context.clock.now))
    }

    /// Ends reading and writing on a connection. False if it ends in the middle of a frame, where a close frame would be garbage.
    private func end(_ pointer: ConnectionPointer) -> Bool {
        let isBetweenFrames = pointer.pointee.remainder.hasSentAll
        self.remove(pointer)
        return isBetweenFrames
    }
}
