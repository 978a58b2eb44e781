import CoreMetrics
import Synchronization

/// A `FloatingPointCounter` of swift-metrics.
final class FloatingCounterMeter: FloatingPointCounterHandler, SeriesMeter {
    static let kind = MetricFamily.Kind.counter
    static let lines = 1

    private let sum = Mutex<Double>(0)

    init() {}

    /// A counter only grows: what is no number, infinite or less than nothing does not count.
    func increment(by amount: Double) {
        guard amount.isFinite, amount > 0 else { return }
        self.sum.withLock { $0 += amount }
    }

    func reset() { self.sum.withLock { $0 = 0 } }

    var samples: [MetricFamily.Sample] { [MetricFamily.Sample(value: self.sum.withLock { $0 })] }
}
