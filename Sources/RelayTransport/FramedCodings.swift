import RelayWire

/// The frames of one tick with their WebSocket headers, each made when it is first needed.
struct FramedCodings {
    private struct Frames {
        var delta: UnsafeRawBufferPointer?
        var merged: UnsafeRawBufferPointer?
        var snapshot: UnsafeRawBufferPointer?
    }
    private var (binary, json) = (Frames(), Frames())

    init() {}

    mutating func bytes(_ coding: Coding, _ form: WireForm, of room: ConnectedRoom) -> UnsafeRawBufferPointer {
        switch form {
        case .binary: Self.bytes(&self.binary, coding, form, room)
        case .json: Self.bytes(&self.json, coding, form, room)
        }
    }

    private static func bytes(
        _ frames: inout Frames, _ coding: Coding, _ form: WireForm, _ room: ConnectedRoom
    ) -> UnsafeRawBufferPointer {
        switch coding {
        case .delta: self.bytes(&frames.delta, coding, form, room)
        case .merged: self.bytes(&frames.merged, coding, form, room)
        case .snapshot: self.bytes(&frames.snapshot, coding, form, room)
        }
    }

    private static func bytes(
        _ cached: inout UnsafeRawBufferPointer?, _ coding: Coding, _ form: WireForm, _ room: ConnectedRoom
    ) -> UnsafeRawBufferPointer {
        if let cached { return cached }
        let bytes = room.framed(coding, form)
        cached = bytes
        return bytes
    }
}
