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
    /// The causes that the relay named for ends of connections.
    var causes = CauseMatrix()
    var quickJoins = QuickJoins()
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
