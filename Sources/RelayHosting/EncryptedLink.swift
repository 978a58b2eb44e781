import Glibc
import Synchronization

/// The plain bytes of an encrypted connection, in memory, between the event loop that encrypts them and the arena thread that owns the room.
///
/// ```
/// arena thread                                             TLS loop
/// offer(_:_:)    ──►  outgoing, at most one frame  ──►  takeOutgoing(into:), passedOn(cipherBytes:at:)
/// receive(into:) ◄──  incoming, bounded            ◄──  received(_:at:), broke()
/// ```
///
/// The credit is one frame: the arena offers the next one when the kernel has taken all of this one, so that nobody gets old state out
/// of a queue. Each end is confined to its thread; the state between them is behind a lock that is held for a copy into memory that is there.
package final class EncryptedLink: Sendable {
    /// Unread bytes from which on the TLS loop reads no more from the peer.
    package static let mostUnread = 64 << 10
    /// Unread bytes over which the connection is broken.
    package static let mostEver = 2 * mostUnread
    /// Bytes of welcomes, pings and pongs that wait at most, besides the frame.
    package static let mostControlBytes = 4 << 10
    /// Memory that is kept between two frames.
    private static let keptBytes = 64 << 10

    /// What has become of the frame that was offered last.
    package enum FrameOutcome: Equatable, Sendable {
        case underway
        /// The kernel took its last byte then: nanoseconds, monotonic clock.
        case passedOn(at: UInt64)
        case broken
    }

    /// The result of one read.
    package enum Reading: Equatable, Sendable {
        /// The number of bytes, and when the last of them came: nanoseconds, realtime clock; 0 if more are left.
        case bytes(Int, stamp: Int64)
        case nothing
        case ended
    }

    /// How the arena wants the connection to end.
    package enum Ending: Equatable, Sendable {
        /// After what is offered: our side.
        case finish
        case close(abruptly: Bool)
    }

    private struct State {
        var outgoing: [UInt8] = []
        var controlBytes = 0
        /// Positions in the stream of plain bytes: of all that was offered, taken, and passed on; and the end of the newest frame.
        var offered: UInt64 = 0
        var taken: UInt64 = 0
        var passedOn: UInt64 = 0
        var frameEnd: UInt64 = 0
        var passedOnAt: UInt64 = 0
        var ending: Ending?
        var isBroken = false

        var incoming: [UInt8] = []
        var firstUnread = 0
        var stamp: Int64 = 0
        /// The server has ceased to read, and waits to be told.
        var isPaused = false
        var writes = RecentWrites()

        var unread: Int { self.incoming.count - self.firstUnread }

        mutating func append(_ bytes: UnsafeRawBufferPointer) {
            self.outgoing.append(contentsOf: bytes)
            self.offered += UInt64(bytes.count)
        }
    }

    private let state = Mutex(State())
    private let isReadable = Atomic<Bool>(false)
    private let awaitsService = Atomic<Bool>(false)
    /// A duplicate of the connection's descriptor, for the kernel's figures and options. The arena closes it.
    package let descriptor: Int32
    /// Its name at its server.
    package let number: UInt64
    /// Encrypts and decrypts.
    package let server: any LinkServer

    package init(descriptor: Int32, number: UInt64, server: any LinkServer) {
        (self.descriptor, self.number, self.server) = (descriptor, number, server)
    }

    // MARK: The arena's end

    /// Whether ``receive(into:)`` has something to tell. Cheap.
    package var canBeRead: Bool { self.isReadable.load(ordering: .acquiring) }

    /// - Returns: `resumes`: there is room again for a server that waits for it, which has to be told.
    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> (Reading, resumes: Bool) {
        self.state.withLock { state in
            let unread = state.unread
            guard unread > 0 else {
                if !state.isBroken { self.isReadable.store(false, ordering: .relaxed) }
                return (state.isBroken ? .ended : .nothing, false)
            }
            let count = min(unread, buffer.count)
            state.incoming.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[state.firstUnread...].prefix(count)))
            }
            state.firstUnread += count
            let resumes = state.isPaused && state.unread <= Self.mostUnread / 2
            if resumes { state.isPaused = false }
            guard count == unread else { return (.bytes(count, stamp: 0), resumes) }
            state.incoming.removeAll(keepingCapacity: state.incoming.capacity <= Self.keptBytes)
            state.firstUnread = 0
            if !state.isBroken { self.isReadable.store(false, ordering: .relaxed) }
            return (.bytes(count, stamp: state.stamp), resumes)
        }
    }

    /// Offers a frame, of two ranges. False if the connection is broken.
    package func offer(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Bool {
        self.state.withLock { state in
            precondition(state.passedOn >= state.frameEnd, "the credit is one frame")
            guard !state.isBroken else { return false }
            state.append(first)
            state.append(second)
            state.frameEnd = state.offered
            return true
        }
    }

    /// Offers a welcome, a ping or a pong, behind the frame. False if too many wait.
    package func offer(control bytes: UnsafeRawBufferPointer) -> Bool {
        self.state.withLock { state in
            guard state.controlBytes + bytes.count <= Self.mostControlBytes else { return false }
            state.append(bytes)
            state.controlBytes += bytes.count
            return true
        }
    }

    package var frameOutcome: FrameOutcome {
        self.state.withLock { state in
            if state.passedOn >= state.frameEnd { return .passedOn(at: state.passedOnAt) }
            return state.isBroken ? .broken : .underway
        }
    }

    /// Asks for the end of the connection. ``Ending/finish`` comes after `last`.
    package func end(_ ending: Ending, saying last: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)) -> Bool
    {
        self.state.withLock { state in
            if case .finish = ending, state.isBroken { return false }
            state.append(last)
            state.ending = ending
            return true
        }
    }

    /// Plain bytes that the peer's kernel has not acknowledged, or that wait here.
    ///
    /// - Parameter cipherBytes: What the kernel says of the encrypted ones.
    package func undelivered(cipherBytes: UInt64) -> UInt64 {
        self.state.withLock { $0.writes.plainBytes(ofNewest: cipherBytes) + ($0.offered - $0.passedOn) }
    }

    /// Asks to be served; false if the server has been asked already and has not begun.
    package func requestService() -> Bool { !self.awaitsService.exchange(true, ordering: .acquiringAndReleasing) }

    /// Closes the connection before an arena thread has taken it.
    package func abandon() {
        _ = self.end(.close(abruptly: true))
        if self.requestService() { self.server.serve([self]) }
        _ = close(self.descriptor)
    }

    // MARK: The server's end

    /// To be called before it looks at what the arena's end has done: what that does from now on is another request.
    package func serviceBegins() { _ = self.awaitsService.exchange(false, ordering: .acquiringAndReleasing) }

    /// Takes decrypted bytes.
    ///
    /// - Parameter stamp: Nanoseconds, realtime clock.
    package func received(_ bytes: UnsafeRawBufferPointer, at stamp: Int64) {
        self.state.withLock { state in
            if state.firstUnread >= Self.keptBytes {
                state.incoming.removeFirst(state.firstUnread)
                state.firstUnread = 0
            }
            // Only who has ended its side gets here: then the socket is read to its end at once.
            guard state.unread <= Self.mostEver else { return state.isBroken = true }
            state.incoming.append(contentsOf: bytes)
            state.stamp = stamp
        }
        self.isReadable.store(true, ordering: .releasing)
    }

    /// Whether the server may read more from the peer. If not, the arena's end has it told when it may.
    package func mayReceive() -> Bool {
        self.state.withLock { state in
            state.isPaused = state.unread >= Self.mostUnread
            return !state.isPaused
        }
    }

    /// Memory that incoming bytes take, those that were read included.
    package var keptIncomingBytes: Int { self.state.withLock { $0.incoming.count } }

    /// Takes all that is offered, to be written as one; false if that is nothing. Not to be called again before ``passedOn(cipherBytes:at:)``.
    ///
    /// - Parameter bytes: Memory to exchange for them. Its contents are lost.
    package func takeOutgoing(into bytes: inout [UInt8]) -> Bool {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytes)
        return self.state.withLock { state in
            guard !state.outgoing.isEmpty else { return false }
            swap(&state.outgoing, &bytes)
            (state.taken, state.controlBytes) = (state.offered, 0)
            return true
        }
    }

    /// The kernel took all that was taken.
    ///
    /// - Parameters:
    ///   - cipherBytes: How many bytes it was, encrypted.
    ///   - now: Nanoseconds, monotonic clock.
    package func passedOn(cipherBytes: UInt64, at now: UInt64) {
        self.state.withLock { state in
            state.writes.add(plain: state.taken - state.passedOn, cipher: cipherBytes)
            (state.passedOn, state.passedOnAt) = (state.taken, now)
        }
    }

    /// Nothing more can be read or written.
    package func broke() {
        self.state.withLock { $0.isBroken = true }
        self.isReadable.store(true, ordering: .releasing)
    }

    /// What the arena wants to be done after ``takeOutgoing(into:)`` has nothing more; once.
    package func takeEnding() -> Ending? {
        self.state.withLock { state in
            defer { state.ending = nil }
            return state.ending
        }
    }
}

/// An event loop that serves encrypted links.
package protocol LinkServer: AnyObject, Sendable {
    /// Looks after links whose arena end has offered bytes, has made room for incoming ones, or wants an end. Callable from any thread; does not wait.
    func serve(_ links: [EncryptedLink])
}
