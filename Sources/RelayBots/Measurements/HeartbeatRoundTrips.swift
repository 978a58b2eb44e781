import Histogram

/// RTTs as the binary form's heartbeats tell them: the relay's smoothed ones, rounded to whole milliseconds. 0 is less than half of one,
/// as it is on one machine: `/stats` has microseconds.
package struct HeartbeatRoundTrips: Encodable, Sendable {
    /// No figure here is finer. Milliseconds.
    private static let resolution: UInt64 = 1
    /// The most that a heartbeat tells. Milliseconds.
    private static let longest: UInt64 = 65_535

    private var histogram = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)

    package init() {}

    package mutating func record(milliseconds: UInt64) { self.histogram.record(min(milliseconds, Self.longest)) }

    private func milliseconds(at percentile: Double) -> Double { Double(self.histogram.valueAtPercentile(percentile)) }

    package var percentiles: Percentiles {
        guard self.histogram.totalCount > 0 else { return Percentiles() }
        return Percentiles(
            p50: self.milliseconds(at: 50), p90: self.milliseconds(at: 90), p99: self.milliseconds(at: 99),
            p999: self.milliseconds(at: 99.9), max: Double(self.histogram.max), count: self.histogram.totalCount
        )
    }

    private enum CodingKeys: CodingKey { case resolutionMilliseconds }

    package func encode(to encoder: any Encoder) throws {
        try self.percentiles.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.resolution, forKey: .resolutionMilliseconds)
    }
}
