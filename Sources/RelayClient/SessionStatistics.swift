import RelayWire

/// What a session has measured and counted, from its beginning. How the connection is now, says ``Quality``.
public struct SessionStatistics: Sendable, Equatable {
    /// Our own smoothed RTT, as measured by the relay at the last heartbeat. Milliseconds; nil if unknown, and for spectators.
    public internal(set) var rtt: UInt64?
    /// Variation of the frames' arrival against their ticks: RFC 3550's interarrival jitter (gain 1/16). Nanoseconds.
    public internal(set) var jitter: Double = 0
    /// When the last frame or welcome came. Nanoseconds, the session's clock; 0 before the first.
    public internal(set) var lastFrameAt: UInt64 = 0

    public internal(set) var bytesReceived: UInt64 = 0
    public internal(set) var deltas: UInt64 = 0
    public internal(set) var merged: UInt64 = 0
    public internal(set) var snapshots: UInt64 = 0
    /// Frames not applied, because a snapshot was awaited or because they made no sense.
    public internal(set) var framesIgnored: UInt64 = 0
    /// Heartbeats at which the replica's checksum differed.
    public internal(set) var divergences: UInt64 = 0
    /// Snapshots asked for.
    public internal(set) var resyncs: UInt64 = 0
    /// Connections and attempts that ended, except those that ended the session.
    public internal(set) var disconnections: UInt64 = 0
    /// Why the connection before this one ended, as far as the relay can tell: in the newest welcome.
    public internal(set) var lastEnd = LagCause.unknown
    public internal(set) var uplinksSent: UInt64 = 0
    public internal(set) var uplinksResent: UInt64 = 0
    /// Acknowledgements sent as a message of their own, because no uplink came in time.
    public internal(set) var acksSent: UInt64 = 0
    public internal(set) var bytesSent: UInt64 = 0
    /// Writes refused because too many were pending.
    public internal(set) var writesRefused: UInt64 = 0

    /// Frames applied.
    public var framesApplied: UInt64 { self.deltas + self.merged + self.snapshots }

    /// Nanoseconds since the last frame or welcome; nil before the first.
    package func silence(at now: UInt64) -> UInt64? {
        self.lastFrameAt == 0 ? nil : now > self.lastFrameAt ? now - self.lastFrameAt : 0
    }

    private var lastTick = Tick.none

    package init() {}

    mutating func applied(_ coding: Coding) {
        switch coding {
        case .delta: self.deltas += 1
        case .merged: self.merged += 1
        case .snapshot: self.snapshots += 1
        }
    }

    /// Updates jitter and arrival time for an applied frame. Uses doubles, because the relay chooses the tick: integers derived
    /// from it could overflow.
    mutating func frameArrived(_ tick: Tick, rate: UInt64, at now: UInt64) {
        if self.lastTick != .none, tick > self.lastTick, now >= self.lastFrameAt {
            let expected = Double(tick.since(self.lastTick)) * 1e9 / Double(max(rate, 1))
            let deviation = abs(Double(now - self.lastFrameAt) - expected)
            self.jitter += (deviation - self.jitter) / 16
        }
        (self.lastTick, self.lastFrameAt) = (tick, now)
    }

    /// Counts the end, and restarts the jitter's comparison: the next connection's first frame has no predecessor.
    mutating func connectionEnded() {
        self.lastTick = .none
        self.disconnections += 1
    }
}
