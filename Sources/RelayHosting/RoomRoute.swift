import RelayWire

/// Where a room lives.
package struct RoomRoute: Hashable, Sendable {
    package var name: String
    package var instance: RoomInstance
    /// Index of the arena thread that owns the room.
    package var thread: Int
    package init(name: String, instance: RoomInstance, thread: Int) {
        (self.name, self.instance, self.thread) = (name, instance, thread)
    }
}
