import RelayWire

/// When frames reach one player.
struct FrameArrivals {
    /// Of the newest frame. Nanoseconds; 0 before the first.
    private(set) var newest: UInt64 = 0
    private var tick = Tick.none
    /// Ticks between two frames, as the relay says.
    private(set) var stride: UInt64 = 1
    /// The stride that what the newest frame shows is judged by.
    private(set) var judgedStride: UInt64 = 1

    /// More ticks between two frames than any estimate is good for.
    private static let mostTicks: UInt64 = 1 << 20

    /// A read brought a frame.
    struct Read {
        /// When the last byte of all that was read arrived. Nanoseconds.
        let stamp: UInt64
        /// Whether the frame ends with that byte, so that the stamp is its own.
        let isExact: Bool
        /// When the socket was read before and had nothing more.
        let previous: UInt64
    }

    /// Another room instance may be behind the next frame: its ticks say nothing about when it is due.
    mutating func forgetTick() { self.tick = .none }

    /// Notes a frame.
    ///
    /// The kernel has one stamp for all that is read at once. A frame that was read together with later ones is taken to have come
    /// when it was due, if that was after the read before. If it was due earlier, it is late, and late frames come in a burst: it
    /// counts with the stamp, which is at most one turn of the player too late.
    ///
    /// - Parameters:
    ///   - stride: In force since this frame. The interval that it ends began under the one before: the longer of both judges it.
    ///   - tickLength: Nanoseconds.
    mutating func note(_ tick: Tick, _ read: Read, stride: UInt64, tickLength: UInt64) {
        let ticks = min(tick.since(self.tick), Self.mostTicks)
        let due = self.newest + ticks * tickLength
        let isKnown = !read.isExact && self.tick != .none && due > read.previous && due < read.stamp
        self.newest = max(self.newest, isKnown ? due : read.stamp)
        self.judgedStride = max(self.stride, stride)
        (self.tick, self.stride) = (tick, stride)
    }
}

/// How long listeners were without a new frame, over and over: an interval ends when a frame has arrived that could be applied.
///
/// While it plays, every player writes at every tick, so every period of the room has a frame. Intervals count as far as they lie in
/// the measured time: also the one that is open when the run ends or when a planned fault begins, with its age, and the one in
/// which a connection broke without our doing, until the first frame after it.
///
/// Left out are players who are no listeners, listeners before their first frame, and the time from a planned fault of a listener's own
/// until ``Deliveries/disturbance`` after it.
struct FrameIntervals: Encodable, Sendable {
    private(set) var durations = DurationHistogram()
    /// All intervals together, and those together that were longer than two periods of the room. Nanoseconds.
    private(set) var total: UInt64 = 0
    private(set) var late: UInt64 = 0

    /// The part of the time that was spent in intervals longer than two periods of the room. An interval's percentile says little
    /// of a relay that stood still once: it is one of thousands then.
    var lateTimeShare: Double { Double(self.late) / Double(max(1, self.total)) }

    /// Nanoseconds, all of them.
    ///
    /// - Parameters:
    ///   - start: 0 if there was no frame yet.
    ///   - since: What was before does not count, as does what comes after `until`.
    ///   - period: The room's, in that interval.
    mutating func record(from start: UInt64, to end: UInt64, since: UInt64, until: UInt64, period: UInt64) {
        let (first, last) = (max(start, since), min(end, until))
        guard start > 0, first <= last else { return }
        self.durations.record(nanoseconds: last - first)
        self.total += last - first
        if last - first > 2 * period { self.late += last - first }
    }

    private enum CodingKeys: String, CodingKey {
        case lateTimeShare = "late_time_share"
    }

    func encode(to encoder: any Encoder) throws {
        try self.durations.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.lateTimeShare, forKey: .lateTimeShare)
    }
}
