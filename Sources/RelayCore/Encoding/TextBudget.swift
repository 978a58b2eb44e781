import RelayWire

/// When frames of the JSON form may be written again. They can have many times the bytes of binary ones, and one player alone can make
/// the room write them anew: so many bytes a tick are paid for, and who wants a frame meanwhile gets the next one, merged, with all others.
struct TextBudget {
    /// What a tick pays for. Bytes.
    static let bytesPerTick = 128 << 10
    /// One tick writes no more private messages than this; who comes later in it waits. Bytes.
    static let mostPrivateBytes = 8 << 20
    /// Nobody waits longer. Nanoseconds: less than the time after which a client gives up.
    private static let longestWait: UInt64 = 3_000_000_000

    /// The first tick at which frames are written again.
    private var next = Tick.none
    private let mostTicks: UInt64
    private var privateBytes = 0

    /// - Parameter rate: Ticks a second.
    init(rate: UInt64) { self.mostTicks = max(1, Self.longestWait * rate / 1_000_000_000) }

    func isPaid(at tick: Tick) -> Bool { tick >= self.next && self.privateBytes <= Self.mostPrivateBytes }

    /// A private message was written at this tick.
    mutating func wrotePrivate(bytes: Int) { self.privateBytes += bytes }

    /// The frames of a tick were written.
    mutating func wrote(bytes: Int, at tick: Tick) {
        let ticks = UInt64((bytes + self.privateBytes) / Self.bytesPerTick)
        self.next = tick.advanced(by: min(1 + ticks, self.mostTicks))
        self.privateBytes = 0
    }
}
