import RelayWire

/// When the next snapshot of the JSON form may be written. A large room can have many times the bytes as text, and whoever joins or asks
/// for a snapshot makes the room write it anew: so many bytes a tick pay for it, and who comes meanwhile gets the next one, together.
struct TextSnapshots {
    /// What a tick pays for. Bytes.
    static let bytesPerTick = 64 << 10
    /// Nobody waits longer for one. Nanoseconds: less than the time after which a client gives up.
    static let longestWait: UInt64 = 3_000_000_000

    private var next = Tick.none
    private let longestWait: UInt64

    /// - Parameter rate: Ticks a second.
    init(rate: UInt64) { self.longestWait = Self.longestWait * rate / 1_000_000_000 }

    func isPaid(at tick: Tick) -> Bool { tick >= self.next }

    mutating func wrote(bytes: Int, at tick: Tick) {
        self.next = tick.advanced(by: min(1 + UInt64(bytes / Self.bytesPerTick), max(1, self.longestWait)))
    }
}
