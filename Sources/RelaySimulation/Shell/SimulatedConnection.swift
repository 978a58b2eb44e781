import RelayCore

/// How a connection ends for one of its sides.
struct ConnectionEnd {
    /// Nanoseconds: when this side can see it.
    var at: UInt64
    /// The close frame's code; nil if the connection just broke.
    var code: CloseCode?
    /// Whether bytes still in flight are lost.
    var isAbortive: Bool
}

/// The direction from the relay to a client: a kernel buffer of limited size, and a network.
///
/// The network keeps order: bytes sent later never arrive earlier.
struct Downstream {
    private struct Chunk {
        var count: Int
        var at: UInt64
        /// The message that ends with this chunk; nil if more of it follows.
        var completes: [UInt8]?
    }

    private var chunks = Queue<Chunk>()
    /// Bytes that the kernel took and the client did not read yet.
    private(set) var buffered = 0
    /// Maximum of ``buffered``, bytes.
    var window: Int
    /// Messages that the kernel did not take whole.
    private var remainder = Queue<[UInt8]>()
    /// Bytes of the first of them that it took.
    private var taken = 0
    private var newestArrival: UInt64 = 0
    private(set) var end: ConnectionEnd?
    /// From now on nothing that is sent arrives, and neither side notices.
    var isBlackHole = false

    init(window: Int) { self.window = window }

    var hasRemainder: Bool { !self.remainder.isEmpty }

    /// Sends messages in one go. True if the kernel took the last byte.
    mutating func send(_ messages: [[UInt8]], arriving at: UInt64) -> Bool {
        for message in messages { self.remainder.append(message) }
        return self.flush(arriving: at)
    }

    /// Offers the rest to the kernel again. True if nothing is left.
    mutating func flush(arriving at: UInt64) -> Bool {
        self.newestArrival = max(self.newestArrival, at)
        while let message = self.remainder.first {
            let left = message.count - self.taken
            let count = min(left, self.window - self.buffered)
            guard count > 0 || left == 0 else { return false }
            self.buffered += count
            self.taken += count
            let isWhole = count == left
            if !self.isBlackHole, self.end == nil {
                self.chunks.append(Chunk(count: count, at: self.newestArrival, completes: isWhole ? message : nil))
            }
            guard isWhole else { return false }
            self.remainder.removeFirst()
            self.taken = 0
        }
        return true
    }

    /// Ends the connection as the client sees it. The first end counts.
    mutating func close(_ end: ConnectionEnd) {
        guard self.end == nil, !self.isBlackHole else { return }
        var end = end
        end.at = max(end.at, end.isAbortive ? 0 : self.newestArrival)
        self.end = end
        if end.isAbortive { self.chunks.removeAll() }
    }

    /// Forgets the rest of unfinished messages: the process that held it is gone.
    mutating func dropRemainder() {
        self.remainder.removeAll()
        self.taken = 0
    }

    /// When the client can read something, or see the end.
    var nextAt: UInt64? {
        if let end = self.end, end.isAbortive || self.chunks.isEmpty { return end.at }
        return self.chunks.first?.at
    }

    /// Whether ``nextAt`` is the end.
    var isAtEnd: Bool { self.end.map { $0.isAbortive || self.chunks.isEmpty } ?? false }

    /// Reads the next chunk. Returns the message that it completes, if any.
    mutating func read() -> [UInt8]? {
        let chunk = self.chunks.removeFirst()
        self.buffered -= chunk.count
        return chunk.completes
    }
}

/// The direction from a client to the relay. Its kernel takes everything: the session itself bounds its sending.
struct Upstream {
    struct Message {
        var bytes: [UInt8]
        var at: UInt64
        var isExact = false
    }

    private var messages = Queue<Message>()
    /// Bytes of the first message that were read already.
    private var readOfFirst = 0
    private var newestArrival: UInt64 = 0
    private(set) var end: ConnectionEnd?
    var isBlackHole = false

    mutating func send(_ bytes: [UInt8], arriving at: UInt64) {
        guard self.end == nil, !self.isBlackHole else { return }
        self.newestArrival = max(self.newestArrival, at)
        self.messages.append(Message(bytes: bytes, at: self.newestArrival))
    }

    /// Ends the connection as the relay sees it. The first end counts.
    mutating func close(_ end: ConnectionEnd) {
        guard self.end == nil, !self.isBlackHole else { return }
        var end = end
        end.at = max(end.at, end.isAbortive ? 0 : self.newestArrival)
        self.end = end
    }

    /// Reads at most `budget` bytes that have arrived. Returns whether more are waiting, and whether the connection has ended.
    mutating func read(until now: UInt64, budget: Int, into read: inout [Message]) -> (unread: Bool, ended: Bool) {
        var budget = budget
        while let message = self.messages.first, message.at <= now {
            guard budget > 0 else { return (true, false) }
            let count = min(budget, message.bytes.count - self.readOfFirst)
            budget -= count
            self.readOfFirst += count
            guard self.readOfFirst == message.bytes.count else { return (true, false) }
            read.append(message)
            self.messages.removeFirst()
            self.readOfFirst = 0
        }
        guard let end = self.end, end.at <= now, end.isAbortive || self.messages.isEmpty else { return (false, false) }
        return (false, true)
    }
}

/// One connection between a client and the simulated shell.
final class SimulatedConnection {
    enum Stage: Equatable {
        /// Nothing came yet.
        case opened
        /// Hello or rejoin was given to the room.
        case awaitingAdmission
        case seated(SeatNumber, generation: UInt64)
        /// The relay has closed it, or knows that it is gone.
        case closed
    }

    let id: ConnectionID
    var stage = Stage.opened
    var down: Downstream
    var up = Upstream()
    /// Nanoseconds one way.
    let latency: UInt64
    /// Whether its client keeps to the protocol.
    let isHonest: Bool
    /// The client's tick once it has read everything sent. No frame may have a newer baseline.
    var sentTick = Tick.none
    var resumedFrom = Tick.none

    init(id: ConnectionID, latency: UInt64, window: Int, isHonest: Bool) {
        (self.id, self.latency, self.isHonest) = (id, latency, isHonest)
        self.down = Downstream(window: window)
    }
}
