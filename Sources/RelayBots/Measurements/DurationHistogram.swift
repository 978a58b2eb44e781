import Histogram

/// Percentiles in milliseconds, as the report has them.
struct Percentiles: Encodable, Equatable {
    var p50 = 0.0
    var p90 = 0.0
    var p99 = 0.0
    var p999 = 0.0
    var max = 0.0
    /// Number of values.
    var count: UInt64 = 0
}

/// Durations in microseconds over a fixed range, so that recording allocates nothing.
struct DurationHistogram: Encodable, Sendable {
    private var histogram = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    private static let longest: UInt64 = 600_000_000

    mutating func record(nanoseconds: UInt64) { self.histogram.record(min(nanoseconds / 1000, Self.longest)) }

    mutating func record(nanoseconds: UInt64, count: UInt64) {
        self.histogram.record(min(nanoseconds / 1000, Self.longest), count: count)
    }

    var count: UInt64 { self.histogram.totalCount }

    func milliseconds(at percentile: Double) -> Double {
        self.count == 0 ? 0 : Double(self.histogram.valueAtPercentile(percentile)) / 1000
    }

    var percentiles: Percentiles {
        guard self.count > 0 else { return Percentiles() }
        return Percentiles(
            p50: self.milliseconds(at: 50), p90: self.milliseconds(at: 90), p99: self.milliseconds(at: 99),
            p999: self.milliseconds(at: 99.9), max: Double(self.histogram.max) / 1000, count: self.count
        )
    }

    func encode(to encoder: any Encoder) throws { try self.percentiles.encode(to: encoder) }
}
