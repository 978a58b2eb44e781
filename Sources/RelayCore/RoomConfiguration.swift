@_exported import RelayWire

/// A field name that every room of a type has from the start, with the quantum of its numbers.
package struct DeclaredField: Hashable, Sendable {
    package var name: String
    /// Greater than 0, finite; nil for a field that is not quantised.
    package var quantum: Double?
    package init(name: String, quantum: Double?) { (self.name, self.quantum) = (name, quantum) }
}

/// The settings of a room. Already validated: the core checks no ranges. Durations are nanoseconds.
package struct RoomConfiguration: Hashable, Sendable {
    /// The name of the room's type, 1 to 32 bytes.
    package var type = RoomConfiguration.standardType
    /// The type that needs no configuration.
    package static let standardType = "default"

    /// Ticks per second, 1…240.
    package var rate: UInt64 = 30
    package var heartbeatInterval: UInt64 = 1_000_000_000
    package var maximumAckDelay: UInt64 = 250_000_000
    package var stallAfter: UInt64 = 3_000_000_000
    package var graceWindow: UInt64 = 10_000_000_000
    /// In place of ``graceWindow`` while the client says that it is hidden.
    package var hiddenGrace: UInt64 = 300_000_000_000
    package var seatHold: UInt64 = 120_000_000_000
    package var giveUpAfter: UInt64 = 6_000_000_000
    /// Minimum of the `ackAge` above which a seat counts as behind.
    package var behindAfter: UInt64 = 500_000_000
    /// Minimum time between two snapshots that a seat asked for.
    package var resyncInterval: UInt64 = 5_000_000_000

    package var uplinkBytes = 16 << 10
    /// Messages per second and seat.
    package var uplinkRate: UInt64 = 120
    /// Messages.
    package var uplinkBurst: UInt64 = 240

    package var maximumPlayers = 512
    package var maximumSpectators = 512
    package var maximumEntities = 4096
    package var maximumFields = 64
    package var maximumStateBytes = 1 << 20
    package var maximumDeletions = 1024
    package var maximumEvents = 1024
    package var maximumEventBytes = 256 << 10
    package var maximumResults = 256

    package var roomWrites = RoomWrites.anyone
    package var departure = DeparturePolicy.remove
    package var fields: [DeclaredField] = []

    package init() {}

    /// No seat stays stalled for longer.
    package var longestGrace: UInt64 { max(self.graceWindow, self.hiddenGrace) }

    /// These settings for a restored room, which keeps its own rate. Intervals that wait for frames are raised to fit its ticks.
    package func keeping(rate: UInt64) -> RoomConfiguration {
        var kept = self
        let tick = (1_000_000_000 + rate - 1) / rate
        kept.rate = rate
        kept.heartbeatInterval = max(self.heartbeatInterval, tick)
        kept.stallAfter = max(self.stallAfter, self.maximumAckDelay + 2 * tick)
        kept.giveUpAfter = max(self.giveUpAfter, 3 * tick)
        return kept
    }

    /// The room's intervals as the welcome carries them.
    package var timing: Welcome.Timing {
        let millisecond: UInt64 = 1_000_000
        return Welcome.Timing(
            maximumAckDelay: self.maximumAckDelay / millisecond, heartbeatInterval: self.heartbeatInterval / millisecond,
            stallAfter: self.stallAfter / millisecond, graceWindow: self.graceWindow / millisecond,
            seatHold: self.seatHold / millisecond, giveUpAfter: self.giveUpAfter / millisecond
        )
    }
}
