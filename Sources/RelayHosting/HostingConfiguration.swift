import RelayCore

/// The settings of a host of rooms, already validated. Durations are nanoseconds.
package struct HostingConfiguration: Sendable {
    /// Arena threads: rooms are spread over them, each room stays on one.
    package var threads = 1
    /// The types of rooms at the start.
    package var types = RoomTypes()
    package var maximumRooms = 4096
    /// CPU time that a room's tick may take for each tick number of its stride, reading and sending included. Nanoseconds; nil
    /// for one period. A room that takes more for 2.5 s is evicted.
    package var tickBudget: UInt64?
    /// The longest sleep of a thread, idle or not: its pulse must keep proving that it lives.
    package var longestSleep: UInt64 = 250_000_000

    package init() {}
}
