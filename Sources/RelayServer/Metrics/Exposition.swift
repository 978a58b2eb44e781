/// The text that Prometheus reads.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format", version 0.0.4.
struct Exposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// Every name begins with it.
    static let prefix = "tickrelay_"

    private(set) var text = ""

    /// Adds a family; one without samples is left out.
    mutating func add(_ family: MetricFamily) {
        guard !family.samples.isEmpty else { return }
        let name = Self.prefix + family.name
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
        if value == .infinity { return "+Inf" }
        guard let whole = UInt64(exactly: value) else { return "\(value)" }
        return "\(whole)"
    }
}
