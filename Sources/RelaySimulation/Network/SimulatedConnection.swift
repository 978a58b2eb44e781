import RelayCore
import RelayTransport
import RelayWire

/// One connection between a client and the relay: the client's side, and the transport that the relay holds.
final class SimulatedConnection: Transport {
    /// Who has it.
    enum Stage: Equatable {
        /// The front door: the hello has not come yet.
        case frontDoor
        /// The relay, under this name.
        case relay(ConnectionID)
        /// Nobody: the relay has ended its side, or died.
        case over
    }

    /// From 1, in the order in which clients open them.
    let number: UInt64
    /// Nanoseconds one way.
    let latency: UInt64
    /// Whether its client keeps to the protocol.
    let isHonest: Bool
    /// Like an encrypted channel, it takes everything that it is given, one write at a time, and passes it on later.
    private let isSlowChannel: Bool
    private unowned let network: Network

    var stage = Stage.frontDoor
    var up = ByteStream()
    var down = ByteStream()
    /// The relay's decoder while the front door waits for the hello.
    var frontDoor: WebSocketDecoder
    /// The client's decoder.
    var decoder = WebSocketDecoder(role: .client, maximumMessageBytes: 1 << 24)
    /// Bytes that the channel has taken and not passed on, and when it will have.
    private(set) var held: [UInt8] = []
    private(set) var kernel = SimulatedKernel()
    private var heldUntil: UInt64?
    /// Reads of this slot that filled the relay's buffer.
    private var fullReads: UInt64 = 0
    private var lastReadAt: UInt64 = 0
    /// Knows what the relay reads, for a defect.
    private var tap: WebSocketDecoder

    /// The client's tick once it has read everything sent. No frame may have a newer baseline.
    var sentTick = Tick.none
    /// What its rejoin named.
    var resumedFrom = Tick.none
    /// The numbers of the client's newest ping and of the newest pong that it got.
    var pings: UInt8 = 0
    var pongs: UInt8 = 0

    init(number: UInt64, latency: UInt64, isHonest: Bool, isSlowChannel: Bool, network: Network) {
        (self.number, self.latency, self.isHonest, self.isSlowChannel) = (number, latency, isHonest, isSlowChannel)
        self.network = network
        self.frontDoor = WebSocketDecoder(role: .server, maximumMessageBytes: network.plan.configuration.uplinkBytes)
        self.tap = self.frontDoor
    }

    // MARK: The client's side

    /// Sends one message, after a delay of the client's own.
    func send(_ payload: Span<UInt8>, at: UInt64, opcode: WebSocketOpcode = .binary) {
        var bytes: [UInt8] = []
        let mask = UInt32(truncatingIfNeeded: (self.number << 20 ^ at) &* 0x9E37_79B9)
        WebSocketEncoder.appendClientFrame(opcode: opcode, payload: payload, mask: mask, to: &bytes)
        self.up.send(bytes, arriving: at + self.latency)
    }

    /// Sends a close frame and nothing behind it.
    func sendClose(_ code: UInt16, at: UInt64) {
        var bytes: [UInt8] = []
        WebSocketEncoder.appendClientClose(code: code, mask: UInt32(truncatingIfNeeded: at), to: &bytes)
        self.up.send(bytes, arriving: at + self.latency)
        self.up.close(at: at + self.latency, isAbortive: false)
    }

    func reset(at: UInt64) { self.up.close(at: at + self.latency, isAbortive: true) }

    // MARK: The relay's side

    /// Whether the relay's last reads left bytes behind that it has not seen, or may not have.
    func isLeftUnread(stride: UInt64) -> Bool {
        guard self.lastReadAt == self.network.time else { return false }
        return self.fullReads >= stride || self.up.hasArrived(by: self.network.time)
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        let now = self.network.time
        self.passOnHeld()
        if self.lastReadAt != now { (self.lastReadAt, self.fullReads) = (now, 0) }
        // The defect: a read that filled the buffer does not look like it.
        let space = self.network.defect == .unreadHidden ? buffer.count - 1 : buffer.count
        let (count, at) = self.up.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<space]), by: now)
        guard count > 0 else { return self.up.hasEnded(by: now) ? .ended : .nothing }
        if count == buffer.count { self.fullReads += 1 }
        if self.network.defect == .fencingSkipped { self.overhear(buffer[..<count]) }
        return .bytes(count, stamp: self.network.plan.exactArrivals ? Int64(at) : 0)
    }

    /// Collects messages that come after the relay has closed the connection.
    private func overhear(_ bytes: Slice<UnsafeMutableRawBufferPointer>) {
        var (copy, offset) = (Array(bytes), 0)
        copy.withUnsafeMutableBytes { bytes in
            while let item = try? self.tap.next(in: bytes, from: &offset) {
                guard case .message(let message) = item, self.stage == .over else { continue }
                self.network.fenced.append((self, Array(message.payload)))
            }
        }
    }

    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Sent {
        self.isSlowChannel && self.heldUntil != nil ? .some(0) : self.write(first, second, isFrame: true)
    }

    func sendControl(_ bytes: UnsafeRawBufferPointer) -> Sent {
        self.held.count > Self.mostControlBytes ? .some(0) : self.write(.empty, bytes, isFrame: false)
    }

    /// Bytes of welcomes and pongs that the channel takes besides a frame.
    private static let mostControlBytes = 4096

    private func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, isFrame: Bool) -> Sent {
        guard !self.isBroken else { return .failed }
        if let left = self.network.writesLeft {
            guard left > 0 else { return .all }  // the relay is dead: nobody gets this, nobody asks
            self.network.writesLeft = left - 1
        }
        var writes = [Array(first), Array(second)]
        self.injectFaults(&writes)
        let bytes = writes[0] + writes[1]
        self.network.digest.mix(self.number)
        self.network.digest.mix(bytes)
        return self.pass(bytes, of: first.count + second.count, isFrame: isFrame)
    }

    /// Gives bytes to the kernel; `count` is what the relay wanted to send, which a defect may have changed.
    private func pass(_ bytes: [UInt8], of count: Int, isFrame: Bool) -> Sent {
        guard bytes.count == count else {
            if !bytes.isEmpty { self.sendDown(bytes) }
            return .all
        }
        guard self.isSlowChannel else {
            let taken = self.giveToKernel(bytes[...])
            return taken == count ? .all : .some(taken)
        }
        self.held += bytes
        self.passOnHeld()
        guard isFrame else { return .all }
        self.heldUntil = self.network.drawCredit()
        return .underway
    }

    /// A channel passes on what it holds by itself, as the kernel has room.
    private func passOnHeld() {
        if !self.held.isEmpty { self.held.removeFirst(self.giveToKernel(self.held[...])) }
    }

    /// Returns how many bytes the kernel took.
    private func giveToKernel(_ bytes: ArraySlice<UInt8>) -> Int {
        let count = min(bytes.count, max(0, self.network.window - self.down.buffered))
        if count > 0 { self.sendDown(Array(bytes.prefix(count))) }
        return count
    }

    private func sendDown(_ bytes: [UInt8]) {
        self.down.send(bytes, arriving: self.network.arrival(after: self.latency))
        self.kernel.send(bytes.count, ackedAt: self.down.newestArrival + self.latency)
    }

    func flush() -> Flushed {
        guard !self.isBroken else { return .failed }
        guard let until = self.heldUntil else { return .all(at: nil) }
        self.passOnHeld()
        guard self.held.isEmpty, until <= self.network.time else { return .underway }
        self.heldUntil = nil
        return .all(at: nil)
    }

    /// Whether the client's reset has reached the relay.
    private var isBroken: Bool {
        self.up.end.map { $0.isAbortive && $0.at <= self.network.time } ?? false
    }

    func kernelSample() -> KernelSample? {
        var sample = self.kernel.sample(
            at: self.network.time, latency: self.latency, space: self.network.window - self.down.buffered)
        sample.undeliveredBytes += UInt64(self.held.count)
        return sample
    }

    func finish(with last: UnsafeRawBufferPointer) -> Bool {
        let isLate = !self.held.isEmpty
        // A channel passes on what it holds by itself; a kernel takes what it has room for.
        guard !self.isBroken, isLate || self.network.window - self.down.buffered >= last.count else { return false }
        let bytes = self.held + Array(last)
        self.held = []
        self.network.digest.mix(self.number)
        self.network.digest.mix(bytes)
        self.down.send(bytes, arriving: self.network.arrival(after: self.latency))
        self.end(isAbortive: false)
        return true
    }

    func close(abruptly: Bool) { self.end(isAbortive: abruptly) }

    /// The relay sends nothing more: it has closed the connection, or died.
    func end(isAbortive: Bool) {
        self.down.close(at: self.network.arrival(after: self.latency), isAbortive: isAbortive || !self.held.isEmpty)
        self.stage = .over
    }

    // MARK: What may happen to the relay's writes

    /// Faults and planted mistakes. `writes`: the private message, if any, and a control message or a shared frame.
    private func injectFaults(_ writes: inout [[UInt8]]) {
        guard let (kind, start) = Self.message(of: writes[1]) else { return }
        if kind == .welcome, self.network.isDrawn(self.network.lostWelcome) {
            self.network.faults += 1
            self.cut(isAbortive: true, relayNotices: true, clientNotices: true)
        }
        guard kind == .frame, let defect = self.network.defect, self.network.isDrawn(20_000) else { return }
        switch defect {
        case .frameDropped: writes = [[], []]
        case .frameCorrupted:
            writes[1][self.network.pick(start + 1...writes[1].count - 1)] ^= 1 << UInt8(self.network.pick(0...7))
        case .privateMisdelivered:
            let other = self.network.connections.first { $0.isHonest && $0 !== self && $0.stage != .over }
            guard let other, !writes[0].isEmpty, other.held.isEmpty else { return }
            other.down.send(writes[0], arriving: self.network.arrival(after: other.latency))
            writes[0] = []
        case .uplinkRenumbered, .fencingSkipped, .pauseCounted, .unreadHidden, .requestForgotten, .commitLate: break
        }
    }

    /// The kind of message in a WebSocket frame, and where it begins; nil for a close, a pong or the rest of a frame.
    private static func message(of frame: [UInt8]) -> (ServerMessageKind, start: Int)? {
        guard frame.count > 14, frame[0] == 0x82 else { return nil }
        let start = frame[1] < 126 ? 2 : frame[1] == 126 ? 4 : 10
        return ServerMessageKind(rawValue: frame[start]).map { ($0, start) }
    }

    /// Breaks the connection in the network. A side that does not notice goes on into the void.
    func cut(isAbortive: Bool, relayNotices: Bool, clientNotices: Bool, at: UInt64? = nil) {
        let at = (at ?? self.network.time) + self.latency
        if relayNotices { self.up.close(at: at, isAbortive: isAbortive) } else { self.up.isBlackHole = true }
        if !relayNotices { self.kernel.cutOff(at: self.network.time) }
        if clientNotices { self.down.close(at: at, isAbortive: isAbortive) }
        if relayNotices { self.down.isBlackHole = true }
    }
}
