import RelayWire

/// How well the connection does, and what came over it. Counters run over the whole session.
public struct ConnectionQuality: Sendable, Equatable {
    /// Our own smoothed RTT as the relay measured it, at the last beat. Milliseconds; nil if unknown, and for spectators.
    public internal(set) var rtt: UInt64?
    /// How unevenly frames arrive against their ticks: RFC 3550's interarrival jitter (gain 1/16). Nanoseconds.
    public internal(set) var jitter: Double = 0
    /// When the last frame came. Nanoseconds, the session's clock; 0 before the first.
    public internal(set) var lastFrameAt: UInt64 = 0

    public internal(set) var bytesReceived: UInt64 = 0
    public internal(set) var differences: UInt64 = 0
    public internal(set) var merged: UInt64 = 0
    public internal(set) var snapshots: UInt64 = 0
    /// Frames that could not be applied, while a snapshot was awaited or because they made no sense.
    public internal(set) var framesIgnored: UInt64 = 0
    /// Beats at which the replica's checksum differed.
    public internal(set) var divergences: UInt64 = 0
    /// Snapshots asked for.
    public internal(set) var resyncs: UInt64 = 0
    /// Connections that ended, for whatever reason but leaving.
    public internal(set) var disconnections: UInt64 = 0
    public internal(set) var uplinksSent: UInt64 = 0
    public internal(set) var uplinksResent: UInt64 = 0
    /// Acknowledgements that no uplink could carry.
    public internal(set) var acksSent: UInt64 = 0
    public internal(set) var bytesSent: UInt64 = 0
    /// Writes refused because too much was waiting.
    public internal(set) var writesRefused: UInt64 = 0

    /// Frames applied.
    public var framesApplied: UInt64 { self.differences + self.merged + self.snapshots }

    /// Nanoseconds since the last frame; nil before the first.
    public func silence(at now: UInt64) -> UInt64? {
        self.lastFrameAt == 0 ? nil : now > self.lastFrameAt ? now - self.lastFrameAt : 0
    }

    private var lastTick = Tick.none

    public init() {}

    mutating func applied(_ coding: Coding) {
        switch coding {
        case .difference: self.differences += 1
        case .merged: self.merged += 1
        case .snapshot: self.snapshots += 1
        }
    }

    /// Notes an applied frame's arrival. Doubles, because a tick is the relay's word and products of it could overflow.
    mutating func frameArrived(_ tick: Tick, rate: UInt64, at now: UInt64) {
        if self.lastTick != .none, tick > self.lastTick, now >= self.lastFrameAt {
            let expected = Double(tick.since(self.lastTick)) * 1e9 / Double(max(rate, 1))
            let deviation = abs(Double(now - self.lastFrameAt) - expected)
            self.jitter += (deviation - self.jitter) / 16
        }
        (self.lastTick, self.lastFrameAt) = (tick, now)
    }

    /// A frame after a break has no predecessor to be even with.
    mutating func connectionEnded() {
        self.lastTick = .none
        self.disconnections += 1
    }
}
