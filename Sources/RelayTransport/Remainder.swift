import RelayCore

/// What a transport has not passed on yet: bytes that it holds, then copies of bytes that it did not take, then the rest of a shared
/// frame.
struct Remainder {
    /// The transport has taken bytes that it has not passed on.
    private var isUnderway = false
    private var bytes: [UInt8] = []
    private var sentBytes = 0
    private(set) var frame: FrameBuffer?
    /// The unsent part of the frame's memory, header included.
    private var frameRest = UnsafeRawBufferPointer.empty
    /// Whether these bytes end a frame: then the room waits for them.
    private(set) var endsFrame = false

    var isEmpty: Bool { !self.isUnderway && self.hasSentAll }

    /// Whether the transport has taken everything, so that other bytes may follow.
    var hasSentAll: Bool { self.bytes.isEmpty && self.frame == nil }

    /// The transport took everything, and has not passed it on.
    mutating func wait(endsFrame: Bool) { (self.isUnderway, self.endsFrame) = (true, endsFrame) }

    /// Keeps control bytes, behind others. At most one welcome or pong, because a pong waits until nothing is left here.
    mutating func keep(_ control: UnsafeRawBufferPointer) {
        precondition(self.frame == nil, "control bytes would come before the rest of a frame")
        self.bytes.append(contentsOf: control)
    }

    /// Keeps what is left of a delivery after `sent` bytes: the private message is copied, the shared frame retained.
    mutating func keep(
        _ privateBytes: UnsafeRawBufferPointer, _ shared: UnsafeRawBufferPointer, of frame: FrameBuffer, sent: Int
    ) {
        self.endsFrame = true
        if sent < privateBytes.count { self.bytes.append(contentsOf: privateBytes[sent...]) }
        self.frame = frame
        self.frameRest = UnsafeRawBufferPointer(rebasing: shared[max(0, sent - privateBytes.count)...])
    }

    /// Sends as much as the transport takes. False if the connection is broken.
    mutating func flush(_ transport: any Transport) -> Bool {
        if self.isUnderway {
            switch transport.flush() {
            case .all: self.isUnderway = false
            case .some, .underway: return true
            case .failed: return false
            }
        }
        return self.hasSentAll || self.send(on: transport)
    }

    private mutating func send(on transport: any Transport) -> Bool {
        let outcome = self.bytes.withUnsafeBytes { bytes in
            transport.send(UnsafeRawBufferPointer(rebasing: bytes[self.sentBytes...]), self.frameRest)
        }
        switch outcome {
        case .all: self = Remainder()
        case .some(let count): self.advance(by: count)
        case .underway:
            let endsFrame = self.endsFrame
            self = Remainder()
            self.wait(endsFrame: endsFrame)
        case .failed: return false
        }
        return true
    }

    private mutating func advance(by count: Int) {
        let fromBytes = min(count, self.bytes.count - self.sentBytes)
        self.sentBytes += fromBytes
        self.frameRest = UnsafeRawBufferPointer(rebasing: self.frameRest[(count - fromBytes)...])
    }
}
