/// How a stream ends for the side that reads it.
struct StreamEnd {
    /// Nanoseconds: when that side can see it.
    var at: UInt64
    /// Whether bytes still in flight are lost.
    var isAbortive: Bool
}
