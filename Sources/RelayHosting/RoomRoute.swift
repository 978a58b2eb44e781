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

extension RoomInstance {
    /// 32 hexadecimal digits.
    package var hexadecimal: String {
        [self.high, self.low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
