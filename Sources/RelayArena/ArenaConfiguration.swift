import RelayCore

/// What the arena has to be told. Already validated. Durations are nanoseconds.
public struct ArenaConfiguration: Sendable {
    /// Arena threads: rooms are spread over them, each room stays on one.
    public var threads = 1
    /// The settings of every room.
    public var room = RoomConfiguration()
    public var maximumRooms = 4096
    /// How long a room without seats stays.
    public var emptyRoomLifetime: UInt64 = 30_000_000_000
    /// CPU time that a room's tick may take, reading and sending included, for each tick number of its stride; nil for one period. A
    /// room that takes more for ``OverrunWatch/patience`` is evicted. Nanoseconds.
    public var tickBudget: UInt64?
    /// The longest a thread sleeps, idle or not: its pulse proves that it lives.
    public var longestSleep: UInt64 = 250_000_000

    public init() {}

    /// The shortest distance between two slots of a thread: batching is where the gain is (DESIGN section 6).
    static let slotLength: UInt64 = 1_000_000_000 / 240
    /// Bytes of one read. A connection is read once a tick; under overload as often as ticks would have.
    static let readBytes = 16 << 10
    /// Bytes of frames that those who do not read may keep alive, in all rooms of a thread.
    static let heldFrameBytes = 64 << 20
    /// A restored room that has lived so long is not the one that killed the process.
    static let forgivenAfter: UInt64 = 30_000_000_000
    /// How long a closed connection may take to answer.
    static let closingPatience: UInt64 = 1_000_000_000
    /// Sent data that nobody acknowledges may stay this long beyond the room's own rule before the kernel gives up.
    static let userTimeoutSlack: UInt64 = 10_000_000_000
}
