import RelayClient
import RelayCore
import RelayJournal
import RelayWire

/// One room, its clients and everything between them, in virtual time. The same plan gives the same bytes, always.
///
/// ```
/// while world.ticksRun < plan.ticks { world.step() }   // faults; every invariant after every tick
/// world.settle()                                       // none; everybody must get well
/// ```
public final class World {
    public let plan: WorldPlan
    /// What goes wrong now: the plan's rates, or none.
    var rates: FaultRates
    let plantedDefect: Defect?
    var random: SplitMix64

    var room: Room
    var shell = Shell()
    /// What the next process will find.
    let journal: SimulatedJournal
    /// Apart, so that worlds without restarts are what they would be if there were none.
    var restartRandom: SplitMix64
    /// When the relay began to listen: before, nobody answers.
    var startedAt: UInt64 = 0
    /// Counters of the processes that were killed.
    var retired = RoomCounters()
    let schedule: TickSchedule
    /// The room runs at every stride-th tick number.
    var stride: UInt64 = 1
    /// Nanoseconds: the slot that is being run.
    var now: UInt64 = 0
    var isSettling = false
    /// Bytes that a kernel takes for a client that does not read.
    var window: Int

    var clients: [SimulatedClient] = []
    var raws: [RawClient] = []
    /// What became of each session's events, by author − 1.
    var authors: [AuthorRecord] = []

    // What is checked against.
    var model = LivenessModel()
    var messages = MessageModel()
    var history = RoomHistory()
    var memory = CheckMemory()
    /// What the room was given since its last tick.
    var received: [(seat: SeatNumber, connection: ConnectionID, bytes: [UInt8])] = []
    /// Counter steps that clients know to have been made, and tickets that nobody will learn about.
    var counterSteps: Int64 = 0
    var lostTickets: Int64 = 0

    /// Which client's notices are printed, by author; 0 for none.
    public var traced = 0
    public internal(set) var totals = Totals()
    public internal(set) var failure: SimulationFailure?
    public private(set) var ticksRun: UInt64 = 0

    public init(_ plan: WorldPlan, defect: Defect? = nil) {
        self.plan = plan
        self.rates = plan.faults
        self.plantedDefect = defect
        self.random = SplitMix64(seed: plan.seed)
        let instance = RoomInstance(high: self.random.next(), low: self.random.next())
        self.room = Room(configuration: plan.configuration, instance: instance, tick: Tick(rawValue: 1))
        self.journal = SimulatedJournal(JournalHeader(room: "arena", instance: instance, rate: plan.configuration.rate))
        self.restartRandom = SplitMix64(seed: plan.seed ^ 0x7265_7374_6172_7473)
        self.window = plan.window
        self.schedule = TickSchedule(origin: .zero, rate: plan.configuration.rate)
        self.now = self.schedule.deadline(of: Tick(rawValue: 1)).nanoseconds
        for _ in 0..<plan.players { self.clients.append(self.newClient(.player)) }
        for _ in 0..<plan.spectators { self.clients.append(self.newClient(.spectator)) }
        for _ in 0..<plan.hostiles { self.raws.append(self.newRaw(.hostile, at: self.now)) }
        self.totals.worlds = 1
        self.journal.begin(&self.room)
    }

    /// A checksum of every byte ever sent and every effect.
    public var digest: UInt64 { self.shell.digest.value }

    /// Runs the world to its end: faults, then settling. Nil if every invariant held.
    public func run() -> SimulationFailure? {
        while self.failure == nil, self.ticksRun < self.plan.ticks { self.step() }
        if self.failure == nil { self.settle() }
        self.collectTotals()
        return self.failure
    }

    /// One slot: everybody lives until then, the shell reads, the room ticks, the shell sends; then everything is checked.
    public func step() {
        let before = self.now
        self.now = self.nextSlot()
        for index in self.clients.indices {
            self.run(self.clients[index], until: self.now)
            if self.clients[index].isOver(at: self.now) { self.replaceClient(index) }
        }
        for raw in self.raws { self.run(raw, until: self.now) }
        self.raws.removeAll { $0.isOver }

        let nominal = self.stride * 1_000_000_000 / self.plan.configuration.rate
        let length = self.now - before
        let countsAll = self.plantedDefect == .pauseCounted || self.ticksRun == 0
        self.shell.liveness += countsAll ? length : LivenessModel.counted(length, nominal: nominal)
        if self.ticksRun == 0 { self.shell.liveness = 0 }
        self.model.slot(at: self.now, nominal: nominal)
        self.repeatOldClose()
        self.readEveryone()
        let tick = self.schedule.tick(at: Instant(nanoseconds: self.now))
        self.room.setStride(self.stride)
        self.model.unfinished = self.room.seatNumbers.filter { self.room.isUnfinished($0) }
        self.room.tick(tick, now: Instant(nanoseconds: self.now), liveness: Instant(nanoseconds: self.shell.liveness))
        self.finishTick(dying: self.drawDeath())
        self.received.removeAll(keepingCapacity: true)
        self.ticksRun += 1
        if self.ticksRun & 31 == 0 { self.shell.forgetClosed() }
    }

    /// What follows a room's tick: it is committed, then its effects and frames go out. Unless the relay dies first.
    private func finishTick(dying death: RelayDeath?) {
        if death == .beforeCommit { return self.restartRelay() }
        self.commitTick()
        self.checkLiveness()
        if death != .beforeSending { self.carryOutEffects() }
        self.recordTick()
        switch death {
        case .beforeSending: break
        case .whileSending: self.sendDeliveries(atMost: self.restartRandom.below(self.room.deliveries.count + 1))
        case .beforeCommit, .afterSending, nil: self.sendDeliveries()
        }
        self.checkRoom()
        if death != nil { self.restartRelay() }
    }

    private func nextSlot() -> UInt64 {
        if self.restartRandom.chance(self.rates.overload) { self.changeStride() }
        var at = self.schedule.deadline(of: self.room.currentTick.advanced(by: self.stride)).nanoseconds
        let period = self.stride * 1_000_000_000 / self.plan.configuration.rate
        while at < self.startedAt { at += period }
        at += self.plan.isPunctual ? 0 : self.random.below(period / 20)
        if self.random.chance(self.rates.lateSlot) { at += self.random.below(4 * period) }
        if self.random.chance(self.rates.pause) {
            at += self.random.within(100_000_000...12_000_000_000 as ClosedRange<UInt64>)
            self.totals.faults += 1
        }
        return at
    }

    /// The relay becomes overloaded, more so, or less.
    private func changeStride() {
        self.stride = self.restartRandom.within(1...min(4, max(1, self.plan.configuration.rate / 4)))
        self.totals.faults += 1
    }

    /// A close that was reported already is reported again: it must not touch whoever has the seat now.
    private func repeatOldClose() {
        guard !self.shell.oldCloses.isEmpty, self.random.chance(self.rates.repeatedClose) else { return }
        let old = self.random.pick(self.shell.oldCloses)
        self.room.connectionLost(
            old.seat, generation: old.generation, connection: old.connection, at: Instant(nanoseconds: self.now))
        self.totals.faults += 1
        if self.shell.oldCloses.count > 64 { self.shell.oldCloses.removeFirst(32) }
    }

    /// Keeps what clients will be compared with.
    private func recordTick() {
        let tick = self.room.currentTick
        self.history.record(
            .init(tick: tick, checksum: self.room.checksum, roster: RoomHistory.hash(self.room.rosterRows), host: self.room.host)
        )
        self.recordEvents()
    }

    func fail(_ what: String) {
        guard self.failure == nil else { return }
        self.failure = SimulationFailure(seed: self.plan.seed, tick: self.room.currentTick.rawValue, what: what)
    }

    /// Prints a line about the traced client.
    @inline(__always)
    func trace(_ client: SimulatedClient, _ what: @autoclosure () -> String) {
        if client.author == self.traced {
            print("tick \(self.room.currentTick.rawValue), at \(client.clock / 1_000) µs: \(what())")
        }
    }

    /// Notes that an invariant must hold. The message is made only if it does not.
    @inline(__always)
    func require(_ holds: Bool, _ what: @autoclosure () -> String) {
        if !holds { self.fail(what()) }
    }

    private func replaceClient(_ index: Int) {
        let old = self.clients[index]
        self.lostTickets += Int64(old.observer.openTickets.count)
        self.collectTotals(of: old)
        self.clients[index] = self.newClient(old.role)
    }
}
