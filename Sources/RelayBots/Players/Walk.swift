import RelayClient
import RelayWire

/// A seeded random walk in multiples of 0.01, so that it looks like a game's.
struct Walk: Sendable {
    private var x = 0.0
    private var y = 0.0
    private var z = 0.0
    private var yaw = 0.0
    private static let half = 500.0

    init(_ random: inout SplitMix64) {
        (self.x, self.y) = (random.signed() * Self.half, random.signed() * Self.half)
        self.yaw = random.signed() * 180
    }

    /// Turns and moves a little, and writes the new position.
    mutating func step(_ random: inout SplitMix64, into session: inout ClientSession) {
        self.yaw = Self.rounded(self.yaw + random.signed() * 10)
        if abs(self.yaw) > 180 { self.yaw -= self.yaw > 0 ? 360 : -360 }
        self.x = Self.bounded(self.x + random.signed() * 0.3)
        self.y = Self.bounded(self.y + random.signed() * 0.3)
        self.z = Self.bounded(self.z + random.signed() * 0.05)
        session.set(.own(0), "x", self.x)
        session.set(.own(0), "y", self.y)
        session.set(.own(0), "z", self.z)
        session.set(.own(0), "yaw", self.yaw)
    }

    private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
    private static func bounded(_ number: Double) -> Double { self.rounded(min(max(number, -self.half), self.half)) }
}
