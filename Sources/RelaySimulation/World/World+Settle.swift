import RelayClient
import RelayCore

extension World {
    /// Ends all faults and runs until every client is well, which must happen within ``WorldPlan/settleTime``.
    func settle() {
        self.isSettling = true
        self.rates = .none
        self.network.lostWelcome = 0
        for raw in self.raws { raw.isFinishing = true }
        for client in self.clients { client.calmDown(at: self.now) }
        // Through a small window a long frame may take longer than a client waits: it would ask for the frame for ever.
        self.network.window = 1 << 20
        let start = self.ticksRun
        let deadline = self.now + self.plan.settleTime
        var complaint: String? = "not run"
        while self.failure == nil, complaint != nil, self.now < deadline {
            self.step()
            // This check costs more than a tick, so it does not run at each.
            if self.ticksRun % 8 == 0 { complaint = self.complaint() }
        }
        self.totals.settleTicks += self.ticksRun - start
        if self.failure == nil, let complaint {
            self.fail("not well \(self.plan.settleTime / 1_000_000) ms after the faults: \(complaint)")
        }
        if self.failure == nil { self.checkAccounts() }
    }

    /// Why the world is not settled; nil if it is.
    private func complaint() -> String? {
        let rosterHash = RoomHistory.hash(self.relay.room.rosterRows)
        for client in self.clients {
            let name = "client \(client.author)"
            guard client.session.isJoined else {
                if self.isRoomFull(client.role), client.observer.lastClose == .roomFull { continue }
                return "\(name) is not joined: \(client.situation)"
            }
            guard client.session.isReplicaWhole else { return "\(name) has no whole replica" }
            guard let seat = client.session.seat, let inspection = self.relay.room.inspect(seat) else {
                return "\(name) has no seat"
            }
            guard inspection.state == .live, inspection.generation == client.session.welcome?.generation else {
                return "the room says that \(name) in seat \(seat.rawValue) is \(inspection.state)"
            }
            guard client.session.pendingOperations == 0 else {
                return "\(name) has \(client.session.pendingOperations) operations pending"
            }
            guard client.session.unconfirmedUplinks == 0 else {
                return "\(name) has \(client.session.unconfirmedUplinks) uplinks unconfirmed"
            }
            let replica = client.session.replica
            guard replica.checksum == self.relay.room.checksum else { return "the replica of \(name) differs from the room" }
            guard Self.rosterHash(of: replica) == rosterHash, (replica.host ?? .room) == self.relay.room.host else {
                return "the roster of \(name) differs from the room's"
            }
        }
        return nil
    }

    private func isRoomFull(_ role: Role) -> Bool {
        let isSpectator = role == .spectator
        let seated = self.relay.room.seatNumbers.filter {
            $0.isSpectator == isSpectator && self.relay.room.inspect($0)?.state != .left
        }.count
        let bound = isSpectator ? self.plan.configuration.maximumSpectators : self.plan.configuration.maximumPlayers
        return seated >= bound
    }

    /// Exactly once: now that nothing is in flight, the room must have applied all that the clients wrote, and no more.
    private func checkAccounts() {
        for client in self.clients {
            // A client that finds the room full may have had a seat before, with results to come.
            guard client.session.isJoined else {
                self.lostTickets += Int64(client.observer.openTickets.count)
                continue
            }
            let author = self.authors[client.author - 1]
            self.require(
                author.publicLogged == author.publicAccepted || author.publicAccepted == author.forgivenThrough
                    || client.role == .spectator,
                "client \(client.author) sent \(author.publicAccepted) public events, the room logged through \(author.publicLogged)"
            )
            self.checkOpenTickets(client)
            self.checkLastWrite(client)
            self.compareContents(client)
        }
        self.checkCounter()
    }

    private func checkOpenTickets(_ client: SimulatedClient) {
        let open = client.observer.openTickets.count
        self.require(
            open == 0 || client.observer.gaps > 0,
            "client \(client.author) (\(client.role)) misses \(open) results and was told of no gap"
        )
        self.lostTickets += Int64(open)
    }

    /// The room has a client's newest write to its own entity, unless that was refused.
    private func checkLastWrite(_ client: SimulatedClient) {
        guard let written = client.workload.finalStamp, !client.observer.hasRefusals,
            client.observer.gaps == client.observer.earlyGaps,
            let seat = client.session.seat, !seat.isSpectator
        else { return }
        let value = self.relay.room.value(EntityID(seat, 0), Workload.stamp)
        self.require(
            value == .integer(written),
            "client \(client.author) wrote \(written) last, the room has \(value.map { "\($0)" } ?? "nothing")"
        )
    }

    private func checkCounter() {
        var value: Int64 = 0
        if case .integer(let number)? = self.relay.room.value(Workload.counterEntity, Workload.counter) { value = number }
        self.totals.counterSteps = UInt64(value)
        self.require(
            self.counterSteps <= value && value <= self.counterSteps + self.lostTickets,
            "the counter is \(value); clients know of \(self.counterSteps) steps and lost \(self.lostTickets) tickets"
        )
    }

    // MARK: Totals

    func collectTotals() {
        for client in self.clients { self.collectTotals(of: client) }
        var counters = self.retired
        counters.add(self.relay.room.counters)
        self.totals.ticks = self.ticksRun
        self.totals.faults += self.network.faults
        self.network.faults = 0
        self.totals.framesHeldBack = counters[.framesHeldBack]
        self.totals.privateMessages = counters[.privateMessages]
        self.totals.joins = counters[.joins]
        self.totals.rejoins = counters[.rejoins]
        self.totals.stalls = counters[.stalls]
        self.totals.hiddenStalls = counters[.stalled, .hidden]
        self.totals.revivals = counters[.revivals]
        self.totals.drops = counters[.drops]
        self.totals.holdsExpired = counters[.holdsExpired]
        self.totals.resyncs = counters[.resyncs]
        self.totals.resyncsIgnored = counters[.resyncsIgnored]
        self.totals.uplinks = counters[.uplinks]
        self.totals.uplinksRepeated = counters[.uplinksRepeated]
        self.totals.operationsRefused = counters[.operationsRefused]
        self.totals.events = counters[.events]
        self.totals.eventsForgotten = counters[.eventsForgotten]
    }

    func collectTotals(of client: SimulatedClient) {
        self.totals.framesApplied += client.session.statistics.framesApplied
        self.totals.differences += client.session.statistics.deltas
        self.totals.merged += client.session.statistics.merged
        self.totals.snapshots += client.session.statistics.snapshots
        self.totals.gaps += UInt64(client.observer.gaps)
        self.totals.eventsDelivered += client.observer.delivered
    }
}
