import RelayHosting
import RelayServer

/// What `/metrics` answers, and what Prometheus would say of it.
struct ExpositionText {
    let lines: [Substring]

    init(_ text: String) { self.lines = text.split(separator: "\n") }

    /// Of a relay without rooms, threads or a process, and what is measured by swift-metrics.
    init(of registry: MetricsRegistry) { self.init(RelayStatistics().exposition(with: registry)) }

    var samples: [Substring] { self.lines.filter { !$0.hasPrefix("#") } }

    /// The values of samples with a name that begins so, by the rest of the name.
    subscript(name: String) -> [String: String] {
        let found = self.samples.filter { $0.hasPrefix(name) }.compactMap { sample -> (String, String)? in
            guard let space = sample.lastIndex(of: " ") else { return nil }
            return (String(sample[..<space].dropFirst(name.count)), String(sample[sample.index(after: space)...]))
        }
        return Dictionary(found) { "\($0) and \($1)" }
    }

    /// What is against the format: a family's lines stand together, HELP and TYPE first and once, no sample twice.
    var problems: [String] {
        var (problems, family, endings): ([String], Substring, [String]) = ([], "", [])
        var (families, samples): (Set<Substring>, Set<String>) = ([], [])
        let form = Self.sample
        for (number, line) in self.lines.enumerated() {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP "), words.count == 4 {
                family = words[2]
                if !families.insert(family).inserted { problems.append("a family is told twice: \(line)") }
            } else if line.hasPrefix("# TYPE \(family) "), words.count == 4, self.lines[number - 1].hasPrefix("# HELP ") {
                endings = Self.endings(words[3])
            } else if let (_, name, labels) = line.wholeMatch(of: form)?.output {
                if !endings.contains(where: { "\(family)\($0)" == name }) { problems.append("not of \(family): \(line)") }
                if !samples.insert("\(name)\(labels ?? "")").inserted { problems.append("a sample is told twice: \(line)") }
            } else {
                problems.append("out of place: \(line)")
            }
        }
        return problems
    }

    private static func endings(_ kind: Substring) -> [String] {
        switch kind {
        case "counter", "gauge": [""]
        case "summary": ["_sum", "_count"]
        case "histogram": ["_bucket", "_sum", "_count"]
        default: []
        }
    }

    /// A name, perhaps labels, and a number.
    private static var sample: Regex<(Substring, Substring, Substring?)> {
        /([a-z_][a-z0-9_]*)(\{[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_][a-z0-9_]*="(?:[^"\\\n]|\\[\\"n])*")*\})? (?:NaN|[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)/
    }
}
