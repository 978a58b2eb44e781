import CRelayLinux
import RelayWire

/// Both clocks, read once for a batch of reads, so that kernel stamps can be turned into monotonic arrivals.
package struct ReadClocks {
    package let monotonic: Instant
    private let realtime: Int64

    package init() {
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
    package func arrival(stamp: Int64, lastRead: Instant) -> Instant? {
        guard stamp > 0, stamp <= self.realtime else { return nil }
        let age = UInt64(self.realtime - stamp)
        guard age <= self.monotonic.since(lastRead) else { return nil }
        return Instant(nanoseconds: self.monotonic.nanoseconds - age)
    }
}
