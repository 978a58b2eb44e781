/// When the shell read the players' connections, and whether it was held up: by our own clock, never by a peer's or the kernel's stamps.
struct ReadPauses {
    /// The present read.
    private(set) var now = Instant.zero
    /// The read before it.
    private var before = Instant.zero
    /// Our last pause began here, and the messages that it held up may take until then to be read. No peer can prolong it.
    private var backlogSince: Instant?
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
            self.backlogSince = self.backlogSince ?? self.before
            self.backlogUntil = now.advanced(by: 2 * pause)
        } else if now >= self.backlogUntil {
            self.backlogSince = nil
        }
    }
}
