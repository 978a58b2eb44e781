import CoreMetrics
import Synchronization

/// A `Timer` of swift-metrics: a histogram in seconds, whatever unit its maker prefers.
final class TimerMeter: TimerHandler, SeriesMeter {
    static let kind = MetricFamily.Kind.histogram
    /// The buckets, that of everything, sum and count.
    static var lines: Int { Self.bounds.count + 3 }

    /// Upper bounds of the buckets, nanoseconds: 1 ms to 10 s. Few, for each is a series of each set of labels.
    private static let bounds: [Int64] = [
        1_000_000, 5_000_000, 25_000_000, 100_000_000, 500_000_000, 2_500_000_000, 10_000_000_000,
    ]

    private struct Durations {
        /// How many in each bucket alone; the last has those above all bounds.
        var buckets: [UInt64]
        var seconds = 0.0
    }

    private let durations = Mutex(Durations(buckets: Array(repeating: 0, count: TimerMeter.bounds.count + 1)))

    init() {}

    /// Less than nothing is nothing.
    func recordNanoseconds(_ duration: Int64) {
        let nanoseconds = max(0, duration)
        let bucket = Self.bounds.firstIndex { nanoseconds <= $0 } ?? Self.bounds.count
        self.durations.withLock { durations in
            durations.buckets[bucket] &+= 1
            durations.seconds += Double(nanoseconds) / 1_000_000_000
        }
    }

    var samples: [MetricFamily.Sample] {
        let durations = self.durations.withLock { $0 }
        let bounds = Self.bounds.map { "\(Double($0) / 1_000_000_000)" } + ["+Inf"]
        var (samples, count): ([MetricFamily.Sample], UInt64) = ([], 0)
        for (bound, inBucket) in zip(bounds, durations.buckets) {
            count &+= inBucket
            let label = MetricFamily.Label(name: "le", value: bound)
            samples.append(MetricFamily.Sample(suffix: "_bucket", labels: [label], value: Double(count)))
        }
        return samples + [
            MetricFamily.Sample(suffix: "_sum", value: durations.seconds),
            MetricFamily.Sample(suffix: "_count", value: Double(count)),
        ]
    }
}
