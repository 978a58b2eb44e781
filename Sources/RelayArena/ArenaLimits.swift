/// Limits of the arena that are not settings. Durations are nanoseconds.
enum ArenaLimits {
    /// The shortest distance between two slots of a thread: batching is where the gain is (DECISIONS).
    static let slotLength: UInt64 = 1_000_000_000 / 240
    /// Bytes of one read. A connection is read once a tick, under overload at most once for each tick number of the stride.
    static let readBytes = 16 << 10
    /// Maximum of unread frames that a thread keeps in memory for its connections, in all its rooms. Bytes.
    static let heldFrameBytes = 64 << 20
    /// A restored room that has ticked for this long is cleared of having killed the process.
    static let forgivenAfter: UInt64 = 30_000_000_000
    /// The kernel gives up on unacknowledged data this much later than the room's own rule would.
    static let userTimeoutSlack: UInt64 = 10_000_000_000
}
