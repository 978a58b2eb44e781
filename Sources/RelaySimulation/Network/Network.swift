import RelayCore
import RelayTransport
import RelayWire

/// Everything between the relay and its clients, in virtual time, and the faults of it.
final class Network: TransportClock {
    /// Nanoseconds.
    var time: UInt64 = 0
    let plan: WorldPlan
    let defect: Defect?
    private var random: SplitMix64
    private var connectionCount: UInt64 = 0
    /// The connections that clients have opened and that are not over.
    var connections: [SimulatedConnection] = []
    /// Everything that the relay has sent.
    var digest = Digest()
    /// Bytes that a kernel takes for a client that does not read.
    var window: Int
    /// How many writes the relay makes before it dies in the midst of them; nil if it lives.
    var writesLeft: Int?
    /// Times in a million that a connection breaks when the relay writes its welcome.
    var lostWelcome: UInt64
    var faults: UInt64 = 0
    /// With ``Defect/fencingSkipped``: messages that came on connections that the relay has closed.
    var fenced: [(connection: SimulatedConnection, message: [UInt8])] = []

    init(_ plan: WorldPlan, defect: Defect?) {
        (self.plan, self.defect, self.window) = (plan, defect, plan.window)
        self.random = SplitMix64(seed: plan.seed ^ 0x6E65_7477_6F72_6B)
        self.lostWelcome = plan.faults.lostWelcome
    }

    func makeConnection(latency: UInt64, isHonest: Bool) -> SimulatedConnection {
        self.connectionCount += 1
        let isSlowChannel = self.random.chance(self.plan.slowChannels)
        return SimulatedConnection(
            number: self.connectionCount, latency: latency, isHonest: isHonest, isSlowChannel: isSlowChannel, network: self)
    }

    /// When bytes sent now by the relay arrive, nanoseconds.
    func arrival(after latency: UInt64) -> UInt64 {
        self.time + latency + (self.plan.jitter > 0 ? self.random.below(self.plan.jitter * 1_000) : 0)
    }

    /// When a slow channel has passed on what it was given now, unless the peer is slower.
    func drawCredit() -> UInt64 { self.time + self.random.below(2_000_000_000 / self.plan.configuration.rate) }

    func isDrawn(_ perMillion: UInt64) -> Bool { self.random.chance(perMillion) }

    func pick(_ range: ClosedRange<Int>) -> Int { self.random.within(range) }

    // MARK: The clock of the relay

    var now: Instant { Instant(nanoseconds: self.time) }

    func beginReading() -> Instant { self.now }

    func arrival(stamp: Int64, lastRead: Instant) -> Instant? {
        stamp == 0 ? nil : Instant(nanoseconds: UInt64(stamp))
    }
}
