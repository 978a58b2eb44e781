import RelayWire
import Histogram
import RelayCore
import RelayHosting

/// Lateness over the last 10 to 20 s: recent enough to act on, and not averaged with an hour in which all was well. Recording
/// allocates nothing.
package struct RecentLateness: Sendable {
    /// Microseconds. A fixed range, so that recording allocates nothing.
    private var current = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    private var before = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    private var end = Instant.zero

    private static let longest: UInt64 = 60_000_000
    /// Length of a window, nanoseconds.
    static let window: UInt64 = 10_000_000_000

    package init() {}

    package mutating func record(_ nanoseconds: UInt64, at now: Instant) {
        if now >= self.end { self.turn(at: now) }
        self.current.record(min(nanoseconds / 1000, Self.longest))
    }

    /// Begins a new window. After a silence longer than a window, the one before is not recent either and is dropped.
    private mutating func turn(at now: Instant) {
        swap(&self.current, &self.before)
        self.current.reset()
        if now.since(self.end) >= Self.window { self.before.reset() }
        self.end = now.advanced(by: Self.window)
    }

    /// How often each bit length of a lateness in microseconds came, from 0 bits on; no zeros at the end. As slow as ``percentiles``.
    package var buckets: [UInt64] {
        var counts: [UInt64] = []
        for histogram in [self.current, self.before] {
            for value in histogram.recordedValues() {
                let bits = UInt64.bitWidth - value.value.leadingZeroBitCount
                while counts.count <= bits { counts.append(0) }
                counts[bits] += UInt64(value.count)
            }
        }
        return counts
    }

    /// Takes half a millisecond: not for a thread that ticks.
    package var percentiles: RelayStatistics.Percentiles {
        var both = self.current
        for value in self.before.recordedValues() { both.record(value.value, count: value.count) }
        guard both.totalCount > 0 else { return RelayStatistics.Percentiles() }
        return RelayStatistics.Percentiles(
            p50: both.valueAtPercentile(50), p90: both.valueAtPercentile(90), p99: both.valueAtPercentile(99),
            p999: both.valueAtPercentile(99.9), maximum: both.max
        )
    }
}
