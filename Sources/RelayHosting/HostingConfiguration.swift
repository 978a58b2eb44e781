import RelayCore

/// The settings of a host of rooms, already validated. Durations are nanoseconds.
public struct HostingConfiguration: Sendable {
    /// Arena threads: rooms are spread over them, each room stays on one.
    public var threads = 1
    /// The settings of every room.
    public var room = RoomConfiguration()
    public var maximumRooms = 4096
    /// How long a room without seats stays.
    public var emptyRoomLifetime: UInt64 = 30_000_000_000
    /// CPU time that a room's tick may take for each tick number of its stride, reading and sending included. Nanoseconds; nil
    /// for one period. A room that takes more for 2.5 s is evicted.
    public var tickBudget: UInt64?
    /// The longest sleep of a thread, idle or not: its pulse must keep proving that it lives.
    public var longestSleep: UInt64 = 250_000_000

    public init() {}
}
