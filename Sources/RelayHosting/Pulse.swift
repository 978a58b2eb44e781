/// Values of a thread's pulse that are no counts.
public enum Pulse {
    /// The thread has ended as it should: nothing more is expected of it.
    public static let ended = UInt64.max
    /// An invariant did not hold: the process is to be ended.
    public static let broken = UInt64.max - 1
}
