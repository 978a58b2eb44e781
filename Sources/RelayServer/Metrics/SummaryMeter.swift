import CoreMetrics
import Synchronization

/// A `Recorder` of swift-metrics. It has no unit, so no bounds of buckets would fit: only sum and count are told.
final class SummaryMeter: RecorderHandler, SeriesMeter {
    static let kind = MetricFamily.Kind.summary
    static let lines = 2

    private struct Totals {
        var sum = 0.0
        var count: UInt64 = 0
    }

    private let totals = Mutex(Totals())

    init() {}

    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        self.totals.withLock { totals in
            totals.sum += value
            totals.count &+= 1
        }
    }

    var samples: [MetricFamily.Sample] {
        let totals = self.totals.withLock { $0 }
        return [
            MetricFamily.Sample(suffix: "_sum", value: totals.sum),
            MetricFamily.Sample(suffix: "_count", value: Double(totals.count)),
        ]
    }
}
