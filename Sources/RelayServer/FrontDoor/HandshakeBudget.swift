import NIOCore

/// What a connection may say before its hello is complete: as many messages as a player may (SPEC section 13), kept as the time at which
/// all would be there again. Bytes count besides, for fragments make no message.
struct HandshakeBudget {
    private static let burst = TimeAmount.seconds(2)
    private static let price = TimeAmount.nanoseconds(1_000_000_000 / 120)
    /// As dear as a message: the longest hello takes half of what there is.
    private static let bytesPerMessage = 128

    private var fullAt = NIODeadline.uptimeNanoseconds(0)

    /// Charges what one read brought; false if it is too much.
    mutating func take(messages: Int, bytes: Int, at now: NIODeadline) -> Bool {
        let start = max(self.fullAt, now)
        self.fullAt = start + Self.price * (messages + bytes / Self.bytesPerMessage)
        return self.fullAt - now <= Self.burst
    }
}
