import FoundationEssentials

/// What operators read in a terminal: pure functions of the relay's answers. What players chose is made harmless for it:
/// ``Swift/String/forTerminal``.
package enum OperatorText {
    /// In place of what nobody knows.
    static let unknown = "–"

    static func join(_ lines: [String]) -> String { lines.joined(separator: "\n") }

    /// `1 room`, `2 rooms`.
    static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }

    /// `23.4 ms`, below one `182 µs`.
    package static func duration(_ microseconds: UInt64?) -> String {
        microseconds.map { $0 < 1000 ? "\($0) µs" : "\(self.tenths($0, of: 1000)) ms" } ?? self.unknown
    }

    /// `812 B`, `1.4 kB`, `3.0 MB`, as the dashboard has it.
    package static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<999_950: "\(self.tenths(UInt64(count), of: 1000)) kB"
        default: "\(self.tenths(UInt64(count), of: 1_000_000)) MB"
        }
    }

    /// A quotient with one digit behind the point, rounded.
    private static func tenths(_ number: UInt64, of unit: UInt64) -> String {
        let tenth = unit / 10
        let tenths = number / tenth + (number % tenth >= tenth / 2 ? 1 : 0)
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// UTC: `2026-01-02T03:04:05Z`.
    ///
    /// - Parameter seconds: Since 1970. Those after the year 9999 count as its end.
    package static func moment(_ seconds: Int64) -> String {
        let bounded = min(max(seconds, 0), 253_402_300_799)
        return Date(timeIntervalSince1970: Double(bounded)).formatted(.iso8601)
    }
}
