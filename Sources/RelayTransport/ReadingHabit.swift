/// Decides whether a room polls first which connections can be read, or reads them all, from how many had bytes lately.
///
/// An empty read costs about 450 ns; being watched and reported by epoll about 200 ns per readable connection (measured,
/// loopback).
package struct ReadingHabit {
    /// Ticks between two decisions.
    static let ticks = 16

    package private(set) var pollsFirst = true

    package init() {}
    private var ticks = 0
    private var spoke = 0
    private var readers = 0

    /// Counts a tick.
    ///
    /// - Parameters:
    ///   - spoke: How many connections had bytes to read.
    ///   - readers: How many connections the room reads.
    /// - Returns: Whether the habit changes now.
    package mutating func count(spoke: Int, of readers: Int) -> Bool {
        self.ticks += 1
        self.spoke += spoke
        self.readers += readers
        guard self.ticks == Self.ticks else { return false }
        defer { (self.ticks, self.spoke, self.readers) = (0, 0, 0) }
        // Two bounds, 7/8 and 3/4, so that a room in between does not change its habit every time.
        guard self.pollsFirst ? 8 * self.spoke > 7 * self.readers : 4 * self.spoke < 3 * self.readers else { return false }
        self.pollsFirst.toggle()
        return true
    }

    /// Goes back to reading all connections, because the kernel cannot watch them all.
    package mutating func giveUpPolling() { self.pollsFirst = false }
}
