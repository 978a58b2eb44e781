import RelayClient
import RelayCore
import RelayWire

/// Decodes an uplink of four fields as the room does: head, then every operation into a list that is used again.
final class UplinkDecoding: Scenario {
    private var script = Script()
    private var list = OperationList()
    private static let variants = 64

    init() {
        var player = Player(seat: SeatNumber(rawValue: 7))
        var writer = WireWriter()
        for _ in 0..<Self.variants {
            writer.removeAll()
            player.step(acknowledging: Ack(tick: Tick(rawValue: Game.firstTick), delay: 15_000), into: &writer)
            self.script.append(writer.payload)
        }
        self.run(Self.variants)  // the list grows once
    }

    func run(_ count: Int) {
        for index in 0..<count {
            self.list.removeAll()
            self.script.message(index % Self.variants) { Self.decode($0, into: &self.list) }
        }
    }

    private static func decode(_ message: Span<UInt8>, into list: inout OperationList) {
        guard case .uplink(let head, let operations) = try? ClientMessage(decoding: message) else {
            preconditionFailure("the script holds uplinks only")
        }
        do {
            try list.read(message, from: operations, count: head.operationCount, names: Game.fields.count)
        } catch {
            preconditionFailure("a step is a valid uplink: \(error)")
        }
    }
}

/// Encodes an uplink of four fields into a buffer that is used again.
final class UplinkEncoding: Scenario {
    private var player = Player(seat: SeatNumber(rawValue: 7))
    private var writer = WireWriter()

    func run(_ count: Int) {
        for _ in 0..<count {
            self.writer.removeAll()
            self.player.step(acknowledging: Ack(tick: Tick(rawValue: Game.firstTick), delay: 15_000), into: &self.writer)
        }
        precondition(self.writer.count > 20)
    }
}

/// A client takes difference frames of a room in play, heartbeats with their checksum included, and acknowledges.
final class FrameDecoding: Scenario {
    private var session = ClientSession(room: "benchmark", seed: 1)
    private var script = Script()
    private var position = 0
    private var now: UInt64 = 1_000_000_000
    private static let warmUp = 90

    init(players: Int, frames: Int) {
        self.greet()
        // A snapshot to begin with, then what follows upon it. All of it is written beforehand.
        let room = PlayingRoom(players: players, ticks: 1 + Self.warmUp + frames, play: .oneAsksForSnapshots)
        room.run(1)
        self.script.append(room.frame(.snapshot).writer.payload)
        for _ in 0..<Self.warmUp + frames {
            room.run(1)
            self.script.append(room.frame(.delta).writer.payload)
        }
        self.run(1 + Self.warmUp)
    }

    private static let welcome = Welcome(
        resumed: false, uplinkGap: false, instance: RoomInstance(high: 1, low: 1), epoch: 1,
        seat: SeatNumber(rawValue: 1), generation: 1, tick: Tick(rawValue: Game.firstTick), rate: 30, stride: 1,
        lastUplink: 0, cause: .unknown, timing: Game.configuration.timing, uplinkBytes: 16_384, uplinkRate: 120,
        uplinkBurst: 240, roomWrites: .anyone, departure: .remove, token: [UInt8](repeating: 7, count: 58)
    )

    private func greet() {
        _ = self.session.takeDirective(at: self.now)
        self.session.connectionOpened(at: self.now)
        var writer = WireWriter()
        writer.welcome(Self.welcome)
        self.session.received(writer.array.span, at: self.now)
        self.finishInput()
        precondition(self.session.isJoined)
    }

    func run(_ count: Int) {
        for _ in 0..<count {
            self.now += Game.period
            self.script.message(self.position) { self.session.received($0, at: self.now) }
            self.finishInput()
            self.position += 1
        }
        precondition(self.session.isReplicaWhole, "a frame was refused")
    }

    private func finishInput() {
        self.session.drainOutgoing { _ in }
        while self.session.nextEvent() != nil {}
        _ = self.session.takeDirective(at: self.now)
        self.session.advance(to: self.now)
        self.session.drainOutgoing { _ in }
    }
}

/// Finds masked client frames in what one read returned: eight messages of a game's size.
final class WebSocketDecoding: Scenario {
    private static let messages = 8
    private var decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 16_384)
    private var wire: [UInt8] = []
    private var read: [UInt8] = []

    init() {
        let payload = [UInt8](0..<40)
        for index in 0..<Self.messages {
            payload.withUnsafeBytes {
                WebSocketEncoder.appendClientFrame(
                    opcode: .binary, payload: $0, mask: 0x1357_9BDF &+ UInt32(index), to: &self.wire)
            }
        }
        self.read = self.wire
        self.run(1)
    }

    func run(_ count: Int) {
        var found = 0
        for _ in 0..<count {
            // As the kernel would: decoding unmasks in place.
            self.read.withUnsafeMutableBytes { bytes in
                self.wire.withUnsafeBytes { bytes.copyMemory(from: $0) }
                found += self.decode(bytes)
            }
        }
        precondition(found == count * Self.messages)
    }

    private func decode(_ bytes: UnsafeMutableRawBufferPointer) -> Int {
        var (offset, found) = (0, 0)
        do throws(WebSocketError) {
            while let item = try self.decoder.next(in: bytes, from: &offset) {
                guard case .message(let message) = item, message.payload.count == 40 else { continue }
                found += 1
            }
        } catch {
            preconditionFailure("these are valid frames: \(error)")
        }
        return found
    }
}

/// Writes a server's header before payloads of the three lengths that there are.
final class WebSocketEncoding: Scenario {
    private static let lengths: InlineArray<3, Int> = [40, 400, 70_000]
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 16)

    deinit { self.memory.deallocate() }

    func run(_ count: Int) {
        guard let start = self.memory.baseAddress else { return }
        var written = 0
        for _ in 0..<count {
            for index in Self.lengths.indices {
                let length = Self.lengths[index]
                written += WebSocketEncoder.writeServerHeader(opcode: .binary, payloadCount: length, endingAt: start + 32)
            }
        }
        precondition(written == count * 16)
    }
}
