import CoreMetrics
import Synchronization

/// A `Counter` of swift-metrics.
final class CounterMeter: CounterHandler, SeriesMeter {
    static let kind = MetricFamily.Kind.counter
    static let lines = 1

    private let count = Atomic<UInt64>(0)

    init() {}

    /// A counter only grows: less than nothing is nothing.
    func increment(by amount: Int64) { self.count.wrappingAdd(UInt64(max(0, amount)), ordering: .relaxed) }

    func reset() { self.count.store(0, ordering: .relaxed) }

    var samples: [MetricFamily.Sample] { [MetricFamily.Sample(value: Double(self.count.load(ordering: .relaxed)))] }
}
