import RelayWire

extension ClientSession {
    // MARK: - Welcome

    /// Takes a new seat or the seat held before. SPEC sections 9 and 10 define which state outlives the old connection.
    mutating func receivedWelcome(_ welcome: Welcome, at now: UInt64) {
        // A room without a name cannot be rejoined.
        guard self.learnRoom(welcome.room) else { return self.giveUp(code: 1002, at: now) }
        let isSame = self.welcome?.instance == welcome.instance && self.welcome?.seat == welcome.seat
        let epochIsSame = self.welcome?.epoch == welcome.epoch
        if isSame {
            self.settleUplinks(welcome, epochIsSame: epochIsSame)
        } else {
            (self.namesToConfirm, self.knownNames) = (nil, NameTable())
            self.uplinks.reset()
            self.results.reset()
            self.inFlight.forget()
            _ = self.uplinks.confirm(through: welcome.lastUplink)
        }
        if !isSame || !welcome.resumed { self.application.dropReplica() }
        self.application.connected(welcome, isNewSeat: !isSame)
        self.welcome = welcome
        self.budget.reset(rate: welcome.uplinkRate, burst: welcome.uplinkBurst, at: now)
        self.uplinks.rewind(rate: welcome.uplinkRate, at: now)
        (self.statistics.lastFrameAt, self.statistics.lastEnd) = (now, welcome.cause)
        self.lifecycle.welcomed(patience: welcome.timing.giveUpAfter * 1_000_000, at: now)
        self.notices.push(isSame ? .rejoined(welcome) : .joined(welcome))
        if isSame, welcome.uplinkGap { self.notices.push(.uplinkGap) }
        if self.isHidden { self.sayVisibility(at: now) }
        self.resendDue(at: now)
    }

    /// Takes over the name that the relay says the room has. False if we let it choose and it does not say.
    private mutating func learnRoom(_ name: String?) -> Bool {
        guard let name else { return self.welcome != nil || !self.wish.room.isEmpty }
        self.room = name
        if let lobby = self.wish.lobby, lobby.how == .make {
            self.wish = (name, LobbyPart(.join, password: lobby.password))  // another hello must not make another room
        }
        return true
    }

    /// The same seat again: forgets the uplinks applied meanwhile. The rest is resent, after a check of its names if needed.
    private mutating func settleUplinks(_ welcome: Welcome, epochIsSame: Bool) {
        if welcome.uplinkGap {
            self.uplinks.revert(to: welcome.lastUplink)
            self.results.rewind(to: welcome.lastUplink)
            self.inFlight.forget()
        }
        if self.uplinks.confirm(through: welcome.lastUplink) { self.notices.push(.confirmed(uplink: welcome.lastUplink)) }
        if self.uplinks.areRefused { self.forgetUplinks() }
        guard !welcome.resumed else { return }
        // Keep the longest table: the room's table only grows, but a dropped replica loses its copy and starts a shorter one.
        if self.application.replica.names.count >= self.knownNames.count { self.knownNames = self.application.replica.names }
        if !epochIsSame, self.uplinks.namesUsed > 0, self.namesToConfirm == nil { self.namesToConfirm = self.knownNames }
    }

    // MARK: - Frames

    /// Keeps a private message until the frame of its tick comes.
    mutating func receivedPrivate(_ message: Span<UInt8>, at now: UInt64) {
        guard self.pendingPrivate == nil else {
            self.privateIsBroken = true
            return
        }
        var cursor = WireCursor(offset: 1)
        do throws(WireError) {
            self.pendingPrivate = try cursor.privateMessage(message)
        } catch {
            self.privateIsBroken = true
        }
    }

    /// Remembers who sits where, for the rows of the roster that are there or follow.
    mutating func receivedPlayers(_ message: Span<UInt8>, at now: UInt64) {
        var cursor = WireCursor(offset: 1)
        do throws(WireError) {
            for row in try cursor.players(message) { self.application.replica.roster.apply(row) }
        } catch {
            self.giveUp(code: 1002, at: now)
        }
    }

    mutating func receivedFrame(_ message: Span<UInt8>, at now: UInt64) {
        let companion = self.pendingPrivate
        let companionIsBroken = self.privateIsBroken
        if companion != nil || companionIsBroken { (self.pendingPrivate, self.privateIsBroken) = (nil, false) }
        self.lifecycle.frameArrived(at: now)
        // Tick 0 refuses the frame whose private message could not be read, because no frame has tick 0.
        switch self.application.apply(message, privateTick: companionIsBroken ? Tick.none : companion?.tick) {
        case .ignored(let reason): self.frameIgnored(reason, at: now)
        case .applied(let coding, let tick, let differs):
            self.frameApplied(coding, tick, companion, at: now)
            if differs {
                self.statistics.divergences += 1
                self.askForSnapshot(.checksum, at: now)
            }
        }
    }

    private mutating func frameApplied(_ coding: Coding, _ tick: Tick, _ companion: PrivateMessage?, at now: UInt64) {
        guard let terms = self.terms else { return }
        self.statistics.applied(coding)
        self.statistics.frameArrived(tick, rate: terms.rate, at: now)
        self.acknowledgement.applied(tick, delay: terms.maximumAckDelay, at: now)
        if coding == .snapshot { self.awaitsSnapshot = false }
        if let companion { self.application.merge(companion) }
        self.deliver(companion)
        self.application.finish(at: tick)
        self.notices.push(.ticked(tick))
        if self.namesToConfirm != nil { self.confirmNames(at: now) }
    }

    /// Pushes the notices of the frame just applied, in the order that ``SessionEvent`` promises.
    private mutating func deliver(_ companion: PrivateMessage?) {
        if let lost = self.application.lostThrough { self.notices.push(.eventsLost(through: lost)) }
        for event in self.application.events { self.notices.push(.event(event)) }
        for result in companion?.results ?? [] {
            if let outcome = self.results.receive(result) { self.notices.push(.result(outcome)) }
        }
        let heartbeat = self.application.ownHeartbeat
        if let heartbeat { self.statistics.rtt = heartbeat.rtt }
        let applied = max(companion?.lastUplink ?? 0, heartbeat?.lastUplink ?? 0)
        if self.uplinks.confirm(through: applied) { self.notices.push(.confirmed(uplink: applied)) }
        self.results.settled(through: applied)
        // A welcome confirms too, but the replica shows it only from the next frame on.
        self.inFlight.settle(through: self.uplinks.confirmed)
    }

    private mutating func frameIgnored(_ reason: ResyncReason, at now: UInt64) {
        self.statistics.framesIgnored += 1
        self.statistics.lastFrameAt = now
        guard self.awaitsSnapshot else { return self.askForSnapshot(reason, at: now) }
        // Deltas ahead of the awaited snapshot need no new request. After a snapshot that could not be applied a request would not count,
        // because nothing was acknowledged since the last one: a new connection begins with a snapshot.
        if self.application.coding == .snapshot { self.giveUp(code: 1002, at: now) }
    }

    private mutating func askForSnapshot(_ reason: ResyncReason, at now: UInt64) {
        self.awaitsSnapshot = true
        let ack = self.acknowledgement.take(at: now)
        self.statistics.bytesSent += self.outgoing.message { $0.resync(ack, reason) }
        self.statistics.resyncs += 1
        self.budget.spend(at: now)
    }

    /// The first frame after a restore. Forgets the unconfirmed uplinks if the relay's names are not those they refer to.
    private mutating func confirmNames(at now: UInt64) {
        guard let old = self.namesToConfirm else { return }
        self.namesToConfirm = nil
        if !self.application.replica.names.agrees(with: old, upTo: self.uplinks.namesUsed) {
            self.forgetUplinks()
        }
        self.resendDue(at: now)
    }

    /// Gives up all unconfirmed uplinks (SPEC section 9).
    private mutating func forgetUplinks() {
        self.inFlight.forget()
        self.notices.push(.uplinksForgotten(self.uplinks.forget()))
    }
}
