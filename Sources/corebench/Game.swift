import RelayWire
import RelayCore

/// What the players of a benchmark send: random walks of x, y, z and yaw, the same in every run.
enum Game {
    /// Every player's entity has these.
    static let fields = ["x", "y", "z", "yaw"].map { DeclaredField(name: $0, quantum: $0 == "yaw" ? 0.5 : 0.01) }
    static let period: UInt64 = 33_333_333
    /// Large, so that tick numbers have as many bytes as in a room that has run for a while.
    static let firstTick: UInt64 = 100_000

    static var configuration: RoomConfiguration {
        var configuration = RoomConfiguration()
        configuration.fields = self.fields
        return configuration
    }

    static func instant(_ tick: UInt64) -> Instant { Instant(nanoseconds: tick * self.period) }
}
