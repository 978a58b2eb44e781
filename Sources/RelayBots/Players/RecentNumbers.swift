/// Remembers a value for each of the newest 512 of a series of ascending numbers.
package struct RecentNumbers: Sendable {
    private static let mask: UInt64 = 511
    private var values = [UInt64](repeating: 0, count: 512)
    private(set) var newest: UInt64 = 0

    package init() {}

    /// Skipped numbers have no value.
    package mutating func set(_ value: UInt64, for number: UInt64) {
        if number - self.newest > Self.mask {
            for index in self.values.indices { self.values[index] = 0 }
        } else if self.newest + 1 < number {
            for skipped in (self.newest + 1)..<number { self.values[Int(skipped & Self.mask)] = 0 }
        }
        self.values[Int(number & Self.mask)] = value
        self.newest = number
    }

    /// Nil if it is too old, skipped, or not known yet.
    @inline(__always)
    package subscript(number: UInt64) -> UInt64? {
        guard number > 0, number <= self.newest, self.newest - number <= Self.mask else { return nil }
        let value = self.values[Int(number & Self.mask)]
        return value == 0 ? nil : value
    }

    mutating func removeAll() { self = RecentNumbers() }
}
