import RelayCore
import RelayHosting
import RelayTransport
import RelayWire

/// A clock that stands still until told.
final class StandingClock: TransportClock {
    var now = Instant(nanoseconds: 1_000_000_000)
    func beginReading() -> Instant { self.now }
    func arrival(stamp: Int64, lastRead: Instant) -> Instant? { stamp == 0 ? nil : Instant(nanoseconds: UInt64(stamp)) }
}

/// Tokens that nobody reads.
struct BlankMint: TokenMint {
    func mint(_ token: RejoinToken) -> [UInt8] { [0] }
    func verify(_ bytes: [UInt8]) -> RejoinToken? { nil }
}

/// A transport in memory, with a kernel that takes what it is told to, and the client's view of it.
final class MemoryTransport: Transport {
    /// What the peer has sent and nobody has read.
    var incoming: [UInt8] = []
    var hasEnded = false
    /// Bytes that the kernel takes.
    var space = Int.max
    var isBroken = false
    /// How a channel with credit 1 stands: nil if this is none.
    var credit: Credit?
    /// Of such a channel: when it passed on its last write; and whether it takes welcomes and pongs besides.
    var passedOnAt: Instant?
    var takesControl = true
    private(set) var written: [UInt8] = []
    private(set) var hasFinished = false
    private(set) var closed: Bool?
    private(set) var writes = 0
    /// What the kernel says, how often it was asked, and how often to probe.
    var kernel: KernelSample?
    private(set) var samples = 0
    private(set) var probings = 0

    /// One write at a time: the next may come when the channel has passed this one on.
    enum Credit: Equatable {
        case free
        case spent
    }

    init(credit: Credit? = nil) { self.credit = credit }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        guard !self.incoming.isEmpty else { return self.hasEnded ? .ended : .nothing }
        let count = min(buffer.count, self.incoming.count)
        buffer.copyBytes(from: self.incoming[..<count])
        self.incoming.removeFirst(count)
        return .bytes(count, stamp: 0)
    }

    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Sent {
        guard !self.isBroken else { return .failed }
        guard self.credit != .spent else { return .some(0) }
        self.writes += 1
        let bytes = Array(first) + Array(second)
        let count = min(bytes.count, self.space)
        self.written += bytes[..<count]
        if self.space != .max { self.space -= count }
        guard self.credit == nil else {
            self.credit = .spent
            return .underway
        }
        return count == bytes.count ? .all : .some(count)
    }

    func sendControl(_ bytes: UnsafeRawBufferPointer) -> Sent {
        guard self.credit != nil else { return self.send(.empty, bytes) }
        guard !self.isBroken else { return .failed }
        guard self.takesControl else { return .some(0) }
        self.written += bytes
        return .all
    }

    func flush() -> Flushed { self.isBroken ? .failed : self.credit == .spent ? .underway : .all(at: self.passedOnAt) }

    func kernelSample() -> KernelSample? {
        self.samples += 1
        return self.kernel
    }
    func beginProbing() { self.probings += 1 }

    func finish(with last: UnsafeRawBufferPointer) -> Bool {
        guard !self.isBroken, self.credit != nil || self.space >= last.count else { return false }
        self.written += last
        self.hasFinished = true
        return true
    }
    func close(abruptly: Bool) { self.closed = abruptly }

    // MARK: The client's view

    /// Writes a message as a client does.
    func say(_ opcode: WebSocketOpcode = .binary, _ write: (inout WireWriter) -> Void) {
        var writer = WireWriter(capacity: 64)
        write(&writer)
        WebSocketEncoder.appendClientFrame(opcode: opcode, payload: writer.array.span, mask: 7, to: &self.incoming)
    }

    /// One item of the relay's stream, copied.
    enum Item: Equatable {
        case welcome
        case frame(UInt64)
        case personal
        case people
        case pong([UInt8])
        case close(UInt16?)
        /// The stream is not WebSocket.
        case garbage
    }

    /// Everything written until now, decoded; the rest of a frame that is not whole is left out.
    var items: [Item] {
        var (bytes, offset, items) = (self.written, 0, [Item]())
        var decoder = WebSocketDecoder(role: .client, maximumMessageBytes: 1 << 20)
        bytes.withUnsafeMutableBytes { bytes in
            do {
                while let item = try decoder.next(in: bytes, from: &offset) { items.append(Self.item(item)) }
            } catch {
                items.append(.garbage)
            }
        }
        return items
    }

    private static func item(_ item: WebSocketItem) -> Item {
        switch item {
        case .message(let message):
            let payload = Array(message.payload)
            var cursor = WireCursor(offset: 1)
            switch ServerMessageKind(rawValue: payload[0]) {
            case .welcome: return .welcome
            case .private: return .personal
            case .players: return .people
            case .frame: return (try? cursor.frameHeader(payload.span)).map { .frame($0.tick.rawValue) } ?? .garbage
            case nil: return .garbage
            }
        case .pong(let payload): return .pong(Array(payload))
        case .close(let code, _): return .close(code)
        case .ping: return .garbage
        }
    }
}

/// A room on one thread, driven tick by tick as the arena drives it.
final class Turns {
    let clock = StandingClock()
    let context: TransportContext
    let room: ConnectedRoom
    /// What the room was told, by the inputs' names, ticks and readings left out.
    private(set) var inputs: [String] = []

    init(readBytes: Int = 4_096, maximumHeldBytes: Int = 1 << 20, _ configure: (inout RoomConfiguration) -> Void = { _ in }) {
        var configuration = RoomConfiguration()
        configure(&configuration)
        self.context = TransportContext(
            clock: self.clock, mint: BlankMint(), readBytes: readBytes, maximumHeldBytes: maximumHeldBytes)
        let room = Room(configuration: configuration, instance: RoomInstance(high: 1, low: 2), tick: Tick(rawValue: 1))
        self.room = ConnectedRoom(room, context: self.context, poll: nil)
        self.room.onInput = { [unowned self] input in
            switch input {
            case .tick, .reading, .message: break
            case .handedOver(_, _, _, _, let isComplete): self.inputs.append("handedOver \(isComplete)")
            case .remainderSent: self.inputs.append("remainderSent")
            case .lost: self.inputs.append("lost")
            case .unread: self.inputs.append("unread")
            case .controlFrame: self.inputs.append("controlFrame")
            case .join: self.inputs.append("join")
            case .ponged: self.inputs.append("ponged")
            case .rejoin, .kernel, .stride, .kick, .request, .idle, .end: self.inputs.append("other")
            }
        }
    }

    /// A room that waits long for those who acknowledge nothing.
    static func patient(_ configuration: inout RoomConfiguration) {
        (configuration.behindAfter, configuration.stallAfter) = (50_000_000_000, 60_000_000_000)
    }

    /// Takes what the room was told since this was asked last.
    func takeInputs() -> [String] {
        defer { self.inputs = [] }
        return self.inputs
    }

    @discardableResult
    func join(_ transport: MemoryTransport = MemoryTransport(), unread: [UInt8] = []) -> MemoryTransport {
        let decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 4_096)
        self.room.admit(
            transport, Newcomer(.hello(Hello(room: "here")), decoder: decoder, unread: unread, arrival: self.clock.now))
        return transport
    }

    /// Runs ticks.
    func tick(_ count: Int = 1) {
        for _ in 0..<count {
            self.clock.now = self.clock.now.advanced(by: 1_000_000_000 / self.room.room.configuration.rate)
            self.room.readEverybody()
            self.room.inspectOverdueSeats()
            let tick = self.room.room.currentTick.advanced(by: 1)
            self.room.give(.tick(tick, now: self.clock.now, liveness: self.clock.now))
            self.room.carryOut(liveness: self.clock.now) { _ in }
            self.room.endTurn()
            self.context.sweepClosingHandshakes(atMost: .max)
        }
    }

    /// The newest tick.
    var now: UInt64 { self.room.room.currentTick.rawValue }
}
