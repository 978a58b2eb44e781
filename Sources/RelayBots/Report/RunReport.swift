import FoundationEssentials

/// The outcome of a run; ``json()`` is the output of `--json`. Frames, deliveries, frame intervals, RTT and the generator's cost
/// cover the measured time only; everything else covers the whole run.
package struct RunReport: Encodable, Sendable {
    /// The number of players, and of their faults and returns.
    package struct Players: Encodable, Sendable {
        package var wanted: Int
        package var joined: Int
        /// Stalls, connections that ended, and returns by token; a player may have several.
        package var stalled: Int
        package var dropped: Int
        package var rejoined: Int
    }

    /// Replicas compared with the room.
    package struct Replicas: Encodable, Sendable {
        /// Checksums compared with the relay's at heartbeats, and replicas compared with each other at the end.
        package var checked: UInt64
        package var diverged: UInt64
    }

    /// The generator's own cost, and whether it was the limit.
    package struct Generator: Encodable, Sendable {
        /// CPU time of the generator's thread divided by elapsed time.
        package var cpuFraction: Double
        /// CPU time per player and tick, microseconds.
        package var cpuPerPlayerTickUs: Double
        /// Lateness of its slots. Skipped slots count as late ones.
        package var lateMsP99: Double
        package var lateMsMax: Double
        /// Whether the generator was too late for its measurements to say anything about the relay.
        package var saturated: Bool

        enum CodingKeys: String, CodingKey {
            case cpuFraction = "cpu_fraction"
            case cpuPerPlayerTickUs = "cpu_per_player_tick_us"
            case lateMsP99 = "late_ms_p99"
            case lateMsMax = "late_ms_max"
            case saturated
        }
    }

    /// The extra clients that never read.
    package struct NeverRead: Encodable, Sendable {
        package var wanted: Int
        package var dropped: Int
    }

    /// `pass` or `fail`.
    package var verdict: String
    package var failures: [String]
    /// The failures that are about time alone. A relay that is stopped on purpose is not blamed for these.
    package var late: [String]
    package var seed: UInt64
    /// Seconds measured.
    package var seconds: Double
    package var players: Players
    package var frames: FrameCounts
    var durations: MeasuredDurations
    package var replicas: Replicas
    package var generator: Generator
    /// The largest stride of a room, in ticks between two frames: above 1 if the relay said that it was overloaded.
    package var longestStride: UInt64
    /// Nil if there were no such clients.
    package var neverRead: NeverRead?
    /// Returns by token: what we did to the player (``Injection``), then the cause that the relay named, then how often.
    package var causes: [String: [String: Int]]
    /// How many of these causes were right, for people.
    var causesSummary: String?
    /// Nil unless players looked for their rooms.
    package var lobby: LobbyReport?

    enum CodingKeys: String, CodingKey {
        case verdict, failures, late, seed, seconds, players, frames, replicas, generator, causes, lobby
        case longestStride = "longest_stride"
        case neverRead = "never_read"
    }

    package var hasPassed: Bool { self.verdict == "pass" }

    /// As JSON, with a line feed at the end.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(Document(report: self))) + [0x0A]
    }

    /// Puts the durations beside all other keys, not one level below.
    private struct Document: Encodable {
        let report: RunReport

        func encode(to encoder: any Encoder) throws {
            try self.report.encode(to: encoder)
            try self.report.durations.encode(to: encoder)
        }
    }
}
