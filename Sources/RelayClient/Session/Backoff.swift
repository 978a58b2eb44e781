import RelayWire

/// The wait before the next attempt to connect: SPEC 14.5.
struct Backoff: Sendable {
    /// Upper bound of the first wait. Nanoseconds.
    static let first: UInt64 = 250_000_000
    /// Upper bound of every later wait. Nanoseconds.
    static let maximum: UInt64 = 5_000_000_000
    /// Longest wait that a relay's hint can cause. Nanoseconds.
    static let maximumHint: UInt64 = 600_000_000_000

    private var random: SplitMix64
    /// Attempts and connections that ended since a connection last proved good.
    private(set) var failures = 0

    init(seed: UInt64) { self.random = SplitMix64(seed: seed) }

    /// A connection proved good: the next wait has the bound of a first one.
    mutating func reset() { self.failures = 0 }

    /// Nanoseconds to wait: uniform between 0 and 250 ms · 2^failures, at most 5 s, but not less than the relay's hint.
    mutating func nextWait(atLeast hint: UInt64?) -> UInt64 {
        let bound = min(Self.first << UInt64(min(self.failures, 8)), Self.maximum)
        self.failures += 1
        return max(self.random.below(bound + 1), min(hint ?? 0, Self.maximumHint))
    }

    /// The `N` of `(retry after N ms)` at the end of a close reason, in nanoseconds.
    ///
    /// - Parameter reason: Untrusted, because the relay writes it. More than nine digits are no hint.
    static func hint(in reason: String) -> UInt64? {
        let prefix = "(retry after ".utf8
        let suffix = " ms)".utf8
        var rest = reason.utf8[...]
        guard rest.count >= prefix.count + suffix.count, rest.suffix(suffix.count).elementsEqual(suffix) else { return nil }
        rest = rest.dropLast(suffix.count)
        guard let digits = rest.lastIndex(of: UInt8(ascii: " ")).map({ rest[rest.index(after: $0)...] }) else { return nil }
        guard rest[..<digits.startIndex].suffix(prefix.count).elementsEqual(prefix) else { return nil }
        guard (1...9).contains(digits.count), digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 * 10 + UInt64($1 - 48) } * 1_000_000
    }
}
