import RelayWire

/// What every turn needs of a welcome: plain numbers, because copying a welcome counts the references of its token.
struct RoomTerms: Sendable {
    /// Our own.
    let seat: SeatNumber
    /// Ticks per second.
    let rate: UInt64
    /// Nanoseconds.
    let ackDelay: UInt64
    /// A link without a frame for so long gets no new uplink. Nanoseconds.
    let quiet: UInt64
    /// Uplinks that may be unconfirmed.
    let window: UInt64
    /// Bytes of operations that fit into one uplink.
    let operationBytes: Int

    /// The relay's word is clamped, so that nothing overflows.
    init(_ welcome: Welcome) {
        (self.seat, self.rate) = (welcome.seat, welcome.rate)
        self.ackDelay = welcome.timing.ackDelay * 1_000_000
        let beat = welcome.timing.beatInterval
        self.quiet = max(beat + beat / 2, 1_000) * 1_000_000
        self.window = min(welcome.uplinkBurst, 1 << 20) + min(welcome.uplinkRate, 1 << 20) * min(beat, 1 << 20) / 1_000
        // Kind, ack, hold, number and count take 1 + 8 + 10 + 8 + 1 bytes at most.
        self.operationBytes = Int(min(max(welcome.uplinkBytes, 64), 1 << 20)) - 28
    }
}
