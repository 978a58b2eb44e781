import RelayWire

/// What is known about a player who lags, at one tick. Nanoseconds on the liveness clock, unless said otherwise.
package struct LagEvidence: Equatable, Sendable {
    /// By how much the tick itself is late: monotonic clock.
    package var tickLateness: UInt64 = 0
    /// Age of the oldest frame that the client has not acknowledged; 0 if there is none.
    package var acknowledgementAge: UInt64 = 0
    /// For how long the oldest frame that the client's kernel has not acknowledged has been on its way; nil if that has all of them.
    package var undeliveredAge: UInt64?
    /// Whether the client's kernel has acknowledged the overdue frame, the oldest that the client has not.
    package var hasOverdueFrame = true
    /// Time since the client's kernel was last seen without the overdue frame; nil if it has had it ever since it was asked.
    package var heldAtMost: UInt64?
    /// Age of the frame of which a part still waits in the relay; nil if none does.
    package var remainderAge: UInt64?
    /// The client said so.
    package var isHidden = false
    /// Its library acknowledges for it: that says nothing about the program.
    package var isProgramUnseen = false
    /// Nil if nobody can say, or who says it speaks for a proxy.
    package var kernel: KernelSample?
    /// The `acknowledgementAge` up to which this seat is not behind.
    package var patience: UInt64
    /// How long a client may keep a frame before it acknowledges it.
    package var maximumAckDelay: UInt64
    /// The relay is to blame for what it holds up for longer than this.
    package var ownDelayBound: UInt64

    package init(patience: UInt64, maximumAckDelay: UInt64, ownDelayBound: UInt64) {
        (self.patience, self.maximumAckDelay, self.ownDelayBound) = (patience, maximumAckDelay, ownDelayBound)
    }
}

extension LagCause {
    /// Why a player lags. The first line that fits:
    ///
    /// | cause | evidence |
    /// |---|---|
    /// | `lateTick` | our tick is late |
    /// | `relayBacklog` | a part of a frame has waited here for long, while the kernel would take bytes |
    /// | `hidden` | the client said so |
    /// | `network` | a frame has been on its way for longer than half of our patience; or the client's kernel has had the overdue one for no longer than the client may keep it; or it has answered no probe |
    /// | `clientFrozen` | the client's kernel has the overdue frame, the client has not acknowledged it; or its receive window is shut; never of one whose library acknowledges for it |
    /// | `unknown` | no kernel to ask, or none of these |
    package init(judging evidence: LagEvidence) {
        if evidence.tickLateness > evidence.ownDelayBound {
            self = .lateTick
        } else if evidence.isHeldHere {
            self = .relayBacklog
        } else if evidence.isHidden {
            self = .hidden
        } else if evidence.isHeldByNetwork {
            self = .network
        } else {
            self = evidence.isWithClient ? .clientFrozen : .unknown
        }
    }
}

extension LagEvidence {
    /// The kernel probes an idle peer at this interval. Microseconds.
    package static let probeInterval: UInt64 = 1_000_000

    fileprivate var isHeldHere: Bool {
        guard let age = self.remainderAge, let kernel = self.kernel else { return false }
        return age > min(self.ownDelayBound, self.patience) && kernel.takesBytes
    }

    fileprivate var isHeldByNetwork: Bool {
        guard let kernel = self.kernel, !kernel.isWindowShut else { return false }
        // A pause of ours is no silence of the peer: the age of the acknowledgement leaves it out.
        let silence = min(kernel.sinceLastAck, self.acknowledgementAge / 1000)
        if silence > Self.probeInterval + 3 * kernel.retransmissionTimeout { return true }
        if self.clientTime(kernel) <= self.maximumAckDelay { return true }
        return self.undeliveredAge.map { $0 > Self.longestTransit(self.patience) } ?? false
    }

    /// A frame that is on its way for longer is late. As a rule it is more than two round trips and a retransmission.
    static func longestTransit(_ patience: UInt64) -> UInt64 { patience / 2 }

    /// For how long the client can have had the overdue frame: not while it was on its way.
    private func clientTime(_ kernel: KernelSample) -> UInt64 {
        let withoutWay = self.acknowledgementAge - min(self.acknowledgementAge, 1000 * kernel.rtt)
        return min(self.heldAtMost ?? .max, withoutWay)
    }

    fileprivate var isWithClient: Bool {
        guard let kernel = self.kernel, !self.isProgramUnseen else { return false }
        return kernel.isWindowShut || self.hasOverdueFrame
    }
}
