import RelayCore
import RelayWire

/// What is left of bytes that the kernel did not take: copies first, then the rest of a shared frame.
struct Remainder {
    private var bytes: [UInt8] = []
    private var sentBytes = 0
    private(set) var frame: FrameBuffer?
    /// From this far into the frame's memory, header included.
    private var frameRest = UnsafeRawBufferPointer.empty
    /// Whether the room waits for these bytes: they end a frame.
    private(set) var endsFrame = false

    var isEmpty: Bool { self.bytes.isEmpty && self.frame == nil }

    /// Keeps control bytes, behind others. At most one control slot's worth.
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

    /// Sends again. False if the connection is broken.
    mutating func flush(_ carrier: Carrier) -> Bool {
        let outcome = self.bytes.withUnsafeBytes { bytes in
            carrier.send(UnsafeRawBufferPointer(rebasing: bytes[self.sentBytes...]), self.frameRest)
        }
        switch outcome {
        case .all: self = Remainder()
        case .some(let count): self.advance(by: count)
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

/// One WebSocket that the arena holds. Lives at a fixed address, which is its ``ConnectionID``, until the tick after its end.
struct Connection {
    let carrier: Carrier
    /// The room it is in.
    unowned let hosted: HostedRoom
    let peer: String
    var decoder: WebSocketDecoder
    /// Bytes that the front door had read after the hello.
    var unread: [UInt8]
    /// Known once the room has answered with a welcome.
    var seat: SeatNumber?
    var generation: UInt64 = 0
    /// Where it stands among the readers of its room.
    var place: Int?
    /// When the socket was last read, or handed to us.
    var lastRead: Instant
    var remainder = Remainder()
    /// Answer to the latest ping.
    var pong: [UInt8] = []
    /// Its descriptor is given up; the memory stays until the room's next tick is over.
    var isOver = false

    /// Gives back what the connection holds: it is over, but its name may still be in the room's inbox.
    mutating func releaseMemory() {
        (self.remainder, self.unread, self.pong) = (Remainder(), [], [])
        self.decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 0)
    }

    init(_ admission: borrowing Admission, in hosted: HostedRoom) {
        self.hosted = hosted
        self.carrier = Carrier(descriptor: admission.descriptor)
        self.peer = admission.peer
        self.decoder = admission.decoder
        self.unread = admission.unread
        self.lastRead = Instant(nanoseconds: admission.arrival)
    }
}

typealias ConnectionPointer = UnsafeMutablePointer<Connection>

extension ConnectionID {
    /// The address as a name.
    init(_ pointer: ConnectionPointer) { self.init(rawValue: UInt64(UInt(bitPattern: pointer))) }

    /// The connection of this name: alive until the end of the tick after its end, which is as long as the room may name it.
    var pointer: ConnectionPointer {
        guard let pointer = ConnectionPointer(bitPattern: UInt(self.rawValue)) else {
            preconditionFailure("a connection is never at address 0")
        }
        return pointer
    }
}
