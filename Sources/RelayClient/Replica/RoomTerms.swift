import RelayWire

/// The numbers of a welcome that every flush and frame needs. Copied out, because copying the welcome retains its token.
struct RoomTerms: Sendable {
    /// Our own.
    let seat: SeatNumber
    /// Ticks per second.
    let rate: UInt64
    /// Nanoseconds.
    let maximumAckDelay: UInt64
    /// No new uplink starts after this long without a frame. Nanoseconds.
    let quiet: UInt64
    /// Maximum number of unconfirmed uplinks.
    let window: UInt64
    /// Maximum bytes of operations in one uplink.
    let operationBytes: Int

    /// Clamps the relay's numbers, so that nothing overflows.
    init(_ welcome: Welcome) {
        (self.seat, self.rate) = (welcome.seat, welcome.rate)
        self.maximumAckDelay = welcome.timing.maximumAckDelay * 1_000_000
        let heartbeat = welcome.timing.heartbeatInterval
        self.quiet = max(heartbeat + heartbeat / 2, 1_000) * 1_000_000
        self.window = min(welcome.uplinkBurst, 1 << 20) + min(welcome.uplinkRate, 1 << 20) * min(heartbeat, 1 << 20) / 1_000
        // Kind, acknowledged tick, ack delay, number and count take at most 1 + 8 + 10 + 8 + 1 bytes.
        self.operationBytes = Int(min(max(welcome.uplinkBytes, 64), 1 << 20)) - 28
    }
}
