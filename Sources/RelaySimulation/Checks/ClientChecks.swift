import RelayClient
import RelayCore

// Compares the events and frames of each client with the room's history.
extension World {
    func observe(_ event: SessionEvent, _ client: SimulatedClient, _ now: UInt64) {
        self.trace(client, "\(event)")
        switch event {
        case .joined(let welcome): self.observeJoined(welcome, client)
        case .rejoined(let welcome):
            self.require(
                welcome.generation > client.observer.generation,
                "client \(client.author) came back with generation \(welcome.generation) after \(client.observer.generation)"
            )
            client.observer.generation = welcome.generation
            self.require(!welcome.uplinkGap, "the relay says it lost uplinks of client \(client.author)")
        case .eventsLost(let tick): self.observeGap(tick, client)
        case .event(let event): client.observer.frameEvents.append(event)
        case .result(let outcome): self.observeResult(outcome, client)
        case .confirmed(let number): self.observeConfirmed(number, client)
        case .ticked(let tick): self.observeTick(tick, client)
        case .seatLost(let code): self.observeSeatLost(code, client, now)
        case .disconnected: self.perhapsRace(client, now)
        case .ended: break
        case .uplinkGap, .uplinksForgotten, .writeTooLong, .noticesDropped:
            self.fail("client \(client.author) was told \(event)")
        }
    }

    private func observeJoined(_ welcome: Welcome, _ client: SimulatedClient) {
        self.require(
            client.observer.generation == 0 || welcome.generation > 0, "client \(client.author) has a seat without generation"
        )
        client.observer.generation = welcome.generation
        client.observer.cursor = Tick(rawValue: welcome.tick.rawValue - 1)
        client.observer.nextEvent = self.history.firstEvent(after: client.observer.cursor)
        client.observer.confirmed = 0
        client.workload.forgetFinalStamp()
    }

    private func observeGap(_ tick: Tick, _ client: SimulatedClient) {
        self.require(
            tick > client.observer.cursor, "client \(client.author) was told of a gap through \(tick.rawValue) that it has")
        client.observer.lostThrough = tick
        client.observer.gaps += 1
    }

    private func observeResult(_ outcome: OperationOutcome, _ client: SimulatedClient) {
        if outcome.result.code != .succeeded { client.observer.hasRefusals = true }
        guard let ticket = outcome.ticket, let position = client.observer.openTickets.firstIndex(of: ticket) else { return }
        client.observer.openTickets.remove(at: position)
        if outcome.result.code == .succeeded { self.counterSteps += 1 }
    }

    private func observeConfirmed(_ number: UInt64, _ client: SimulatedClient) {
        self.require(number > client.observer.confirmed, "client \(client.author): confirmed went back to \(number)")
        client.observer.confirmed = number
        guard let seat = client.session.seat, let inspection = self.relay.room.inspect(seat), let welcome = client.session.welcome
        else {
            return
        }
        guard inspection.joined <= welcome.tick, inspection.generation >= welcome.generation else { return }
        self.require(
            inspection.lastUplink >= number,
            "client \(client.author) believes uplink \(number) applied, the room is at \(inspection.lastUplink)"
        )
    }

    private func observeSeatLost(_ code: CloseCode, _ client: SimulatedClient, _ now: UInt64) {
        self.totals.seatsLost += 1
        self.require(code != .tokenRefused, "a token of this room was refused")
        self.authors[client.author - 1].forgive()
        self.lostTickets += Int64(client.observer.openTickets.count)
        client.observer.openTickets.removeAll()
        client.workload.forgetFinalStamp()
        client.joinAgainAt = now + client.random.below(500_000_000 as UInt64)
    }

    // MARK: A frame

    private func observeTick(_ tick: Tick, _ client: SimulatedClient) {
        defer {
            client.observer.frameEvents.removeAll(keepingCapacity: true)
            client.observer.lostThrough = nil
            client.observer.cursor = tick
        }
        let name = "client \(client.author) in seat \(client.session.seat?.rawValue ?? 0)"
        guard let moment = self.history.moment(at: tick) else {
            return self.fail("\(name) applied tick \(tick.rawValue), which never was")
        }
        self.require(
            tick > client.observer.cursor, "\(name) applied tick \(tick.rawValue) after \(client.observer.cursor.rawValue)")
        self.require(
            client.session.replica.checksum == moment.checksum,
            "the replica of \(name) at tick \(tick.rawValue) is not what the room was"
        )
        self.require(
            Self.rosterHash(of: client.session.replica) == moment.roster,
            "the roster of \(name) at tick \(tick.rawValue) is not what the room's was"
        )
        self.require(
            (client.session.replica.host ?? .room) == moment.host,
            "\(name) has another host than the room had at tick \(tick.rawValue)"
        )
        self.checkEvents(tick, client, name)
        if tick == self.relay.room.currentTick, client.random.below(64 as UInt64) == 0 { self.compareContents(client) }
    }

    static func rosterHash(of replica: borrowing Replica) -> UInt64 {
        RoomHistory.hash(
            replica.players.lazy.map { RosterRow(seat: $0.seat, state: $0.state, cause: $0.cause, joined: $0.joined) }
        )
    }

    /// The client gets every event that it can see once, in order and unchanged; only a reported gap excuses a missing one.
    private func checkEvents(_ tick: Tick, _ client: SimulatedClient, _ name: String) {
        guard let seat = client.session.seat else { return self.fail("\(name) applied a frame without a seat") }
        var received = client.observer.frameEvents[...]
        while client.observer.nextEvent < self.history.events.count {
            let event = self.history.events[client.observer.nextEvent]
            guard event.head.tick <= tick else { break }
            client.observer.nextEvent += 1
            guard event.isVisible(to: seat) else { continue }
            if let next = received.first, next.number == event.head.number {
                self.checkEvent(next, event, name)
                received.removeFirst()
                client.observer.delivered += 1
            } else if event.head.tick > client.observer.lostThrough ?? .none {
                return self.fail(
                    "\(name) misses event \(event.head.number) of tick \(event.head.tick.rawValue) at tick \(tick.rawValue) without a gap"
                )
            }
        }
        if let extra = received.first {
            self.fail(
                "\(name) got event \(extra.number) (\(extra.audience)) at tick \(tick.rawValue): not due, not for it, or twice")
        }
    }

    private func checkEvent(_ received: RoomEvent, _ event: RoomHistory.Event, _ name: String) {
        let head = event.head
        self.require(
            received.tick == head.tick && received.sender == head.sender && received.audience == head.audience
                && received.value == event.value,
            "\(name) got event \(head.number) changed"
        )
    }

    /// Compares every field of every entity, not only the checksum.
    func compareContents(_ client: SimulatedClient) {
        self.totals.contentsCompared += 1
        let contents = self.relay.room.contents
        let replica = client.session.replica
        let name = "the replica of client \(client.author)"
        guard replica.checksum == self.relay.room.checksum else { return }
        self.require(
            replica.entityCount == contents.count, "\(name) has \(replica.entityCount) entities, the room \(contents.count)")
        for entity in contents {
            guard let copy = replica.entity(entity.id) else { return self.fail("\(name) lacks entity \(entity.id.rawValue)") }
            self.require(copy.owner == entity.owner, "\(name) has another owner of entity \(entity.id.rawValue)")
            self.require(copy.fieldCount == entity.fields.count, "\(name) has other fields in entity \(entity.id.rawValue)")
            for field in entity.fields {
                self.require(copy[field.name] == field.value, "\(name) differs in \(field.name) of entity \(entity.id.rawValue)")
            }
        }
    }
}
