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
    package mutating func record(_ tick: Tick, _ read: Read, stride: UInt64, tickLength: UInt64) {
        let ticks = min(tick.since(self.tick), Self.maximumTicks)
        let due = self.newest + ticks * tickLength
        let isKnown = !read.isExact && self.tick != .none && due > read.previous && due < read.stamp
        self.newest = max(self.newest, isKnown ? due : read.stamp)
        self.judgedStride = max(self.stride, stride)
        (self.tick, self.stride) = (tick, stride)
    }
}
