/// A writer and a player that watches it, and which of the writes count. Valid for one frame.
package struct WatchedPair {
    /// The writer's phase: its slots are those of this phase.
    let phase: UInt64
    /// Writes meant for other slots do not count: they are outside the measured time, or before both took their seats.
    let slots: Range<UInt64>
    /// Since when neither of the two has suffered a planned fault; `.max` while one does. Nanoseconds.
    let cleanSince: UInt64
    /// The room's period. Nanoseconds.
    let period: UInt64

    package init(phase: UInt64, slots: Range<UInt64>, cleanSince: UInt64, period: UInt64) {
        (self.phase, self.slots, self.cleanSince, self.period) = (phase, slots, cleanSince, period)
    }
}

/// Delivery times of writes: from the moment a write was *meant* to be made, by the schedule of slots, to the arrival of the
/// first frame that shows it or a newer one of the same player. For a player who watches, the two are the same.
///
/// Every write that was due counts, whatever held it back: a generator that was late or skipped its slot, a session that merged
/// it with the next, a full socket, a relay that stood still, a connection that broke by itself. A write that nobody ever saw
/// counts with its age at the end.
///
/// Not counted are writes outside the measured time, writes to or from a player without a seat, and writes to players who are no
/// listeners. Writes within a planned fault of either player, or ``disturbance`` after it, count in
/// ``MeasuredDurations/catchUp`` and not in ``MeasuredDurations/delivery``.
package struct Deliveries: Encodable, Sendable {
    /// A pair of players counts as undisturbed this long after the last planned fault of either. Nanoseconds.
    static let disturbance: UInt64 = .seconds(2)

    package private(set) var durations = DurationHistogram()
    /// Writes that took longer than two periods of the room.
    private(set) var late: UInt64 = 0
    /// Writes that never came. They are also late only if they were older than two periods when the run ended.
    package private(set) var unseen: UInt64 = 0

    package var lateShare: Double { Double(self.late) / Double(max(1, self.durations.count)) }

    mutating func record(nanoseconds: UInt64, period: UInt64) {
        self.durations.record(nanoseconds: nanoseconds)
        if nanoseconds > 2 * period { self.late += 1 }
    }

    mutating func addUnseen(_ count: UInt64) { self.unseen += count }

    private enum CodingKeys: String, CodingKey {
        case lateShare = "late_share"
        case unseen
    }

    package func encode(to encoder: any Encoder) throws {
        try self.durations.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.lateShare, forKey: .lateShare)
        try container.encode(self.unseen, forKey: .unseen)
    }
}

extension MeasuredDurations {
    /// Records that a frame is the first to show these writes, all but the last of them superseded.
    ///
    /// - Returns: How many of them were between undisturbed players.
    @discardableResult
    package mutating func record(
        _ writes: ClosedRange<UInt64>, of pair: WatchedPair, by schedule: SlotSchedule, at arrival: UInt64
    ) -> UInt64 {
        var number = max(writes.lowerBound, schedule.firstWrite(from: pair.slots.lowerBound, phase: pair.phase))
        var undisturbed: UInt64 = 0
        while number <= writes.upperBound {
            let slot = schedule.slot(ofWrite: number, phase: pair.phase)
            guard slot < pair.slots.upperBound else { break }
            let meant = schedule.deadline(of: slot)
            let taken = arrival - min(arrival, meant)
            if meant > pair.cleanSince, meant - pair.cleanSince >= Deliveries.disturbance {
                self.delivery.record(nanoseconds: taken, period: pair.period)
                undisturbed += 1
            } else {
                self.catchUp.record(nanoseconds: taken)
            }
            number += 1
        }
        return undisturbed
    }

    /// Records writes that the watching player had not seen when the run ended: they took at least until `end`.
    package mutating func recordUnseen(
        _ writes: ClosedRange<UInt64>, of pair: WatchedPair, by schedule: SlotSchedule, at end: UInt64
    ) {
        self.delivery.addUnseen(self.record(writes, of: pair, by: schedule, at: end))
    }
}
