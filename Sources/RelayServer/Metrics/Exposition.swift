/// The text that Prometheus reads.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format", version 0.0.4.
struct Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// What every name of ours and of libraries begins with.
    static let prefix = "tickrelay_"

    private(set) var text = ""
    /// Prometheus takes none of a text in which a family or a sample is told twice.
    private var names: Set<String> = []

    /// Adds a family. One without samples is left out, and one whose name is told already: ours come first.
    mutating func add(_ family: MetricFamily) {
        guard !family.samples.isEmpty, self.names.isDisjoint(with: family.sampleNames) else { return }
        self.names.formUnion(family.sampleNames)
        let name = family.prefix + family.name
        self.text += "# HELP \(name) \(Self.escaped(family.help))\n# TYPE \(name) \(family.kind.rawValue)\n"
        for sample in family.samples {
            self.text += "\(name)\(sample.suffix)\(Self.labels(sample.labels)) \(Self.number(sample.value))\n"
        }
    }

    private static func labels(_ labels: [MetricFamily.Label]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(self.escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.append(character)
            }
        }
    }

    /// Whole numbers without a fraction: they are counts.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        guard let whole = UInt64(exactly: value) else { return "\(value)" }
        return "\(whole)"
    }
}
