import RelayClient
import RelayCore

extension World {
    /// Runs one game tick of a client: draws its faults, then lets it write.
    func play(_ client: SimulatedClient, _ now: UInt64) {
        if let at = client.joinAgainAt, at <= now {
            client.joinAgainAt = nil
            client.session.joinAgain(at: now)
        }
        self.drawFault(client, now)
        guard client.overAt == nil, client.frozenUntil <= now else { return }
        if self.isSettling {
            if client.session.isJoined { client.workload.writeFinalStamp(&client.session) }
        } else {
            client.workload.writeState(&client.session, self.plan.workload, &client.random)
            self.writeEvents(client)
            self.stepCounter(client)
        }
        client.session.flush(at: now)
    }

    // MARK: Faults

    private func drawFault(_ client: SimulatedClient, _ now: UInt64) {
        guard !self.isSettling else { return }
        let rates = self.rates
        if client.random.chance(rates.freeze) {
            self.fault { client.frozenUntil = now + client.random.within(50_000_000...9_000_000_000) }
        }
        if client.random.chance(rates.slowReading) {
            self.fault {
                client.slowUntil = now + client.random.within(500_000_000...8_000_000_000)
                client.readPace = client.random.within(20_000_000...600_000_000)
            }
        }
        if client.random.chance(rates.delaySpike) { self.fault { client.spikeUntil = now + 2_000_000_000 } }
        if client.random.chance(rates.leave) { self.fault { client.session.leave(at: now) } }
        if client.random.chance(rates.crash) { self.fault { self.crash(client, now) } }
        guard let connection = client.connection, client.openAt == nil else { return }
        if client.random.chance(rates.neverReading) { self.fault { client.neverReads = connection } }
        if client.random.chance(rates.garbledFrame), client.session.isJoined, !client.awaitsShared {
            self.fault { self.garble(client, connection, now) }
        }
        if client.random.chance(rates.ping), connection.pings < 255 {
            connection.pings += 1
            connection.send([connection.pings].span, at: now, opcode: .ping)
        }
        if client.moods.chance(rates.hide), client.session.isJoined {
            client.session.hide(!client.session.isHidden, at: now)
            if client.session.isHidden { self.totals.hides += 1 }
        }
        if client.random.chance(rates.cleanLoss) { self.breakConnection(connection, .clean, at: now) }
        if client.random.chance(rates.abortiveLoss) { self.breakConnection(connection, .abortive, at: now) }
        if client.random.chance(rates.clientUnaware) { self.breakConnection(connection, .clientUnaware, at: now) }
        if client.random.chance(rates.relayUnaware) { self.breakConnection(connection, .relayUnaware, at: now) }
    }

    private func fault(_ happen: () -> Void) {
        self.totals.faults += 1
        happen()
    }

    enum Loss { case clean, abortive, clientUnaware, relayUnaware }

    /// Breaks a connection in the network; `loss` says which side notices.
    func breakConnection(_ connection: SimulatedConnection, _ loss: Loss, at instant: UInt64) {
        self.totals.faults += 1
        connection.cut(
            isAbortive: loss != .clean, relayNotices: loss != .relayUnaware, clientNotices: loss != .clientUnaware, at: instant)
    }

    /// Ends the client's process without a leave; its kernel resets the connection. Another session takes its place.
    private func crash(_ client: SimulatedClient, _ now: UInt64) {
        if let connection = client.connection, client.openAt == nil {
            connection.reset(at: now)
        }
        (client.connection, client.openAt) = (nil, nil)
        client.overAt = now + client.random.below(3_000_000_000 as UInt64)
    }

    /// Gives the session a frame of nonsense, as if the client's own memory had failed.
    private func garble(_ client: SimulatedClient, _ connection: SimulatedConnection, _ now: UInt64) {
        client.wasGarbled = true
        self.trace(client, "is garbled")
        client.session.received([ServerMessageKind.frame.rawValue, 0xFF].span, at: now)
    }

    // MARK: Events and counters

    private func writeEvents(_ client: SimulatedClient) {
        let rates = self.plan.workload
        if client.random.chance(rates.publicEvents) {
            for _ in 0..<client.random.within(1...4) { self.writePublicEvent(client) }
        }
        if client.random.chance(rates.privateEvents) { self.writePrivateEvent(client) }
    }

    private func writePublicEvent(_ client: SimulatedClient) {
        let index = client.author - 1
        let identity = EventIdentity(author: client.author, sequence: self.authors[index].publicAccepted + 1)
        let padding = client.random.below(4 as Int) == 0 ? client.random.within(1...120) : 0
        let audience: Audience = client.random.below(3 as Int) == 0 ? .others : .all
        if client.session.send(Workload.publicEvent, to: audience, identity.value(padding: padding)) == .accepted {
            self.authors[index].publicAccepted += 1
        }
    }

    private func writePrivateEvent(_ client: SimulatedClient) {
        let index = client.author - 1
        let identity = EventIdentity(author: client.author, sequence: self.authors[index].privateAccepted + 1)
        let outcome: WriteOutcome
        if client.random.below(2 as Int) == 0 {
            outcome = client.session.send(Workload.privateEvent, to: .host, identity.value(padding: 0))
        } else {
            let seats = (0..<client.random.within(1...3)).map { _ in
                let isSpectator = client.random.below(6 as Int) == 0
                return SeatNumber(rawValue: UInt16((isSpectator ? 1_024 : 1) + client.random.below(isSpectator ? 2 : 8)))
            }
            outcome = client.session.send(Workload.privateEvent, to: .seats, seats: seats, identity.value(padding: 0))
        }
        if outcome == .accepted { self.authors[index].privateAccepted += 1 }
    }

    /// Adds one to the room's counter by compare-and-set against the client's own replica.
    private func stepCounter(_ client: SimulatedClient) {
        guard client.random.chance(self.plan.workload.counters), client.session.isReplicaWhole else { return }
        let value = client.session.replica.entity(Workload.counterEntity)?[Workload.counter] ?? .null
        var next: Int64 = 1
        if case .integer(let number) = value { next = number + 1 }
        let (ticket, outcome) = client.session.compareAndSet(
            .entity(Workload.counterEntity), Workload.counter, expected: value, new: .integer(next)
        )
        if outcome == .accepted { client.observer.openTickets.append(ticket) }
    }
}
