extension ConfigurationKey {
    /// The setting that was meant by a name that is none, as its source spells it; nil if none is near.
    static func nearest(to name: String) -> String? {
        guard name.utf8.count <= 64 else { return nil }
        let spellings =
            name.hasPrefix(ConfigurationSources.environmentPrefix)
            ? Self.allCases.map(\.environmentName) : Self.allCases.map(\.rawValue)
        let ranked = spellings.map { ($0, Self.distance(Array($0.lowercased().utf8), Array(name.lowercased().utf8))) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= 2 else { return nil }
        return best.0
    }

    /// Letters to insert, leave out or replace (Levenshtein).
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (line, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in other.indices {
                let replaced = diagonal + (letter == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
