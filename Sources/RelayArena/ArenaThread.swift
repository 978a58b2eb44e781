import CRelayLinux
import Glibc
import Logging
import RelayCore
import RelayJournal
import RelayWire
import Synchronization

/// What other threads ask of an arena thread.
enum ArenaCommand: Sendable {
    case admit(Admission)
    case report(Answer<ThreadReport>)
    case journalMade(RoomRoute, Result<JournalKeeper.Handover, SystemFailure>)
    case summarize(Answer<ArenaSummary>)
    case drain
    /// Never to return: what the watchdog is there for.
    case hang
    /// Breaks an invariant of a room: what the audit is there for.
    case miscount
    /// Has a room's next tick do harm.
    case fail(RoomInstance, TickFault)
}

/// The part of an arena thread that others may touch: a mailbox that wakes it up, and its pulse.
final class ArenaMailbox: Sendable {
    private struct State {
        var commands: [ArenaCommand] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Grows with every pass; ``Arena/endedPulse`` once the thread has ended.
    let pulse = Atomic<UInt64>(0)
    /// Connections the thread holds, closing ones included.
    let connections = Atomic<Int>(0)
    let wakeUp: Int32

    init?() {
        self.wakeUp = crelay_eventfd_create()
        if self.wakeUp < 0 { return nil }
    }

    deinit { Carrier(descriptor: self.wakeUp).close(abruptly: false) }

    /// False if the thread has ended.
    func post(_ command: ArenaCommand) -> Bool {
        let isOpen = self.state.withLock { state in
            if !state.isClosed { state.commands.append(command) }
            return !state.isClosed
        }
        if isOpen { _ = crelay_eventfd_signal(self.wakeUp) }
        return isOpen
    }

    func takeAll() -> [ArenaCommand] {
        _ = crelay_eventfd_drain(self.wakeUp)
        return self.state.withLock { state in
            let commands = state.commands
            state.commands.removeAll(keepingCapacity: true)
            return commands
        }
    }

    /// From now on nothing is taken. Returns what was still waiting.
    func close() -> [ArenaCommand] {
        self.state.withLock { state in
            state.isClosed = true
            return state.commands
        }
    }
}

/// One thread of the arena: owns its rooms and their connections, and is the only one that ever touches them.
final class ArenaThread {
    let index: Int
    let configuration: ArenaConfiguration
    let mailbox: ArenaMailbox
    let directory: RoomDirectory
    let mint: any TokenMint
    let notes: NoteStream
    /// Who makes rooms' files; nil if rooms do not outlive the process.
    let keeper: JournalKeeper?

    var groups: [TickGroup] = []
    var rooms: [RoomInstance: HostedRoom] = [:]
    /// Connections that were closed and may still answer.
    var closing: [(carrier: Carrier, until: Instant)] = []
    /// Whose turn it is among them.
    var nextSwept = 0
    var liveness: LivenessClock
    /// Counted many times a tick, by this thread alone: not checked for overlapping accesses at each access.
    @exclusivity(unchecked) var statistics = ThreadStatistics()
    var isDraining = false
    /// An invariant did not hold: the thread's pulse says so from then on.
    var isBroken = false
    var desk = ReportDesk()
    var nextAudit = Instant.zero
    var audited = 0
    /// Connections that the drain has closed.
    var sentAway = 0

    let wakePoll: Int32
    let origin: Instant
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: ArenaConfiguration.readBytes, alignment: 64)
    var events = [crelay_event](repeating: crelay_event(), count: 1024)
    let scratch = WelcomeWriter()
    /// The record of the tick that is being committed.
    var record = WireWriter(capacity: 4 << 10)

    init?(
        index: Int, configuration: ArenaConfiguration, mailbox: ArenaMailbox, directory: RoomDirectory, mint: any TokenMint,
        notes: NoteStream, keeper: JournalKeeper?
    ) {
        let poll = crelay_epoll_create()
        guard poll >= 0, crelay_epoll_add(poll, mailbox.wakeUp, 0) == 0 else { return nil }
        (self.index, self.configuration, self.mailbox, self.directory) = (index, configuration, mailbox, directory)
        (self.mint, self.notes, self.keeper, self.wakePoll) = (mint, notes, keeper, poll)
        let now = Clock.monotonic()
        // A second in the past, so that the first tick of the first room is not tick 0.
        self.origin = Instant(nanoseconds: now.nanoseconds - min(now.nanoseconds, 1_000_000_000))
        self.liveness = LivenessClock(startingAt: now)
    }

    deinit {
        self.buffer.deallocate()
        Carrier(descriptor: self.wakePoll).close(abruptly: false)
    }

    // MARK: The loop

    /// Runs until drained.
    func run() {
        _ = crelay_set_thread_name("arena-\(self.index)")
        _ = crelay_set_timer_slack(1)
        _ = crelay_run_promptly()
        while !self.isDraining || !self.closing.isEmpty {
            self.sleepUntilNextSlot()
            self.runDueTicks()
        }
        self.closeDesk()
        self.mailbox.pulse.store(Arena.endedPulse, ordering: .relaxed)
        for command in self.mailbox.close() { self.answerLate(command) }
    }

    private func answerLate(_ command: ArenaCommand) {
        switch command {
        case .report(let answer): self.report(to: answer)
        case .summarize(let answer): answer.give(ArenaSummary())
        case .admit(let admission):
            Carrier(descriptor: admission.descriptor).close(abruptly: true)
            self.directory.release(admission.route)
        case .journalMade(_, .success(let handover)): self.keeper?.remove(handover)
        case .journalMade, .drain, .hang, .miscount, .fail: break
        }
    }

    private func sleepUntilNextSlot() {
        while true {
            let now = Clock.monotonic()
            let deadline = self.nextDeadline(after: now)
            guard deadline > now else { break }
            let sleep = deadline.since(now)
            self.liveness.plan(sleep)
            var woken = crelay_event()
            let count = crelay_epoll_wait(self.wakePoll, &woken, 1, Int64(sleep))
            self.beginPass()
            guard count > 0 else { return }
            for command in self.mailbox.takeAll() { self.perform(command) }
            if self.isDraining { return }
        }
        self.liveness.plan(0)
        self.beginPass()
    }

    private func beginPass() {
        self.liveness.pass(at: Clock.monotonic())
        if !self.isBroken { self.mailbox.pulse.add(1, ordering: .relaxed) }
    }

    private func nextDeadline(after now: Instant) -> Instant {
        var deadline = now.advanced(by: self.closingPace ?? self.configuration.longestSleep)
        for group in self.groups where !group.rooms.isEmpty { deadline = min(deadline, group.deadline) }
        return deadline
    }

    /// How soon closed connections are to be looked after again, nanoseconds; nil if there are none.
    private var closingPace: UInt64? {
        if self.closing.isEmpty { return nil }
        return self.closing.count > Self.sweptAtOnce ? 1_000_000 : 20_000_000
    }

    private func runDueTicks() {
        for group in self.groups where !group.rooms.isEmpty && group.deadline <= Clock.monotonic() { self.runSlot(group) }
        if !self.closing.isEmpty { self.sweepClosing() }
    }

    /// One slot: room by room, so that what the kernel touches to read from a player is still at hand when it sends to it.
    private func runSlot(_ group: TickGroup) {
        let began = Clock.monotonic()
        let deadline = group.deadline
        self.statistics.noteSlot(late: began.since(deadline), at: began)
        let tick = group.takeDueTick(at: began)
        self.readWhoeverSpeaks(in: group)
        var start = Clock.monotonic()
        for hosted in group.rooms {
            self.readEverybody(in: hosted)
            self.run(tick, of: hosted)
            let end = Clock.monotonic()
            self.statistics.noteTick(frameLate: end.since(deadline), at: end)
            let budget = self.configuration.tickBudget ?? 1_000_000_000 / group.schedule.rate
            if let overrun = hosted.overrun.note(from: start, to: end, budget: budget) { self.evict(hosted, overrun) }
            start = end
        }
        group.rooms.removeAll { $0.room.isOver || self.closeIfEmpty($0) }
        if !self.desk.isIdle { self.continueReport() }
        if began >= self.nextAudit { self.auditOne(of: group) }
    }

    /// Gives a room up before the process is given up for it.
    private func evict(_ hosted: HostedRoom, _ overrun: Overrun) {
        self.statistics.roomsEvicted += 1
        self.notes.write(
            .error, "room evicted: its ticks keep taking longer than they may",
            [
                "ticks": "\(overrun.ticks)", "worst_us": "\(overrun.worst / 1000)", "budget_us": "\(overrun.budget / 1000)",
                "seats": "\(hosted.room.seated)", "entities": "\(hosted.room.entityCount)",
                "state_bytes": "\(hosted.room.stateBytes)", "tick": "\(hosted.room.currentTick.rawValue)",
            ], in: hosted.route
        )
        hosted.room.end(.roomEvicted)
        self.carryOutEffects(of: hosted)
        self.bury(hosted)
        self.directory.remove(hosted.route)
        self.forget(hosted)
    }

    private func run(_ tick: Tick, of hosted: HostedRoom) {
        self.flushRemainders(of: hosted)
        self.runJournaled(hosted.tick(tick), of: hosted)
        self.carryOutEffects(of: hosted)
        self.sendFrames(of: hosted)
        self.sendPongs(of: hosted)
        if hosted.room.wasBeat { self.sampleKernel(of: hosted) }
        self.bury(hosted)
    }

    private func closeIfEmpty(_ hosted: HostedRoom) -> Bool {
        guard let since = hosted.room.emptySince, hosted.room.inboxCount == 0,
            self.liveness.now.since(since) >= self.configuration.emptyRoomLifetime, self.directory.close(hosted.route)
        else { return false }
        self.forget(hosted)
        return true
    }

    /// The room is over.
    func forget(_ hosted: HostedRoom) {
        self.statistics.retire(hosted.room.counters)
        self.endJournal(of: hosted)
        self.rooms[hosted.route.instance] = nil
    }

    // MARK: Commands

    private func perform(_ command: ArenaCommand) {
        switch command {
        case .admit(let admission): self.admit(admission)
        case .report(let answer): self.report(to: answer)
        case .journalMade(let route, let made): self.journalMade(route, made)
        case .summarize(let answer): answer.give(self.summarize())
        case .drain: self.drain()
        case .hang: while true { pause() }
        case .miscount: self.groups.first { !$0.rooms.isEmpty }?.rooms[0].room.miscount()
        case .fail(let instance, let fault): self.rooms[instance]?.fault = fault
        }
    }
}
