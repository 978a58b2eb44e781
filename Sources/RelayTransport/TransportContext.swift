import RelayCore
import RelayHosting
import RelayWire
import RelayWireJSON

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
    package private(set) var closingHandshakes = ClosingHandshakes()
    /// Reads text messages. Kept so that its memory is reused, as the next one.
    var translator = JSONTranslator()
    /// Encodes welcomes.
    var welcomeWriter = WireWriter(capacity: 256)
    /// Sum of the rooms' ``ConnectedRoom/heldBytes``, and how many rooms hold any.
    var heldBytes = 0
    var roomsHoldingFrames = 0
    /// Hashes a password for a room, and gives it the hash later. Nil where nobody can.
    package var hashPassword: ((RoomInstance, PasswordJob) -> Void)?
    /// Tells whoever made a request what became of it. Nil where nobody makes any.
    package var answerRequest: ((UInt64, RequestOutcome) -> Void)?
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
    package func refuse(_ transport: any Transport, _ code: CloseCode, retryAfter: Int? = nil) {
        self.counters.count(code)
        self.beginClosing(transport, code, retryAfter: retryAfter)
    }

    package func release(_ transport: any Transport, abruptly: Bool) {
        transport.close(abruptly: abruptly)
        self.counters.released.connections += 1
        self.counters.released.descriptors += transport.descriptors
    }

    /// When a newcomer to a full room or relay may try again. Milliseconds.
    private static let retryWhenFull = 5000

    func beginClosing(_ transport: any Transport, _ code: CloseCode, retryAfter: Int?, sentence: String? = nil) {
        let wait = code.isFull ? Self.retryWhenFull : retryAfter
        let reason = wait.map { "\(code.sentence) (retry after \($0) ms)" } ?? sentence ?? code.sentence
        self.beginClosing(transport, WebSocketEncoder.closeFrame(code: code.rawValue, reason: reason))
    }

    /// Sends a close frame and waits a while for the answer, so that the frame is not lost in a reset.
    func beginClosing(_ transport: any Transport, _ frame: [UInt8]) {
        if frame.withUnsafeBytes({ transport.finish(with: $0) }) {
            self.closingHandshakes.add(transport, at: self.clock.now)
        } else {
            self.release(transport, abruptly: true)
        }
    }

    /// Discards what closed connections still send, and releases those that have ended or whose time is up.
    ///
    /// - Parameter count: How many to look at, in turn, so that a crowd that leaves together makes no tick late.
    package func sweepClosingHandshakes(atMost count: Int) {
        let now = self.clock.now
        for _ in 0..<min(self.closingHandshakes.count, count) {
            let (transport, isUp) = self.closingHandshakes.next(at: now)
            if case .ended = transport.receive(into: self.buffer) {
                self.closingHandshakes.removeCurrent()
                self.release(transport, abruptly: false)
            } else if isUp {
                self.closingHandshakes.removeCurrent()
                self.release(transport, abruptly: true)
            } else {
                self.closingHandshakes.keepCurrent()
            }
        }
    }
}
