import RelayWire

extension ClientSession {
    // MARK: - Welcome

    /// A seat, new or the one held: SPEC sections 9 and 10 say what outlives the old connection.
    mutating func receivedWelcome(_ welcome: Welcome, at now: UInt64) {
        let isSame = self.welcome?.instance == welcome.instance && self.welcome?.seat == welcome.seat
        let epochIsSame = self.welcome?.epoch == welcome.epoch
        if isSame {
            self.settleUplinks(welcome, epochIsSame: epochIsSame)
        } else {
            (self.namesToConfirm, self.knownNames) = (nil, NameTable())
            self.uplinks.reset()
            self.results.reset()
            _ = self.uplinks.confirm(through: welcome.lastUplink)
        }
        if !isSame || !welcome.resumed { self.application.dropReplica() }
        self.application.connected(welcome, isNewSeat: !isSame)
        self.welcome = welcome
        self.budget.reset(rate: welcome.uplinkRate, burst: welcome.uplinkBurst, at: now)
        self.uplinks.rewind(rate: welcome.uplinkRate, at: now)
        self.quality.lastFrameAt = now
        self.lifecycle.welcomed(patience: welcome.timing.giveUpAfter * 1_000_000, at: now)
        self.notices.push(isSame ? .rejoined(welcome) : .joined(welcome))
        if isSame, welcome.uplinkGap { self.notices.push(.uplinkGap) }
        self.resendDue(at: now)
    }

    /// The same seat again: forgets what was applied meanwhile; what is left is resent once its names are known to stand.
    private mutating func settleUplinks(_ welcome: Welcome, epochIsSame: Bool) {
        if welcome.uplinkGap {
            self.uplinks.revert(to: welcome.lastUplink)
            self.results.rewind(to: welcome.lastUplink)
        }
        if self.uplinks.confirm(through: welcome.lastUplink) { self.notices.push(.confirmed(uplink: welcome.lastUplink)) }
        if self.uplinks.areRefused { self.notices.push(.uplinksForgotten(self.uplinks.forget())) }
        guard !welcome.resumed else { return }
        // A table only grows, but goes with a replica that is dropped: the longest that was there is the one.
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

    mutating func receivedFrame(_ message: Span<UInt8>, at now: UInt64) {
        let companion = self.pendingPrivate
        let companionIsBroken = self.privateIsBroken
        if companion != nil || companionIsBroken { (self.pendingPrivate, self.privateIsBroken) = (nil, false) }
        self.lifecycle.frameArrived(at: now)
        // No frame has tick 0: one whose private half could not be read fits none.
        switch self.application.apply(message, privateTick: companionIsBroken ? Tick.none : companion?.tick) {
        case .ignored(let reason): self.frameIgnored(reason, at: now)
        case .applied(let coding, let tick, let differs):
            self.frameApplied(coding, tick, companion, at: now)
            if differs {
                self.quality.divergences += 1
                self.askForSnapshot(.checksum, at: now)
            }
        }
    }

    private mutating func frameApplied(_ coding: Coding, _ tick: Tick, _ companion: PrivateMessage?, at now: UInt64) {
        guard let terms = self.terms else { return }
        self.quality.applied(coding)
        self.quality.frameArrived(tick, rate: terms.rate, at: now)
        self.acknowledgement.applied(tick, delay: terms.ackDelay, at: now)
        if coding == .snapshot { self.awaitsSnapshot = false }
        if let companion { self.application.merge(companion) }
        self.deliver(companion)
        self.application.finish(at: tick)
        self.notices.push(.ticked(tick))
        if self.namesToConfirm != nil { self.confirmNames(at: now) }
    }

    /// Tells what the frame just applied brought beside state, in the order ``SessionEvent`` promises.
    private mutating func deliver(_ companion: PrivateMessage?) {
        if let lost = self.application.lostThrough { self.notices.push(.eventsLost(through: lost)) }
        for event in self.application.events { self.notices.push(.event(event)) }
        for result in companion?.results ?? [] {
            if let outcome = self.results.receive(result) { self.notices.push(.result(outcome)) }
        }
        let beat = self.application.ownBeat
        if let beat { self.quality.rtt = beat.rtt }
        let applied = max(companion?.lastUplink ?? 0, beat?.lastUplink ?? 0)
        if self.uplinks.confirm(through: applied) { self.notices.push(.confirmed(uplink: applied)) }
        self.results.settled(through: applied)
    }

    private mutating func frameIgnored(_ reason: ResyncReason, at now: UInt64) {
        self.quality.framesIgnored += 1
        self.quality.lastFrameAt = now
        // Deltas before the snapshot that was asked for are no news; a snapshot that does not help is.
        guard !self.awaitsSnapshot || self.application.coding == .snapshot else { return }
        self.askForSnapshot(reason, at: now)
    }

    private mutating func askForSnapshot(_ reason: ResyncReason, at now: UInt64) {
        self.awaitsSnapshot = true
        let ack = self.acknowledgement.take(at: now)
        self.quality.bytesSent += self.outgoing.message { $0.resync(ack, reason) }
        self.quality.resyncs += 1
        self.budget.spend(at: now)
    }

    /// The first frame after the room was restored: are the names still those that unconfirmed uplinks mean?
    private mutating func confirmNames(at now: UInt64) {
        guard let old = self.namesToConfirm else { return }
        self.namesToConfirm = nil
        if !self.application.replica.names.agrees(with: old, upTo: self.uplinks.namesUsed) {
            self.notices.push(.uplinksForgotten(self.uplinks.forget()))
        }
        self.resendDue(at: now)
    }
}
