import CoreMetrics
import Synchronization

/// Keeps what libraries and we measure through swift-metrics, for `/metrics`.
///
/// Bounded: of more than ``maximumSeries`` the first come stay; what comes later counts into nothing, and that is counted. A label that
/// could name a room, a player or an address is left out. To make a metric takes a lock, to count in one does not, or only its own.
package final class MetricsRegistry: MetricsFactory {
    /// Series of Prometheus: lines of the exposition. A timer takes ten. The relay itself has nearly a thousand on 64 cores, and together they
    /// are less than two thousand.
    package static let maximumSeries = 900

    private let table: Mutex<MetricsTable>

    package init(maximumSeries: Int = MetricsRegistry.maximumSeries) {
        self.table = Mutex(MetricsTable(maximumLines: maximumSeries))
    }

    /// What tells of the registry itself, and then all series.
    var families: [MetricFamily] {
        let (own, series) = self.table.withLock { ($0.own, $0.series) }
        var families: [MetricFamily] = []
        for one in series {
            let samples = one.meter.samples.map { sample in
                MetricFamily.Sample(suffix: sample.suffix, labels: one.labels + sample.labels, value: sample.value)
            }
            if families.last?.name == one.family {
                families[families.count - 1].samples += samples
            } else {
                families.append(MetricFamily(one.family, type(of: one.meter).kind, one.help, samples))
            }
        }
        return own + families
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.meter(of: CounterMeter.self, label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        self.meter(of: FloatingCounterMeter.self, label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.meter(of: GaugeMeter.self, label, dimensions)
    }

    /// - Parameter aggregate: False for a `Gauge`.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return self.meter(of: GaugeMeter.self, label, dimensions) }
        return self.meter(of: SummaryMeter.self, label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.meter(of: TimerMeter.self, label, dimensions)
    }

    package func destroyCounter(_ handler: any CounterHandler) { self.release(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { self.release(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { self.release(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { self.release(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { self.release(handler) }

    /// One that is refused is a meter as well, of which nobody else knows.
    private func meter<Meter: SeriesMeter>(
        of type: Meter.Type, _ label: String, _ dimensions: [(String, String)]
    ) -> Meter {
        self.table.withLock { $0.meter(of: type, label, dimensions) } ?? Meter()
    }

    private func release(_ handler: AnyObject) {
        guard let meter = handler as? any SeriesMeter else { return }
        self.table.withLock { $0.release(meter) }
    }
}
