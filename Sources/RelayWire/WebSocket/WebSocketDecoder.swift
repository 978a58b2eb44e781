/// Our end of the connection. It decides whether the frames we read must be masked.
package enum WebSocketRole: Equatable, Sendable {
    /// Reads clients' frames, all of them masked.
    case server
    /// Reads servers' frames, none of them masked.
    case client
}

/// A whole message, reassembled if it came in fragments.
package struct WebSocketMessage {
    /// The kind of a message.
    package enum Opcode: UInt8, Equatable, Sendable {
        case text = 0x1
        case binary = 0x2
    }
    package let opcode: Opcode
    /// Unmasked; valid UTF-8 if ``opcode`` is text. Invalid after the next call to ``WebSocketDecoder/next(in:from:)``.
    package let payload: UnsafeRawBufferPointer
}

/// One item of the peer's stream. Its pointers are invalid after the next call to ``WebSocketDecoder/next(in:from:)``.
package enum WebSocketItem {
    case message(WebSocketMessage)
    /// Answer it with a pong of the same payload, at most 125 bytes.
    case ping(UnsafeRawBufferPointer)
    case pong(UnsafeRawBufferPointer)
    /// The last item of a stream. `code` is nil if the frame was empty, else valid; `reason` is valid UTF-8.
    case close(code: UInt16?, reason: UnsafeRawBufferPointer)
}

/// Reads RFC 6455 frames without extensions. Owns no socket and no clock.
///
/// After every read from the socket set an offset to 0, or to the first byte after the HTTP upgrade. Then call
/// ``next(in:from:)`` with the bytes read until it returns nil or throws. The decoder unmasks a frame that lies whole in those
/// bytes in place and hands it out without a copy. It copies the beginning of an incomplete frame, and the fragments of an open
/// message, into storage of its own.
///
/// - That storage grows with the bytes received, not announced, from nothing to at most the longest message and 139 bytes
///   (a header, and a control frame between fragments), rounded up to a power of two. It never shrinks, so that a steady
///   state allocates nothing.
/// - A message of more fragments than ``maximumFragmentsPerMessage``, unless said otherwise, is refused with 1009: a peer cannot keep a
///   message open for ever with empty fragments.
/// - Control frames are handed out one by one and not counted. The caller must bound its answers: at most one pong per slot.
/// - After a close frame or an error the decoder ignores all further bytes.
///
/// A copy is independent of the original: it reads the same stream on from the same place.
package struct WebSocketDecoder: Sendable {
    /// The maximum number of frames that may make up one message.
    package static let maximumFragmentsPerMessage = 64

    private enum Assembly {
        case none
        case open(WebSocketMessage.Opcode, fragments: Int, text: UTF8Validator)
    }

    private let role: WebSocketRole
    private let maximumMessageBytes: Int
    private let maximumFragments: Int
    private var assembly = Assembly.none
    private var carry = WebSocketCarry()

    /// Whether a close frame or an error ended the stream; further bytes are ignored.
    package private(set) var isFinished = false

    /// Bytes kept from earlier calls: the beginning of a frame, and the fragments of an open message, headers removed.
    package var bufferedByteCount: Int { self.carry.assembledCount &+ self.carry.partialCount }

    /// - Parameters:
    ///   - role: Our end of the connection.
    ///   - maximumMessageBytes: The longest payload of a message, all fragments together; 0 … 2^31 - 1 bytes.
    ///   - maximumFragments: The most fragments of a message.
    package init(role: WebSocketRole, maximumMessageBytes: Int, maximumFragments: Int = maximumFragmentsPerMessage) {
        precondition((0...Int(Int32.max)).contains(maximumMessageBytes))
        self.role = role
        (self.maximumMessageBytes, self.maximumFragments) = (maximumMessageBytes, maximumFragments)
    }

    /// Reads on to the next item.
    ///
    /// The last item in the buffer leaves `offset == buffer.count`. The kernel's timestamp of a read belongs to its last byte,
    /// so only such an item may use it.
    ///
    /// - Parameters:
    ///   - buffer: The bytes of one read from the socket. Frames are unmasked in place, so bytes before `offset` change.
    ///   - offset: Bytes of `buffer` consumed so far; 0 for a new buffer, else as the last call left it.
    /// - Returns: The next item, or nil when `buffer` is used up (then `offset == buffer.count`) and the next read is needed.
    /// - Throws: ``WebSocketError`` once; then the stream is over. The header of a frame that is too long is enough to throw.
    /// - Complexity: O(bytes consumed). Allocates only when a frame or a message is split and the storage has to grow.
    package mutating func next(
        in buffer: UnsafeMutableRawBufferPointer, from offset: inout Int
    ) throws(WebSocketError) -> WebSocketItem? {
        precondition(offset >= 0 && offset <= buffer.count)
        do throws(WebSocketError) {
            while !self.isFinished, offset < buffer.count {
                let isCarried = self.carry.partialCount > 0
                let frame = isCarried ? try self.finishPartial(buffer, &offset) : try self.takeFrame(buffer, &offset)
                guard let frame else { return nil }
                if let item = try self.receive(frame, isCarried: isCarried) { return item }
            }
        } catch {
            self.isFinished = true
            offset = buffer.count
            throw error
        }
        offset = buffer.count
        return nil
    }
}

// MARK: - Finding frames

extension WebSocketDecoder {
    private struct Frame {
        let header: WebSocketHeader
        let payload: UnsafeMutableRawBufferPointer
    }

    private enum Examination {
        /// The next decision needs this many bytes, counted from the frame's beginning.
        case needs(Int)
        case whole(Frame)
    }

    /// Takes a frame out of the caller's buffer, or keeps its beginning and returns nil.
    @inline(__always)
    private mutating func takeFrame(
        _ buffer: UnsafeMutableRawBufferPointer, _ offset: inout Int
    ) throws(WebSocketError) -> Frame? {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[offset...])
        switch try self.examine(rest) {
        case .whole(let frame):
            offset &+= frame.header.byteCount &+ frame.payload.count
            return frame
        case .needs:
            self.carry.append(UnsafeRawBufferPointer(rest))
            offset = buffer.count
            return nil
        }
    }

    /// Completes the kept beginning of a frame from the caller's buffer, or returns nil if the buffer is too short for that.
    private mutating func finishPartial(
        _ buffer: UnsafeMutableRawBufferPointer, _ offset: inout Int
    ) throws(WebSocketError) -> Frame? {
        while true {
            switch try self.examine(self.carry.partial) {
            case .whole(let frame):
                return frame
            case .needs(let count):
                guard offset < buffer.count else { return nil }
                let taken = min(count &- self.carry.partialCount, buffer.count &- offset)
                self.carry.append(UnsafeRawBufferPointer(rebasing: buffer[offset..<(offset &+ taken)]))
                offset &+= taken
            }
        }
    }

    /// Checks the frame that starts at `bytes` as far as it has arrived. It checks the length before any payload is kept.
    @inline(__always)
    private func examine(_ bytes: UnsafeMutableRawBufferPointer) throws(WebSocketError) -> Examination {
        guard bytes.count >= 2, let start = bytes.baseAddress else { return .needs(2) }
        var header = try WebSocketHeader(bytes[0], bytes[1], role: self.role)
        guard bytes.count >= header.byteCount else { return .needs(header.byteCount) }
        let announced = try header.readLengthAndKey(UnsafeRawPointer(start))
        let payloadCount = try self.admit(header, announced)
        let total = header.byteCount &+ payloadCount  // at most 14 + 2^31, because `admit` bounds the payload
        guard bytes.count >= total else { return .needs(total) }
        return .whole(Frame(header: header, payload: .init(start: start + header.byteCount, count: payloadCount)))
    }

    /// Throws unless a frame of this kind and length may come now. Returns the length, now known to be within the limit.
    private func admit(_ header: WebSocketHeader, _ announced: UInt64) throws(WebSocketError) -> Int {
        switch (header.opcode, self.assembly) {
        case (.close, _), (.ping, _), (.pong, _):
            break  // at most 125 bytes: `WebSocketHeader` has checked that
        case (.continuation, .none):
            throw .continuationWithoutStart
        case (.text, .open), (.binary, .open):
            throw .messageInsideMessage
        case (.continuation, .open(_, let fragments, _)):
            guard fragments < self.maximumFragments else { throw .tooManyFragments }
            fallthrough
        case (.text, .none), (.binary, .none):
            let room = UInt64(self.maximumMessageBytes &- self.carry.assembledCount)
            guard announced <= room else { throw .messageTooLong }
        }
        return Int(truncatingIfNeeded: announced)
    }
}

// MARK: - Receiving frames

extension WebSocketDecoder {
    /// Returns the item that a whole frame completes, or nil for a fragment that is not the last.
    @inline(__always)
    private mutating func receive(_ frame: Frame, isCarried: Bool) throws(WebSocketError) -> WebSocketItem? {
        WebSocketMask.apply(frame.header.key, to: frame.payload)
        let payload = UnsafeRawBufferPointer(frame.payload)
        switch frame.header.opcode {
        case .binary where frame.header.isFinal:
            self.carry.dropPartial()
            return .message(WebSocketMessage(opcode: .binary, payload: payload))
        case .text where frame.header.isFinal:
            self.carry.dropPartial()
            guard UTF8Validator.isValid(payload) else { throw .textNotUTF8 }
            return .message(WebSocketMessage(opcode: .text, payload: payload))
        case .text:
            return try self.receiveFragment(frame, of: .text, isCarried: isCarried)
        case .binary, .continuation:
            return try self.receiveFragment(frame, of: .binary, isCarried: isCarried)
        case .ping:
            self.carry.dropPartial()
            return .ping(payload)
        case .pong:
            self.carry.dropPartial()
            return .pong(payload)
        case .close:
            return try self.receiveClose(payload)
        }
    }

    /// Adds a fragment to the open message, or opens one of kind `opcode`.
    private mutating func receiveFragment(
        _ frame: Frame, of opcode: WebSocketMessage.Opcode, isCarried: Bool
    ) throws(WebSocketError) -> WebSocketItem? {
        var (opcode, fragments, text) = (opcode, 0, UTF8Validator())
        if case .open(let opened, let count, let validator) = self.assembly {
            (opcode, fragments, text) = (opened, count, validator)
        }
        if opcode == .text {
            guard text.accepts(UnsafeRawBufferPointer(frame.payload)) else { throw .textNotUTF8 }
        }
        if isCarried {
            self.carry.assemblePartial(droppingHeader: frame.header.byteCount)
        } else {
            self.carry.assemble(UnsafeRawBufferPointer(frame.payload))
        }
        guard frame.header.isFinal else {
            self.assembly = .open(opcode, fragments: fragments &+ 1, text: text)
            return nil
        }
        guard text.isComplete else { throw .textNotUTF8 }
        self.assembly = .none
        return .message(WebSocketMessage(opcode: opcode, payload: self.carry.takeAssembled()))
    }

    private mutating func receiveClose(_ payload: UnsafeRawBufferPointer) throws(WebSocketError) -> WebSocketItem {
        self.isFinished = true
        self.carry.dropPartial()
        guard payload.count > 0 else { return .close(code: nil, reason: payload) }
        guard payload.count >= 2 else { throw .closePayloadTooShort }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        guard WebSocketEncoder.isValidCloseCode(code) else { throw .closeCodeInvalid }
        let reason = UnsafeRawBufferPointer(rebasing: payload[2...])
        guard UTF8Validator.isValid(reason) else { throw .closeReasonNotUTF8 }
        return .close(code: code, reason: reason)
    }
}

// MARK: - Parts

/// The bytes that a decoder keeps between reads, in one piece of memory: first the payloads of an open message's fragments,
/// then the beginning of an incomplete frame. Taking bytes out only changes the counts, so pointers handed out stay valid
/// until the next append.
private struct WebSocketCarry: Sendable {
    private var storage: WebSocketCarryStorage?
    private(set) var assembledCount = 0
    private(set) var partialCount = 0

    /// The beginning of a frame. Write to it only after an `append` in the same call: that makes the storage uniquely owned.
    var partial: UnsafeMutableRawBufferPointer {
        guard let storage = self.storage else { return .init(start: nil, count: 0) }
        return .init(start: storage.bytes.baseAddress.map { $0 + self.assembledCount }, count: self.partialCount)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        self.write(bytes)
        self.partialCount &+= bytes.count
    }

    @inline(__always)
    mutating func dropPartial() { self.partialCount = 0 }

    /// Adds a fragment's payload while no frame is partial.
    mutating func assemble(_ payload: UnsafeRawBufferPointer) {
        self.write(payload)
        self.assembledCount &+= payload.count
    }

    /// Moves the payload of the partial frame, now complete, to the end of the open message.
    mutating func assemblePartial(droppingHeader headerCount: Int) {
        let frame = self.partial
        let payload = UnsafeRawBufferPointer(rebasing: frame[headerCount...])
        frame.copyMemory(from: payload)
        self.assembledCount &+= payload.count
        self.partialCount = 0
    }

    mutating func takeAssembled() -> UnsafeRawBufferPointer {
        defer { self.assembledCount = 0 }
        return UnsafeRawBufferPointer(start: self.storage?.bytes.baseAddress, count: self.assembledCount)
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        let used = self.assembledCount &+ self.partialCount
        let needed = used &+ bytes.count  // both bounded by the longest message
        if !isKnownUniquelyReferenced(&self.storage) || self.storage.map({ $0.bytes.count < needed }) ?? true {
            let grown = WebSocketCarryStorage(byteCount: Self.capacity(for: needed))
            if let old = self.storage { grown.bytes.copyMemory(from: .init(rebasing: old.bytes[..<used])) }
            self.storage = grown
        }
        guard let target = self.storage?.bytes else { return }
        UnsafeMutableRawBufferPointer(rebasing: target[used...]).copyMemory(from: bytes)
    }

    /// The smallest power of two, at least 256, that holds `byteCount`, which is at least 1 and not much over 2^31.
    private static func capacity(for byteCount: Int) -> Int {
        max(256, 1 << (Int.bitWidth &- (byteCount &- 1).leadingZeroBitCount))
    }
}

/// Memory with a stable address. Sendable, because a decoder writes to it only while it is the single owner.
private final class WebSocketCarryStorage: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    init(byteCount: Int) { self.bytes = .allocate(byteCount: byteCount, alignment: 8) }
    deinit { self.bytes.deallocate() }
}
