/// Tells a reader that reads nothing from one that is slow, by the bytes that wait to be written to it.
///
/// It is asked at looks, and they are what counts, not a clock: while the relay itself stands still there are none, and no reader is
/// blamed for that.
///
/// ```
/// before a write: saw      after it: wrote      at each look: look, then readsNothing
/// ```
package struct UnreadWatch {
    /// Looks in a row after which a reader reads nothing.
    private let maximumLooks: Int
    /// Bytes, when last seen or written.
    private var waiting = 0
    /// Looks since some of what waited was written.
    private var looks = 0

    package init(maximumLooks: Int) { self.maximumLooks = maximumLooks }

    /// So many bytes wait now, though nothing was added. Fewer than before: it reads.
    package mutating func saw(waiting bytes: Int) {
        if bytes == 0 || bytes < self.waiting { self.looks = 0 }
        self.waiting = bytes
    }

    /// Something was added, and so many bytes wait now.
    package mutating func wrote(waiting bytes: Int) { self.waiting = bytes }

    package mutating func look(waiting bytes: Int) {
        self.looks += 1
        self.saw(waiting: bytes)
    }

    package var readsNothing: Bool { self.looks >= self.maximumLooks }
}
