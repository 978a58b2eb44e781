import CRelayLinux
import RelayCore
import RelayWire

extension UnsafeRawBufferPointer {
    /// No bytes.
    static var empty: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}

/// Puts WebSocket headers before payloads that were written with headroom.
enum WebSocketFraming {
    /// The whole frame: header and payload. Valid until the writer is written to.
    static func frame(_ writer: inout WireWriter) -> UnsafeRawBufferPointer {
        self.frame(writer.payloadStart, count: writer.count)
    }

    /// The same for a payload anywhere with ``Room/privateHeadroom`` free bytes before it.
    static func frame(_ payload: UnsafeMutableRawPointer, count: Int) -> UnsafeRawBufferPointer {
        let header = WebSocketEncoder.writeServerHeader(opcode: .binary, payloadCount: count, endingAt: payload)
        return UnsafeRawBufferPointer(start: payload - header, count: header + count)
    }
}

// Sending: one system call per seat and tick, out of shared bytes.
extension ArenaThread {
    func sendFrames(of hosted: HostedRoom) {
        let count = hosted.room.deliveries.count
        guard count > 0 else { return }
        var framed: (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) = (nil, nil, nil)
        for index in 0..<count {
            let delivery = hosted.room.deliveries[index]
            let pointer = delivery.connection.pointer
            guard !pointer.pointee.isOver else { continue }
            let shared: UnsafeRawBufferPointer
            switch delivery.coding {
            case .delta: shared = Self.framed(delivery.coding, hosted, &framed.0)
            case .merged: shared = Self.framed(delivery.coding, hosted, &framed.1)
            case .snapshot: shared = Self.framed(delivery.coding, hosted, &framed.2)
            }
            let own = delivery.privateRange.map { range in
                WebSocketFraming.frame(hosted.room.privateMessages.payloadStart + range.lowerBound, count: range.count)
            }
            self.send(delivery, own ?? .empty, shared, pointer, hosted)
        }
    }

    private static func framed(
        _ coding: Coding, _ hosted: HostedRoom, _ cached: inout UnsafeRawBufferPointer?
    ) -> UnsafeRawBufferPointer {
        if let cached { return cached }
        let bytes = WebSocketFraming.frame(&hosted.room.frame(coding).writer)
        cached = bytes
        return bytes
    }

    private func send(
        _ delivery: Delivery, _ own: UnsafeRawBufferPointer, _ shared: UnsafeRawBufferPointer, _ pointer: ConnectionPointer,
        _ hosted: HostedRoom
    ) {
        let now = Clock.monotonic()
        if !pointer.pointee.pong.isEmpty { self.sendPong(pointer, hosted) }
        guard !pointer.pointee.isOver else { return }
        var sent = 0
        var isComplete = false
        if pointer.pointee.remainder.isEmpty {
            switch pointer.pointee.transport.send(own, shared) {
            case .all: isComplete = true
            case .some(let count): sent = count
            case .failed: return self.lose(pointer, in: hosted)
            }
        }
        if isComplete {
            self.statistics.noteFrame(bytes: own.count + shared.count)
        } else {
            self.keepRest(of: delivery, own, shared, sent: sent, pointer, hosted)
        }
        hosted.room.take(.handedOver(delivery, at: now, liveness: self.liveness.now, isComplete: isComplete))
    }

    /// Keeps the bytes that the kernel did not take. Until they are sent, the seat gets nothing newer: the second line of
    /// freshness.
    private func keepRest(
        of delivery: Delivery, _ own: UnsafeRawBufferPointer, _ shared: UnsafeRawBufferPointer, sent: Int,
        _ pointer: ConnectionPointer, _ hosted: HostedRoom
    ) {
        if pointer.pointee.remainder.isEmpty { hosted.unfinished.append(pointer) }
        pointer.pointee.remainder.keep(own, shared, of: hosted.room.frame(delivery.coding), sent: sent)
        self.statistics.framesUnfinished += 1
    }

    /// Sends remainders again. EPOLLOUT is not used: the next tick is soon enough.
    func flushRemainders(of hosted: HostedRoom) {
        guard !hosted.unfinished.isEmpty else { return }
        for pointer in hosted.unfinished where !pointer.pointee.isOver {
            let endsFrame = pointer.pointee.remainder.endsFrame
            guard pointer.pointee.remainder.flush(pointer.pointee.transport) else {
                self.lose(pointer, in: hosted)
                continue
            }
            if pointer.pointee.remainder.isEmpty, endsFrame, let seat = pointer.pointee.seat {
                hosted.room.take(.remainderSent(seat, generation: pointer.pointee.generation, at: Clock.monotonic()))
            }
        }
        hosted.unfinished.removeAll { $0.pointee.isOver || $0.pointee.remainder.isEmpty }
    }

    /// Sends a welcome or a pong: behind a remainder, before any frame.
    func sendControl(_ bytes: UnsafeRawBufferPointer, on pointer: ConnectionPointer, _ hosted: HostedRoom) {
        var sent = 0
        if pointer.pointee.remainder.isEmpty {
            switch pointer.pointee.transport.send(.empty, bytes) {
            case .all: return
            case .some(let count): sent = count
            case .failed: return self.lose(pointer, in: hosted)
            }
            hosted.unfinished.append(pointer)
        }
        pointer.pointee.remainder.keep(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
    }

    /// Answers pings of connections that got no frame at this tick.
    func sendPongs(of hosted: HostedRoom) {
        guard !hosted.pongs.isEmpty else { return }
        for pointer in hosted.pongs where !pointer.pointee.isOver { self.sendPong(pointer, hosted) }
        hosted.pongs.removeAll { $0.pointee.isOver || $0.pointee.pong.isEmpty }
    }

    /// Sends the latest pong, unless a remainder waits: then the pong waits too, and a newer ping replaces it.
    private func sendPong(_ pointer: ConnectionPointer, _ hosted: HostedRoom) {
        guard !pointer.pointee.pong.isEmpty, pointer.pointee.remainder.isEmpty else { return }
        var pong: [UInt8] = []
        swap(&pong, &pointer.pointee.pong)
        pong.withUnsafeBytes { self.sendControl($0, on: pointer, hosted) }
    }
}
