import RelayWire
import Testing

// MARK: - One row per rule

struct WebSocketVector: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var role: WebSocketRole
    var bytes: [UInt8]
    var expected: [WebSocketSeen]

    init(_ name: String, _ bytes: [UInt8], _ expected: [WebSocketSeen], role: WebSocketRole = .server) {
        (self.testDescription, self.role, self.bytes, self.expected) = (name, role, bytes, expected)
    }

    /// Messages of these tests may have 300 bytes.
    static let limit = 300
    static let hello = Array("Hello".utf8)

    static let valid: [WebSocketVector] = [
        Self("nothing", [], []),
        Self("RFC 6455 §5.7 masked text", [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58], [.text(hello)]),
        Self("RFC 6455 §5.7 unmasked text", [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F], [.text(hello)], role: .client),
        Self(
            "RFC 6455 §5.7 fragments", [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F], [.text(hello)], role: .client),
        Self("RFC 6455 §5.7 ping", [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F], [.ping(hello)], role: .client),
        Self("empty binary", frame(0x2, []), [.binary([])]),
        Self("mask 0", frame(0x2, [1, 2, 3], mask: 0), [.binary([1, 2, 3])]),
        Self("125 bytes", frame(0x2, counting(125)), [.binary(counting(125))]),
        Self("126 bytes", frame(0x2, counting(126)), [.binary(counting(126))]),
        Self("the limit", frame(0x2, counting(300)), [.binary(counting(300))]),
        Self("pong", frame(0xA, [7]), [.pong([7])]),
        Self("ping of 125 bytes", frame(0x9, counting(125)), [.ping(counting(125))]),
        Self(
            "three messages", frame(0x2, [1]) + frame(0x1, hello) + frame(0x2, [2]), [.binary([1]), .text(hello), .binary([2])]),
        Self(
            "pings between fragments",
            frame(0x9, [0]) + frame(0x2, [1, 2], isFinal: false) + frame(0x9, counting(125)) + frame(0x0, [3], isFinal: false)
                + frame(0xA, []) + frame(0x0, counting(200)) + frame(0x2, [9]),
            [.ping([0]), .ping(counting(125)), .pong([]), .binary([1, 2, 3] + counting(200)), .binary([9])]),
        Self(
            "fragments up to the limit", frame(0x2, counting(299), isFinal: false) + frame(0x0, [7]),
            [.binary(counting(299) + [7])]),
        Self("64 fragments", fragments(64), [.binary([])]),
        Self(
            "a code point across fragments", frame(0x1, [0xE2, 0x82], isFinal: false) + frame(0x0, [0xAC]),
            [.text(Array("€".utf8))]),
        Self("close without payload, then anything", frame(0x8, []) + frame(0x2, [1]), [.close(nil, [])]),
        Self("close 1000", frame(0x8, [0x03, 0xE8]), [.close(1000, [])]),
        Self("close with reason", frame(0x8, [0x0F, 0xA0] + hello), [.close(4000, hello)]),
        Self(
            "close between fragments", frame(0x2, [1], isFinal: false) + frame(0x8, [0x03, 0xE9]) + frame(0x0, [2]),
            [.close(1001, [])]),
    ]

    static let invalid: [WebSocketVector] = [
        Self("RSV1", [0xC2, 0x80], [.failure(.reservedBitsSet)]),
        Self("RSV2", [0xA2, 0x80], [.failure(.reservedBitsSet)]),
        Self("RSV3", [0x92, 0x80], [.failure(.reservedBitsSet)]),
        Self("opcode 3", [0x83, 0x80], [.failure(.unknownOpcode)]),
        Self("opcode 7", [0x87, 0x80], [.failure(.unknownOpcode)]),
        Self("opcode 11", [0x8B, 0x80], [.failure(.unknownOpcode)]),
        Self("opcode 15", [0x8F, 0x80], [.failure(.unknownOpcode)]),
        Self("unmasked from a client", frame(0x2, [1], mask: nil), [.failure(.unmaskedClientFrame)]),
        Self("masked from a server", frame(0x2, [1]), [.failure(.maskedServerFrame)], role: .client),
        Self("fragmented ping", frame(0x9, [], isFinal: false), [.failure(.fragmentedControlFrame)]),
        Self("fragmented close", frame(0x8, [], isFinal: false), [.failure(.fragmentedControlFrame)]),
        Self("ping of 126 bytes, after two bytes", [0x89, 0xFE], [.failure(.controlFrameTooLong)]),
        Self("pong with a 64-bit length", [0x8A, 0xFF], [.failure(.controlFrameTooLong)]),
        Self("continuation at the start", frame(0x0, [1]), [.failure(.continuationWithoutStart)]),
        Self(
            "continuation after the end", frame(0x2, [1]) + frame(0x0, [1]), [.binary([1]), .failure(.continuationWithoutStart)]),
        Self("message inside a message", frame(0x1, [], isFinal: false) + frame(0x2, [1]), [.failure(.messageInsideMessage)]),
        Self("125 in 16 bits", [0x82, 0xFE, 0, 125, 0, 0, 0, 0], [.failure(.lengthNotMinimal)]),
        Self("65535 in 64 bits", [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0], [.failure(.lengthNotMinimal)]),
        Self("top bit", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [.failure(.lengthOutOfRange)]),
        Self("top bit, all ones", [0x82] + [UInt8](repeating: 0xFF, count: 13), [.failure(.lengthOutOfRange)]),
        Self(
            "the largest length", [0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 11), [.failure(.messageTooLong)]),
        Self("one over the limit, header alone", [0x82, 0xFE, 0x01, 0x2D, 0, 0, 0, 0], [.failure(.messageTooLong)]),
        Self(
            "fragments one over the limit, header alone",
            frame(0x2, counting(299), isFinal: false) + [0x80, 0x82, 0, 0, 0, 0], [.failure(.messageTooLong)]),
        Self("65 fragments", fragments(65), [.failure(.tooManyFragments)]),
        Self("overlong text", frame(0x1, [0xC0, 0xAF]), [.failure(.textNotUTF8)]),
        Self("surrogate in text", frame(0x1, [0xED, 0xA0, 0x80]), [.failure(.textNotUTF8)]),
        Self("above U+10FFFF", frame(0x1, [0xF4, 0x90, 0x80, 0x80]), [.failure(.textNotUTF8)]),
        Self("text ends inside a code point", frame(0x1, [0xE2, 0x82]), [.failure(.textNotUTF8)]),
        Self("bad first fragment fails at once", frame(0x1, [0xFF], isFinal: false), [.failure(.textNotUTF8)]),
        Self(
            "fragments end inside a code point", frame(0x1, [0xE2], isFinal: false) + frame(0x0, [0x82]), [.failure(.textNotUTF8)]
        ),
        Self("close payload of one byte", frame(0x8, [3]), [.failure(.closePayloadTooShort)]),
        Self("close reason not UTF-8", frame(0x8, [0x03, 0xE8, 0x80]), [.failure(.closeReasonNotUTF8)]),
        Self(
            "error, then anything", frame(0x2, [1]) + frame(0x3, []) + frame(0x2, [2]), [.binary([1]), .failure(.unknownOpcode)]),
    ]
}

@Suite("WebSocket decoder")
struct WebSocketDecoderTests {
    @Test("Frames decode as RFC 6455 says", arguments: WebSocketVector.valid + WebSocketVector.invalid)
    func decodes(_ vector: WebSocketVector) {
        #expect(decode([vector.bytes], role: vector.role) == vector.expected)
    }

    @Test("Where reads cut a stream changes nothing", arguments: WebSocketVector.valid + WebSocketVector.invalid)
    func cutsChangeNothing(_ vector: WebSocketVector) {
        let bytes = vector.bytes
        for cut in 0...bytes.count {
            #expect(decode([Array(bytes[..<cut]), Array(bytes[cut...])], role: vector.role) == vector.expected, "cut at \(cut)")
        }
        #expect(decode(bytes.map { [$0] }, role: vector.role) == vector.expected, "byte by byte")
    }

    @Test("Close codes")
    func closeCodes() {
        for code in UInt16.min...UInt16.max {
            let isValid = (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
            let seen = decode([frame(0x8, [UInt8(code >> 8), UInt8(code & 0xFF)])])
            guard seen != (isValid ? [.close(code, [])] : [.failure(.closeCodeInvalid)]) else { continue }
            Issue.record("close code \(code): \(seen)")
        }
    }

    @Test("Every mask phase and length unmasks", arguments: [0x0102_0304, 0xFF00_00FF, 0x8000_0001] as [UInt32])
    func masks(_ mask: UInt32) {
        for count in 0..<40 {
            for shift in 0..<8 {
                let stream = frame(0xA, counting(shift)) + frame(0x2, counting(count), mask: mask)
                #expect(decode([stream]) == [.pong(counting(shift)), .binary(counting(count))])
            }
        }
    }

    @Test("A 64-bit length that is allowed", arguments: [65535, 65536, 70000])
    func largeMessages(_ count: Int) {
        let payload = counting(count)
        let stream = frame(0x2, payload) + frame(0x2, [1])
        #expect(decode([stream], limit: count) == [.binary(payload), .binary([1])])
        #expect(decode(pieces(of: stream, 1000), limit: count) == [.binary(payload), .binary([1])])
        #expect(decode([stream], limit: count - 1) == [.failure(.messageTooLong)])
    }

    @Test("A whole frame is handed out where it lies, and the offset tells whether it came last")
    func handsOutInPlace() throws {
        var decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 10)
        var bytes = frame(0x2, [1, 2, 3]) + frame(0x2, [4])
        try bytes.withUnsafeMutableBytes { buffer throws in
            var offset = 0
            guard case .message(let first)? = try decoder.next(in: buffer, from: &offset) else { throw Unexpected() }
            #expect(first.payload.baseAddress == UnsafeRawPointer(buffer.baseAddress! + 6) && offset == 9)
            guard case .message(let second)? = try decoder.next(in: buffer, from: &offset) else { throw Unexpected() }
            #expect(Array(second.payload) == [4] && offset == buffer.count)
            #expect(try decoder.next(in: buffer, from: &offset) == nil && decoder.bufferedByteCount == 0)
        }
    }

    @Test("A copy reads on independently")
    func copiesAreIndependent() {
        var original = WebSocketDecoder(role: .server, maximumMessageBytes: 300)
        #expect(feed(frame(0x2, [1, 2], isFinal: false) + [0x80, 0x82, 0, 0], to: &original) == [])
        #expect(original.bufferedByteCount == 6)
        var copy = original
        #expect(feed([0, 0, 3, 4], to: &copy) == [.binary([1, 2, 3, 4])])
        #expect(feed([0, 0, 5, 6], to: &original) == [.binary([1, 2, 5, 6])])
    }

    @Test("Nothing is kept that a header announced too long")
    func keepsNothingTooLong() {
        var decoder = WebSocketDecoder(role: .server, maximumMessageBytes: 10)
        #expect(feed([0x82, 0x8B, 0, 0, 0, 0, 1, 2, 3], to: &decoder) == [.failure(.messageTooLong)])
        #expect(decoder.bufferedByteCount == 0 && decoder.isFinished)
    }
}

@Suite("WebSocket decoder, seeded")
struct WebSocketDecoderSeededTests {
    @Test("Garbage never traps, and is judged alike however it is cut", arguments: UInt64(0)..<200)
    func garbage(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            let stream = (0..<Int(random.below(80))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            expectCutsChangeNothing(stream, &random)
        }
    }

    @Test(
        "A valid stream with a few bytes changed never traps, and is judged alike however it is cut", arguments: UInt64(0)..<200)
    func mutations(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<20 {
            var stream = (0..<5).flatMap { _ in randomFrame(&random) }
            for _ in 0..<Int(random.below(4)) {
                stream[Int(random.below(UInt64(stream.count)))] ^= 1 << UInt8(random.below(8))
            }
            expectCutsChangeNothing(stream, &random)
        }
    }

    private func expectCutsChangeNothing(_ stream: [UInt8], _ random: inout SplitMix64) {
        for role in [WebSocketRole.server, .client] {
            let whole = decode([stream], role: role)
            let size = 1 + Int(random.below(40))
            #expect(decode(pieces(of: stream, size), role: role) == whole, "\(stream) in pieces of \(size)")
        }
    }

    private func randomFrame(_ random: inout SplitMix64) -> [UInt8] {
        let opcodes: [UInt8] = [0x0, 0x1, 0x2, 0x2, 0x9, 0xA]
        let opcode = opcodes[Int(random.below(6))]
        let payload = (0..<Int(random.below(140))).map { _ in UInt8(random.below(128)) }
        return frame(opcode, payload, isFinal: random.below(3) > 0, mask: UInt32(truncatingIfNeeded: random.next()))
    }
}

@Suite("WebSocket UTF-8")
struct WebSocketUTF8Tests {
    @Test("Agrees with the standard library about every sequence of boundary bytes, whole and cut")
    func agreesWithStandardLibrary() {
        let boundaries: [UInt8] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
            0xF1,
            0xF3, 0xF4, 0xF5, 0xFF,
        ]
        for a in boundaries { for b in boundaries { for c in boundaries { for d in boundaries { check([a, b, c, d]) } } } }
        for byte in UInt8.min...UInt8.max { check([byte]) }
    }

    @Test("A bad byte is found at every place of a long text")
    func findsBadBytesBehindASCII() {
        for place in 0..<40 {
            var text = [UInt8](repeating: 0x61, count: 40)
            text[place] = 0x80
            check(text)
        }
    }

    private func check(_ bytes: [UInt8]) {
        let expected = String(validating: bytes, as: UTF8.self) != nil
        let whole = bytes.withUnsafeBytes { UTF8Validator.isValid($0) }
        var validator = UTF8Validator()
        let cut = bytes.allSatisfy { byte in [byte].withUnsafeBytes { validator.accepts($0) } } && validator.isComplete
        if whole != expected || cut != expected { Issue.record("\(bytes): \(whole), cut \(cut), should be \(expected)") }
    }
}

// MARK: - Encoder

@Suite("WebSocket encoder")
struct WebSocketEncoderTests {
    @Test(
        "Server headers",
        arguments: [
            (0, [0x82, 0]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (65535, [0x82, 126, 0xFF, 0xFF]),
            (65536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])])
    func serverHeaders(_ count: Int, _ expected: [UInt8]) {
        var room = [UInt8](repeating: 0xEE, count: WebSocketEncoder.maximumServerHeaderBytes)
        let written = room.withUnsafeMutableBytes { bytes in
            WebSocketEncoder.writeServerHeader(opcode: .binary, payloadCount: count, endingAt: bytes.baseAddress! + bytes.count)
        }
        #expect(Array(room.suffix(written)) == expected)
        #expect(room.dropLast(written).allSatisfy { $0 == 0xEE })
        #expect(WebSocketEncoder.headerLength(payloadCount: count, masked: false) == expected.count)
        #expect(WebSocketEncoder.headerLength(payloadCount: count, masked: true) == expected.count + 4)
    }

    @Test("What a client encodes a server decodes, and the other way round", arguments: [0, 1, 125, 126, 65535, 65536])
    func roundTrips(_ count: Int) {
        let payload = counting(count)
        var (client, server): ([UInt8], [UInt8]) = ([0xEE], [])
        WebSocketEncoder.appendClientFrame(opcode: .binary, payload: payload.span, mask: 0x37FA_213D, to: &client)
        payload.withUnsafeBytes { WebSocketEncoder.appendServerFrame(opcode: .binary, payload: $0, to: &server) }
        #expect(Array(client.dropFirst()) == frame(0x2, payload))
        #expect(decode([Array(client.dropFirst())], limit: count) == [.binary(payload)])
        #expect(decode([server], role: .client, limit: count) == [.binary(payload)])
    }

    @Test("Control frames")
    func controlFrames() {
        #expect([1, 2].withUnsafeBytes { _ in WebSocketEncoder.pingFrame(payload: .init(start: nil, count: 0)) } == [0x89, 0])
        #expect(([7, 8] as [UInt8]).withUnsafeBytes { WebSocketEncoder.pongFrame(payload: $0) } == [0x8A, 2, 7, 8])
        #expect(WebSocketEncoder.closeFrame(code: 1000) == [0x88, 2, 0x03, 0xE8])
        var close: [UInt8] = []
        WebSocketEncoder.appendClientClose(code: 4001, reason: "bye", mask: 0x0102_0304, to: &close)
        #expect(decode([close]) == [.close(4001, Array("bye".utf8))])
    }

    @Test("A close reason is cut at a code point", arguments: ["a", "é", "€", "😀"], 0..<8)
    func closeReasons(_ character: String, _ shift: Int) {
        let reason = String(repeating: "x", count: shift) + String(repeating: character, count: 130)
        let width = character.utf8.count
        let kept = shift + (123 - shift) / width * width
        let bytes = WebSocketEncoder.closeFrame(code: 1001, reason: reason)
        #expect(decode([bytes], role: .client) == [.close(1001, Array(reason.utf8.prefix(kept)))])
    }

    @Test("Every error has a close code that may be sent, and a sentence that fits", arguments: WebSocketError.allCases)
    func errors(_ error: WebSocketError) {
        #expect([1002, 1007, 1009].contains(error.closeCode))
        #expect(error.message.utf8.count <= 123 && error.message.utf8.allSatisfy { $0 < 0x80 })
        #expect(WebSocketEncoder.closeFrame(code: error.closeCode, reason: error.message).count == 4 + error.message.utf8.count)
    }
}

// MARK: - Helpers

/// An item with bytes of its own.
enum WebSocketSeen: Equatable, Sendable {
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?, [UInt8])
    case failure(WebSocketError)

    init(_ item: WebSocketItem) {
        switch item {
        case .message(let message) where message.opcode == .text: self = .text(Array(message.payload))
        case .message(let message): self = .binary(Array(message.payload))
        case .ping(let payload): self = .ping(Array(payload))
        case .pong(let payload): self = .pong(Array(payload))
        case .close(let code, let reason): self = .close(code, Array(reason))
        }
    }
}

private struct Unexpected: Error {}

private func decode(_ reads: [[UInt8]], role: WebSocketRole = .server, limit: Int = WebSocketVector.limit) -> [WebSocketSeen] {
    var decoder = WebSocketDecoder(role: role, maximumMessageBytes: limit)
    return reads.flatMap { feed($0, to: &decoder) }
}

/// Gives one read to the decoder, in memory that is gone before the next one.
private func feed(_ read: [UInt8], to decoder: inout WebSocketDecoder) -> [WebSocketSeen] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: read.count, alignment: 1)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: read)
    var (seen, offset): ([WebSocketSeen], Int) = ([], 0)
    do throws(WebSocketError) {
        while let item = try decoder.next(in: buffer, from: &offset) { seen.append(WebSocketSeen(item)) }
    } catch {
        seen.append(.failure(error))
    }
    #expect(offset == read.count)
    return seen
}

private func counting(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) } }

private func pieces(of bytes: [UInt8], _ size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
}

private func fragments(_ count: Int) -> [UInt8] {
    (1...count).flatMap { frame($0 == 1 ? 0x2 : 0x0, [], isFinal: $0 == count) }
}

/// A frame written as the RFC's text says, byte by byte, independently of the encoder.
private func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, mask: UInt32? = 0x37FA_213D) -> [UInt8] {
    let maskBit: UInt8 = mask == nil ? 0 : 0x80
    var bytes = [opcode | (isFinal ? 0x80 : 0)]
    switch payload.count {
    case ..<126: bytes += [maskBit | UInt8(payload.count)]
    case ..<65536: bytes += [maskBit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default: bytes += [maskBit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    guard let mask else { return bytes + payload }
    let key = (0..<4).map { UInt8(truncatingIfNeeded: mask >> UInt32(24 - 8 * $0)) }
    return bytes + key + payload.indices.map { payload[$0] ^ key[$0 % 4] }
}
