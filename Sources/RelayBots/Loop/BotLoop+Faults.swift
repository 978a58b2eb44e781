import CRelayLinux
import RelayClient
import RelayWire

// The planned faults of players.
extension BotLoop {
    /// Faults end at least this long before the run does. Nanoseconds.
    static let quietEnd: UInt64 = .seconds(5)
    /// Minimum time from the end of one fault of a player to its next. Nanoseconds.
    static let rest: UInt64 = .seconds(3)

    /// Plans a player's next fault, if the run is long enough.
    func planFault(of bot: Bot, from start: UInt64) {
        guard bot.pointee.faults.kind != .none, let timing = bot.pointee.session.welcome?.timing else { return }
        let end = self.window.end - min(self.window.end, Self.quietEnd)
        guard start < end else { return bot.pointee.faultDue = .max }
        bot.pointee.faults.plan(in: start..<end, drop: .milliseconds(timing.stallAfter + timing.graceWindow))
        bot.pointee.faultDue = bot.pointee.faults.next
    }

    /// Something is due: a fault begins, or a stall is over.
    func fault(_ bot: Bot, at now: UInt64) {
        if bot.pointee.isStalled { return self.endStall(of: bot, at: now) }
        guard self.stage == .playing else { return bot.pointee.faultDue = .max }
        let latest = self.window.end - min(self.window.end, Self.quietEnd)
        guard bot.pointee.session.isJoined, bot.pointee.link == .open else {
            return bot.pointee.faultDue = now < latest ? now + .milliseconds(100) : .max
        }
        let kind = bot.pointee.faults.kind
        self.beginDisturbance(of: bot, kind.injection, at: now)
        switch kind {
        case .none: bot.pointee.faultDue = .max
        case .stall:
            bot.pointee.isStalled = true
            bot.pointee.faultDue = min(now + bot.pointee.faults.length, latest)
            self.measurements.stalled += 1
            self.tell(bot, "stalls for \(bot.pointee.faults.length / 1_000_000) ms")
        case .disconnect:
            self.disconnect(bot, at: now)
            self.planFault(of: bot, from: now + Self.rest)
        case .leave:
            self.planFault(of: bot, from: now + Self.rest)
            self.endGame(of: bot, at: now)
        }
    }

    /// Marks the beginning of a planned fault. The frame interval that is open counts until now.
    private func beginDisturbance(of bot: Bot, _ injection: Injection, at now: UInt64) {
        self.recordInterval(of: bot, until: now)
        bot.pointee.cleanSince = .max
        (bot.pointee.injection, bot.pointee.injectionOver) = (injection, injection == .frozen ? .max : now)
    }

    /// What a player who is back was made to suffer. What was over for longer than a return takes has not ended its connection.
    func injection(of bot: Bot, at now: UInt64) -> Injection {
        let over = bot.pointee.injectionOver
        return over == .max || now < over + Self.rest ? bot.pointee.injection : .none
    }

    /// Breaks a player's connection, with a FIN or with a RST.
    private func disconnect(_ bot: Bot, at now: UInt64) {
        self.drop(bot, abruptly: bot.pointee.random.below(2) == 0)
        bot.pointee.lastInput = now
        bot.pointee.session.connectionClosed(code: nil, reason: "", at: now)
        self.settle(bot, at: now)
    }

    /// Breaks all connections, as a restarting router does: the relay then has to welcome all players back at once.
    func storm(at now: UInt64) {
        self.stormDue = .max
        for bot in self.bots where bot.pointee.session.isJoined && bot.pointee.link == .open {
            self.read(bot)  // bytes that are there already came before the storm
            self.beginDisturbance(of: bot, .disconnected, at: now)
            self.disconnect(bot, at: now)
        }
    }

    /// Ends a stall. Reads first, so that the session takes the frames that came meanwhile before it judges the silence.
    func endStall(of bot: Bot, at now: UInt64) {
        bot.pointee.isStalled = false
        bot.pointee.injectionOver = now
        self.read(bot)
        self.planFault(of: bot, from: now + Self.rest)
    }
}

// Clients that write and never read.
extension BotLoop {
    /// How long these clients read at first, as any other player does. Nanoseconds.
    static let readingTime: UInt64 = .seconds(1)

    /// Stops reading from these clients, until the relay drops them.
    func muteNeverReaders() {
        for bot in self.bots where bot.pointee.neverReads && bot.pointee.isIn && bot.pointee.mute == nil && !bot.pointee.isCured {
            guard let mute = MuteWriter(bot.pointee.session) else { continue }
            bot.pointee.mute = mute
            (bot.pointee.injection, bot.pointee.injectionOver) = (.neverReading, .max)
        }
    }

    /// The whole turn of a client that has stopped reading.
    func writeOnly(_ bot: Bot, at now: UInt64) {
        guard bot.pointee.link == .open, self.stage == .playing else { return }
        if bot.pointee.out.isEmpty, let message = bot.pointee.mute?.message() {
            let mask = UInt32(truncatingIfNeeded: bot.pointee.random.next())
            WebSocketEncoder.appendClientFrame(opcode: .binary, payload: message, mask: mask, to: &bot.pointee.out)
        }
        let waiting = bot.pointee.out.count - bot.pointee.sentBytes
        let sent = bot.pointee.out.withUnsafeBytes { bytes in
            bytes.baseAddress.map { crelay_send(bot.pointee.descriptor, $0 + bot.pointee.sentBytes, waiting) } ?? 0
        }
        if sent == waiting {
            bot.pointee.out.removeAll(keepingCapacity: true)
            bot.pointee.sentBytes = 0
        } else if sent > 0 {
            bot.pointee.sentBytes += sent
        } else if sent < 0, !Self.isAgain(sent) {
            self.measurements.neverReadersDropped += 1
            self.tell(bot, "(never reads) connection ended")
            (bot.pointee.mute, bot.pointee.isCured, bot.pointee.injectionOver) = (nil, true, now)
            self.lose(bot)
        }
    }
}
