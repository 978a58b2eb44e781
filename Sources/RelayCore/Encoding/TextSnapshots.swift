import RelayWire

/// Says when the next snapshot of the JSON form may be written. As text a large room can have many times the bytes, and each join and each
/// request makes the room write all of it. So a snapshot is followed by one tick without for each ``bytesPerTick``, and those who come
/// meanwhile get the next one together.
struct TextSnapshots {
    /// Bytes of a snapshot for which one tick passes without another.
    static let bytesPerTick = 64 << 10
    /// Nobody waits longer for a snapshot: it is less than the time after which a client gives up. Nanoseconds.
    static let longestWait: UInt64 = 3_000_000_000

    private var next = Tick.none
    private let longestWaitTicks: UInt64

    /// - Parameter rate: Ticks a second.
    init(rate: UInt64) { self.longestWaitTicks = Self.longestWait * rate / 1_000_000_000 }

    func isPaid(at tick: Tick) -> Bool { tick >= self.next }

    mutating func wrote(bytes: Int, at tick: Tick) {
        self.next = tick.advanced(by: min(1 + UInt64(bytes / Self.bytesPerTick), max(1, self.longestWaitTicks)))
    }
}
