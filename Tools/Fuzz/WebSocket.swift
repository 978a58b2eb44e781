// modules: RelayWire
// planted: Sources/RelayWire/WebSocket/WebSocketDecoder.swift | guard payload.count >= 2 else { throw .closePayloadTooShort } | // nothing
// planted: Sources/RelayWire/WebSocket/WebSocketDecoder.swift | self.carry.assemblePartial(droppingHeader: frame.header.byteCount) | self.carry.assemblePartial(droppingHeader: 2)
import RelayWire

/// WebSocket: the same items come out however the bytes are split, they are encoded to bytes that mean the same, and what is kept of
/// an incomplete message has a bound.
enum Target: FuzzTarget {
    /// Both roles, a bound for messages, and where the bytes are split: the last three bytes of an input.
    private struct Setting {
        var role: WebSocketRole
        var maximumBytes: Int
        var split: UInt64

        init(_ input: inout [UInt8]) {
            self.role = input.takeLast() & 1 == 0 ? .server : .client
            self.maximumBytes = [0, 1, 125, 126, 200, 1000, 65_535, 70_000][Int(input.takeLast() & 7)]
            self.split = UInt64(input.takeLast())
        }
    }

    private enum Item: Equatable {
        case message(WebSocketMessage.Opcode, [UInt8])
        case ping([UInt8])
        case pong([UInt8])
        case close(UInt16?, [UInt8])
        case error(WebSocketError)
    }

    static func seeds() throws -> [[UInt8]] {
        var seeds: [[UInt8]] = []
        for role in UInt8(0)...1 {
            for bound in UInt8(4)...6 {
                let frames = self.frames(masked: role == 0)
                seeds += frames.map { $0 + [7, bound, role] }
                seeds.append(Array(frames.joined()) + [3, bound, role])
            }
        }
        return seeds
    }

    /// One of every kind: short and long, in fragments, and those that end a stream.
    private static func frames(masked: Bool) -> [[UInt8]] {
        func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
            var bytes: [UInt8] = []
            payload.withUnsafeBytes {
                if masked {
                    WebSocketEncoder.appendClientFrame(opcode: opcode, payload: $0, mask: 0x0102_0304, to: &bytes)
                } else {
                    WebSocketEncoder.appendServerFrame(opcode: opcode, payload: $0, to: &bytes)
                }
            }
            if !isFinal { bytes[0] &= 0x7F }
            return bytes
        }
        let text = Array("grüße 🛰".utf8)
        return [
            frame(.text, text), frame(.binary, [1, 2, 3]), frame(.binary, Array(repeating: 9, count: 130)), frame(.ping, [1]),
            frame(.pong, []),
            frame(.text, Array(text[..<4]), isFinal: false) + frame(.ping, []) + frame(.continuation, Array(text[4...])),
            frame(.binary, [], isFinal: false) + frame(.continuation, [5], isFinal: false) + frame(.continuation, []),
            frame(.close, []), frame(.close, [0x03, 0xE8] + text), frame(.text, [0xFF]), frame(.close, [3]),
            frame(.binary, [])[..<1] + [0xFF],
        ].map { Array($0) }
    }

    static func run(_ input: [UInt8]) {
        var stream = input
        let setting = Setting(&stream)
        let items = self.items(of: stream, setting, in: [stream.count])
        expect(self.items(of: stream, setting, in: [1]) == items, "byte by byte the same comes out")
        var random = SplitMix64(seed: setting.split)
        let pieces = (0..<16).map { _ in 1 + Int(random.below(random.below(2) == 0 ? 4 : 300)) }
        expect(self.items(of: stream, setting, in: pieces) == items, "in pieces the same comes out")
        self.expectSame(items.filter { if case .error = $0 { false } else { true } }, setting)
    }

    /// Everything that comes out of bytes that arrive in pieces of these sizes, over and over.
    private static func items(of stream: [UInt8], _ setting: Setting, in sizes: [Int]) -> [Item] {
        var decoder = WebSocketDecoder(role: setting.role, maximumMessageBytes: setting.maximumBytes)
        var (items, rest, turn): ([Item], ArraySlice<UInt8>, Int) = ([], stream[...], 0)
        while !rest.isEmpty {
            var piece = Array(rest.prefix(max(1, sizes[turn % sizes.count])))
            rest = rest.dropFirst(piece.count)
            turn += 1
            piece.withUnsafeMutableBytes { self.read($0, &decoder, &items) }
            expect(decoder.bufferedByteCount <= setting.maximumBytes + 139, "what is kept has a bound")
        }
        return items
    }

    private static func read(_ piece: UnsafeMutableRawBufferPointer, _ decoder: inout WebSocketDecoder, _ items: inout [Item]) {
        var offset = 0
        do throws(WebSocketError) {
            while let item = try decoder.next(in: piece, from: &offset) {
                switch item {
                case .message(let message): items.append(.message(message.opcode, Array(message.payload)))
                case .ping(let payload): items.append(.ping(Array(payload)))
                case .pong(let payload): items.append(.pong(Array(payload)))
                case .close(let code, let reason): items.append(.close(code, Array(reason)))
                }
            }
        } catch {
            expect(WebSocketEncoder.isValidCloseCode(error.closeCode), "an error has a close code that may be sent")
            items.append(.error(error))
        }
        expect(offset == piece.count, "all bytes are used up")
    }

    /// Items as whole frames come out as they went in.
    private static func expectSame(_ items: [Item], _ setting: Setting) {
        var stream: [UInt8] = []
        for item in items {
            switch item {
            case .message(.text, let payload): self.append(.text, payload, setting, &stream)
            case .message(.binary, let payload): self.append(.binary, payload, setting, &stream)
            case .ping(let payload): self.append(.ping, payload, setting, &stream)
            case .pong(let payload): self.append(.pong, payload, setting, &stream)
            case .close(let code, let reason):
                self.append(.close, (code.map { [UInt8($0 >> 8), UInt8($0 & 255)] } ?? []) + reason, setting, &stream)
            case .error: break
            }
        }
        expect(self.items(of: stream, setting, in: [stream.count]) == items, "what was encoded is decoded")
    }

    private static func append(_ opcode: WebSocketOpcode, _ payload: [UInt8], _ setting: Setting, _ stream: inout [UInt8]) {
        payload.withUnsafeBytes { bytes in
            switch setting.role {
            case .server:
                WebSocketEncoder.appendClientFrame(
                    opcode: opcode, payload: bytes, mask: UInt32(setting.split) << 9 | 5, to: &stream)
            case .client: WebSocketEncoder.appendServerFrame(opcode: opcode, payload: bytes, to: &stream)
            }
        }
    }
}
