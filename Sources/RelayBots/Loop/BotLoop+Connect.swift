import RelayClocks
import CRelayLinux
import Glibc
import RelayClient
import RelayWire

// Connections come and go.
extension BotLoop {
    /// Carries out a session's requests; call it after every input. Queues messages, handles notices, connects or closes.
    func settle(_ bot: Bot, at now: UInt64) {
        if bot.pointee.session.hasOutgoing {
            bot.pointee.session.drainOutgoing { message in
                guard bot.pointee.link == .open else { return }
                let mask = UInt32(truncatingIfNeeded: bot.pointee.random.next())
                WebSocketEncoder.appendClientFrame(opcode: .binary, payload: message, mask: mask, to: &bot.pointee.out)
            }
        }
        while let notice = bot.pointee.session.nextEvent() { self.hear(notice, bot, at: now) }
        while true {
            switch bot.pointee.session.takeDirective(at: now) {
            case .connect: self.connect(bot, at: now)
            case .close(let code): self.close(bot, saying: code)
            case .wait, .none: return
            case .finished: return self.playAgain(bot, at: now)
            }
        }
    }

    private func connect(_ bot: Bot, at now: UInt64) {
        self.tend(bot)
        let relay = bot.pointee.session.relay
        let entrance = self.tunnel.map { ("127.0.0.1", $0.entrance) } ?? (relay.host, relay.port)
        bot.pointee.descriptor = crelay_tcp_connect_start(entrance.0, entrance.1)
        guard bot.pointee.descriptor >= 0 else {
            self.reachability.failed(error: -bot.pointee.descriptor, at: now)
            self.progress.keepProblem("\(bot.pointee.name): cannot connect: \(Self.text(-bot.pointee.descriptor))")
            bot.pointee.session.connectionFailed(at: now)
            return
        }
        _ = crelay_set_nodelay(bot.pointee.descriptor, true)
        _ = crelay_enable_timestamps(bot.pointee.descriptor)
        let added = crelay_epoll_add_events(
            self.connectPoll, bot.pointee.descriptor, UInt64(bot.pointee.index), CRELAY_EVENT_WRITABLE | CRELAY_EVENT_READABLE
        )
        guard added == 0 else {
            _ = Glibc.close(bot.pointee.descriptor)
            bot.pointee.session.connectionFailed(at: now)
            return
        }
        bot.pointee.link = .connecting
        bot.pointee.decoder = WebSocketDecoder(role: .client, maximumMessageBytes: WireLimits.serverMessageBytes)
        bot.pointee.lastRead = now
    }

    /// Has ``tend()`` advance a bot after every slot.
    func tend(_ bot: Bot) {
        guard !bot.pointee.isTended else { return }
        bot.pointee.isTended = true
        self.tended.append(bot)
    }

    /// Advances all bots that are not in a room: attempts, handshakes, back-offs.
    func tend() {
        guard !self.tended.isEmpty else { return }
        let count = Int(crelay_epoll_wait(self.connectPoll, &self.events, Int32(self.events.count), 0))
        for index in 0..<max(0, count) { self.progressLink(self.bots[Int(self.events[index].data)]) }
        let now = Clock.monotonic().nanoseconds
        for bot in self.tended {
            if let deadline = bot.pointee.session.nextDeadline, deadline <= now, !bot.pointee.isIn {
                bot.pointee.session.advance(to: now)
                bot.pointee.lastInput = now
                self.settle(bot, at: now)
            }
            if bot.pointee.link == .open { self.send(bot) }
            if bot.pointee.isIn { bot.pointee.isTended = false }
        }
        self.tended.removeAll { !$0.pointee.isTended }
    }

    private func progressLink(_ bot: Bot) {
        switch bot.pointee.link {
        case .none: break
        case .connecting: self.sendRequest(bot)
        case .upgrading, .open: self.read(bot)
        }
    }

    private func sendRequest(_ bot: Bot) {
        let error = crelay_so_error(bot.pointee.descriptor)
        guard error == 0 else {
            self.reachability.failed(error: -error, at: Clock.monotonic().nanoseconds)
            return self.fail(bot, Self.text(-error))
        }
        self.reachability.succeeded()
        let upgrade = UpgradeClient(url: bot.pointee.session.relay, nonce: (bot.pointee.random.next(), bot.pointee.random.next()))
        let sent = upgrade.request.withUnsafeBytes { bytes in
            bytes.baseAddress.map { crelay_send(bot.pointee.descriptor, $0, bytes.count) } ?? 0
        }
        guard sent == upgrade.request.count else { return self.fail(bot, "the request was not taken") }
        _ = crelay_epoll_modify(self.connectPoll, bot.pointee.descriptor, UInt64(bot.pointee.index), CRELAY_EVENT_READABLE)
        (bot.pointee.upgrade, bot.pointee.link) = (upgrade, .upgrading)
    }

    /// Takes bytes of the answer to the upgrade. Returns how many at the end belong to the WebSocket; nil if it is not up.
    func receiveAnswer(_ bytes: UnsafeMutableRawBufferPointer, for bot: Bot, at now: UInt64) -> Int? {
        guard let outcome = bot.pointee.upgrade?.receive(UnsafeRawBufferPointer(bytes)) else { return nil }
        if outcome != .needsMore { self.reachability.answered() }
        switch outcome {
        case .needsMore: return nil
        case .refused(let reason, let retryAfter):
            self.fail(bot, reason, retryAfter: retryAfter)
            return nil
        case .upgraded(let rest):
            (bot.pointee.link, bot.pointee.upgrade) = (.open, nil)
            bot.pointee.lastInput = now
            if self.options.lobby, bot.pointee.session.welcome == nil { bot.pointee.helloAt = now }
            bot.pointee.session.connectionOpened(at: now)
            self.settle(bot, at: now)
            self.send(bot)
            return rest
        }
    }

    /// The connection has ended, and the upgrade was not answered.
    func endUnanswered(_ bot: Bot) {
        let hint = self.options.url.isSecure ? "" : "; if it speaks TLS there, its URL begins with wss://"
        let problem = self.tunnel?.problem ?? (text: "the relay ended the connection without an answer" + hint, isFinal: false)
        self.reachability.ended(problem.text, isFinal: problem.isFinal, at: Clock.monotonic().nanoseconds)
        self.fail(bot, problem.text)
    }

    /// An attempt to connect has failed.
    private func fail(_ bot: Bot, _ reason: String, retryAfter: UInt64? = nil) {
        let problem = "cannot connect: \(self.tunnel?.problem?.text ?? reason)"
        self.progress.keepProblem("\(bot.pointee.name): \(problem)")
        self.tell(bot, problem)
        let now = Clock.monotonic().nanoseconds
        self.drop(bot)
        bot.pointee.lastInput = now
        bot.pointee.session.connectionFailed(retryAfter: retryAfter, at: now)
        self.settle(bot, at: now)
    }

    /// The connection has ended, on either side.
    func lose(_ bot: Bot, code: UInt16? = nil, reason: String = "") {
        let now = Clock.monotonic().nanoseconds
        self.drop(bot)
        bot.pointee.lastInput = now
        bot.pointee.session.connectionClosed(code: code, reason: reason, at: now)
        // A relay's text, for a terminal.
        self.closeReason = String(reason.unicodeScalars.filter { (0x20...0x7E).contains($0.value) })
        self.settle(bot, at: now)
        self.closeReason = ""
    }

    /// Sends a close frame if the kernel takes it, and closes.
    private func close(_ bot: Bot, saying code: UInt16) {
        if bot.pointee.link == .open, bot.pointee.out.isEmpty {
            WebSocketEncoder.appendClientClose(
                code: code, mask: UInt32(truncatingIfNeeded: bot.pointee.random.next()), to: &bot.pointee.out)
            _ = bot.pointee.out.withUnsafeBytes { bytes in
                bytes.baseAddress.map { crelay_send(bot.pointee.descriptor, $0, bytes.count) }
            }
        }
        self.drop(bot)
    }

    /// Closes the descriptor.
    func drop(_ bot: Bot, abruptly: Bool = false) {
        guard bot.pointee.link != .none else { return }
        if abruptly { _ = crelay_set_linger0(bot.pointee.descriptor) }
        _ = Glibc.close(bot.pointee.descriptor)  // leaves the epoll set by itself: there is no duplicate
        (bot.pointee.link, bot.pointee.descriptor, bot.pointee.upgrade) = (.none, -1, nil)
        bot.pointee.out.removeAll(keepingCapacity: true)
        bot.pointee.sentBytes = 0
        bot.pointee.isIn = false
        self.tend(bot)
    }

    /// A welcome came: from now on the bot is read in its phase.
    func enter(_ bot: Bot, _ welcome: Welcome) {
        self.learnRate(welcome)
        _ = crelay_epoll_delete(self.connectPoll, bot.pointee.descriptor)
        if !bot.pointee.hasJoined {
            let phase = bot.pointee.index % self.phases.count
            bot.pointee.phase = UInt64(phase)
            self.phases[phase].append(bot)
        }
        (bot.pointee.isIn, bot.pointee.hasJoined) = (true, true)
    }

    static func text(_ error: Int32) -> String { String(cString: strerror(error)) }
}
