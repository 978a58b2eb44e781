import RelayWire

/// The sending side of a seat: the state of its client's replica as far as we know it, and the frames on their way to it.
package struct SendState {
    /// The newest frame that the kernel took whole on this connection, or the point a rejoin resumes from. Also the event cursor.
    private(set) var baseline = Tick.none
    /// The next frame must be a snapshot.
    private(set) var needsSnapshot = true
    /// The client asked for a snapshot that is not granted yet. Until then it gets only heartbeats and acknowledges nothing.
    private(set) var awaitsSnapshot = false
    /// The client acknowledged a frame since its last request: a client that reads nothing must not stay alive by requests.
    private(set) var mayAskForSnapshot = true
    /// The client says that nobody sees what it shows: it gets only heartbeats.
    private(set) var isHidden = false
    /// Acknowledgements are so late that nothing more is sent.
    var isBehind = false
    /// The frame of which the kernel has yet to take the rest.
    private(set) var unfinished: Tick?
    /// Newest tick acknowledged on any connection of this occupant.
    private(set) var acknowledged = Tick.none
    package private(set) var inFlight = InFlightFrames()
    /// When a requested snapshot was granted last: liveness clock.
    private(set) var lastGrant: Instant?

    /// Whether unacknowledged frames do not count as silence, because the client waits for a snapshot and cannot use them. An
    /// unfinished frame still counts: a client that reads nothing must not stay alive by requests.
    var isExcused: Bool { self.awaitsSnapshot && self.unfinished == nil }

    /// Whether there is a reason to send heartbeats alone.
    var getsHeartbeatsAlone: Bool { self.awaitsSnapshot || self.isHidden }

    // MARK: Connections

    /// Starts over for a new occupant, who sits down at this tick.
    mutating func begin(at tick: Tick) {
        self.inFlight.reset()
        self.baseline = Tick(rawValue: tick.rawValue - 1)
        self.acknowledged = self.baseline
        (self.needsSnapshot, self.isBehind, self.unfinished, self.lastGrant) = (true, false, nil, nil)
        (self.awaitsSnapshot, self.mayAskForSnapshot, self.isHidden) = (false, true, false)
    }

    /// Goes on on a new connection of the same occupant.
    mutating func resume(from baseline: Tick, needsSnapshot: Bool) {
        self.stop()
        (self.baseline, self.needsSnapshot, self.mayAskForSnapshot) = (baseline, needsSnapshot, true)
    }

    /// The connection has ended: nothing is on its way any more.
    mutating func stop() {
        self.inFlight.reset()
        (self.isBehind, self.unfinished, self.awaitsSnapshot, self.isHidden) = (false, nil, false, false)
    }

    // MARK: Frames

    /// The kernel took a frame, or a part of it.
    ///
    /// - Parameter isAwaited: Whether the client is to acknowledge this one: all frames, or those that a ping follows.
    mutating func handedOver(
        _ tick: Tick, bytes: Int, at now: Instant, liveness: Instant, isComplete: Bool, isAwaited: Bool
    ) {
        if isAwaited {
            self.inFlight.append(tick, bytes: bytes, handedOver: now, liveness: liveness)
        } else {
            self.inFlight.pass(bytes: bytes)
        }
        // A snapshot is no longer needed, whenever its last byte goes out.
        self.needsSnapshot = false
        if isComplete { self.baseline = tick } else { self.unfinished = tick }
    }

    /// The kernel took the rest of the unfinished frame.
    mutating func finish(at now: Instant) {
        guard let tick = self.unfinished else { return }
        (self.unfinished, self.baseline) = (nil, tick)
        self.inFlight.completeNewest(at: now)
    }

    /// The client acknowledges a tick. If that is news, it applies frames, and a snapshot that it asked for is not needed any more.
    mutating func acknowledge(_ tick: Tick) -> InFlightFrames.Acknowledgement {
        let outcome = self.inFlight.acknowledge(tick)
        if case .advanced(let entry) = outcome {
            self.acknowledged = entry.tick
            (self.mayAskForSnapshot, self.awaitsSnapshot) = (true, false)
        }
        return outcome
    }

    /// The newest acknowledged frame has given its RTT sample.
    mutating func sampled() { self.inFlight.sampled() }

    /// A journal says what was acknowledged before the relay was started again.
    mutating func restore(acknowledged tick: Tick) { self.acknowledged = tick }

    /// The client says whether it is hidden. False if it has said so before.
    mutating func hide(_ isHidden: Bool) -> Bool {
        defer { self.isHidden = isHidden }
        return self.isHidden != isHidden
    }

    // MARK: Snapshots on request

    /// The client asks for a snapshot. False if it has acknowledged nothing since it asked last.
    mutating func request() -> Bool {
        guard self.mayAskForSnapshot else { return false }
        (self.mayAskForSnapshot, self.awaitsSnapshot) = (false, true)
        return true
    }

    /// The next frame is the snapshot that the client asked for.
    mutating func grantSnapshot(at liveness: Instant) {
        self.lastGrant = liveness
        (self.awaitsSnapshot, self.needsSnapshot) = (false, true)
        // The client refused all frames after the newest one acknowledged, and their events with them. The tick that its request
        // names is not used: it may be from before this occupant joined.
        self.baseline = self.acknowledged
        self.inFlight.discardOutstanding()
    }
}
