import CRelayLinux
import Glibc
import RelayClient
import RelayWire

/// The stages of a run, in order.
enum Stage: Equatable {
    case joining
    case playing
    /// Nobody writes any more, and all replicas should come to agree.
    case settling
    case leaving
    case over
}

/// The part of a run that is measured. Nanoseconds.
struct MeasuredWindow {
    var start: UInt64 = 0
    var end: UInt64 = 0
    /// Slots at which players were meant to write writes that count.
    var slots: Range<UInt64> = 0..<0
    var cpuStart: Int64 = 0
    /// CPU time of the loop's thread in it.
    var cpu: UInt64 = 0
    /// When the present stage ends at the latest.
    var stageDeadline: UInt64 = 0
    var framesBefore = FrameCounts()
    var frames = FrameCounts()

    var length: UInt64 { self.end - min(self.end, self.start) }
}

// A run from its first connection to its last.
extension BotLoop {
    static let joinsPerSecond: UInt64 = 1000
    static let joinPatience: UInt64 = .seconds(20)
    static let leastSettlePatience: UInt64 = .seconds(8)
    static let leavePatience: UInt64 = .milliseconds(500)

    func advanceStage(at now: UInt64) {
        let isStopped = stopRequested.load(ordering: .relaxed)
        switch self.stage {
        case .joining: self.joinMore(at: now, isStopped)
        case .playing:
            if self.options.neverRead > 0, now - self.window.start >= Self.readingTime { self.muteNeverReaders() }
            if self.stormDue <= now { self.storm(at: now) }
            if now >= self.window.end || isStopped { self.stopPlaying(at: now) }
        case .settling:
            if self.isSettled() || now >= self.window.stageDeadline { self.leave(at: now) }
        case .leaving:
            if now >= self.window.stageDeadline || !self.bots.contains(where: { $0.pointee.link != .none }) {
                for bot in self.bots { self.drop(bot) }
                self.stage = .over
            }
        case .over: break
        }
        self.progress.update(at: now) { self.progressText(at: now) }
    }

    private func joinMore(at now: UInt64, _ isStopped: Bool) {
        if self.window.stageDeadline == 0 {
            self.window.start = now
            self.window.stageDeadline = now + Self.joinPatience + UInt64(self.bots.count) * 1_000_000_000 / Self.joinsPerSecond
        }
        let due = (now - self.window.start) * Self.joinsPerSecond / 1_000_000_000 + 1
        while self.startedBots < self.bots.count, UInt64(self.startedBots) < due {
            let bot = self.bots[self.startedBots]
            self.startedBots += 1
            bot.pointee.nextEventAt = now + bot.pointee.random.below(.seconds(1))
            self.tend(bot)
            self.settle(bot, at: now)
        }
        let isComplete = self.bots.allSatisfy { $0.pointee.isOver || $0.pointee.isIn && $0.pointee.session.isReplicaWhole }
        if let reason = self.reachability.hopeless(at: now, self.options.url) { return self.giveUp(reason) }
        if self.bots.allSatisfy({ $0.pointee.isOver }) {
            return self.giveUp("nobody joined: \(self.progress.lastProblem ?? "the relay takes none of them")")
        }
        if isComplete || now >= self.window.stageDeadline || isStopped { self.startPlaying(at: now) }
    }

    /// Ends a run that cannot begin.
    func giveUp(_ reason: String) {
        self.hopeless = reason
        for bot in self.bots { self.drop(bot) }
        self.stage = .over
    }

    private func startPlaying(at now: UInt64) {
        self.stage = .playing
        self.window.start = now
        self.window.end = now + UInt64(self.options.duration * 1e9)
        self.window.slots = self.nextSlot..<UInt64.max
        self.window.cpuStart = crelay_thread_cpu_ns()
        self.window.framesBefore = self.frameCounts()
        if let stormAt = self.options.stormAt { self.stormDue = now + UInt64(stormAt * 1e9) }
        for bot in self.bots { self.planFault(of: bot, from: now + .milliseconds(500)) }
    }

    private func stopPlaying(at now: UInt64) {
        self.window.end = now
        self.window.slots = self.window.slots.lowerBound..<self.nextSlot
        self.window.cpu = UInt64(max(0, crelay_thread_cpu_ns() - self.window.cpuStart))
        self.window.frames = self.frameCounts().since(self.window.framesBefore)
        self.window.stageDeadline = now + self.settlePatience
        self.stage = .settling
        for bot in self.bots {
            bot.pointee.faultDue = .max
            if bot.pointee.isStalled { self.endStall(of: bot, at: now) }
        }
    }

    private func leave(at now: UInt64) {
        self.judgeRooms()
        self.recordWhatIsOpen(at: now)
        if self.options.lobby { self.countRooms() }
        self.stage = .leaving
        self.window.stageDeadline = now + Self.leavePatience
        for bot in self.bots {
            bot.pointee.wasInAtEnd = bot.pointee.session.isJoined
            bot.pointee.lastInput = now
            bot.pointee.session.leave(at: now)
            self.settle(bot, at: now)
            self.send(bot)
        }
    }

    func frameCounts() -> FrameCounts {
        var counts = self.earlierFrames
        for bot in self.bots where !bot.pointee.neverReads { counts.add(bot.pointee.session.statistics) }
        return counts
    }

    // MARK: Do all see the same?

    /// Whether every room has come to rest.
    private func isSettled() -> Bool {
        var isSettled = true
        for room in self.rooms where !room.isSettled {
            room.isSettled = self.complaints(of: room).isEmpty
            isSettled = isSettled && room.isSettled
        }
        return isSettled
    }

    /// The differences that are left in a room after the writes have stopped.
    private func complaints(of room: BotRoom) -> [(FailureLog.Kind, String)] {
        let present = room.bots.filter { $0.pointee.hasJoined }
        for bot in present {
            guard bot.pointee.session.isJoined, bot.pointee.session.isReplicaWhole else {
                return [(.unsettled, "\(bot.pointee.name) is not in")]
            }
            guard bot.pointee.session.unconfirmedUplinks == 0, bot.pointee.session.pendingOperations == 0 else {
                return [(.unsettled, "uplinks of \(bot.pointee.name) are not confirmed")]
            }
            guard let heartbeat = bot.pointee.watch.heartbeat, heartbeat.tick == present[0].pointee.watch.heartbeat?.tick else {
                return [(.unsettled, "the last heartbeat of \(bot.pointee.name) is not that of the others")]
            }
        }
        var complaints: [(FailureLog.Kind, String)] = []
        for bot in present {
            for peer in present {
                complaints += self.complaints(of: bot, about: peer)
                if complaints.count > 8 { return complaints }
            }
        }
        return complaints
    }

    private func complaints(of bot: Bot, about peer: Bot) -> [(FailureLog.Kind, String)] {
        var complaints: [(FailureLog.Kind, String)] = []
        let (name, other) = (bot.pointee.name, peer.pointee.name)
        if peer.pointee.sequence > 0, let entity = peer.pointee.entity {
            let shown = self.sequenceName(of: bot).flatMap { self.sequence(of: entity, $0, seenBy: bot) }
            if shown != peer.pointee.sequence {
                let text = shown.map { "\($0)" } ?? "nothing"
                complaints.append((.lastWrite, "\(name) sees \(text) of \(other), which wrote \(peer.pointee.sequence)"))
            }
        }
        let sent = peer.pointee.eventNumber
        if let seat = peer.pointee.session.seat, let last = bot.pointee.watch.lastEvent(of: seat), last != sent {
            complaints.append((.lastEvent, "\(name) saw event \(last) of \(other), which sent \(sent)"))
        }
        return complaints
    }

    /// Judges each room at the end: records the differences that are left, and compares the replicas of one heartbeat.
    private func judgeRooms() {
        for room in self.rooms {
            if !room.isSettled { for (kind, text) in self.complaints(of: room) { self.failures.record(kind, text) } }
            let whole = room.bots.filter { $0.pointee.session.isReplicaWhole && $0.pointee.watch.heartbeat != nil }
            guard let first = whole.first, let heartbeat = first.pointee.watch.heartbeat else { continue }
            for bot in whole where bot.pointee.watch.heartbeat?.tick == heartbeat.tick {
                self.measurements.replicasChecked += 1
                let isSame = bot.pointee.watch.heartbeat?.digest == heartbeat.digest && Self.agree(bot, first)
                if !isSame { self.measurements.replicasDiverged += 1 }
            }
        }
    }

    /// Compares two replicas of one tick field by field. For different ticks (somebody else writes on) the checksums must do.
    private static func agree(_ bot: Bot, _ other: Bot) -> Bool {
        guard bot.pointee.session.replica.tick == other.pointee.session.replica.tick else { return true }
        return bot.pointee.session.replica.agrees(with: other.pointee.session.replica)
    }

    static func isAgain(_ result: Int) -> Bool { result == -Int(EAGAIN) }
}
