extension ClientMessage {
    /// Reads the number of an uplink without decoding the rest. Nil for any other message and for an unreadable number.
    ///
    /// The room needs the number before decoding, because it decides which rate bucket pays for the message.
    package static func uplinkNumber(of message: Span<UInt8>) -> UInt64? {
        guard message.count > 1, message[0] == Kind.uplink.rawValue else { return nil }
        var cursor = WireCursor(offset: self.offset(behind: 2, in: message, from: 1))
        do throws(WireError) {
            return try cursor.varint(message, in: 1...WireLimits.safeInteger, .uplinkNumber)
        } catch {
            return nil
        }
    }

    /// The offset behind `count` consecutive `varint`s; the end of the message if it ends before.
    private static func offset(behind count: Int, in message: Span<UInt8>, from start: Int) -> Int {
        var (offset, left) = (start, count)
        while left > 0, offset < message.count {
            if message[offset] < 0x80 { left -= 1 }
            offset += 1
        }
        return offset
    }

    /// Whether the kind of this message lets a seated client's connection continue. A leave, a second hello or rejoin, and an
    /// unknown kind end it.
    package static func mayBeFollowed(_ message: Span<UInt8>) -> Bool {
        guard !message.isEmpty, let kind = Kind(rawValue: message[0]) else { return false }
        switch kind {
        case .uplink, .ack, .resync, .visibility: return true
        case .hello, .rejoin, .leave: return false
        }
    }
}
