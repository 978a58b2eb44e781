import RelayCore
import RelayWire

/// How much the clients write. Times in a million, per game tick.
struct WorkloadRates: Sendable {
    var move: UInt64 = 0
    var otherFields: UInt64 = 0
    var removeOwn: UInt64 = 0
    var roomWrites: UInt64 = 0
    var counters: UInt64 = 0
    var publicEvents: UInt64 = 0
    var privateEvents: UInt64 = 0
    var newNames: UInt64 = 0
    /// Own entities of each client.
    var entities: UInt64 = 1
}

/// Everything about a world that is drawn from its seed before it starts.
package struct WorldPlan: Sendable {
    package let seed: UInt64
    /// How often the relay is killed: times in a million, per slot; 0 in half of the worlds.
    var restarts: UInt64 = 0
    /// How many connections, in a million, take one write at a time and pass it on later, as an encrypted channel does.
    var slowChannels: UInt64 = 0
    var configuration = RoomConfiguration()
    var faults: FaultRates
    var workload = WorkloadRates()
    var players: Int
    var spectators: Int
    var hostiles: Int
    /// Bytes read from one connection in one slot.
    var readBytes: Int
    /// Bytes that the kernel takes for a client that does not read.
    var window: Int
    /// Whether slots start exactly at their deadlines, so that ages meet timeouts to the nanosecond.
    var isPunctual = false
    /// Whether arrival times come from the kernel, and so are exact.
    var exactArrivals: Bool
    /// Range from which each connection's one-way latency is drawn, microseconds.
    var latency: ClosedRange<UInt64>
    /// Maximum of the delay added to each message, microseconds.
    var jitter: UInt64
    /// Nanoseconds from one game tick of a client to the next.
    var flushInterval: UInt64
    /// Ticks with faults; those after them are for settling.
    package let ticks: UInt64

    package init(seed: UInt64, ticks: UInt64) {
        var random = SplitMix64(seed: seed ^ 0x7469_636B_7265_6C61)
        self.seed = seed
        self.ticks = ticks
        self.faults = .swarm(&random)
        self.players = random.within(1...7)
        self.spectators = random.below(3)
        self.hostiles = random.below(3 as Int) == 0 ? random.within(1...2) : 0
        self.readBytes = random.pick([256, 1_024, 16_384])
        self.window = random.pick([1_500, 4_000, 16_000, 100_000])
        self.exactArrivals = random.below(2 as Int) == 0
        let least = random.within(100...60_000 as ClosedRange<UInt64>)
        self.latency = least...(least + random.within(0...90_000 as ClosedRange<UInt64>))
        self.jitter = random.pick([0, 2_000, 30_000])
        self.flushInterval = 1_000_000_000 / random.within(5...30 as ClosedRange<UInt64>)
        self.drawTiming(&random)
        self.drawLimits(&random)
        self.drawWorkload(&random)
        // From a generator of its own: these draws must not change the rest of a seed's plan.
        var apart = SplitMix64(seed: seed ^ 0x6B69_6C6C_6564)
        self.restarts = apart.below(2 as Int) == 0 ? 0 : apart.below(6_000 as UInt64)
        self.faults.overload = apart.below(3 as Int) > 0 ? 0 : apart.below(20_000 as UInt64)
        self.slowChannels = apart.pick([0, 0, 300_000, 1_000_000])
        self.faults.ping = apart.pick([0, 20_000, 300_000])
        self.faults.hide = apart.pick([0, 0, 5_000, 50_000])
        self.configuration.hiddenGrace = apart.within(0...80 as ClosedRange<UInt64>) * 100_000_000
    }

    private mutating func drawTiming(_ random: inout SplitMix64) {
        self.isPunctual = random.below(2 as Int) == 0
        let step: UInt64 = self.isPunctual ? 100 : 1
        func milliseconds(_ range: ClosedRange<UInt64>) -> UInt64 {
            max(random.within(range) / step * step, range.lowerBound) * 1_000_000
        }
        self.configuration.maximumAckDelay = milliseconds(40...250)
        self.configuration.heartbeatInterval = milliseconds(250...1_000)
        self.configuration.behindAfter = milliseconds(150...500)
        self.configuration.stallAfter = milliseconds(900...3_000)
        self.configuration.graceWindow = milliseconds(200...4_000)
        self.configuration.seatHold = milliseconds(500...15_000)
        self.configuration.giveUpAfter = milliseconds(2_500...6_000)
        self.configuration.resyncInterval = milliseconds(500...5_000)
        self.configuration.rate = random.pick([10, 20, 30, 30, 60])
    }

    private mutating func drawLimits(_ random: inout SplitMix64) {
        func limit(_ tight: ClosedRange<Int>, _ wide: Int) -> Int { random.below(2 as Int) == 0 ? random.within(tight) : wide }
        self.configuration.maximumPlayers = limit(1...max(1, self.players), 512)
        self.configuration.maximumSpectators = limit(1...2, 512)
        self.configuration.maximumEntities = limit(3...24, 4_096)
        self.configuration.maximumFields = limit(2...10, 64)
        self.configuration.maximumStateBytes = limit(300...3_000, 1 << 20)
        self.configuration.maximumDeletions = limit(1...24, 1_024)
        self.configuration.maximumEvents = limit(3...64, 1_024)
        self.configuration.maximumEventBytes = limit(200...4_000, 256 << 10)
        self.configuration.maximumResults = limit(1...32, 256)
        self.configuration.uplinkBytes = limit(400...2_000, 16 << 10)
    }

    private mutating func drawWorkload(_ random: inout SplitMix64) {
        self.configuration.roomWrites = random.pick(RoomWrites.allCases)
        self.configuration.departure = random.pick(DeparturePolicy.allCases)
        self.configuration.fields = Workload.declaredFields(fillers: random.below(2 as Int) == 0 ? 0 : 52)
        self.workload.move = random.pick([100_000, 600_000, 1_000_000])
        self.workload.otherFields = random.within(0...300_000 as ClosedRange<UInt64>)
        self.workload.removeOwn = random.within(0...80_000 as ClosedRange<UInt64>)
        self.workload.roomWrites = random.within(0...100_000 as ClosedRange<UInt64>)
        self.workload.counters = random.within(0...150_000 as ClosedRange<UInt64>)
        self.workload.publicEvents = random.within(0...150_000 as ClosedRange<UInt64>)
        self.workload.privateEvents = random.within(0...100_000 as ClosedRange<UInt64>)
        self.workload.newNames = random.pick([0, 0, 5_000])
        self.workload.entities = random.within(1...4 as ClosedRange<UInt64>)
    }

    /// Nanoseconds within which every client must be well after the faults end: covers giving up, waiting, attempts, two
    /// requests for snapshots, and the relay's own timeouts.
    var settleTime: UInt64 {
        let configuration = self.configuration
        let room = configuration.stallAfter + configuration.longestGrace + configuration.giveUpAfter
        return room + 2 * configuration.resyncInterval + 30_000_000_000
    }
}
