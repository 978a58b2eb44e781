/// Counters of `/stats` (Protocol/STATS.md) that are one metric, told apart by a label.
struct CounterFamily {
    /// Without `tickrelay_` and `_total`.
    let name: String
    let help: String
    /// Nil where there is one counter.
    let label: String?
    /// By name; the label's value is the name in the way of Prometheus, without what all have in common.
    let counters: [String]
    /// All counters that begin with it, too.
    let prefix: String?
    /// What the names of ``counters`` begin with and the label's value does not.
    let common: String

    static func one(_ counter: String, _ name: String, _ help: String) -> CounterFamily {
        CounterFamily(name: name, help: help, label: nil, counters: [counter], prefix: nil, common: "")
    }

    static func many(
        _ name: String, by label: String, _ counters: [String] = [], prefix: String? = nil, common: String = "", _ help: String
    ) -> CounterFamily {
        CounterFamily(name: name, help: help, label: label, counters: counters, prefix: prefix, common: common)
    }

    /// A sample for each counter, also for those that have not counted yet: a rate needs a beginning.
    func metric(of values: [String: UInt64]) -> MetricFamily {
        let more = self.prefix.map { prefix in values.keys.filter { $0.hasPrefix(prefix) }.sorted() } ?? []
        let samples = (self.counters + more).map { counter in
            let labels = self.label.map { [MetricFamily.Label(name: $0, value: self.labelValue(counter))] } ?? []
            return MetricFamily.Sample(labels: labels, value: Double(values[counter] ?? 0))
        }
        return MetricFamily(self.name + "_total", .counter, self.help, samples)
    }

    private func labelValue(_ counter: String) -> String {
        var name = counter[...]
        for beginning in [self.prefix ?? "", self.common] where !beginning.isEmpty && name.hasPrefix(beginning) {
            name = name.dropFirst(beginning.count)
        }
        return PrometheusName.snakeCase(name)
    }
}
