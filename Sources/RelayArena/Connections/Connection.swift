import RelayCore
import RelayHosting
import RelayWire

/// The bytes that the kernel did not take: copies first, then the rest of a shared frame.
struct Remainder {
    private var bytes: [UInt8] = []
    private var sentBytes = 0
    private(set) var frame: FrameBuffer?
    /// The unsent part of the frame's memory, header included.
    private var frameRest = UnsafeRawBufferPointer.empty
    /// Whether these bytes end a frame: then the room waits for them.
    private(set) var endsFrame = false

    var isEmpty: Bool { self.bytes.isEmpty && self.frame == nil }

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

    /// Sends as much as the kernel takes. False if the connection is broken.
    mutating func flush(_ transport: Transport) -> Bool {
        let outcome = self.bytes.withUnsafeBytes { bytes in
            transport.send(UnsafeRawBufferPointer(rebasing: bytes[self.sentBytes...]), self.frameRest)
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
    let transport: Transport
    /// The room it is in.
    unowned let hosted: HostedRoom
    let peer: String
    var decoder: WebSocketDecoder
    /// Bytes that the front door had read after the hello.
    var unread: [UInt8]
    /// Known once the room has answered with a welcome.
    var seat: SeatNumber?
    var generation: UInt64 = 0
    /// Index among the readers of its room; nil if it is none of them.
    var place: Int?
    /// When the socket was last read, or handed to us.
    var lastRead: Instant
    var remainder = Remainder()
    /// The pong for the latest ping; empty if none is owed.
    var pong: [UInt8] = []
    /// Its descriptor is given up; the memory stays until the room's next tick is over.
    var isOver = false

    /// Frees the buffers of a connection that is over, but whose name may still be in the room's inbox.
    mutating func releaseMemory() {
        (self.remainder, self.unread, self.pong) = (Remainder(), [], [])
        self.decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 0)
    }

    init(_ admission: borrowing Admission, in hosted: HostedRoom) {
        self.hosted = hosted
        self.transport = Transport(descriptor: admission.descriptor)
        self.peer = admission.peer
        self.decoder = admission.decoder
        self.unread = admission.unread
        self.lastRead = Instant(nanoseconds: admission.arrival)
    }
}

typealias ConnectionPointer = UnsafeMutablePointer<Connection>

extension ConnectionID {
    /// Names a connection by its address.
    init(_ pointer: ConnectionPointer) { self.init(rawValue: UInt64(UInt(bitPattern: pointer))) }

    /// The connection of this name. Its memory stays until the tick after its end is over, as long as the room may name it.
    var pointer: ConnectionPointer {
        guard let pointer = ConnectionPointer(bitPattern: UInt(self.rawValue)) else {
            preconditionFailure("a connection is never at address 0")
        }
        return pointer
    }
}
