import RelayCore
import RelayWire

/// Puts WebSocket headers before payloads that were written with headroom.
enum WebSocketFraming {
    /// The whole frame: header and payload. Valid until the writer is written to.
    static func frame(_ writer: inout WireWriter, _ form: WireForm) -> UnsafeRawBufferPointer {
        self.frame(writer.payloadStart, count: writer.count, form)
    }

    /// The same for a payload anywhere with ``Room/privateHeadroom`` free bytes before it.
    static func frame(_ payload: UnsafeMutableRawBufferPointer, _ form: WireForm) -> UnsafeRawBufferPointer {
        guard let start = payload.baseAddress else { preconditionFailure("a message has an address") }
        return self.frame(start, count: payload.count, form)
    }

    private static func frame(_ payload: UnsafeMutableRawPointer, count: Int, _ form: WireForm) -> UnsafeRawBufferPointer {
        let opcode = form == .binary ? WebSocketOpcode.binary : .text
        let header = WebSocketEncoder.writeServerHeader(opcode: opcode, payloadCount: count, endingAt: payload)
        return UnsafeRawBufferPointer(start: payload - header, count: header + count)
    }
}

// Sending: one write per seat and tick, out of shared bytes.
extension ConnectedRoom {
    /// Sends a frame of the last tick, behind its `players` and its private message if it has them.
    func send(_ delivery: Delivery, _ codings: inout FramedCodings, _ pointer: ConnectionPointer, _ liveness: Instant) {
        let own = delivery.privateRange.map { WebSocketFraming.frame(self.room.privateMessage($0), delivery.form) }
        let shared = codings.bytes(delivery.coding, delivery.form, of: self)
        guard delivery.players > 0 else { return self.send(delivery, own ?? .empty, shared, pointer, liveness) }
        // Copied, because a transport takes two pieces: it is rare that somebody sits down.
        let first =
            [UInt8](WebSocketFraming.frame(self.room.playersMessage(delivery.players), delivery.form)) + [UInt8](own ?? .empty)
        first.withUnsafeBytes { self.send(delivery, $0, shared, pointer, liveness) }
    }

    private func send(
        _ delivery: Delivery, _ own: UnsafeRawBufferPointer, _ shared: UnsafeRawBufferPointer, _ pointer: ConnectionPointer,
        _ liveness: Instant
    ) {
        let now = self.context.clock.now
        if pointer.pointee.owesAnswer { self.sendPong(pointer) }
        guard !pointer.pointee.isOver else { return }
        var outcome = Sent.some(0)
        if pointer.pointee.remainder.isEmpty { outcome = pointer.pointee.transport.send(own, shared) }
        if case .failed = outcome { return self.lose(pointer) }
        var isComplete = false
        if case .all = outcome {
            isComplete = true
            self.context.counters.countFrame(bytes: own.count + shared.count)
        } else {
            self.keepRest(of: delivery, own, shared, outcome, pointer)
        }
        let bytes = pointer.pointee.controlBytes + own.count + shared.count
        pointer.pointee.controlBytes = 0
        self.give(.handedOver(delivery, bytes: bytes, at: now, liveness: liveness, isComplete: isComplete))
        if delivery.form == .json { self.ping(pointer, after: delivery, isComplete: isComplete) }
    }

    /// Keeps what the transport did not take, or waits for what it has not passed on. Until it has, the seat gets nothing newer: the
    /// second line of freshness.
    private func keepRest(
        of delivery: Delivery, _ own: UnsafeRawBufferPointer, _ shared: UnsafeRawBufferPointer, _ outcome: Sent,
        _ pointer: ConnectionPointer
    ) {
        if pointer.pointee.remainder.isEmpty { self.unfinished.append(pointer) }
        if case .some(let sent) = outcome {
            pointer.pointee.remainder.keep(own, shared, of: self.room.frame(delivery.coding, as: delivery.form), sent: sent)
            self.context.counters.framesUnfinished += 1
        } else {
            pointer.pointee.remainder.wait(frameBytes: own.count + shared.count)
        }
        // Behind those that have moved since this turn began, before those that have not.
        pointer.pointee.remainder.movedAt = Instant(nanoseconds: max(1, self.turnBegan.nanoseconds) - 1)
    }

    /// Sends remainders again. Nobody waits for the moment at which the transport could take more: the next tick is soon enough.
    func flushRemainders() {
        guard !self.unfinished.isEmpty else { return }
        for pointer in self.unfinished where !pointer.pointee.isOver {
            let wasLate = pointer.pointee.remainder.isLate
            let (frameBytes, unsent) = (pointer.pointee.remainder.frameBytes, pointer.pointee.remainder.unsentBytes)
            switch pointer.pointee.remainder.flush(pointer.pointee.transport) {
            case .failed: self.lose(pointer)
            case .underway:
                if pointer.pointee.remainder.isLate, !wasLate { self.context.counters.framesUnfinished += 1 }
                if pointer.pointee.remainder.unsentBytes < unsent { pointer.pointee.remainder.movedAt = self.context.clock.now }
            case .all(let passedOn):
                if frameBytes > 0 { self.frameSent(on: pointer, bytes: frameBytes, at: passedOn ?? self.context.clock.now) }
            }
        }
        self.unfinished.removeAll { $0.pointee.isOver || $0.pointee.remainder.isEmpty }
    }

    /// The kernel has taken the last byte of a frame that it did not take at once.
    private func frameSent(on pointer: ConnectionPointer, bytes: Int, at now: Instant) {
        guard let seat = pointer.pointee.seat else { return }
        self.context.counters.countFrame(bytes: bytes)
        self.give(.remainderSent(seat, generation: pointer.pointee.generation, at: now))
        self.sendPing(pointer)
    }

    /// Sends a welcome, a ping or a pong, on a connection whose transport has taken everything before.
    func sendControl(_ bytes: UnsafeRawBufferPointer, on pointer: ConnectionPointer) {
        pointer.pointee.controlBytes += bytes.count
        switch pointer.pointee.transport.sendControl(bytes) {
        case .all, .underway: return
        case .failed: return self.lose(pointer)
        case .some(let sent):
            if pointer.pointee.remainder.isEmpty { self.unfinished.append(pointer) }
            pointer.pointee.remainder.keep(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        }
    }

    /// Answers pings and text heartbeats of connections that got no frame at this tick.
    func sendPongs() {
        guard !self.pongs.isEmpty else { return }
        for pointer in self.pongs where !pointer.pointee.isOver { self.sendPong(pointer) }
        self.pongs.removeAll { $0.pointee.isOver || !$0.pointee.owesAnswer }
    }

    /// Sends the latest pong, and the answers to text heartbeats, unless a remainder waits: then they wait too, and newer ones replace them.
    private func sendPong(_ pointer: ConnectionPointer) {
        guard pointer.pointee.owesAnswer, pointer.pointee.remainder.hasSentAll else { return }
        var answer: [UInt8] = []
        swap(&answer, &pointer.pointee.pong)
        answer += pointer.pointee.text?.owed.takeFrames() ?? []
        answer.withUnsafeBytes { self.sendControl($0, on: pointer) }
    }
}
