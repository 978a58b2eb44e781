import NIOCore

/// What a connection may say before its hello: as many heartbeats and control frames as a player may (SPEC section 13), kept as the time
/// at which all would be there again.
struct HandshakeBudget {
    private static let burst = TimeAmount.seconds(2)
    private static let price = TimeAmount.nanoseconds(1_000_000_000 / 120)

    private var fullAt = NIODeadline.uptimeNanoseconds(0)

    /// Charges what one read brought; false if it is too much.
    mutating func take(_ items: Int, at now: NIODeadline) -> Bool {
        self.fullAt = max(self.fullAt, now) + Self.price * items
        return self.fullAt - now <= Self.burst
    }
}
