import CoreMetrics
import Synchronization

/// A `Meter` or a `Gauge` of swift-metrics: the value as it is now.
final class GaugeMeter: MeterHandler, RecorderHandler, SeriesMeter {
    static let kind = MetricFamily.Kind.gauge
    static let lines = 1

    private let value = Mutex<Double>(0)

    init() {}

    func set(_ value: Int64) { self.set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func record(_ value: Int64) { self.set(Double(value)) }
    func record(_ value: Double) { self.set(value) }

    /// What is no number would stay for ever.
    func increment(by amount: Double) {
        guard amount.isFinite else { return }
        self.value.withLock { $0 += amount }
    }

    func decrement(by amount: Double) { self.increment(by: -amount) }

    var samples: [MetricFamily.Sample] { [MetricFamily.Sample(value: self.value.withLock { $0 })] }
}
