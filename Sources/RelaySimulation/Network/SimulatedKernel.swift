import RelayCore

/// What the relay's kernel knows of one connection: which of the bytes it was given the peer's kernel has acknowledged.
struct SimulatedKernel {
    /// Bytes up to here, and when the peer's ACK of them comes.
    private var sent = Queue<(end: UInt64, ackedAt: UInt64)>()
    private var handedOver: UInt64 = 0
    private var acked: UInt64 = 0
    private var lastAck: UInt64 = 0
    /// From now on nothing that the peer sends arrives, ACKs included.
    private(set) var cutOffAt: UInt64?

    mutating func cutOff(at now: UInt64) { self.cutOffAt = self.cutOffAt ?? now }

    mutating func send(_ count: Int, ackedAt: UInt64) {
        self.handedOver += UInt64(count)
        self.sent.append((self.handedOver, ackedAt))
    }

    /// - Parameters:
    ///   - latency: Nanoseconds one way.
    ///   - space: Bytes that the peer's kernel still takes.
    mutating func sample(at now: UInt64, latency: UInt64, space: Int) -> KernelSample {
        let newest = min(now, self.cutOffAt ?? now)
        while let first = self.sent.first, first.ackedAt <= newest {
            (self.acked, self.lastAck) = (first.end, first.ackedAt)
            self.sent.removeFirst()
        }
        let roundTrip = 2 * latency / 1_000
        var silence = (now - min(now, self.lastAck)) / 1_000
        if self.cutOffAt == nil { silence = min(silence, LagEvidence.probeInterval + roundTrip) }
        let isShut = space <= 0 && self.cutOffAt == nil
        return KernelSample(
            rtt: roundTrip, retransmissionTimeout: 200_000 + roundTrip, retransmits: 0,
            unackedSegments: self.sent.isEmpty || isShut ? 0 : 1, undeliveredBytes: self.handedOver - self.acked,
            notSentBytes: isShut ? 1 : 0, sinceLastAck: silence, peerWindow: UInt64(max(0, space)), congestionWindow: 10,
            takesBytes: space > 0)
    }
}
