import RelayClient
import RelayWire

// Handles a player's notices and judges them.
extension BotLoop {
    func hear(_ notice: SessionEvent, _ bot: Bot, at now: UInt64) {
        switch notice {
        case .ticked(let tick): self.see(tick, bot, at: now)
        case .confirmed(let uplink): bot.pointee.watch.confirmed = uplink
        case .event(let event): self.judge(event, bot)
        case .eventsLost: bot.pointee.watch.expectGap()
        case .joined(let welcome): self.sitDown(bot, welcome, at: now)
        case .rejoined(let welcome): self.comeBack(bot, welcome, at: now)
        case .disconnected(let code, _): self.recordEnd(bot, code, at: now)
        case .result(let outcome):
            if outcome.result.code != .succeeded { self.blame(bot, .writeRefused, "\(outcome.result.code)") }
        case .uplinkGap: self.blame(bot, .uplinkLost, "gap")
        case .uplinksForgotten(let count): self.blame(bot, .uplinkLost, "\(count) given up")
        case .writeTooLong: self.blame(bot, .writeRefused, "too long for an uplink")
        case .noticesDropped(let count): self.blame(bot, .noticesDropped, "\(count)")
        case .seatLost(let code):
            self.recordEnd(bot, code.rawValue, at: now)
            self.blame(bot, .seatLost, code.name)
            bot.pointee.session.joinAgain(at: now)
        case .ended(let code):
            guard !bot.pointee.isBetweenGames else { return }
            self.recordEnd(bot, code?.rawValue, at: now)
            if self.stage != .leaving { self.endForGood(bot, code) }
        }
    }

    private func endForGood(_ bot: Bot, _ code: CloseCode?) {
        bot.pointee.isOver = true
        let sentence = self.closeReason.isEmpty ? code?.sentence ?? "" : self.closeReason
        let text = "\(code.map { "\($0.name) (\($0.rawValue))" } ?? "left")\(sentence.isEmpty ? "" : ": \(sentence)")"
        self.progress.keepProblem(text)
        self.tell(bot, text)
        self.blame(bot, .ended, text)
    }

    /// Records a failure, with the player's name.
    func blame(_ bot: Bot, _ kind: FailureLog.Kind, _ text: @autoclosure () -> String) {
        self.failures.record(kind, "\(bot.pointee.name): \(text())")
    }

    /// Prints what happened to a player, if the run is verbose.
    func tell(_ bot: Bot, _ text: @autoclosure () -> String) {
        if self.options.isVerbose { self.progress.say("\(bot.pointee.name): \(text())") }
    }

    // MARK: Seats

    private func sitDown(_ bot: Bot, _ welcome: Welcome, at now: UInt64) {
        if !bot.pointee.hasJoined, !bot.pointee.neverReads { self.measurements.joined += 1 }
        self.takePlace(bot, at: now)
        bot.pointee.entity = bot.pointee.session.entity(0)
        bot.pointee.watch.reset()
        bot.pointee.uplinkWrites.removeAll()
        bot.pointee.newestUplink = bot.pointee.session.confirmedUplink
        bot.pointee.watch.confirmed = nil
        self.enter(bot, welcome)
        bot.pointee.seatedAt = self.nextSlot
        self.tell(bot, "seat \(welcome.seat.rawValue), generation \(welcome.generation)")
    }

    private func comeBack(_ bot: Bot, _ welcome: Welcome, at now: UInt64) {
        if !bot.pointee.neverReads { self.measurements.rejoined += 1 }
        self.measurements.causes.record(self.injection(of: bot, at: now), welcome.cause)
        bot.pointee.watch.confirmed = nil  // of the welcome: the next frame may show more than that
        self.enter(bot, welcome)
        let how = welcome.resumed ? "resumed" : "with a snapshot"
        let why = welcome.cause.name
        self.tell(bot, "back on seat \(welcome.seat.rawValue), generation \(welcome.generation), \(how); it was away by \(why)")
    }

    private func recordEnd(_ bot: Bot, _ code: UInt16?, at now: UInt64) {
        if bot.pointee.helloAt != nil {  // a hello is refused: no seat's connection has ended
            bot.pointee.helloAt = nil
            return self.measurements.quickJoins.refused(code)
        }
        guard bot.pointee.hasJoined, bot.pointee.endedAt == nil, !bot.pointee.neverReads else { return }
        bot.pointee.endedAt = now
        guard self.stage != .leaving else { return }
        self.measurements.dropped += 1
        self.tell(bot, "connection ended, code \(code.map { "\($0)" } ?? "none")")
    }

    // MARK: Frames

    /// Handles an applied frame: records the others' writes that it is the first to show, and checks the player's own state.
    private func see(_ tick: Tick, _ bot: Bot, at now: UInt64) {
        if bot.pointee.watch.isListener { self.recordArrival(of: tick, bot) }
        if bot.pointee.cleanSince == .max || bot.pointee.endedAt != nil { self.recordRecovery(bot, at: now) }
        if bot.pointee.watch.isHeartbeat { self.seeHeartbeat(tick, bot) }
        guard let name = self.sequenceName(of: bot) else { return }
        if let uplink = bot.pointee.watch.confirmed { self.checkOwn(bot, uplink, name) }
        for index in bot.pointee.watch.peers.indices {
            guard let peer = bot.pointee.room[bot.pointee.watch.peers[index]], let entity = peer.pointee.entity,
                let sequence = self.sequence(of: entity, name, seenBy: bot)
            else { continue }
            let seen = bot.pointee.watch.seen[index]
            guard sequence != seen else { continue }
            bot.pointee.watch.seen[index] = sequence
            if sequence < seen {
                self.blame(bot, .backwards, "saw \(peer.pointee.name) go from \(seen) to \(sequence)")
            } else if sequence <= peer.pointee.sequence {  // a number never written is judged at the end, not looped to
                let arrival = bot.pointee.watch.arrivals.newest
                let pair = self.pair(of: peer, seenBy: bot)
                self.measurements.durations.record((seen + 1)...sequence, of: pair, by: self.schedule, at: arrival)
            }
        }
    }

    private func pair(of sender: Bot, seenBy receiver: Bot) -> WatchedPair {
        let slots = self.window.slots
        let seated = max(sender.pointee.seatedAt, receiver.pointee.seatedAt, slots.lowerBound)
        return WatchedPair(
            phase: sender.pointee.phase, slots: min(seated, slots.upperBound)..<slots.upperBound,
            cleanSince: max(sender.pointee.cleanSince, receiver.pointee.cleanSince),
            period: receiver.pointee.watch.arrivals.judgedStride * self.schedule.tickLength
        )
    }

    private func recordArrival(of tick: Tick, _ bot: Bot) {
        let before = bot.pointee.watch.arrivals.newest
        let stride = bot.pointee.session.stride
        bot.pointee.watch.arrivals.record(tick, bot.pointee.watch.read, stride: stride, tickLength: self.schedule.tickLength)
        self.measurements.longestStride = max(self.measurements.longestStride, stride)
        self.recordInterval(of: bot, from: before, until: bot.pointee.watch.arrivals.newest)
    }

    private func recordInterval(of bot: Bot, from start: UInt64, until end: UInt64) {
        guard bot.pointee.cleanSince != .max else { return }
        self.measurements.durations.frameInterval.record(
            from: start, to: end, since: max(self.window.start, bot.pointee.cleanSince + Deliveries.disturbance),
            until: self.window.end, period: bot.pointee.watch.arrivals.judgedStride * self.schedule.tickLength
        )
    }

    /// Ends a listener's open interval without a frame.
    func recordInterval(of bot: Bot, until end: UInt64) {
        guard bot.pointee.watch.isListener else { return }
        self.recordInterval(of: bot, from: bot.pointee.watch.arrivals.newest, until: end)
    }

    /// Records all that is still open, with its age: intervals, writes that nobody saw, players who are not back.
    func recordWhatIsOpen(at now: UInt64) {
        for bot in self.bots where bot.pointee.hasJoined && !bot.pointee.neverReads {
            self.recordInterval(of: bot, until: now)
            if let endedAt = bot.pointee.endedAt {
                self.measurements.durations.rejoin.record(nanoseconds: now - min(now, endedAt))
            }
            for (place, seen) in zip(bot.pointee.watch.peers, bot.pointee.watch.seen) {
                guard let peer = bot.pointee.room[place], peer.pointee.hasJoined, seen < peer.pointee.sequence else { continue }
                let pair = self.pair(of: peer, seenBy: bot)
                self.measurements.durations.recordUnseen((seen + 1)...peer.pointee.sequence, of: pair, by: self.schedule, at: now)
            }
        }
    }

    private func recordRecovery(_ bot: Bot, at now: UInt64) {
        if bot.pointee.cleanSince == .max { bot.pointee.cleanSince = now }
        if let endedAt = bot.pointee.endedAt {
            self.measurements.durations.rejoin.record(nanoseconds: now - min(now, endedAt))
            bot.pointee.endedAt = nil
        }
    }

    private func seeHeartbeat(_ tick: Tick, _ bot: Bot) {
        self.measurements.replicasChecked += 1
        if let rtt = bot.pointee.session.statistics.rtt, self.stage == .playing {
            self.measurements.durations.rtt.record(milliseconds: rtt)
        }
        if self.stage == .settling { bot.pointee.watch.heartbeat = (tick, bot.pointee.session.replica.checksum) }
    }

    /// Once the relay has confirmed our uplinks up to `uplink`, the room must show the write that this one carried.
    private func checkOwn(_ bot: Bot, _ uplink: UInt64, _ name: NameIndex) {
        bot.pointee.watch.confirmed = nil
        guard let expected = bot.pointee.uplinkWrites[uplink], let entity = bot.pointee.entity else { return }
        let shown = self.sequence(of: entity, name, seenBy: bot)
        guard shown != expected else { return }
        let text = shown.map { "\($0)" } ?? "nothing"
        self.blame(bot, .sequence, "uplink \(uplink) wrote \(expected), the room shows \(text)")
    }

    // MARK: Fields

    /// Index of the field with the sequence number; nil until the room has it.
    func sequenceName(of bot: Bot) -> NameIndex? {
        if let known = bot.pointee.watch.sequenceName { return known }
        let name = bot.pointee.payload == nil ? FieldNames.sequence : FieldNames.payload
        bot.pointee.watch.sequenceName = bot.pointee.session.replica.names.index(of: name)
        return bot.pointee.watch.sequenceName
    }

    /// The sequence number that an entity shows in a bot's replica; nil if it is not there.
    @inline(__always)
    func sequence(of entity: EntityID, _ name: NameIndex, seenBy bot: Bot) -> UInt64? {
        if bot.pointee.payload == nil { return bot.pointee.session.storedBits(entity, name) }
        return bot.pointee.session.withStoredBytes(entity, name) { PayloadWriter.sequence(of: $0) }
    }

    // MARK: Events

    /// Bots number their events: of each sender's none may be missing, repeated or out of order.
    private func judge(_ event: RoomEvent, _ bot: Bot) {
        guard event.name == FieldNames.event, case .integer(let number) = event.value else { return }
        // Who has left since is judged no more, and neither is who had the seat before.
        guard let joined = bot.pointee.session.replica.player(event.sender)?.joined, event.tick >= joined else { return }
        switch bot.pointee.watch.judge(number, from: event.sender, joined: joined) {
        case .good: break
        case .twice: self.blame(bot, .eventTwice, "number \(number) of seat \(event.sender.rawValue)")
        case .lost: self.blame(bot, .eventLost, "before number \(number) of seat \(event.sender.rawValue)")
        }
    }
}
