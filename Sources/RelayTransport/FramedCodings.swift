import RelayWire

/// The frames of one tick with their WebSocket headers, each made when it is first needed.
struct FramedCodings {
    private var delta: UnsafeRawBufferPointer?
    private var merged: UnsafeRawBufferPointer?
    private var snapshot: UnsafeRawBufferPointer?

    mutating func bytes(_ coding: Coding, of room: ConnectedRoom) -> UnsafeRawBufferPointer {
        switch coding {
        case .delta: Self.bytes(&self.delta, coding, room)
        case .merged: Self.bytes(&self.merged, coding, room)
        case .snapshot: Self.bytes(&self.snapshot, coding, room)
        }
    }

    private static func bytes(
        _ cached: inout UnsafeRawBufferPointer?, _ coding: Coding, _ room: ConnectedRoom
    ) -> UnsafeRawBufferPointer {
        if let cached { return cached }
        let bytes = room.framed(coding)
        cached = bytes
        return bytes
    }
}
