/// Which labels of a library's metrics are told.
enum SeriesLabels {
    /// A label whose name has one of these words in it is not told: there are as many rooms, players and addresses as strangers like.
    private static let refusedWords: Set<Substring> = [
        "room", "rooms", "player", "players", "address", "addresses", "addr", "peer", "peers", "ip",
    ]
    /// To Prometheus they mean something else.
    private static let reserved: Set<String> = ["le", "quantile"]
    /// Longest value told, characters.
    private static let longestValue = 120

    /// The labels of a series, by name, each name once; and how many there were that are not told. One without a value is as good as none.
    static func told(of dimensions: [(String, String)]) -> (labels: [MetricFamily.Label], refused: UInt64) {
        var (labels, refused): ([MetricFamily.Label], UInt64) = ([], 0)
        for (name, value) in dimensions where !value.isEmpty {
            let name = PrometheusName.label(name)
            if Self.isRefused(name) {
                refused += 1
            } else if !labels.contains(where: { $0.name == name }) {
                labels.append(MetricFamily.Label(name: name, value: String(value.prefix(Self.longestValue))))
            }
        }
        return (labels.sorted { $0.name < $1.name }, refused)
    }

    private static func isRefused(_ name: String) -> Bool {
        name.isEmpty || Self.reserved.contains(name)
            || name.split(separator: "_").contains { Self.refusedWords.contains($0) }
    }
}
