/// The kind of a frame: the low four bits of its first byte (RFC 6455 §5.2).
@usableFromInline package enum WebSocketOpcode: UInt8, Equatable, Sendable, CaseIterable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Whether frames of this kind are limited to one fragment of 125 bytes.
    @inlinable
    package var isControl: Bool { self.rawValue & 0x8 != 0 }
}

/// Writes RFC 6455 frames: unfragmented, without extensions, with the shortest length encoding.
///
/// Server frames carry no mask, so a header and its payload are the same bytes for every receiver: write the payload into
/// a buffer with ``maximumServerHeaderBytes`` of headroom, put the header right before it, and send both as one range.
package enum WebSocketEncoder {
    /// The longest header of a server frame. Bytes.
    package static let maximumServerHeaderBytes = 10
    /// The longest payload of a ping, pong or close frame. Bytes.
    package static let maximumControlPayloadBytes = 125

    /// The length of a frame's header, in bytes.
    ///
    /// - Parameters:
    ///   - payloadCount: Bytes of payload; not negative.
    ///   - masked: Whether the frame carries a mask. Only clients' frames do.
    /// - Returns: 2, 4 or 10 bytes, and 4 more with a mask.
    package static func headerLength(payloadCount: Int, masked: Bool) -> Int {
        let unmasked = payloadCount < 126 ? 2 : payloadCount <= 0xFFFF ? 4 : 10
        return masked ? unmasked &+ 4 : unmasked
    }

    /// Writes a server frame's header so that it ends right where the payload begins.
    ///
    /// - Parameters:
    ///   - opcode: The kind of the frame. A control frame's payload must be at most 125 bytes.
    ///   - payloadCount: Bytes of payload that follow; not negative.
    ///   - end: Address of the first payload byte, after at least ``maximumServerHeaderBytes`` writable bytes.
    /// - Returns: The header's length in bytes (2, 4 or 10); the frame starts that many bytes before `end`.
    /// - Complexity: O(1). Does not allocate.
    @discardableResult
    package static func writeServerHeader(
        opcode: WebSocketOpcode, payloadCount: Int, endingAt end: UnsafeMutableRawPointer
    ) -> Int {
        precondition(payloadCount >= 0)
        precondition(!opcode.isControl || payloadCount <= self.maximumControlPayloadBytes)
        let count = self.headerLength(payloadCount: payloadCount, masked: false)
        self.writeHeader(opcode: opcode, payloadCount: payloadCount, maskBit: 0, to: end - count)
        return count
    }

    /// Appends a whole server frame.
    ///
    /// - Parameters:
    ///   - opcode: The kind of the frame. A control frame's payload must be at most 125 bytes.
    ///   - payload: The payload; must not lie in `output`.
    ///   - output: Receives the frame at its end.
    package static func appendServerFrame(
        opcode: WebSocketOpcode, payload: UnsafeRawBufferPointer, to output: inout [UInt8]
    ) {
        self.appendHeader(opcode: opcode, payloadCount: payload.count, maskBit: 0, to: &output)
        output.append(contentsOf: payload)
    }

    /// Appends a server's text message.
    package static func appendServerText(_ text: String, to output: inout [UInt8]) {
        var text = text
        text.withUTF8 { self.appendServerFrame(opcode: .text, payload: UnsafeRawBufferPointer($0), to: &output) }
    }

    /// A server's ping.
    ///
    /// - Parameter payload: At most 125 bytes; the peer echoes them.
    package static func pingFrame(payload: UnsafeRawBufferPointer) -> [UInt8] {
        self.controlFrame(.ping, payload)
    }

    /// A server's pong.
    ///
    /// - Parameter payload: The ping's payload; at most 125 bytes, which the decoder guarantees.
    package static func pongFrame(payload: UnsafeRawBufferPointer) -> [UInt8] {
        self.controlFrame(.pong, payload)
    }

    /// Bytes of the longest reason that a close frame holds (RFC 6455 §5.5).
    package static let maximumReasonBytes = 123

    /// A server's close frame.
    ///
    /// - Parameters:
    ///   - code: The status code. Traps unless it may be sent (``isValidCloseCode(_:)``), because that is our own mistake.
    ///   - reason: For a human. Cut after the last whole code point that fits in 123 bytes.
    package static func closeFrame(code: UInt16, reason: String = "") -> [UInt8] {
        self.closePayload(code: code, reason: reason).withUnsafeBytes { self.controlFrame(.close, $0) }
    }

    /// Whether a close code may travel in a close frame: 1000–1003, 1007–1014, 3000–4999.
    ///
    /// - Source: RFC 6455 §7.4 and the IANA registry, where 1012–1014 were added later.
    package static func isValidCloseCode(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: return true
        default: return false
        }
    }

    // MARK: - Clients

    /// Appends a whole masked client frame.
    ///
    /// - Parameters:
    ///   - opcode: The kind of the frame. A control frame's payload must be at most 125 bytes.
    ///   - payload: The payload, not masked; must not lie in `output`.
    ///   - mask: The masking key, its most significant byte first on the wire. Fresh and unpredictable for each frame.
    ///   - output: Receives the frame at its end.
    /// - Complexity: O(payload). Allocates only when `output` has to grow.
    package static func appendClientFrame(
        opcode: WebSocketOpcode, payload: UnsafeRawBufferPointer, mask: UInt32, to output: inout [UInt8]
    ) {
        self.appendHeader(opcode: opcode, payloadCount: payload.count, maskBit: 0x80, to: &output)
        withUnsafeBytes(of: mask.bigEndian) { output.append(contentsOf: $0) }
        let start = output.count
        output.append(contentsOf: payload)
        output.withUnsafeMutableBytes { bytes in
            WebSocketMask.apply(mask.bigEndian, to: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
        }
    }

    /// Appends a whole masked client frame, like its namesake above, with the payload as a span.
    package static func appendClientFrame(
        opcode: WebSocketOpcode, payload: Span<UInt8>, mask: UInt32, to output: inout [UInt8]
    ) {
        payload.withUnsafeBufferPointer { bytes in
            self.appendClientFrame(opcode: opcode, payload: UnsafeRawBufferPointer(bytes), mask: mask, to: &output)
        }
    }

    /// Appends a client's masked close frame.
    ///
    /// - Parameters:
    ///   - code: The status code. Traps unless it may be sent, because that is our own mistake.
    ///   - reason: For a human. Cut after the last whole code point that fits in 123 bytes.
    ///   - mask: The masking key, its most significant byte first on the wire.
    ///   - output: Receives the frame at its end.
    package static func appendClientClose(
        code: UInt16, reason: String = "", mask: UInt32, to output: inout [UInt8]
    ) {
        self.closePayload(code: code, reason: reason).withUnsafeBytes { payload in
            self.appendClientFrame(opcode: .close, payload: payload, mask: mask, to: &output)
        }
    }

    // MARK: - Parts

    private static func controlFrame(_ opcode: WebSocketOpcode, _ payload: UnsafeRawBufferPointer) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(2 + payload.count)
        self.appendServerFrame(opcode: opcode, payload: payload, to: &frame)
        return frame
    }

    private static func closePayload(code: UInt16, reason: String) -> [UInt8] {
        precondition(self.isValidCloseCode(code))
        var payload = [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)]
        payload += reason.utf8.prefix(self.maximumControlPayloadBytes - 1)
        if payload.count > self.maximumControlPayloadBytes {
            while payload.removeLast() & 0xC0 == 0x80 {}  // removes the byte over the limit with its whole code point
        }
        return payload
    }

    private static func appendHeader(
        opcode: WebSocketOpcode, payloadCount: Int, maskBit: UInt8, to output: inout [UInt8]
    ) {
        precondition(!opcode.isControl || payloadCount <= self.maximumControlPayloadBytes)
        let count = self.headerLength(payloadCount: payloadCount, masked: false)
        withUnsafeTemporaryAllocation(byteCount: self.maximumServerHeaderBytes, alignment: 8) { scratch in
            guard let start = scratch.baseAddress else { return }
            self.writeHeader(opcode: opcode, payloadCount: payloadCount, maskBit: maskBit, to: start)
            output.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    /// Writes the header without the masking key: `headerLength(payloadCount:masked: false)` bytes from `start`.
    private static func writeHeader(
        opcode: WebSocketOpcode, payloadCount: Int, maskBit: UInt8, to start: UnsafeMutableRawPointer
    ) {
        start.storeBytes(of: 0x80 | opcode.rawValue, as: UInt8.self)
        switch payloadCount {
        case ..<126:
            start.storeBytes(of: maskBit | UInt8(truncatingIfNeeded: payloadCount), toByteOffset: 1, as: UInt8.self)
        case ...0xFFFF:
            start.storeBytes(of: maskBit | 126, toByteOffset: 1, as: UInt8.self)
            start.storeBytes(of: UInt16(truncatingIfNeeded: payloadCount).bigEndian, toByteOffset: 2, as: UInt16.self)
        default:
            start.storeBytes(of: maskBit | 127, toByteOffset: 1, as: UInt8.self)
            start.storeBytes(of: UInt64(truncatingIfNeeded: payloadCount).bigEndian, toByteOffset: 2, as: UInt64.self)
        }
    }
}
