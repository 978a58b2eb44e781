import RelayWire

extension ClientSession {
    // MARK: - Inputs

    /// The WebSocket asked for by ``ConnectionDirective/connect`` is up. Queues hello, or rejoin if a seat is held.
    package mutating func connectionOpened(at now: UInt64) {
        guard self.lifecycle.opened() else { return }
        self.outgoing.removeAll()
        guard let welcome = self.welcome else {
            let hello = Hello(
                room: self.wish.room, role: self.role, wantsPlayers: self.wantsPlayers,
                ticket: self.options.ticket.map { Array($0.utf8) }, lobby: self.wish.lobby)
            self.statistics.bytesSent += self.outgoing.message { $0.hello(hello) }
            return
        }
        let rejoin = Rejoin(
            room: self.room, token: welcome.token, epoch: welcome.epoch, tick: self.application.resumeTick,
            confirmed: self.uplinks.confirmed, wantsPlayers: self.wantsPlayers
        )
        self.statistics.bytesSent += self.outgoing.message { $0.rejoin(rejoin) }
    }

    /// Who sits where is known only to relays with tickets. Others are older perhaps, and refuse to be asked.
    private var wantsPlayers: Bool { self.options.ticket != nil }

    /// One binary message came. Its bytes are untrusted: they cannot cause a trap, and the memory they can occupy is bounded.
    package mutating func received(_ message: Span<UInt8>, at now: UInt64) {
        self.statistics.bytesReceived += UInt64(message.count)
        guard !message.isEmpty, message.count <= WireLimits.serverMessageBytes else {
            if self.lifecycle.isGreeting || self.lifecycle.isJoined { self.giveUp(code: message.isEmpty ? 1002 : 1009, at: now) }
            return
        }
        let kind = ServerMessageKind(rawValue: message[0])
        if self.lifecycle.isGreeting {
            guard kind == .welcome, let welcome = Self.welcome(in: message) else { return self.giveUp(code: 1002, at: now) }
            self.receivedWelcome(welcome, at: now)
        } else if self.lifecycle.isJoined {
            switch kind {
            case .frame: self.receivedFrame(message, at: now)
            case .private: self.receivedPrivate(message, at: now)
            case .players: self.receivedPlayers(message, at: now)
            case .welcome, nil: self.giveUp(code: 1002, at: now)
            }
        }
    }

    /// The connection ended from the other side, or broke.
    ///
    /// - Parameters:
    ///   - code: The close frame's code; nil if there was no close frame.
    ///   - reason: The close frame's reason. A `(retry after N ms)` at its end delays the next attempt.
    package mutating func connectionClosed(code: UInt16?, reason: String, at now: UInt64) {
        let isOverMessage = code == CloseCode.malformed.rawValue || code == CloseCode.tooBig.rawValue
        if isOverMessage, self.lifecycle.isJoined { self.uplinks.countRefusal() }
        self.ended(self.lifecycle.closed(code: code, reason: reason, at: now), code: code)
    }

    /// An attempt failed before the WebSocket was up.
    ///
    /// - Parameter retryAfter: The minimum wait from an HTTP answer's Retry-After, in milliseconds; nil if it has none.
    package mutating func connectionFailed(retryAfter: UInt64? = nil, at now: UInt64) {
        let reason = retryAfter.map { "(retry after \($0) ms)" } ?? ""
        self.connectionClosed(code: nil, reason: reason, at: now)
    }

    /// Time has passed. Sends acknowledgements and resends that are due, and ends waits that are over.
    package mutating func advance(to now: UInt64) {
        let end = self.lifecycle.timedOut(at: now)
        guard end == .nothing else { return self.ended(end, code: nil) }
        guard self.lifecycle.isJoined else { return }
        self.resendDue(at: now)
        if let due = self.acknowledgement.due, due <= now {
            let ack = self.acknowledgement.take(at: now)
            self.statistics.bytesSent += self.outgoing.message { $0.ack(ack) }
            self.statistics.acksSent += 1
            self.budget.spend(at: now)
        }
    }

    /// Nobody sees the game any more, or again: the relay is told, on this and on later connections. A hidden player gets heartbeats alone.
    package mutating func hide(_ isHidden: Bool, at now: UInt64) {
        guard isHidden != self.isHidden else { return }
        self.isHidden = isHidden
        if self.lifecycle.isJoined { self.sayVisibility(at: now) }
    }

    mutating func sayVisibility(at now: UInt64) {
        let (ack, isHidden) = (self.acknowledgement.take(at: now), self.isHidden)
        self.statistics.bytesSent += self.outgoing.message { $0.visibility(ack, isHidden: isHidden) }
        self.budget.spend(at: now)
    }

    /// Gives the seat back for good. Uplinks written by earlier flushes are sent first; pending writes are lost.
    package mutating func leave(at now: UInt64) {
        if let end = self.lifecycle.leave(at: now) { return self.ended(end, code: nil) }
        self.statistics.bytesSent += self.outgoing.message { $0.leave() }
    }

    /// After ``SessionEvent/seatLost(_:)``: connects again and takes a new seat, at once, or after a back-off if it was a hello that
    /// was refused. Writes made since then are kept. Quick join looks for a room again; who has made a room joins that one.
    ///
    /// - Returns: False, with no effect, unless the seat was lost.
    @discardableResult
    package mutating func joinAgain(at now: UInt64) -> Bool { self.lifecycle.joinAgain(atOnce: !self.isTurnedAway, at: now) }

    // MARK: - Ends

    mutating func giveUp(code: UInt16, at now: UInt64) { self.ended(self.lifecycle.giveUp(code: code, at: now), code: nil) }

    private mutating func ended(_ end: ConnectionLifecycle.End, code: UInt16?) {
        guard end != .nothing else { return }
        self.outgoing.removeAll()
        self.acknowledgement.reset()
        self.awaitsSnapshot = false
        (self.pendingPrivate, self.privateIsBroken) = (nil, false)
        switch end {
        case .retry(let instant):
            self.statistics.connectionEnded()
            self.notices.push(.disconnected(code: code, retryAt: instant))
        case .forgetSeat(let code):
            self.statistics.connectionEnded()
            self.isTurnedAway = self.welcome == nil
            self.forgetSeat()
            self.notices.push(.seatLost(code))
        case .over(let code): self.notices.push(.ended(code))
        case .nothing: break
        }
    }

    private mutating func forgetSeat() {
        (self.welcome, self.namesToConfirm, self.knownNames) = (nil, nil, NameTable())
        self.application.dropReplica()
        self.pending.removeAll()
        self.inFlight.forget()
        self.uplinks.reset()
        self.results.reset()
    }

    private static func welcome(in message: Span<UInt8>) -> Welcome? {
        var cursor = WireCursor(offset: 1)
        do throws(WireError) { return try cursor.welcome(message) } catch { return nil }
    }
}
