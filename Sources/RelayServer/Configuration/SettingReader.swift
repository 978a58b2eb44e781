import Logging
import RelayCore
import RelayWire

/// Turns the text of settings into values. Collects every problem instead of stopping at the first.
struct SettingReader {
    private let values: [ConfigurationKey: String]
    private(set) var problems: [InvalidConfiguration.Problem] = []
    private var wrong: Set<ConfigurationKey> = []

    /// What problems say before the key.
    private let scope: String
    /// The keys that a type of rooms says itself; nil for what holds for all rooms.
    private let own: Set<ConfigurationKey>?

    init(draft: ConfigurationDraft) {
        (self.values, self.wrong, self.scope, self.own) = (draft.values, draft.misfits, "", nil)
    }

    /// For a type of rooms: its values over those of all rooms.
    init(_ draft: ConfigurationDraft, ofType type: String, _ own: [String: String]) {
        let own = own.compactMap { key, text in ConfigurationKey(rawValue: key).map { ($0, text) } }
        self.values = draft.values.merging(own) { $1 }
        (self.wrong, self.own) = (draft.misfits, Set(own.map(\.0)))
        self.scope = "\(ConfigurationKey.roomTypes.rawValue).\(type)."
    }

    mutating func report(_ key: ConfigurationKey, _ value: String, _ rule: String) {
        self.reportKey(key.rawValue, value, rule)
        self.wrong.insert(key)
    }

    mutating func reportKey(_ key: String, _ value: String, _ rule: String) {
        self.problems.append(.init(key: self.scope + key, value: value, rule: rule))
    }

    /// Forgets the problems of all other keys, which somebody else reports. They stay wrong.
    mutating func keepProblems(of keys: [ConfigurationKey]) {
        let kept = Set(keys.map { self.scope + $0.rawValue })
        self.problems.removeAll { !kept.contains($0.key) }
    }

    mutating func add(_ problems: [InvalidConfiguration.Problem]) { self.problems += problems }

    /// Checks a rule between settings; skipped if one of them is wrong already, or if a type of rooms says none of them: then it is told of all
    /// rooms.
    mutating func require(
        _ holds: Bool, _ key: ConfigurationKey, with others: [ConfigurationKey] = [], got value: String, _ rule: String
    ) {
        guard !holds, self.wrong.isDisjoint(with: [key] + others) else { return }
        guard self.own.map({ !$0.isDisjoint(with: [key] + others) }) ?? true else { return }
        self.report(key, value, rule)
    }

    mutating func endpoint(_ key: ConfigurationKey, default standard: Endpoint) -> Endpoint {
        guard let text = self.values[key] else { return standard }
        if let endpoint = Endpoint(text) { return endpoint }
        self.report(key, text, "must be HOST:PORT, [IPV6]:PORT or *:PORT, port 0-65535; or unix:/PATH of at most 107 bytes")
        return standard
    }

    /// The same for a listener that is not there unless it is set; nil also if it is wrong.
    mutating func endpoint(_ key: ConfigurationKey) -> Endpoint? {
        guard self.values[key] != nil else { return nil }
        let endpoint = self.endpoint(key, default: Endpoint(host: "", port: 0))
        return self.wrong.contains(key) ? nil : endpoint
    }

    /// A file; nil if it is not set or wrong.
    ///
    /// - Parameter credentials: systemd's directory of them.
    mutating func file(_ key: ConfigurationKey, credentials: String?) -> SettingFile? {
        guard let text = self.values[key] else { return nil }
        do throws(SettingFile.Problem) {
            return try SettingFile(setting: text, credentials: credentials)
        } catch {
            self.report(key, text, "\(error)")
            return nil
        }
    }

    mutating func integer(_ key: ConfigurationKey, _ range: ClosedRange<Int>, default standard: Int) -> Int {
        guard let text = self.values[key] else { return standard }
        if let number = Int(text), range.contains(number) { return number }
        self.report(key, text, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return standard
    }

    /// Milliseconds.
    mutating func duration(_ key: ConfigurationKey, _ range: ClosedRange<Int>, default standard: Int) -> Int {
        guard let text = self.values[key] else { return standard }
        if let duration = Self.milliseconds(text), range.contains(duration) { return duration }
        let bounds = "\(Self.duration(range.lowerBound)) to \(Self.duration(range.upperBound))"
        self.report(key, text, "must be a duration of \(bounds): a number of milliseconds, or 250ms, 3s, 2m, 1h")
        return standard
    }

    /// One of an enumeration's cases, spelled as in its declaration.
    mutating func choice<Choice: CaseIterable>(_ key: ConfigurationKey, default standard: Choice) -> Choice {
        guard let text = self.values[key] else { return standard }
        if let choice = Choice.allCases.first(where: { "\($0)" == text }) { return choice }
        self.report(key, text, "must be one of \(Choice.allCases.map { "\($0)" }.joined(separator: ", "))")
        return standard
    }

    mutating func fields(_ key: ConfigurationKey) -> [DeclaredField] {
        var fields: [DeclaredField] = []
        for entry in self.list(key) {
            guard let colon = entry.lastIndex(of: ":"), let quantum = Double(entry[entry.index(after: colon)...]),
                quantum.isFinite, quantum > 0
            else {
                self.report(key, entry, "must be NAME:QUANTUM with a quantum above 0, like x:0.01")
                continue
            }
            let name = String(entry[..<colon])
            if !WireLimits.nameBytes.contains(name.utf8.count) {
                self.report(key, entry, "must have a name of 1 to 64 bytes")
            } else if fields.contains(where: { $0.name == name }) {
                self.report(key, entry, "must name every field once")
            } else {
                fields.append(.init(name: name, quantum: quantum))
            }
        }
        if fields.count > WireLimits.names { self.report(key, "\(fields.count) fields", "must be at most \(WireLimits.names)") }
        return fields
    }

    /// A path. Of a default that is a list, as systemd writes it, the first entry.
    mutating func directory(_ key: ConfigurationKey, default standard: String?) -> String? {
        guard let text = self.values[key] else { return standard?.split(separator: ":").first.map(String.init) }
        if !text.isEmpty { return text }
        self.report(key, text, "must be the path of a directory")
        return nil
    }

    mutating func origins(_ key: ConfigurationKey) -> AllowedOrigins {
        let entries = self.list(key)
        for entry in entries where !AllowedOrigins.isWellFormed(entry) {
            self.report(key, entry, "must be SCHEME://HOST[:PORT] without a path, null, or *")
        }
        return AllowedOrigins(entries)
    }

    /// The value as it was written; nil if it is not set.
    func text(of key: ConfigurationKey) -> String? { self.values[key] }

    func list(_ key: ConfigurationKey) -> [String] {
        (self.values[key] ?? "").split(separator: ",").map { $0.drop { $0 == " " } }.map { part in
            String(part[..<(part.lastIndex { $0 != " " }.map(part.index(after:)) ?? part.startIndex)])
        }
    }

    /// Milliseconds as a setting has them: `250ms`, `1h`.
    static func duration(_ milliseconds: Int) -> String {
        let units = [(3_600_000, "h"), (60_000, "m"), (1000, "s")]
        guard milliseconds > 0, let unit = units.first(where: { milliseconds % $0.0 == 0 }) else { return "\(milliseconds)ms" }
        return "\(milliseconds / unit.0)\(unit.1)"
    }

    /// Milliseconds from a number without unit (milliseconds) or with ms, s, m or h; fractions are allowed. Nil for any other
    /// text, and unless the result is a whole number below 2^40.
    static func milliseconds(_ text: String) -> Int? {
        let units: [(String, Double)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("", 1)]
        guard let (suffix, scale) = units.first(where: { text.hasSuffix($0.0) }) else { return nil }
        let digits = text.dropLast(suffix.count)
        guard let first = digits.first, let last = digits.last, first.isNumber, last.isNumber,
            digits.allSatisfy({ "0123456789.".contains($0) }), let number = Double(digits)
        else { return nil }
        let milliseconds = (number * scale * 1000).rounded() / 1000
        guard milliseconds < 1_099_511_627_776, milliseconds == milliseconds.rounded() else { return nil }
        return Int(milliseconds)
    }
}

extension Duration {
    /// A duration as settings have it: `250ms`, `3s`, `2m`, `1h`; nil for any other text.
    package init?(setting text: String) {
        guard let milliseconds = SettingReader.milliseconds(text) else { return nil }
        self = .milliseconds(milliseconds)
    }
}
