extension ClientMessage {
    /// The number of an uplink, without looking at the rest of it; nil if this is none, or none that can be read.
    ///
    /// For those who must know what a message costs before it is decoded.
    public static func uplinkNumber(of message: Span<UInt8>) -> UInt64? {
        guard message.count > 1, message[0] == Kind.uplink.rawValue else { return nil }
        var cursor = WireCursor(offset: 1)
        do throws(WireError) {
            _ = try cursor.ack(message)
            return try cursor.varint(message, in: 1...WireLimits.safeInteger, .uplinkNumber)
        } catch {
            return nil
        }
    }
}
