import RelayWire

/// When the shell read the players' connections, and whether it was held up: by our own clock, never by a peer's or the kernel's stamps.
struct ReadPauses {
    /// The present read.
    private(set) var now = Instant.zero
    /// The read before it.
    private var before = Instant.zero
    /// Our longest pause of late. The messages that it held up may take twice its length to be read; then it is forgotten, so that lasting
    /// overload is no licence. No peer can prolong it.
    private var longest: (began: Instant, length: UInt64, until: Instant)?

    /// The time since which the messages of this read may have arrived: the last read, or the beginning of our own pause.
    var chargedSince: Instant { self.longest?.began ?? self.before }

    /// A read of all connections begins.
    ///
    /// - Parameter ordinary: Maximum time between two reads unless we were held up. Nanoseconds.
    mutating func begin(at now: Instant, ordinary: UInt64) {
        self.before = self.now == .zero ? now : self.now
        self.now = now
        let pause = now.since(self.before)
        if let longest, now > longest.until { self.longest = nil }
        if pause > ordinary, pause >= self.longest?.length ?? 0 {
            self.longest = (began: self.before, length: pause, until: now.advanced(by: 2 * pause))
        }
    }
}
