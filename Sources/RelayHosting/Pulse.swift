/// Values of a thread's pulse that are no counts.
package enum Pulse {
    /// The thread has ended as it should: nothing more is expected of it.
    package static let ended = UInt64.max
    /// An invariant did not hold: the process is to be ended.
    package static let broken = UInt64.max - 1
}
