import CoreMetrics

/// The kinds of metrics that swift-metrics has.
enum MeterKind: CaseIterable, Sendable {
    case counter, floatingCounter, meter, gauge, recorder, timer

    /// Makes one as a library does, and gives it a value: 1, 0.5, 7 or 2 ms.
    func use(_ label: String, _ dimensions: [(String, String)] = [], in registry: any MetricsFactory) {
        switch self {
        case .counter: Counter(label: label, dimensions: dimensions, factory: registry).increment()
        case .floatingCounter: FloatingPointCounter(label: label, dimensions: dimensions, factory: registry).increment(by: 0.5)
        case .meter: Meter(label: label, dimensions: dimensions, factory: registry).set(7)
        case .gauge: Gauge(label: label, dimensions: dimensions, factory: registry).record(7)
        case .recorder: Recorder(label: label, dimensions: dimensions, factory: registry).record(7)
        case .timer: CoreMetrics.Timer(label: label, dimensions: dimensions, factory: registry).recordNanoseconds(2_000_000)
        }
    }
}
