/// A reading of some clock, in nanoseconds. Each declaration says which clock: *monotonic* for arrival and hand-over,
/// *liveness* for the clock that does not run while the relay itself is paused.
@usableFromInline package struct Instant: Hashable, Comparable, Sendable {
    @usableFromInline package var nanoseconds: UInt64
    @inlinable package static var zero: Instant { Instant(nanoseconds: 0) }

    @inlinable package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }
    @inlinable package static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
    /// Nanoseconds since `earlier`; 0 if it is not earlier.
    @inlinable package func since(_ earlier: Instant) -> UInt64 {
        self.nanoseconds > earlier.nanoseconds ? self.nanoseconds - earlier.nanoseconds : 0
    }
    @inlinable package func advanced(by nanoseconds: UInt64) -> Instant {
        Instant(nanoseconds: self.nanoseconds + nanoseconds)
    }
}
