import RelayWire
import RelayCore

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
