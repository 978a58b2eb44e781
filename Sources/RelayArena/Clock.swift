import CRelayLinux
import RelayCore

/// The arena's only way to know the time.
enum Clock {
    static func monotonic() -> Instant { Instant(nanoseconds: UInt64(crelay_monotonic_ns())) }
    static func realtime() -> Int64 { crelay_realtime_ns() }
}

/// The sum of a thread's passes, each counted as at most twice its planned length, so that a pause of the whole process is
/// nobody's silence.
struct LivenessClock {
    private(set) var now = Instant.zero
    private var lastPass: Instant
    private var planned: UInt64 = 0

    init(startingAt now: Instant) { self.lastPass = now }

    /// The thread is about to sleep for this long, in nanoseconds.
    mutating func plan(_ sleep: UInt64) { self.planned = sleep }

    /// The thread has woken up.
    mutating func pass(at instant: Instant) {
        let elapsed = instant.since(self.lastPass)
        self.now = self.now.advanced(by: min(elapsed, 2 * max(self.planned, ArenaConfiguration.slotLength)))
        self.lastPass = instant
    }
}

/// Both clocks, read once for a batch of reads, so that kernel stamps can be turned into monotonic arrivals.
struct ReadClocks {
    let monotonic: Instant
    private let realtime: Int64

    init() {
        var monotonic: Int64 = 0
        var realtime: Int64 = 0
        crelay_read_clocks(&monotonic, &realtime)
        (self.monotonic, self.realtime) = (Instant(nanoseconds: UInt64(monotonic)), realtime)
    }

    /// When a kernel stamp says the bytes arrived; nil if it cannot be true.
    ///
    /// - Parameters:
    ///   - stamp: Nanoseconds, realtime clock; 0 if there is none.
    ///   - lastRead: When the socket was last read: what is read now arrived after that.
    func arrival(stamp: Int64, lastRead: Instant) -> Instant? {
        guard stamp != 0, stamp <= self.realtime else { return nil }
        let age = UInt64(self.realtime - stamp)
        guard age <= self.monotonic.since(lastRead) else { return nil }
        return Instant(nanoseconds: self.monotonic.nanoseconds - age)
    }
}
