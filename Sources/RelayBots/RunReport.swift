import FoundationEssentials
import RelayClient

/// Frames and bytes, summed over players.
public struct FrameCounts: Encodable, Sendable, Equatable {
    /// Frames, those that could not be applied included.
    public var received: UInt64 = 0
    /// Payload bytes of all messages.
    public var bytes: UInt64 = 0
    public var merged: UInt64 = 0
    public var snapshots: UInt64 = 0
    /// Beats at which a replica differed from the relay.
    var divergences: UInt64 = 0
    /// Frames that could not be applied.
    var ignored: UInt64 = 0

    private enum CodingKeys: CodingKey { case received, bytes, merged, snapshots }

    public init() {}

    mutating func add(_ quality: ConnectionQuality) {
        self.received += quality.framesApplied + quality.framesIgnored
        self.bytes += quality.bytesReceived
        self.merged += quality.merged
        self.snapshots += quality.snapshots
        self.divergences += quality.divergences
        self.ignored += quality.framesIgnored
    }

    func since(_ earlier: FrameCounts) -> FrameCounts {
        var result = self
        result.received -= earlier.received
        result.bytes -= earlier.bytes
        result.merged -= earlier.merged
        result.snapshots -= earlier.snapshots
        return result
    }
}

/// The outcome of a run, over the measured time only; ``json()`` is what `--json` writes.
public struct RunReport: Encodable, Sendable {
    /// How many players, and what befell them.
    public struct Players: Encodable, Sendable {
        public var wanted: Int
        public var joined: Int
        /// Stalls, connections that ended, and returns by token; a player may have several.
        public var stalled: Int
        public var dropped: Int
        public var rejoined: Int
    }

    /// Replicas compared with the room.
    public struct Replicas: Encodable, Sendable {
        /// Checksums compared with the relay's at beats, and replicas compared with each other at the end.
        public var checked: UInt64
        public var diverged: UInt64
    }

    /// What the generator itself cost, and whether it was the limit.
    public struct Generator: Encodable, Sendable {
        /// CPU time of the generator's thread per time.
        public var cpuFraction: Double
        /// CPU time per player and tick, microseconds.
        public var cpuPerPlayerTickUs: Double
        /// Slots left out count as late ones.
        public var lateMsP99: Double
        public var lateMsMax: Double
        /// Whether the generator was too late for its measurements to speak of the relay.
        public var saturated: Bool

        enum CodingKeys: String, CodingKey {
            case cpuFraction = "cpu_fraction"
            case cpuPerPlayerTickUs = "cpu_per_player_tick_us"
            case lateMsP99 = "late_ms_p99"
            case lateMsMax = "late_ms_max"
            case saturated
        }
    }

    /// The extra clients that never read.
    public struct NeverRead: Encodable, Sendable {
        public var wanted: Int
        public var dropped: Int
    }

    /// `pass` or `fail`.
    public var verdict: String
    public var failures: [String]
    /// Those of the failures that are about time alone: what a relay that is stopped on purpose is not blamed for.
    public var late: [String]
    public var seed: UInt64
    /// Seconds measured.
    public var seconds: Double
    public var players: Players
    public var frames: FrameCounts
    var durations: MeasuredDurations
    public var replicas: Replicas
    public var generator: Generator
    /// The largest number of ticks that a room let pass between two frames because the relay said that it was overloaded.
    public var longestStride: UInt64
    /// Only if there were such clients.
    public var neverRead: NeverRead?

    enum CodingKeys: String, CodingKey {
        case verdict, failures, late, seed, seconds, players, frames, replicas, generator
        case longestStride = "longest_stride"
        case neverRead = "never_read"
    }

    public var hasPassed: Bool { self.verdict == "pass" }

    /// As JSON, with a line feed at the end.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(Document(report: self))) + [0x0A]
    }

    /// The durations stand beside everything else, not one level below.
    private struct Document: Encodable {
        let report: RunReport

        func encode(to encoder: any Encoder) throws {
            try self.report.encode(to: encoder)
            try self.report.durations.encode(to: encoder)
        }
    }
}
