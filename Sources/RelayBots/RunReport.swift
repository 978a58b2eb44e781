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
        public var lateMsP99: Double
        /// Whether the generator was too late for its measurements to speak of the relay.
        public var saturated: Bool

        enum CodingKeys: String, CodingKey {
            case cpuFraction = "cpu_fraction"
            case cpuPerPlayerTickUs = "cpu_per_player_tick_us"
            case lateMsP99 = "late_ms_p99"
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
    public var seed: UInt64
    /// Seconds measured.
    public var seconds: Double
    public var players: Players
    public var frames: FrameCounts
    var durations: MeasuredDurations
    public var replicas: Replicas
    public var generator: Generator
    /// Only if there were such clients.
    public var neverRead: NeverRead?

    enum CodingKeys: String, CodingKey {
        case verdict, failures, seed, seconds, players, frames, replicas, generator
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

extension BotLoop {
    /// What became of it. To be asked when the run is over.
    func report() -> RunReport {
        let measured = self.measurements
        let seconds = Double(self.window.length) / 1e9
        let playerTicks = Double(max(1, measured.joined)) * seconds * Double(self.schedule.rate)
        let late = measured.lateness.milliseconds(at: 99)
        let diverged = measured.replicasDiverged + self.frameCounts().divergences
        var report = RunReport(
            verdict: "pass", failures: [], seed: self.options.seed, seconds: seconds,
            players: .init(
                wanted: self.wanted, joined: measured.joined, stalled: measured.stalled, dropped: measured.dropped,
                rejoined: measured.rejoined
            ),
            frames: self.window.frames, durations: measured.durations,
            replicas: .init(checked: measured.replicasChecked, diverged: diverged),
            generator: .init(
                cpuFraction: Double(self.window.cpu) / max(1, Double(self.window.length)),
                cpuPerPlayerTickUs: playerTicks > 0 ? Double(self.window.cpu) / 1000 / playerTicks : 0, lateMsP99: late,
                saturated: late > Double(self.schedule.tickLength) / 2e6
            ),
            neverRead: self.options.neverRead > 0
                ? .init(wanted: self.options.neverRead, dropped: measured.neverReadersDropped) : nil
        )
        report.failures = self.failureTexts(report)
        if !report.failures.isEmpty { report.verdict = "fail" }
        return report
    }

    private func failureTexts(_ report: RunReport) -> [String] {
        var texts: [String] = []
        let absent = self.bots.count { !$0.pointee.neverReads && $0.pointee.hasJoined && !$0.pointee.wasInAtEnd }
        let longest = 2 * Double(self.schedule.tickLength) / 1e6
        if report.players.joined == 0 {
            texts.append("nobody joined\(self.progress.lastNote.map { ": \($0)" } ?? "")")
        } else if report.players.joined < report.players.wanted {
            texts.append("only \(report.players.joined) of \(report.players.wanted) players joined")
        }
        if absent > 0 { texts.append("\(absent) players did not come back") }
        if report.replicas.diverged > 0 { texts.append("\(report.replicas.diverged) replicas diverged") }
        let ignored = self.frameCounts().ignored
        if ignored > 0 { texts.append("\(ignored) frames could not be applied") }
        texts += self.failures.sentences
        if report.generator.saturated {
            let late = "its slots were \(report.generator.lateMsP99) ms late (p99)"
            texts.append("the generator, not the relay, was the limit: \(late); use fewer players")
        }
        let delivery = report.durations.delivery.percentiles
        if delivery.count == 0, self.options.players > 1, report.seconds > 5, report.players.joined > 0 {
            texts.append("no delivery between undisturbed players could be measured")
        }
        if delivery.count > 0, delivery.p99 > longest {
            texts.append("delivery took \(delivery.p99) ms (p99), which is more than two ticks")
        }
        return texts
    }
}
