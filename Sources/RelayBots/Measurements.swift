import Histogram

/// Percentiles in milliseconds, as the report has them.
struct Percentiles: Encodable, Equatable {
    var p50 = 0.0
    var p90 = 0.0
    var p99 = 0.0
    var p999 = 0.0
    var max = 0.0
    /// How many values there were.
    var count: UInt64 = 0
}

/// Durations in microseconds over a fixed range, so that recording allocates nothing.
struct DurationHistogram: Encodable, Sendable {
    private var histogram = Histogram<UInt64>(highestTrackableValue: Self.longest, numberOfSignificantValueDigits: .three)
    private static let longest: UInt64 = 600_000_000

    mutating func record(nanoseconds: UInt64) { self.histogram.record(min(nanoseconds / 1000, Self.longest)) }

    mutating func reset() { self.histogram.reset() }

    var count: UInt64 { self.histogram.totalCount }

    func milliseconds(at percentile: Double) -> Double {
        self.count == 0 ? 0 : Double(self.histogram.valueAtPercentile(percentile)) / 1000
    }

    var percentiles: Percentiles {
        guard self.count > 0 else { return Percentiles() }
        return Percentiles(
            p50: self.milliseconds(at: 50), p90: self.milliseconds(at: 90), p99: self.milliseconds(at: 99),
            p999: self.milliseconds(at: 99.9), max: Double(self.histogram.max) / 1000, count: self.count
        )
    }

    func encode(to encoder: any Encoder) throws { try self.percentiles.encode(to: encoder) }
}

/// The durations that a run measures; in JSON each is its percentiles.
struct MeasuredDurations: Encodable, Sendable {
    var delivery = DurationHistogram()
    var catchUp = DurationHistogram()
    var frameInterval = DurationHistogram()
    var rtt = DurationHistogram()
    var rejoin = DurationHistogram()

    enum CodingKeys: String, CodingKey {
        case delivery = "delivery_ms"
        case catchUp = "catchup_ms"
        case frameInterval = "frame_interval_ms"
        case rtt = "rtt_ms"
        case rejoin = "rejoin_ms"
    }
}

/// What a run measures while it plays.
struct Measurements {
    var durations = MeasuredDurations()
    /// Of the generator's own slots.
    var lateness = DurationHistogram()
    /// Beats at which a whole replica's checksum was compared, and replicas compared with each other at the end.
    var replicasChecked: UInt64 = 0
    /// Replicas that differed from others at the end; those that differed from the relay are the sessions' to count.
    var replicasDiverged: UInt64 = 0
    var joined = 0
    var stalled = 0
    var dropped = 0
    var rejoined = 0
    var neverReadersDropped = 0
}

/// What went wrong, by kind: how often, and the first few cases in words.
struct FailureLog {
    enum Kind: String, CaseIterable {
        case sequence = "a player's own state is not what its confirmed uplinks say"
        case backwards = "a player's state went backwards"
        case eventTwice = "an event came twice or out of order"
        case eventLost = "an event was lost without a gap being reported"
        case seatLost = "a seat was lost"
        case uplinkLost = "confirmed uplinks were lost"
        case noticesDropped = "the generator polled too rarely and missed notices"
        case ended = "the relay ended a session for good"
        case writeRefused = "the relay refused a write"
        case unsettled = "a room did not settle after the writes had stopped"
        case lastWrite = "a player's last write is not what the others see"
        case lastEvent = "a player's last event did not reach everybody"
    }

    private var counts: [Kind: (count: Int, examples: [String])] = [:]

    mutating func note(_ kind: Kind, _ example: @autoclosure () -> String) {
        var entry = self.counts[kind] ?? (0, [])
        entry.count += 1
        if entry.examples.count < 3 { entry.examples.append(example()) }
        self.counts[kind] = entry
    }

    /// One sentence for each kind that occurred.
    var sentences: [String] {
        Kind.allCases.compactMap { kind in
            self.counts[kind].map { "\(kind.rawValue) (\($0.count)): \($0.examples.joined(separator: "; "))" }
        }
    }
}
