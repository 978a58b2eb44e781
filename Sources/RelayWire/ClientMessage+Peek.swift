extension ClientMessage {
    /// The number of an uplink, without looking at the rest of it; nil if this is none, or none that can be read.
    ///
    /// For those who must know what a message costs before it is decoded.
    public static func uplinkNumber(of message: Span<UInt8>) -> UInt64? {
        guard message.count > 1, message[0] == Kind.uplink.rawValue else { return nil }
        var cursor = WireCursor(offset: self.offset(behind: 2, in: message, from: 1))
        do throws(WireError) {
            return try cursor.varint(message, in: 1...WireLimits.safeInteger, .uplinkNumber)
        } catch {
            return nil
        }
    }

    /// Where what follows so many `varint`s begins, at the end of the message at most.
    private static func offset(behind count: Int, in message: Span<UInt8>, from start: Int) -> Int {
        var (offset, left) = (start, count)
        while left > 0, offset < message.count {
            if message[offset] < 0x80 { left -= 1 }
            offset += 1
        }
        return offset
    }

    /// Whether a seated client's connection goes on after this message, as far as its kind tells: not after a goodbye, a second hello or
    /// a message of no kind.
    public static func mayBeFollowed(_ message: Span<UInt8>) -> Bool {
        guard !message.isEmpty, let kind = Kind(rawValue: message[0]) else { return false }
        switch kind {
        case .uplink, .ack, .resync: return true
        case .hello, .rejoin, .leave: return false
        }
    }
}
