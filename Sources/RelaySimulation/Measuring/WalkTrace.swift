import RelayWire

/// The trace on which bytes are measured: eight players on seeded random walks for a minute, in steps of their fields' quanta.
/// `Protocol/trace` holds it as a file and describes how it is made.
package struct WalkTrace: Sendable {
    package static let players = 8
    package static let ticks = 1800
    package static let rate: UInt64 = 30
    /// Each player writes these at every tick, in this order.
    package static let fields: [(name: String, quantum: Double)] = [("x", 0.01), ("y", 0.01), ("z", 0.01), ("yaw", 0.5)]
    private static let seed: UInt64 = 3

    /// A player's position, by field: numbers as a game would write them.
    package typealias Position = [Double]

    /// Before the first tick, by player.
    package let start: [Position]
    /// By tick, then player.
    package let positions: [[Position]]

    package init() {
        var random = SplitMix64(seed: Self.seed)
        var walkers = (0..<Self.players).map { _ in Walker(&random) }
        self.start = walkers.map(\.position)
        self.positions = (0..<Self.ticks).map { _ in
            for player in walkers.indices { walkers[player].step(&random) }
            return walkers.map(\.position)
        }
    }

    /// A position in steps, as the relay quantises it.
    package static func steps(_ position: Position) -> [Int64] {
        zip(position, self.fields).map { Int64(($0 / $1.quantum).rounded(.toNearestOrAwayFromZero)) }
    }

    /// The bytes of the file: each player's start, then each player's differences at each tick; all `svarint`, in steps.
    package var file: [UInt8] {
        var writer = WireWriter(capacity: 1 << 16)
        var before = self.start.map(Self.steps)
        for steps in before.joined() { writer.svarint(steps) }
        for tick in self.positions {
            for player in tick.indices {
                let now = Self.steps(tick[player])
                for field in now.indices { writer.svarint(now[field] - before[player][field]) }
                before[player] = now
            }
        }
        return writer.array
    }
}

/// One player of the trace. Walks as the bots do, so that the figures hold for them.
private struct Walker {
    private var x: Double
    private var y: Double
    private var z = 0.0
    private var yaw: Double
    private static let half = 500.0

    init(_ random: inout SplitMix64) {
        self.x = Self.bounded(random.signed() * Self.half)
        self.y = Self.bounded(random.signed() * Self.half)
        self.yaw = Self.rounded(random.signed() * 180)
    }

    var position: WalkTrace.Position { [self.x, self.y, self.z, self.yaw] }

    mutating func step(_ random: inout SplitMix64) {
        self.yaw = Self.rounded(self.yaw + random.signed() * 10)
        if abs(self.yaw) > 180 { self.yaw = Self.rounded(self.yaw - (self.yaw > 0 ? 360 : -360)) }
        self.x = Self.bounded(self.x + random.signed() * 0.3)
        self.y = Self.bounded(self.y + random.signed() * 0.3)
        self.z = Self.bounded(self.z + random.signed() * 0.05)
    }

    private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
    private static func bounded(_ number: Double) -> Double { self.rounded(min(max(number, -self.half), self.half)) }
}
