import RelayClocks
import CRelayCache
import CRelayLinux
import Glibc
import RelayClient
import RelayWire
import Synchronization

/// Runs all players on one thread. At each slot it reads every player of one phase once, lets them play, and sends the output
/// of each in one call. Messages wake nobody up; kernel stamps tell when they came.
///
/// Players in their seats are read without epoll: at each tick nearly all are readable, and asking costs more than the few
/// reads in vain. Only handshakes use epoll.
final class BotLoop {
    let options: BotOptions
    var rooms: [BotRoom] = []
    /// The rooms that players have found by the lobby.
    var roomsByName: [String: BotRoom] = [:]
    /// Where players are who look for a room. None of ``rooms``.
    let lobby = BotRoom(name: "lobby", index: 0)
    var bots: [Bot] = []
    /// Bots without a welcome on an open connection; ``tend()`` advances them after every slot.
    var tended: [Bot] = []
    /// The players of each phase: they read, play and send in the same slots.
    var phases: [[Bot]] = []
    /// Maximum time from the end of the writes to equal replicas in all rooms. Nanoseconds.
    var settlePatience = BotLoop.leastSettlePatience
    var schedule: SlotSchedule
    var nextSlot: UInt64 = 0
    var isRateKnown = false
    /// The relay's stallAfter. Nanoseconds; 0 until the first welcome.
    var stallAfter: UInt64 = 0

    var stage = Stage.joining
    var startedBots = 0
    var random: SplitMix64
    var measurements = Measurements()
    /// Of sessions that players have replaced.
    var earlierFrames = FrameCounts()
    var failures = FailureLog()
    /// When all connections are to break; `.max` if no storm is planned.
    var stormDue: UInt64 = .max
    var window = MeasuredWindow()
    var progress: ProgressLine
    /// Ticks from one read to the next of players who are no listeners: a sixth of a second, which is within the relay's default
    /// maximum ack delay.
    private var ticksPerRead: UInt64 = 1
    /// Whether this kernel stamps what arrives.
    var stampsWork = false
    /// Decides when to give up, until the first connection is made.
    var reachability = Reachability()
    /// The way to a relay that speaks TLS.
    var tunnel: TLSTunnel?
    /// The reason why the run could not begin; nil if it could.
    var hopeless: String?
    /// What the relay says at the end of a connection, while that is heard.
    var closeReason = ""
    /// When the present slot began. Nanoseconds.
    var slotBegan: UInt64 = 0

    let connectPoll: Int32
    static let readBytes = 256 << 10
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: BotLoop.readBytes, alignment: 64)
    /// Memory for one epoll event of every bot.
    var events: [crelay_event] = []

    /// Nil if the system refuses an epoll descriptor.
    init?(_ options: BotOptions) {
        let poll = crelay_epoll_create()
        guard poll >= 0 else { return nil }
        self.options = options
        self.connectPoll = poll
        self.random = SplitMix64(seed: options.seed, stream: .max)
        self.schedule = SlotSchedule(origin: Clock.monotonic().nanoseconds, rate: 30)
        self.progress = ProgressLine(startedAt: Clock.monotonic().nanoseconds)
        self.makeBots()
        self.events = Array(repeating: crelay_event(), count: self.bots.count + 1)
    }

    deinit {
        self.buffer.deallocate()
        for bot in self.bots {
            bot.deinitialize(count: 1)
            bot.deallocate()
        }
        _ = Glibc.close(self.connectPoll)
    }

    private func makeBots() {
        let count = self.options.rooms * self.options.players
        let faults = FaultPlan.choose(
            count: count, stall: self.options.stall, disconnect: self.options.disconnect, leave: self.options.churn,
            random: &self.random
        )
        if !self.options.lobby {
            self.rooms = (0..<self.options.rooms).map { BotRoom(name: self.options.roomName($0), index: $0) }
        }
        for index in 0..<count {
            let room = self.options.lobby ? self.lobby : self.rooms[index / self.options.players]
            let place = index % self.options.players
            let bot = self.add(BotState(index: index, room: room, place: place, options: self.options, fault: faults[index]))
            if !self.options.lobby { bot.pointee.place = room.enter(bot) }
        }
        for extra in 0..<self.options.neverRead {
            let room = self.rooms[extra % self.options.rooms]
            _ = self.add(
                BotState(index: count + extra, room: room, place: 0, options: self.options, fault: .none, neverReads: true)
            )
        }
    }

    private func add(_ state: consuming BotState) -> Bot {
        let bot = Bot.allocate(capacity: 1)
        bot.initialize(to: state)
        self.bots.append(bot)
        return bot
    }

    /// Players in all; clients that never read do not count.
    var wanted: Int { self.options.rooms * self.options.players }

    // MARK: The loop

    /// Runs to the end of the last stage.
    func run() {
        _ = crelay_set_timer_slack(1)
        while self.stage != .over {
            crelay_sleep_until(Int64(self.schedule.deadline(of: self.nextSlot)))
            self.runSlot()
            self.tend()
            self.advanceStage(at: Clock.monotonic().nanoseconds)
        }
    }

    /// One slot: reads a phase's players and lets them play.
    private func runSlot() {
        let slot = self.nextSlot
        let now = Clock.monotonic().nanoseconds
        self.slotBegan = now
        // A late slot skips numbers, it never bursts: each phase is run at most once to catch up.
        let newest = self.schedule.slot(at: now)
        self.nextSlot = max(slot + 1, newest + 1 - min(newest + 1, self.schedule.phases))
        if self.stage == .playing {
            self.measurements.recordLateness(of: slot..<self.nextSlot, of: self.schedule, at: now, until: self.window.end)
        }
        guard !self.phases.isEmpty else { return }
        let phase = self.phases[Int(slot % self.schedule.phases)]
        for index in phase.indices {
            // Between two turns of a player its state has left the caches: fetch the next one's while this one's is used.
            if index + 1 < phase.count { crelay_prefetch(phase[index + 1], MemoryLayout<BotState>.size) }
            if phase[index].pointee.isIn, self.isTurnToRead(phase[index]) { self.read(phase[index]) }
            self.step(phase[index], slot)
        }
    }

    /// Whether it is a player's turn to read. Always true for listeners, for players from a fault until the first frame after it,
    /// and outside the measured time.
    private func isTurnToRead(_ bot: Bot) -> Bool {
        bot.pointee.turnsUnread += 1
        guard bot.pointee.turnsUnread < self.ticksPerRead, !bot.pointee.watch.isListener, self.stage == .playing,
            bot.pointee.cleanSince != .max, bot.pointee.endedAt == nil
        else {
            bot.pointee.turnsUnread = 0
            return true
        }
        return false
    }

    /// Makes the phases once the relay's rate is known.
    func learnRate(_ welcome: Welcome) {
        guard !self.isRateKnown else { return }
        let rate = welcome.rate
        self.stallAfter = .milliseconds(min(welcome.timing.stallAfter, 86_400_000))
        // Replicas are compared by what heartbeats say: two, and some time for the last writes.
        let heartbeat = UInt64.milliseconds(min(welcome.timing.heartbeatInterval, 86_400_000))
        self.settlePatience = max(Self.leastSettlePatience, heartbeat * 5 / 2)
        self.isRateKnown = true
        self.schedule = SlotSchedule(origin: Clock.monotonic().nanoseconds, rate: rate, phases: self.options.slots)
        self.nextSlot = 1
        self.ticksPerRead =
            self.options.readsEveryTick ? 1 : max(1, min(rate / 6, rate * min(welcome.timing.maximumAckDelay, 1_000) / 2_000))
        self.phases = Array(repeating: [], count: Int(self.schedule.phases))
        let maximum = self.bots.count / self.phases.count + 1
        for index in self.phases.indices { self.phases[index].reserveCapacity(maximum) }
    }

    // MARK: A player's turn

    private func step(_ bot: Bot, _ slot: UInt64) {
        let now = Clock.monotonic().nanoseconds
        if bot.pointee.faultDue <= now { self.fault(bot, at: now) }
        guard !bot.pointee.isStalled else { return }
        guard bot.pointee.mute == nil else { return self.writeOnly(bot, at: now) }
        if let deadline = bot.pointee.session.nextDeadline, deadline <= now {
            bot.pointee.session.advance(to: now)
            self.settle(bot, at: now)
        }
        if self.stage == .playing || self.stage == .joining { self.play(bot, self.schedule.write(at: slot), at: now) }
        if bot.pointee.out.isEmpty {  // with bytes left from the last slot, writes merge instead
            bot.pointee.session.flush(at: now)
            self.recordUplinks(bot)
        }
        bot.pointee.lastInput = now
        self.settle(bot, at: now)
        self.send(bot)
    }

    /// One write, and now and then an event.
    private func play(_ bot: Bot, _ write: UInt64, at now: UInt64) {
        bot.pointee.sequence = write
        if bot.pointee.payload != nil {
            bot.pointee.payload?.write(bot.pointee.sequence, at: now, into: &bot.pointee.session)
        } else {
            bot.pointee.walk.step(&bot.pointee.random, into: &bot.pointee.session)
            bot.pointee.session.set(.own(0), FieldNames.sequence, .integer(Int64(bot.pointee.sequence)))
        }
        guard bot.pointee.nextEventAt <= now else { return }
        if bot.pointee.session.send(FieldNames.event, .integer(bot.pointee.eventNumber + 1)) == .accepted {
            bot.pointee.eventNumber += 1
        }
        bot.pointee.nextEventAt = now + .milliseconds(750) + bot.pointee.random.below(.milliseconds(500))
    }

    /// Remembers which uplink carried which write.
    private func recordUplinks(_ bot: Bot) {
        let newest = bot.pointee.session.confirmedUplink + UInt64(bot.pointee.session.unconfirmedUplinks)
        guard newest > bot.pointee.newestUplink else { return }
        for number in (bot.pointee.newestUplink + 1)...newest { bot.pointee.uplinkWrites.set(bot.pointee.sequence, for: number) }
        bot.pointee.newestUplink = newest
    }
}

/// Asks every loop of this process to finish early; set by signal handlers.
package let stopRequested = Atomic<Bool>(false)
