/// A metric as Prometheus knows it: a name, what it says, and a sample for each set of labels.
struct MetricFamily: Equatable {
    enum Kind: String { case counter, gauge, histogram, summary }

    struct Sample: Equatable {
        /// What a histogram's samples add to the family's name, such as `_bucket`.
        var suffix = ""
        var labels: [Label] = []
        var value: Double
    }

    struct Label: Hashable {
        var name: String
        var value: String
    }

    /// ``Exposition/prefix``, or that of what every process has.
    var prefix = Exposition.prefix
    /// Without the prefix; counters with `_total`, units in full.
    var name: String
    /// A sentence.
    var help: String
    var kind: Kind
    var samples: [Sample]

    init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        (self.name, self.kind, self.help, self.samples) = (name, kind, help, samples)
    }

    /// What its samples may be called.
    var sampleNames: Set<String> {
        let endings =
            switch self.kind {
            case .counter, .gauge: [""]
            case .histogram: ["", "_bucket", "_sum", "_count"]
            case .summary: ["", "_sum", "_count"]
            }
        return Set(endings.map { self.prefix + self.name + $0 })
    }
}

extension MetricFamily.Sample {
    init(_ value: some BinaryInteger, _ labels: (String, String)...) {
        self.init(labels: labels.map { MetricFamily.Label(name: $0, value: $1) }, value: Double(value))
    }

    init(seconds microseconds: UInt64, _ labels: (String, String)...) {
        self.init(labels: labels.map { MetricFamily.Label(name: $0, value: $1) }, value: Double(microseconds) / 1_000_000)
    }
}
