import RelayWire

/// Where a room lives.
public struct RoomRoute: Hashable, Sendable {
    public var name: String
    public var instance: RoomInstance
    /// Index of the arena thread that owns the room.
    public var thread: Int
    public init(name: String, instance: RoomInstance, thread: Int) {
        (self.name, self.instance, self.thread) = (name, instance, thread)
    }
}
