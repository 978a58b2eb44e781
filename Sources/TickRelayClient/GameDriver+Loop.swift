import NIOCore
import NIOPosix
import NIOSSL
import RelayClient
import RelayClientTLS

/// The event loop's half of the driver: inputs from the connection, and all outputs.
extension GameDriver {
    func flushOnLoop() {
        self.core.withLock { core in
            core.isFlushScheduled = false
            core.session.flush(at: Self.clock())
        }
        self.pump()
    }

    /// An input from a connection. Ignored unless it is the current connection.
    func input(from connection: RelayConnection, _ body: (inout ClientSession, UInt64) -> Void) {
        guard self.onLoop.value.connection === connection else { return }
        let now = Self.clock()
        self.core.withLock { core in
            body(&core.session, now)
            core.renderer.observe(core.session, at: Double(now) / 1e6)
        }
    }

    func isCurrent(_ connection: RelayConnection) -> Bool { self.onLoop.value.connection === connection }

    /// The last input from a connection: afterwards there is no current connection.
    func end(of connection: RelayConnection, _ body: (inout ClientSession, UInt64) -> Void) {
        guard self.onLoop.value.connection === connection else { return }
        self.onLoop.value.connection = nil
        self.core.withLock { body(&$0.session, Self.clock()) }
        self.pump()
    }

    /// Carries out all outputs of the session: bytes, notices, connecting and closing, the timer.
    func pump() {
        self.loop.preconditionInEventLoop()
        self.send()
        self.tell()
        self.reportQuality()
        self.scheduleFlushOfLeftovers()
        while true {
            let directive = self.core.withLock { $0.session.takeDirective(at: Self.clock()) }
            switch directive {
            case .connect: self.connect()
            case .close(let code):
                let connection = self.onLoop.value.connection
                self.onLoop.value.connection = nil
                connection?.close(code: code)
            case .wait, .none, .finished: return self.setTimer()
            }
        }
    }

    /// Schedules a flush for writes that an earlier flush could not send, because there was no connection or too much was
    /// unconfirmed. So they leave as soon as possible, without a further write by the game.
    private func scheduleFlushOfLeftovers() {
        guard let interval = self.options.flushInterval else { return }
        let isNeeded = self.core.withLock { core in
            guard core.session.isJoined, core.session.pendingOperations > 0, !core.isFlushScheduled else { return false }
            core.isFlushScheduled = true
            return true
        }
        if isNeeded { _ = self.loop.scheduleTask(in: TimeAmount(interval)) { self.flushOnLoop() } }
    }

    private func send() {
        guard let connection = self.onLoop.value.connection else { return }
        self.core.withLock { core in
            core.session.drainOutgoing { connection.encode($0) }
        }
        connection.flush()
    }

    private func connect() {
        let connection = RelayConnection(driver: self, relay: self.core.withLock { $0.session.relay })
        self.onLoop.value.connection = connection
        connection.start()
    }

    /// What encrypted connections begin with. The authorities are read once, and not on the loop, which other games share.
    func tlsContext() -> EventLoopFuture<NIOSSLContext> {
        if let known = self.onLoop.value.tlsContext { return known }
        let trust = self.options.trust
        let context = NIOThreadPool.singleton.runIfActive(eventLoop: self.loop) { try trust.clientContext() }
        self.onLoop.value.tlsContext = context
        return context
    }

    /// One timer, rescheduled only if it would fire too late: most deadlines move further away before they come.
    private func setTimer() {
        let state = self.onLoop.value
        let watchesSilence = self.qualityFeed.isWatched
        let deadline = self.core.withLock { core in
            let silence = watchesSilence ? core.session.silenceDeadline.flatMap { $0 > Self.clock() ? $0 : nil } : nil
            return min(core.session.nextDeadline ?? .max, silence ?? .max)
        }
        guard deadline < state.timerAt else { return }
        state.timer?.cancel()
        state.timerAt = deadline
        state.timer = self.loop.scheduleTask(deadline: .uptimeNanoseconds(deadline)) {
            self.onLoop.value.timerAt = .max
            self.core.withLock { $0.session.advance(to: Self.clock()) }
            self.pump()
        }
    }

    /// Passes notices on: frames and events to the mailbox, the end of `join` and `leave` to the tasks that wait for it.
    private func tell() {
        var news = TickNews()
        let tick = self.core.withLock { core -> GameTick? in
            while let event = core.session.nextEvent() {
                if let state = news.take(event, isFirst: core.joinOutcome == nil, in: core.state) { core.state = state }
            }
            return news.frames > 0 ? news.tick(core.session.replica, stride: core.session.stride) : nil
        }
        if let tick { self.mailbox.deliver(tick) }
        if let outcome = news.joinOutcome { self.settleJoin(outcome) }
        if news.isSeatLost, self.options.joinsAgain { self.joinAgain() }
        if news.isOver { self.finish() }
    }

    private func reportQuality() {
        guard self.qualityFeed.isWatched else { return }
        let now = Self.clock()
        self.qualityFeed.report(self.core.withLock { $0.session.quality(at: now) }, at: now)
    }

    private func finish() {
        self.onLoop.value.timer?.cancel()
        self.onLoop.value.timerAt = .max
        self.mailbox.finish()
        self.qualityFeed.finish()
        let waiters = self.core.withLock { core in
            defer { core.leaveWaiters = [] }
            return core.leaveWaiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
