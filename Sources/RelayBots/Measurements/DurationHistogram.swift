import Histogram

/// Percentiles in milliseconds, as the report has them.
package struct Percentiles: Encodable, Equatable {
    package var p50 = 0.0
    var p90 = 0.0
    package var p99 = 0.0
    var p999 = 0.0
    package var max = 0.0
    /// Number of values.
    package var count: UInt64 = 0
}

/// Durations in microseconds over a fixed range, so that recording allocates nothing.
package struct DurationHistogram: Encodable, Sendable {
    private var histogram = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    private static let longest: UInt64 = 600_000_000

    mutating func record(nanoseconds: UInt64) { self.histogram.record(min(nanoseconds / 1000, Self.longest)) }

    mutating func record(nanoseconds: UInt64, count: UInt64) {
        self.histogram.record(min(nanoseconds / 1000, Self.longest), count: count)
    }

    package var count: UInt64 { self.histogram.totalCount }

    func milliseconds(at percentile: Double) -> Double {
        self.count == 0 ? 0 : Double(self.histogram.valueAtPercentile(percentile)) / 1000
    }

    package var percentiles: Percentiles {
        guard self.count > 0 else { return Percentiles() }
        return Percentiles(
            p50: self.milliseconds(at: 50), p90: self.milliseconds(at: 90), p99: self.milliseconds(at: 99),
            p999: self.milliseconds(at: 99.9), max: Double(self.histogram.max) / 1000, count: self.count
        )
    }

    package func encode(to encoder: any Encoder) throws { try self.percentiles.encode(to: encoder) }
}
