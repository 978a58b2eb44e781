// The way in which names and values read when a game prints them. The wire knows nothing of it.

extension Tick: CustomStringConvertible {
    public var description: String { "\(self.rawValue)" }
}

extension SeatNumber: CustomStringConvertible {
    /// The number, or `room`.
    public var description: String { self == .room ? "room" : "\(self.rawValue)" }
}

extension EntityID: CustomStringConvertible {
    /// As the JSON form names it (SPEC section 18): `3/7`, or `3` for seat 3's own 0; `card` for the room's.
    public var description: String {
        if self == .card { return "card" }
        return self.number == 0 ? "\(self.space)" : "\(self.space)/\(self.number)"
    }
}

extension Value: CustomStringConvertible, CustomDebugStringConvertible {
    /// The bare value.
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .float(let number): "\(number)"
        case .quantised(let steps): "\(steps) steps"
        case .string(let string): string
        case .bytes(let bytes): "\(bytes)"
        }
    }

    /// The value with its type.
    public var debugDescription: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "bool(\(flag))"
        case .integer(let number): "integer(\(number))"
        case .float(let number): "float(\(number))"
        case .quantised(let steps): "quantised(\(steps))"
        case .string(let string): "string(\(string.debugDescription))"
        case .bytes(let bytes): "bytes(\(bytes))"
        }
    }
}
