import RelayClient
import RelayCore
import RelayJournal
import RelayTransport
import RelayWire

/// One room, its clients and everything between them, in virtual time. The same plan gives the same bytes, always.
///
/// ```
/// while world.ticksRun < plan.ticks { world.step() }   // with faults; checks every invariant after every tick
/// world.settle()                                       // without faults; every client must get well
/// ```
package final class World {
    package let plan: WorldPlan
    /// The fault rates in force: the plan's, or none while the world settles.
    var rates: FaultRates
    let plantedDefect: Defect?
    var random: SplitMix64

    let network: Network
    /// The room and its connections: what a relay's thread runs.
    var relay: ConnectedRoom
    var book = ConnectionBook()
    /// The journal that the next process will find.
    let journal: SimulatedJournal
    /// A generator of its own, so that drawing restarts and overload changes nothing else in a world.
    var restartRandom: SplitMix64
    /// When the relay starts to listen, nanoseconds. Connections before that fail.
    var startedAt: UInt64 = 0
    /// Counters of the processes that were killed.
    var retired = RoomCounters()
    let schedule: TickSchedule
    /// The room runs at every stride-th tick number.
    var stride: UInt64 = 1
    var isSettling = false

    var clients: [SimulatedClient] = []
    var raws: [RawClient] = []
    /// The account of each session's events, by author − 1.
    var authors: [AuthorRecord] = []

    // Models and records that the checks compare with.
    var model = LivenessModel()
    var messages = MessageModel()
    var history = RoomHistory()
    var memory = CheckMemory()
    /// Messages that the room was given since its last tick.
    var received: [(seat: SeatNumber, connection: ConnectionID, bytes: [UInt8])] = []
    var requests: AskedRequests
    /// Steps of the counter that clients know to have succeeded.
    var counterSteps: Int64 = 0
    /// Tickets whose results no client will learn.
    var lostTickets: Int64 = 0

    /// Author of the client whose messages and events are printed; 0 for none.
    package var traced = 0
    package internal(set) var totals = Totals()
    package internal(set) var failure: SimulationFailure?
    package private(set) var ticksRun: UInt64 = 0

    package init(_ plan: WorldPlan, defect: Defect? = nil) {
        self.plan = plan
        self.rates = plan.faults
        self.plantedDefect = defect
        self.random = SplitMix64(seed: plan.seed)
        let instance = RoomInstance(high: self.random.next(), low: self.random.next())
        self.network = Network(plan, defect: defect)
        let room = Room(configuration: plan.configuration, instance: instance, tick: Tick(rawValue: 1))
        self.relay = ConnectedRoom(room, context: Self.context(self.network), poll: nil)
        self.journal = SimulatedJournal(JournalHeader(room: "arena", instance: instance, rate: plan.configuration.rate))
        self.restartRandom = SplitMix64(seed: plan.seed ^ 0x7265_7374_6172_7473)
        self.requests = AskedRequests(seed: plan.seed)
        self.schedule = TickSchedule(origin: .zero, rate: plan.configuration.rate)
        self.network.time = self.schedule.deadline(of: Tick(rawValue: 1)).nanoseconds
        for _ in 0..<plan.players { self.clients.append(self.newClient(.player)) }
        for _ in 0..<plan.spectators { self.clients.append(self.newClient(.spectator)) }
        for _ in 0..<plan.hostiles { self.raws.append(self.newRaw(.hostile, at: self.now)) }
        self.totals.worlds = 1
        self.journal.begin(self.relay)
        self.relay.onInput = { [unowned self] input in self.observe(input) }
    }

    /// What a thread of the relay starts with.
    static func context(_ network: Network) -> TransportContext {
        TransportContext(clock: network, mint: PlainMint(), readBytes: network.plan.readBytes, maximumHeldBytes: 64 << 20)
    }

    /// Start of the slot that is being run, nanoseconds.
    var now: UInt64 { self.network.time }

    /// A checksum of every byte ever sent and every effect.
    package var digest: UInt64 { self.network.digest.value }

    /// Runs the world to its end: faults, then settling. Nil if every invariant held.
    package func run() -> SimulationFailure? {
        while self.failure == nil, self.ticksRun < self.plan.ticks { self.step() }
        if self.failure == nil { self.settle() }
        self.collectTotals()
        return self.failure
    }

    /// Runs one slot: the clients live until its start, the relay reads, the room ticks, the relay sends. Then all is checked.
    package func step() {
        let before = self.now
        let slot = self.nextSlot()
        self.network.time = slot
        for index in self.clients.indices {
            self.run(self.clients[index], until: self.now)
            if self.clients[index].isOver(at: self.now) { self.replaceClient(index) }
        }
        for raw in self.raws { self.run(raw, until: self.now) }
        self.raws.removeAll { $0.isOver }

        let nominal = self.stride * 1_000_000_000 / self.plan.configuration.rate
        let length = self.now - before
        let countsAll = self.plantedDefect == .pauseCounted || self.ticksRun == 0
        self.book.liveness += countsAll ? length : LivenessModel.counted(length, nominal: nominal)
        if self.ticksRun == 0 { self.book.liveness = 0 }
        self.model.slot(at: self.now, nominal: nominal)
        self.repeatOldClose()
        self.readEverybody()
        self.relay.inspectOverdueSeats()
        let tick = self.schedule.tick(at: Instant(nanoseconds: self.now))
        self.relay.give(.stride(self.stride))
        self.model.unfinished = self.relay.room.seatNumbers.filter { self.relay.room.isUnfinished($0) }
        self.postRequests()
        self.relay.give(.tick(tick, now: Instant(nanoseconds: self.now), liveness: Instant(nanoseconds: self.book.liveness)))
        self.finishTick(dying: self.drawDeath())
        self.ticksRun += 1
        self.relay.context.sweepClosingHandshakes(atMost: .max)
        if self.ticksRun & 31 == 0 { self.forgetOver() }
    }

    /// Commits the tick that the room has run, then carries out its outputs; or dies on the way.
    private func finishTick(dying death: RelayDeath?) {
        if death == .beforeCommit { return self.restartRelay() }
        self.require(self.relay.room.inboxCount == 0, "inputs are left after the tick")
        self.commitTick()
        self.checkLiveness()
        self.checkAnswers()
        self.observeOutputs()
        self.checkDeliveries()
        if death == .whileSending { self.network.writesLeft = self.restartRandom.below(self.relay.room.deliveries.count + 1) }
        self.recordTick()
        if death != .beforeSending {
            self.relay.carryOut(liveness: Instant(nanoseconds: self.book.liveness)) { _ in }
            self.relay.endTurn()
        }
        self.checkRoom()
        if death != nil { self.restartRelay() }
    }

    private func nextSlot() -> UInt64 {
        if self.restartRandom.chance(self.rates.overload) { self.changeStride() }
        var at = self.schedule.deadline(of: self.relay.room.currentTick.advanced(by: self.stride)).nanoseconds
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

    /// Changes the relay's load: draws a new stride.
    private func changeStride() {
        self.stride = self.restartRandom.within(1...min(4, max(1, self.plan.configuration.rate / 4)))
        self.totals.faults += 1
    }

    /// Reports an old close a second time. It must not touch the seat's present connection.
    private func repeatOldClose() {
        guard !self.book.oldCloses.isEmpty, self.random.chance(self.rates.repeatedClose) else { return }
        let old = self.random.pick(self.book.oldCloses)
        self.book.isRepeating = true
        defer { self.book.isRepeating = false }
        self.relay.give(
            .lost(
                old.seat, generation: old.generation, old.connection, at: Instant(nanoseconds: self.now)))
        self.totals.faults += 1
        if self.book.oldCloses.count > 64 { self.book.oldCloses.removeFirst(32) }
    }

    /// Keeps the room's state and events of this tick, for comparison with the clients.
    private func recordTick() {
        let tick = self.relay.room.currentTick
        self.history.record(
            .init(
                tick: tick, checksum: self.relay.room.checksum, roster: RoomHistory.hash(self.relay.room.rosterRows),
                host: self.relay.room.host)
        )
        self.recordEvents()
    }

    func fail(_ what: String) {
        guard self.failure == nil else { return }
        self.failure = SimulationFailure(seed: self.plan.seed, tick: self.relay.room.currentTick.rawValue, what: what)
    }

    /// Prints a line about the traced client.
    @inline(__always)
    func trace(_ client: SimulatedClient, _ what: @autoclosure () -> String) {
        if client.author == self.traced {
            print("tick \(self.relay.room.currentTick.rawValue), at \(client.clock / 1_000) µs: \(what())")
        }
    }

    /// Fails the world unless the invariant holds. Builds the message only then.
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
