import RelayClocks
import CRelayLinux
import Glibc
import RelayCore
import RelayHosting
import RelayJournal
import RelayTransport
import RelayWire

/// One thread of the arena: owns its rooms and their connections, and is the only one that ever touches them.
final class ArenaThread {
    let index: Int
    let configuration: HostingConfiguration
    let mailbox: ArenaMailbox
    let directory: RoomDirectory
    let notes: NoteStream
    /// Told of every room that changes.
    let lobby: LobbyIndex
    /// Makes the rooms' journal files; nil if rooms do not outlive the process.
    let keeper: JournalKeeper?

    var slots: [TickSlot] = []
    var rooms: [RoomInstance: HostedRoom] = [:]
    /// Rooms that do not tick because nobody is in them.
    var idleRooms: [HostedRoom] = []
    var nextIdleCheck = Instant.zero
    var overload: OverloadControl
    /// What its rooms' connections share.
    let context: TransportContext
    /// Wakes the servers of their encrypted links.
    let bell = LinkBell()
    /// What ``context`` has released, as far as the mailbox was told.
    private var released = TransportCounters.Released()
    var liveness: LivenessClock
    /// Updated many times a tick, by this thread alone, so exclusivity is not checked at each access.
    @exclusivity(unchecked) var statistics = ThreadStatistics()
    var isDraining = false
    /// When commands were last taken.
    private var obeyed = Instant.zero
    /// An invariant did not hold: the thread's pulse says so from then on.
    var isBroken = false
    var desk = ReportDesk()
    let requests = PendingRequests()
    var nextAudit = Instant.zero
    var audited = 0
    /// Connections that the drain has closed.
    var sentAway = 0

    let wakePoll: Int32
    let origin: Instant
    private var events = [crelay_event](repeating: crelay_event(), count: 1024)
    /// The record of the tick that is being committed.
    var record = WireWriter(capacity: 4 << 10)

    init?(
        index: Int, configuration: HostingConfiguration, mailbox: ArenaMailbox, directory: RoomDirectory, mint: any TokenMint,
        notes: NoteStream, keeper: JournalKeeper?, lobby: LobbyIndex, passwords: (any PasswordHashing)?
    ) {
        let poll = crelay_epoll_create()
        guard poll >= 0, crelay_epoll_add(poll, mailbox.wakeUp, 0) == 0 else { return nil }
        (self.index, self.configuration, self.mailbox, self.directory) = (index, configuration, mailbox, directory)
        (self.notes, self.keeper, self.wakePoll) = (notes, keeper, poll)
        self.lobby = lobby
        self.context = TransportContext(
            clock: ThreadClock(), mint: mint, readBytes: ArenaLimits.readBytes, maximumHeldBytes: ArenaLimits.heldFrameBytes)
        let now = Clock.monotonic()
        // A second in the past, so that the first tick of the first room is not tick 0.
        self.origin = Instant(nanoseconds: now.nanoseconds - min(now.nanoseconds, 1_000_000_000))
        self.liveness = LivenessClock(startingAt: now)
        self.context.answerRequest = { [requests] in requests.answer($0, $1) }
        if let passwords {
            self.context.hashPassword = { room, job in
                passwords.hash(job.password, for: room) { hash in
                    _ = mailbox.post(.passwordHashed(room, job: job.number, hash))
                }
            }
        }
        self.overload = OverloadControl(rate: configuration.types.rates.upperBound)
    }

    deinit { _ = Glibc.close(self.wakePoll) }

    // MARK: The loop

    /// Maximum of admissions taken at once, so that a crowd of newcomers makes no slot late.
    private static let commandsAtOnce = 128
    /// A longer pass takes commands between two rooms as well. Nanoseconds.
    private static let longestDeafness: UInt64 = 50_000_000

    /// Runs until drained.
    func run() {
        _ = crelay_set_thread_name("arena-\(self.index)")
        _ = crelay_set_timer_slack(1)
        _ = crelay_run_promptly()
        while !self.isDraining || !self.context.closingHandshakes.isEmpty {
            self.sleepUntilNextSlot()
            self.obeyCommands()
            self.runDueTicks()
            self.bell.ring()
            self.givePulse()
        }
        self.closeDesk()
        self.mailbox.pulse.store(Pulse.ended, ordering: .relaxed)
        for command in self.mailbox.close() { self.answerLate(command) }
    }

    private func answerLate(_ command: ArenaCommand) {
        switch command {
        case .report(let answer, let detail): self.report(to: answer, detail)
        case .summarize(let answer): answer.give(RelaySummary())
        case .admit(let admission):
            self.context.release(self.refusingTransport(admission.carrier), abruptly: true)
            self.bell.ring()
            self.countReleased()
            self.directory.release(admission.route)
        case .findOccupants(let answer, _, _, _): answer.give([])
        case .findAllOccupants(let answer, _, _): answer.give([])
        case .open(let answer, _): answer.give(false)
        case .hold(let answer, _, _, _): answer.give(false)
        case .perform(let answer, _): answer.give(.refused(.draining))
        case .close(let answer, _): answer.give(.some(nil))
        case .journalMade(_, .success(let handover)): self.keeper?.remove(handover)
        case .journalMade, .passwordHashed, .drain, .hang, .miscount, .fail: break
        }
    }

    /// Sleeps until a slot or other work is due, or a command is posted.
    private func sleepUntilNextSlot() {
        let began = Clock.monotonic()
        let planned = self.nextDeadline(after: began).since(began)
        self.liveness.plan(planned)
        guard planned > 0 else { return self.beginPass(at: began, idle: 0) }
        var woken = crelay_event()
        _ = crelay_epoll_wait(self.wakePoll, &woken, 1, Int64(planned))
        let now = Clock.monotonic()
        self.beginPass(at: now, idle: min(planned, now.since(began)))
    }

    private func beginPass(at now: Instant, idle: UInt64) {
        let length = self.liveness.pass(at: now)
        if self.overload.recordPass(length: length, idle: idle) { self.followOverload() }
    }

    private func nextDeadline(after now: Instant) -> Instant {
        var deadline = now.advanced(by: self.closingPace ?? self.configuration.longestSleep)
        if !self.desk.isIdle { deadline = min(deadline, now.advanced(by: ArenaLimits.slotLength)) }
        for slot in self.slots where !slot.rooms.isEmpty { deadline = min(deadline, slot.due) }
        return deadline
    }

    /// Delay until the next sweep of closed connections, nanoseconds; nil if there are none.
    private var closingPace: UInt64? {
        if self.context.closingHandshakes.isEmpty { return nil }
        return self.context.closingHandshakes.count > Self.sweptAtOnce.lowerBound ? 1_000_000 : 20_000_000
    }

    /// Closed connections swept in one pass: an eighth of them, so that they do not pile up on a thread whose passes are long, but so many
    /// at most, about half a millisecond's work, so that a crowd that leaves together makes no slot late.
    private static let sweptAtOnce = 64...512

    private func runDueTicks() {
        for slot in self.slots where !slot.rooms.isEmpty {
            let now = Clock.monotonic()
            if slot.deadline <= now { self.runSlot(slot) } else if slot.due <= now { self.readBetweenTicks(of: slot) }
        }
        // A drain leaves no rooms, so no slot can be late.
        if !self.context.closingHandshakes.isEmpty {
            let range = Self.sweptAtOnce
            let some = min(max(range.lowerBound, self.context.closingHandshakes.count / 8), range.upperBound)
            self.context.sweepClosingHandshakes(atMost: self.isDraining ? .max : some)
        }
        if !self.idleRooms.isEmpty { self.closeIdleRooms() }
        if !self.desk.isIdle { self.continueReport() }
    }

    /// Runs one slot, room by room: the kernel's memory of a connection is still cached from the read when it sends.
    private func runSlot(_ slot: TickSlot) {
        let began = Clock.monotonic()
        let deadline = slot.deadline
        self.statistics.recordSlot(late: began.since(deadline), at: began)
        let (tick, skipped) = slot.takeDueTick(at: began)
        self.overload.recordTick(skipped: skipped)
        slot.poll.findReadable(&self.events)
        var start = Clock.monotonic()
        for hosted in slot.rooms where !hosted.connected.room.isOver {
            start = self.runTurn(of: hosted, tick, from: start, deadline: deadline)
            self.bell.ring()
            if start.since(self.obeyed) > Self.longestDeafness { start = self.interruptPass() }
            if self.isDraining { return }
        }
        slot.planReading(after: start)
        slot.rooms.removeAll { $0.connected.room.isOver || self.goIdle($0) }
        if began >= self.nextAudit { self.auditOne(of: slot) }
    }

    private func readBetweenTicks(of slot: TickSlot) {
        slot.poll.findReadable(&self.events)
        for hosted in slot.rooms where !hosted.connected.room.isOver { hosted.connected.readBetweenTicks() }
        slot.planReading(after: Clock.monotonic())
    }

    /// Reads, ticks and sends one room. Returns the time at its end.
    private func runTurn(of hosted: HostedRoom, _ tick: Tick, from start: Instant, deadline: Instant) -> Instant {
        let cpuStart = hosted.overrun.isSuspicious ? crelay_thread_cpu_ns() : 0
        hosted.connected.readEverybody()
        self.run(tick, of: hosted)
        let end = Clock.monotonic()
        self.statistics.recordTick(frameLate: end.since(deadline), turn: end.since(start), at: end)
        if hosted.connected.room.wasHeartbeat { self.recordRoundTrips(of: hosted) }
        let cpuTime = hosted.overrun.isSuspicious ? UInt64(max(0, crelay_thread_cpu_ns() - cpuStart)) : nil
        let budget = (self.configuration.tickBudget ?? 1_000_000_000 / hosted.slot.schedule.rate) * hosted.slot.stride
        let overrun = hosted.overrun.judge(from: start, to: end, cpuTime: cpuTime, budget: budget)
        if let overrun { self.evict(hosted, overrun) }
        return end
    }

    private func run(_ tick: Tick, of hosted: HostedRoom) {
        hosted.connected.inspectOverdueSeats()
        hosted.setStride(hosted.slot.stride)
        self.runJournaled(hosted.roomTick(for: tick), of: hosted)
        self.carryOut(hosted)
        hosted.connected.endTurn()
        hosted.countConnections()
        if hosted.connected.room.listingVersion != hosted.published { self.publish(hosted) }
    }

    // MARK: Commands

    /// Takes commands and gives a pulse between two rooms of a long pass: neither the watchdog nor operators must wait for the
    /// end of the pass. Returns the time at its own end.
    private func interruptPass() -> Instant {
        self.obeyCommands()
        if !self.desk.isIdle { self.continueReport() }
        self.givePulse()
        return Clock.monotonic()
    }

    /// Tells the front door how many connections have ended, and how many descriptors are free again.
    private func countReleased() {
        let (released, told) = (self.context.counters.released, self.released)
        guard released != told else { return }
        self.mailbox.holds(
            connections: told.connections - released.connections, descriptors: told.descriptors - released.descriptors)
        self.released = released
    }

    /// Tells the watchdog that rooms tick and commands are taken.
    private func givePulse() {
        self.countReleased()
        if !self.isBroken { self.mailbox.pulse.add(1, ordering: .relaxed) }
    }

    private func obeyCommands() {
        self.obeyed = Clock.monotonic()
        for command in self.mailbox.take(atMost: Self.commandsAtOnce) { self.perform(command) }
    }

    private func perform(_ command: ArenaCommand) {
        switch command {
        case .admit(let admission): self.admit(admission)
        case .report(let answer, let detail): self.report(to: answer, detail)
        case .journalMade(let route, let made): self.journalMade(route, made)
        case .summarize(let answer): answer.give(self.summarize())
        case .findOccupants(let answer, let query, let room, let andKick):
            answer.give(self.occupants(query, of: [self.rooms[room]].compactMap { $0 }, andKick: andKick))
        case .findAllOccupants(let answer, let query, let andKick):
            answer.give(self.occupants(query, of: self.allRooms, andKick: andKick))
        case .hold(let answer, let room, let role, let newcomer): answer.give(self.hold(role, in: room, for: newcomer))
        case .perform(let answer, let request): self.enqueue(request, answering: answer)
        case .passwordHashed(let room, let job, let hash): self.take(hash, job, in: room)
        case .open(let answer, let route): answer.give(self.hostedRoom(for: route, emptySince: self.liveness.now) != nil)
        case .close(let answer, let room): answer.give(self.close(room))
        case .drain: self.drain()
        case .hang: while true { pause() }
        case .miscount: self.slots.first { !$0.rooms.isEmpty }?.rooms[0].connected.miscount()
        case .fail(let instance, let fault): self.fail(fault, instance)
        }
    }

    private func fail(_ fault: TickFault, _ instance: RoomInstance) {
        guard let hosted = self.rooms[instance] else { return }
        hosted.fault = fault
        self.wake(hosted)
    }
}
