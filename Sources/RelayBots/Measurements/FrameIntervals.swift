/// The intervals that listeners spent without a new frame. An interval ends only with a frame that could be applied.
///
/// Every player writes at every tick of the measured time, so every period of the room has a frame. An interval counts as far
/// as it lies in the measured time. One that is open when the run ends or a planned fault begins counts with its age; one in
/// which a connection broke by itself lasts until the first frame after it.
///
/// Not counted are players who are no listeners, listeners before their first frame, and the time from a listener's own planned
/// fault until ``Deliveries/disturbance`` after it.
package struct FrameIntervals: Encodable, Sendable {
    package private(set) var durations = DurationHistogram()
    /// Sum of all intervals, and sum of those longer than two periods of the room. Nanoseconds.
    private(set) var total: UInt64 = 0
    package private(set) var late: UInt64 = 0

    package init() {}

    /// Share of the time that was spent in intervals longer than two periods of the room. A percentile of intervals hides a relay
    /// that stood still once: that is one interval of thousands.
    package var lateTimeShare: Double { Double(self.late) / Double(max(1, self.total)) }

    /// Records an interval. All values are nanoseconds.
    ///
    /// - Parameters:
    ///   - start: 0 if there was no frame yet.
    ///   - since: Time before it does not count, nor does time after `until`.
    ///   - period: The room's, in that interval.
    package mutating func record(from start: UInt64, to end: UInt64, since: UInt64, until: UInt64, period: UInt64) {
        let (first, last) = (max(start, since), min(end, until))
        guard start > 0, first <= last else { return }
        self.durations.record(nanoseconds: last - first)
        self.total += last - first
        if last - first > 2 * period { self.late += last - first }
    }

    private enum CodingKeys: String, CodingKey {
        case lateTimeShare = "late_time_share"
    }

    package func encode(to encoder: any Encoder) throws {
        try self.durations.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.lateTimeShare, forKey: .lateTimeShare)
    }
}
