/// What a keeper holds, and what it has done since it was made.
package struct JournalFigures: Equatable, Sendable {
    /// Files that belong to a room, or are on their way to one or to their removal.
    package private(set) var files = 0
    /// Of all of them, allocated.
    package private(set) var bytes: UInt64 = 0
    package private(set) var made: UInt64 = 0
    package private(set) var failed: UInt64 = 0
    package private(set) var removed: UInt64 = 0

    package init() {}

    mutating func adopt(bytes: Int) {
        self.files += 1
        self.bytes += UInt64(bytes)
    }

    mutating func make(bytes: Int) {
        self.adopt(bytes: bytes)
        self.made += 1
    }

    mutating func fail() { self.failed += 1 }

    /// - Parameter bytes: Of a file that was adopted or made.
    mutating func remove(bytes: Int) {
        self.files -= 1
        self.bytes -= UInt64(bytes)
        self.removed += 1
    }
}
