import RelayCore

/// What a transport has not passed on yet: bytes that it holds, then copies of bytes that it did not take, then the rest of a shared
/// frame.
struct Remainder {
    /// The transport has taken bytes that it has not passed on.
    private var isUnderway = false
    /// It has been asked for those in vain.
    private(set) var isLate = false
    private var bytes: [UInt8] = []
    private var sentBytes = 0
    private(set) var frame: FrameBuffer?
    /// The unsent part of the frame's memory, header included.
    private var frameRest = UnsafeRawBufferPointer.empty
    /// Bytes of the whole frame that ends here, its private message included; 0 if none does.
    private(set) var frameBytes = 0
    /// When the transport last took bytes of it; until it has, just before the turn in which it was given them.
    var movedAt = Instant.zero

    /// Whether these bytes end a frame: then the room waits for them.
    var endsFrame: Bool { self.frameBytes > 0 }

    /// Bytes that are kept for this connection alone.
    var ownBytes: Int { self.bytes.count }

    /// Bytes that the transport did not take.
    var unsentBytes: Int { self.bytes.count - self.sentBytes + self.frameRest.count }

    var isEmpty: Bool { !self.isUnderway && self.hasSentAll }

    /// Whether the transport has taken everything, so that other bytes may follow.
    var hasSentAll: Bool { self.bytes.isEmpty && self.frame == nil }

    /// The transport took a whole frame, and has not passed it on.
    mutating func wait(frameBytes: Int) { (self.isUnderway, self.frameBytes) = (true, frameBytes) }

    /// Keeps the rest of a welcome or a pong. Both are sent only while nothing is left to be taken.
    mutating func keep(_ control: UnsafeRawBufferPointer) {
        precondition(self.hasSentAll, "control bytes would come into the middle of others")
        self.bytes.append(contentsOf: control)
    }

    /// Keeps what is left of a delivery after `sent` bytes: the private message is copied, the shared frame retained.
    mutating func keep(
        _ privateBytes: UnsafeRawBufferPointer, _ shared: UnsafeRawBufferPointer, of frame: FrameBuffer, sent: Int
    ) {
        self.frameBytes = privateBytes.count + shared.count
        if sent < privateBytes.count { self.bytes.append(contentsOf: privateBytes[sent...]) }
        self.frame = frame
        self.frameRest = UnsafeRawBufferPointer(rebasing: shared[max(0, sent - privateBytes.count)...])
    }

    /// Sends as much as the transport takes. Nothing of the frame is left after ``Flushed/all(at:)``; pongs behind it may be, for the next
    /// turn: they must not hide when the frame was passed on.
    mutating func flush(_ transport: any Transport) -> Flushed {
        guard self.isUnderway else { return self.hasSentAll ? .all(at: nil) : self.send(on: transport) }
        let outcome = transport.flush()
        switch outcome {
        case .all: (self.isUnderway, self.isLate, self.frameBytes) = (false, false, 0)
        case .underway: self.isLate = true
        case .failed: break
        }
        return outcome
    }

    private mutating func send(on transport: any Transport) -> Flushed {
        let outcome = self.bytes.withUnsafeBytes { bytes in
            transport.send(UnsafeRawBufferPointer(rebasing: bytes[self.sentBytes...]), self.frameRest)
        }
        switch outcome {
        case .all:
            self = Remainder()
            return .all(at: nil)
        case .some(let count):
            self.advance(by: count)
            return .underway
        case .underway:
            let frameBytes = self.frameBytes
            self = Remainder()
            self.wait(frameBytes: frameBytes)
            return .underway
        case .failed: return .failed
        }
    }

    private mutating func advance(by count: Int) {
        let fromBytes = min(count, self.bytes.count - self.sentBytes)
        self.sentBytes += fromBytes
        self.frameRest = UnsafeRawBufferPointer(rebasing: self.frameRest[(count - fromBytes)...])
    }
}
