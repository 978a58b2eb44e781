import RelayWire

/// Tracks when frames reach one player.
package struct FrameArrivals {
    /// Arrival of the newest frame. Nanoseconds; 0 before the first.
    package private(set) var newest: UInt64 = 0
    private var tick = Tick.none
    /// Ticks between two frames, as the relay announces it.
    private(set) var stride: UInt64 = 1
    /// The stride by which the newest frame and the writes that it shows are judged.
    package private(set) var judgedStride: UInt64 = 1

    package init() {}

    /// Upper bound of the ticks between two frames, for the estimate of when a frame was due.
    private static let maximumTicks: UInt64 = 1 << 20

    /// The read that brought a frame.
    package struct Read {
        /// Arrival of the last byte that was read. Nanoseconds.
        let stamp: UInt64
        /// Whether the frame ends with that byte, so that the stamp is its own.
        let isExact: Bool
        /// When the socket was last read before, and emptied. Nanoseconds.
        let previous: UInt64

        package init(stamp: UInt64, isExact: Bool, previous: UInt64) {
            (self.stamp, self.isExact, self.previous) = (stamp, isExact, previous)
        }
    }

    /// Forgets the tick: the next frame may come from another room instance, and its tick does not tell when it was due.
    mutating func forgetTick() { self.tick = .none }

    /// Records the arrival of a frame.
    ///
    /// The kernel gives one stamp per read. A frame that was read together with later ones counts as arrived when it was due, if
    /// that was after the read before. If it was due earlier, it is late, and late frames come in a burst: it counts with the
    /// stamp, which is at most one turn of the player too late.
    ///
    /// - Parameters:
    ///   - stride: In force from this frame on. The interval that it ends began under the stride before: the longer judges it.
    ///   - tickLength: Nanoseconds.
    package mutating func note(_ tick: Tick, _ read: Read, stride: UInt64, tickLength: UInt64) {
        let ticks = min(tick.since(self.tick), Self.maximumTicks)
        let due = self.newest + ticks * tickLength
        let isKnown = !read.isExact && self.tick != .none && due > read.previous && due < read.stamp
        self.newest = max(self.newest, isKnown ? due : read.stamp)
        self.judgedStride = max(self.stride, stride)
        (self.tick, self.stride) = (tick, stride)
    }
}

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
