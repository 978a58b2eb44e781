@_exported import RelayWire

/// A field name that every room of a type has from the start, with the quantum of its numbers.
public struct DeclaredField: Hashable, Sendable {
    public var name: String
    /// Greater than 0, finite; nil for a field that is not quantised.
    public var quantum: Double?
    public init(name: String, quantum: Double?) { (self.name, self.quantum) = (name, quantum) }
}

/// The settings of a room. Already validated: the core checks no ranges. Durations are nanoseconds.
public struct RoomConfiguration: Hashable, Sendable {
    /// Ticks per second, 1…240.
    public var rate: UInt64 = 30
    public var heartbeatInterval: UInt64 = 1_000_000_000
    public var maximumAckDelay: UInt64 = 250_000_000
    public var stallAfter: UInt64 = 3_000_000_000
    public var graceWindow: UInt64 = 10_000_000_000
    public var seatHold: UInt64 = 120_000_000_000
    public var giveUpAfter: UInt64 = 6_000_000_000
    /// Minimum of the `ackAge` above which a seat counts as behind.
    public var behindAfter: UInt64 = 500_000_000
    /// Minimum time between two snapshots that a seat asked for.
    public var resyncInterval: UInt64 = 5_000_000_000

    public var uplinkBytes = 16 << 10
    /// Messages per second and seat.
    public var uplinkRate: UInt64 = 120
    /// Messages.
    public var uplinkBurst: UInt64 = 240

    public var maximumPlayers = 512
    public var maximumSpectators = 512
    public var maximumEntities = 4096
    public var maximumFields = 64
    public var maximumStateBytes = 1 << 20
    public var maximumDeletions = 1024
    public var maximumEvents = 1024
    public var maximumEventBytes = 256 << 10
    public var maximumResults = 256

    public var roomWrites = RoomWrites.anyone
    public var departure = DeparturePolicy.remove
    public var fields: [DeclaredField] = []

    public init() {}

    /// These settings for a restored room, which keeps its own rate. Intervals that wait for frames are raised to fit its ticks.
    public func keeping(rate: UInt64) -> RoomConfiguration {
        var kept = self
        let tick = (1_000_000_000 + rate - 1) / rate
        kept.rate = rate
        kept.heartbeatInterval = max(self.heartbeatInterval, tick)
        kept.stallAfter = max(self.stallAfter, self.maximumAckDelay + 2 * tick)
        kept.giveUpAfter = max(self.giveUpAfter, 3 * tick)
        return kept
    }

    /// The room's intervals as the welcome carries them.
    public var timing: Welcome.Timing {
        let millisecond: UInt64 = 1_000_000
        return Welcome.Timing(
            maximumAckDelay: self.maximumAckDelay / millisecond, heartbeatInterval: self.heartbeatInterval / millisecond,
            stallAfter: self.stallAfter / millisecond, graceWindow: self.graceWindow / millisecond,
            seatHold: self.seatHold / millisecond, giveUpAfter: self.giveUpAfter / millisecond
        )
    }
}
