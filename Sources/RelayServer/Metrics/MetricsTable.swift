/// Which series a ``MetricsRegistry`` has. Its bound and what is refused are decided here.
struct MetricsTable {
    /// Why something is not told.
    enum Refusal: String, CaseIterable {
        /// A series, because there are as many as may be. First come stays: a series that came and went would break every rate.
        case full
        /// A series, because another kind of metric has its name.
        case kind
        /// A label, because of its name. Its series is told without it.
        case label
    }

    /// A series on its way into the exposition.
    struct Series {
        let family: String
        let help: String
        let labels: [MetricFamily.Label]
        let meter: any SeriesMeter

        fileprivate var order: [String] { [self.family] + self.labels.flatMap { [$0.name, $0.value] } }
    }

    private struct Key: Hashable {
        var family: String
        var labels: [MetricFamily.Label]
    }

    private struct Entry {
        let meter: any SeriesMeter
        /// How many have asked for it and are not done with it.
        var users = 1
    }

    private struct Family {
        let type: ObjectIdentifier
        let help: String
        var series = 0
    }

    /// Those that tell of the table itself.
    private static let ownLines = 1 + Refusal.allCases.count

    private let maximumLines: Int
    private var lines = MetricsTable.ownLines
    private var families: [String: Family] = [:]
    private var entries: [Key: Entry] = [:]
    private var keys: [ObjectIdentifier: Key] = [:]
    private var refusals: [Refusal: UInt64] = [:]

    /// - Parameter maximumLines: Series of Prometheus, those that tell of the table itself included.
    init(maximumLines: Int) { self.maximumLines = maximumLines }

    /// The meter of a series, made if it is a new one. Nil, and counted, if it may not be.
    mutating func meter<Meter: SeriesMeter>(
        of type: Meter.Type, _ label: String, _ dimensions: [(String, String)]
    ) -> Meter? {
        let (labels, refused) = SeriesLabels.told(of: dimensions)
        self.refusals[.label, default: 0] &+= refused
        let key = Key(family: PrometheusName.family(label, Meter.kind), labels: labels)
        let family = self.families[key.family] ?? Family(type: ObjectIdentifier(type), help: Self.help(label))
        guard family.type == ObjectIdentifier(type) else { return self.refuse(.kind) }
        if let meter = self.entries[key]?.meter as? Meter {
            self.entries[key]?.users += 1
            return meter
        }
        guard self.lines + Meter.lines <= self.maximumLines else { return self.refuse(.full) }
        let meter = Meter()
        self.families[key.family] = family
        self.families[key.family]?.series += 1
        self.entries[key] = Entry(meter: meter)
        self.keys[ObjectIdentifier(meter)] = key
        self.lines += Meter.lines
        return meter
    }

    private mutating func refuse<Meter>(_ refusal: Refusal) -> Meter? {
        self.refusals[refusal, default: 0] &+= 1
        return nil
    }

    private static func help(_ label: String) -> String { "swift-metrics: \(label.prefix(PrometheusName.longest))" }

    /// One of a meter's users is done with it. With the last of them the series ends, and its place is free.
    mutating func release(_ meter: any SeriesMeter) {
        let identifier = ObjectIdentifier(meter)
        guard let key = self.keys[identifier], let entry = self.entries[key] else { return }
        guard entry.users == 1 else {
            self.entries[key]?.users -= 1
            return
        }
        self.entries[key] = nil
        self.keys[identifier] = nil
        self.lines -= type(of: entry.meter).lines
        self.families[key.family]?.series -= 1
        if self.families[key.family]?.series == 0 { self.families[key.family] = nil }
    }

    /// All series, those of a family together; always in the same order.
    var series: [Series] {
        let all = self.entries.map { key, entry in
            Series(family: key.family, help: self.families[key.family]?.help ?? "", labels: key.labels, meter: entry.meter)
        }
        return all.sorted { $0.order.lexicographicallyPrecedes($1.order) }
    }

    /// What tells of the table itself.
    var own: [MetricFamily] {
        [
            MetricFamily("metrics_series", .gauge, "Series of what is measured by swift-metrics.", [.init(self.lines)]),
            MetricFamily(
                "metrics_dropped_total", .counter,
                "Series over their maximum, series of two kinds, and labels that could name a room or a player: not told.",
                Refusal.allCases.map { .init(self.refusals[$0] ?? 0, ("reason", $0.rawValue)) }),
        ]
    }
}
