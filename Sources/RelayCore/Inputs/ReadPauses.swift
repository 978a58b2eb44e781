import RelayWire

/// When the shell read the players' connections, and whether it was held up: by our own clock, never by a peer's or the kernel's stamps.
struct ReadPauses {
    /// The present read.
    private(set) var now = Instant.zero
    /// The read before it.
    private var before = Instant.zero
    /// Our last pause began here, or if another had come just before it, that one; the messages that they held up may take until then to be
    /// read. No peer can prolong it, and lasting overload gives no credit for more than two pauses.
    private var backlogSince: Instant?
    private var lastPause = Instant.zero
    private var backlogUntil = Instant.zero

    /// The time since which the messages of this read may have arrived: the last read, or the beginning of our own pause.
    var chargedSince: Instant { self.backlogSince ?? self.before }

    /// A read of all connections begins.
    ///
    /// - Parameter ordinary: Maximum time between two reads unless we were held up. Nanoseconds.
    mutating func begin(at now: Instant, ordinary: UInt64) {
        self.before = self.now == .zero ? now : self.now
        self.now = now
        let pause = now.since(self.before)
        if pause > ordinary {
            self.backlogSince = self.backlogSince == nil ? self.before : self.lastPause
            self.lastPause = self.before
            self.backlogUntil = now.advanced(by: 2 * pause)
        } else if now >= self.backlogUntil {
            self.backlogSince = nil
        }
    }
}
