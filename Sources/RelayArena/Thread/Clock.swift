import CRelayLinux
import RelayCore

/// The arena's only way to know the time.
enum Clock {
    static func monotonic() -> Instant { Instant(nanoseconds: UInt64(crelay_monotonic_ns())) }
    static func realtime() -> Int64 { crelay_realtime_ns() }
}

/// The clock of liveness rules: the sum of a thread's passes, each counted as at most max(2 × planned length, 250 ms).
///
/// A pause of the whole process must not count as silence of its players, yet time must pass on a thread that is always late.
package struct LivenessClock {
    package private(set) var now = Instant.zero
    private var lastPass: Instant
    private var planned: UInt64 = 0

    /// Maximum that a pass counts as, unless twice its planned length is more. Nanoseconds.
    static let longestUnplanned: UInt64 = 250_000_000

    package init(startingAt now: Instant) { self.lastPass = now }

    /// The thread is about to sleep for this long, in nanoseconds.
    package mutating func plan(_ sleep: UInt64) { self.planned = sleep }

    /// The thread has woken up.
    ///
    /// - Returns: The counted length of the pass, nanoseconds.
    @discardableResult
    package mutating func pass(at instant: Instant) -> UInt64 {
        let counted = min(instant.since(self.lastPass), max(2 * self.planned, Self.longestUnplanned))
        self.now = self.now.advanced(by: counted)
        self.lastPass = instant
        return counted
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

    /// The monotonic arrival time by a kernel stamp; nil if the stamp cannot be true.
    ///
    /// - Parameters:
    ///   - stamp: Nanoseconds, realtime clock; 0 if there is none.
    ///   - lastRead: When the socket was last read: bytes read now arrived after that.
    func arrival(stamp: Int64, lastRead: Instant) -> Instant? {
        guard stamp != 0, stamp <= self.realtime else { return nil }
        let age = UInt64(self.realtime - stamp)
        guard age <= self.monotonic.since(lastRead) else { return nil }
        return Instant(nanoseconds: self.monotonic.nanoseconds - age)
    }
}
