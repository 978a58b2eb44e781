import RelayCore
import RelayHosting
import RelayWire

/// What the rooms of one thread share to carry their bytes.
package final class TransportContext {
    package let clock: any TransportClock
    let mint: any TokenMint
    /// Maximum of unread frames in memory, in all rooms together. Bytes.
    let maximumHeldBytes: Int
    /// Of one read.
    let buffer: UnsafeMutableRawBufferPointer
    /// Updated many times a tick, by one thread alone, so exclusivity is not checked at each access.
    @exclusivity(unchecked) package var counters = TransportCounters()
    package private(set) var farewells = Farewells()
    /// Encodes welcomes. Kept so that its memory is reused.
    var welcomeWriter = WireWriter(capacity: 256)
    /// Sum of the rooms' ``ConnectedRoom/heldBytes``, and how many rooms hold any.
    var heldBytes = 0
    var roomsHoldingFrames = 0
    private var connections: UInt64 = 0

    /// - Parameter readBytes: Of one read. A connection is read once a tick, under overload at most once for each tick number of the
    ///   stride.
    package init(clock: any TransportClock, mint: any TokenMint, readBytes: Int, maximumHeldBytes: Int) {
        (self.clock, self.mint, self.maximumHeldBytes) = (clock, mint, maximumHeldBytes)
        self.buffer = .allocate(byteCount: readBytes, alignment: 64)
    }

    deinit { self.buffer.deallocate() }

    func takeConnectionID() -> ConnectionID {
        self.connections += 1
        return ConnectionID(rawValue: self.connections)
    }

    // MARK: Ends

    /// Refuses a connection that is in no room yet.
    ///
    /// - Parameter retryAfter: Milliseconds, where waiting helps.
    package func turnAway(_ transport: any Transport, _ code: CloseCode, retryAfter: Int? = nil) {
        self.counters.count(code)
        self.sayGoodbye(transport, code, retryAfter: retryAfter)
    }

    package func release(_ transport: any Transport, abruptly: Bool) {
        transport.close(abruptly: abruptly)
        self.counters.released += 1
    }

    /// When a newcomer to a full room or relay may try again. Milliseconds.
    private static let retryWhenFull = 5000

    func sayGoodbye(_ transport: any Transport, _ code: CloseCode, retryAfter: Int?) {
        let wait = code == .roomFull || code == .relayFull ? Self.retryWhenFull : retryAfter
        let reason = wait.map { "\(code.sentence) (retry after \($0) ms)" } ?? code.sentence
        self.sayGoodbye(transport, WebSocketEncoder.closeFrame(code: code.rawValue, reason: reason))
    }

    /// Sends a close frame and waits a while for the answer, so that the frame is not lost in a reset.
    func sayGoodbye(_ transport: any Transport, _ frame: [UInt8]) {
        if frame.withUnsafeBytes({ transport.finish(with: $0) }) {
            self.farewells.add(transport, at: self.clock.now)
        } else {
            self.release(transport, abruptly: true)
        }
    }

    /// Discards what closed connections still send, and releases those that have ended or whose time is up.
    ///
    /// - Parameter count: How many to look at, in turn, so that a crowd that leaves together makes no tick late.
    package func sweepFarewells(atMost count: Int) {
        let now = self.clock.now
        for _ in 0..<min(self.farewells.count, count) {
            let (transport, isUp) = self.farewells.next(at: now)
            if case .ended = transport.receive(into: self.buffer) {
                self.farewells.removeCurrent()
                self.release(transport, abruptly: false)
            } else if isUp {
                self.farewells.removeCurrent()
                self.release(transport, abruptly: true)
            } else {
                self.farewells.keepCurrent()
            }
        }
    }
}

/// Connections that were closed with a close frame and may still answer, each until its time is up.
package struct Farewells {
    /// How long a peer may take to answer a close frame. Nanoseconds.
    private static let patience: UInt64 = 1_000_000_000

    private var entries: [(transport: any Transport, until: Instant)] = []
    /// Index of the one to look at next.
    private var current = 0

    package var isEmpty: Bool { self.entries.isEmpty }
    package var count: Int { self.entries.count }

    mutating func add(_ transport: any Transport, at now: Instant) {
        self.entries.append((transport, now.advanced(by: Self.patience)))
    }

    /// The one to look at, and whether its time is up.
    mutating func next(at now: Instant) -> (any Transport, isUp: Bool) {
        if self.current >= self.entries.count { self.current = 0 }
        return (self.entries[self.current].transport, self.entries[self.current].until <= now)
    }

    mutating func keepCurrent() { self.current += 1 }

    mutating func removeCurrent() {
        self.entries.swapAt(self.current, self.entries.count - 1)
        self.entries.removeLast()
    }
}

/// What the connections of a thread have done, in all. Counters never go back.
package struct TransportCounters: Sendable {
    /// Frames that went out whole, and their bytes, private messages included.
    package private(set) var framesSent: UInt64 = 0
    package private(set) var bytesSent: UInt64 = 0
    /// Frames that a transport did not take whole, or did not pass on at once.
    package var framesUnfinished: UInt64 = 0
    package var uplinksReceived: UInt64 = 0
    /// Connections that their peers closed with a close frame.
    package var closedByPeer: UInt64 = 0
    /// Transports closed.
    package var released = 0
    /// Connections closed by us and not by a room, by code: turned away, drained, for offences against WebSocket, or for
    /// frames that they left unread.
    private var closes: [CloseCode: UInt64] = [:]

    package init() {}

    package func closes(_ code: CloseCode) -> UInt64 { self.closes[code] ?? 0 }

    mutating func count(_ code: CloseCode) { self.closes[code, default: 0] += 1 }

    mutating func countFrame(bytes: Int) {
        self.framesSent += 1
        self.bytesSent += UInt64(bytes)
    }
}
