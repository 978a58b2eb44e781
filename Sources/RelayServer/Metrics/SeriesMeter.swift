/// What stands behind a series of ``MetricsRegistry``: takes values on any thread, and tells them.
protocol SeriesMeter: AnyObject, Sendable {
    static var kind: MetricFamily.Kind { get }
    /// Series of Prometheus that it takes: lines of the exposition.
    static var lines: Int { get }

    init()

    /// Without the labels of the series.
    var samples: [MetricFamily.Sample] { get }
}
