/// The durations that a run measures. In JSON each is its percentiles, and figures that percentiles hide.
package struct MeasuredDurations: Encodable, Sendable {
    package var delivery = Deliveries()
    /// Deliveries to and from players during a planned fault or shortly after one.
    package var catchUp = DurationHistogram()
    package var frameInterval = FrameIntervals()
    /// The relay's smoothed RTT of each player, sampled at every heartbeat that the player sees. A player who is sent nothing
    /// gives no samples meanwhile.
    var rtt = DurationHistogram()
    /// From the end of a connection to the first frame after it. If none came, the time until the end of the run counts.
    var rejoin = DurationHistogram()

    package init() {}

    enum CodingKeys: String, CodingKey {
        case delivery = "delivery_ms"
        case catchUp = "catchup_ms"
        case frameInterval = "frame_interval_ms"
        case rtt = "rtt_ms"
        case rejoin = "rejoin_ms"
    }
}

/// The measurements of a run.
package struct Measurements {
    var durations = MeasuredDurations()
    /// Lateness of the generator's own slots, including those that it skipped because it was late.
    package var lateness = DurationHistogram()
    /// Heartbeats at which a whole replica's checksum was compared, and replicas compared with each other at the end.
    var replicasChecked: UInt64 = 0
    /// Replicas that differed from others at the end. The sessions count those that differed from the relay.
    var replicasDiverged: UInt64 = 0
    var joined = 0
    var stalled = 0
    var dropped = 0
    var rejoined = 0
    var neverReadersDropped = 0
    /// The largest stride that a room ran at.
    var longestStride: UInt64 = 1

    package init() {}

    /// Records how late a slot began. Slots skipped after it were late too, each by the time from its deadline until `now`. They
    /// are recorded tick by tick and not one by one, so that a long pause makes no long loop.
    ///
    /// - Parameters:
    ///   - slots: The slot that begins, and those skipped after it.
    ///   - end: Slots that were due after it do not count. Nanoseconds.
    package mutating func recordLateness(of slots: Range<UInt64>, of schedule: SlotSchedule, at now: UInt64, until end: UInt64) {
        var slot = slots.lowerBound
        while slot < slots.upperBound {
            let deadline = schedule.deadline(of: slot)
            guard deadline < end else { return }
            let count = slot == slots.lowerBound ? 1 : min(schedule.phases, slots.upperBound - slot)
            self.lateness.record(nanoseconds: now - min(now, deadline), count: count)
            slot += count
        }
    }
}

/// The failures of a run, by kind: how often, and the first three cases in words.
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
