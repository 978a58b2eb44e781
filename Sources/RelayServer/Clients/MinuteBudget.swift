/// A budget that refills within a minute, kept as the moment at which it is full again: nanoseconds, monotonic clock.
struct MinuteBudget: Hashable {
    static let minute: UInt64 = 60_000_000_000

    private(set) var fullAt: UInt64 = 0

    /// Takes one of `size`; else says in how many milliseconds there is one again.
    mutating func take(of size: Int, at now: UInt64) -> Int? {
        if let wait = self.wait(of: size, at: now) { return wait }
        self.fullAt = max(self.fullAt, now) + Self.minute / UInt64(size)
        return nil
    }

    /// Milliseconds until there is one of `size` again; nil if there is.
    func wait(of size: Int, at now: UInt64) -> Int? {
        let after = max(self.fullAt, now) + Self.minute / UInt64(size)
        let excess = after - now
        return excess <= Self.minute ? nil : Int((excess - Self.minute) / 1_000_000) + 1
    }
}
