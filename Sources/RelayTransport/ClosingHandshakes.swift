import RelayWire
import RelayCore

/// Connections that were closed with a close frame and may still answer, each until its time is up.
package struct ClosingHandshakes {
    /// How long a peer may take to answer a close frame. Nanoseconds.
    private static let patience: UInt64 = 1_000_000_000

    private var entries: [(transport: any Transport, until: Instant)] = []
    /// Index of the one to look at next.
    private var current = 0

    package var isEmpty: Bool { self.entries.isEmpty }
    package var count: Int { self.entries.count }

    mutating func add(_ transport: any Transport, at now: Instant) {
        self.entries.append((transport, now.advanced(by: Self.patience)))
    }

    /// The one to look at, and whether its time is up.
    mutating func next(at now: Instant) -> (any Transport, isUp: Bool) {
        if self.current >= self.entries.count { self.current = 0 }
        return (self.entries[self.current].transport, self.entries[self.current].until <= now)
    }

    mutating func keepCurrent() { self.current += 1 }

    mutating func removeCurrent() {
        self.entries.swapAt(self.current, self.entries.count - 1)
        self.entries.removeLast()
    }
}
