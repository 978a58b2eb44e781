import RelayCore

/// The state that the room checks keep from one tick to the next.
struct CheckMemory {
    var host = SeatNumber.room
    var rows: [RosterRow] = []
    /// By seat number.
    var generations = [UInt64](repeating: 0, count: 2_048)
    var lastUplinks = [UInt64](repeating: 0, count: 2_048)
    var joined = [Tick](repeating: .none, count: 2_048)
    var lastDelivery = [Tick](repeating: .none, count: 2_048)
    var dropped: [ConnectionID] = []
    var holdsCutShort: UInt64 = 0
}

// The invariants of a room, checked after every tick.
extension World {
    // MARK: Time

    /// Compares the room with SPEC section 8 as ``LivenessModel`` computes it. Call after the tick, before carrying out its
    /// outputs.
    func checkLiveness() {
        self.memory.dropped.removeAll(keepingCapacity: true)
        for output in self.relay.room.outputs {
            switch output {
            case .welcome(_, let welcome): self.model.disturb(welcome.seat, replaced: true)
            case .close(let id, .stalled): self.memory.dropped.append(id)
            case .close(let id, let code):
                // Asks the model, not the connection's stage: the connection may have been lost as well.
                let seat = self.relay.room.seatNumbers.first { self.model.seats[Int($0.rawValue)].connection == id }
                if let seat { self.model.disturb(seat, replaced: code != .left) }
            case .note, .deliver, .hashPassword, .answer: break
            }
        }
        self.modelMessages()
        self.checkPlacesTaken()
        for number in self.relay.room.seatNumbers { self.checkLife(of: number) }
        if let broken = self.relay.room.brokenInvariant() { self.fail(broken) }
        if let extra = self.memory.dropped.first {
            self.fail("connection \(extra.rawValue) was dropped with 4021, and no rule says so")
        }
    }

    /// A newcomer to a full room takes the place of the away seat that was connected for the shortest time.
    private func checkPlacesTaken() {
        let count = self.relay.room.counters[.holdsCutShort]
        defer { self.memory.holdsCutShort = count }
        guard count > self.memory.holdsCutShort else { return }
        for number in self.relay.room.seatNumbers where self.model.seats[Int(number.rawValue)].state == .away {
            guard let inspection = self.relay.room.inspect(number), inspection.state == .left,
                !self.model.isHoldOver(number, self.plan.configuration)
            else { continue }
            let others = self.relay.room.seatNumbers.filter {
                $0.isSpectator == number.isSpectator && self.relay.room.inspect($0)?.state == .away
            }
            self.require(
                self.model.mayMakeWay(number, stillAway: others), "seat \(number.rawValue) had to make way before its turn")
            self.model.disturb(number, replaced: true)
        }
    }

    private func checkLife(of number: SeatNumber) {
        let connection = self.model.seats[Int(number.rawValue)].connection
        let mustDrop = self.model.run(number, self.plan.configuration)
        if let position = self.memory.dropped.firstIndex(where: { $0 == connection }) {
            self.memory.dropped.remove(at: position)
            self.require(mustDrop, "seat \(number.rawValue) was dropped with 4021 before its time")
        } else {
            self.require(!mustDrop, "seat \(number.rawValue) had to be dropped with 4021 at this tick")
        }
        guard let inspection = self.relay.room.inspect(number) else { return self.fail("seat \(number.rawValue) vanished") }
        let seat = self.model.seats[Int(number.rawValue)]
        guard seat.isKnown, !seat.isDisturbed else { return self.model.adopt(number, inspection) }
        self.require(
            inspection.state == seat.state, "seat \(number.rawValue) is \(inspection.state), by the rules it is \(seat.state)"
        )
    }

    // MARK: Events

    /// Copies the events that the room logged at this tick. They must be in order, each of an author's events once.
    func recordEvents() {
        let known = UInt64(self.history.events.count)
        let tick = self.relay.room.currentTick
        let fresh = self.relay.room.events(after: known)
        let missing = self.relay.room.newestEvent - known - UInt64(fresh.count)
        for number in known..<known + missing {
            let head = EventHead(number: number + 1, tick: tick, sender: .room, audience: .all, name: NameIndex(rawValue: 0))
            self.history.append(.init(head: head, value: .null, targets: [], isKnown: false))
        }
        for event in fresh {
            self.require(
                event.head.number == UInt64(self.history.events.count) + 1 && event.head.tick == tick,
                "event \(event.head.number) of tick \(event.head.tick.rawValue) is out of order"
            )
            self.history.append(.init(head: event.head, value: event.value, targets: event.targets, isKnown: true))
            if let identity = EventIdentity(event.value), identity.author <= self.authors.count {
                self.account(event, identity, mayMiss: missing > 0)
            }
        }
        if missing > 0 { for index in self.authors.indices { self.authors[index].forgive() } }
    }

    private func account(_ event: EventInspection, _ identity: EventIdentity, mayMiss: Bool) {
        let index = identity.author - 1
        let isPublic = event.targets.isEmpty
        let last = isPublic ? self.authors[index].publicLogged : self.authors[index].privateLogged
        self.require(
            identity.sequence > last,
            "event \(identity.sequence) of client \(identity.author) was applied again or late: the newest was \(last)"
        )
        if isPublic {
            self.require(
                identity.sequence == last + 1 || mayMiss || self.authors[index].mayMissEvents,
                "events \(last + 1) to \(identity.sequence - 1) of client \(identity.author) were never applied"
            )
            self.authors[index].publicLogged = identity.sequence
            self.authors[index].mayMissEvents = false
        } else {
            self.authors[index].privateLogged = identity.sequence
        }
    }

    // MARK: Deliveries

    func checkDelivery(_ delivery: Delivery, _ connection: SimulatedConnection) {
        let tick = self.relay.room.currentTick
        let index = Int(delivery.seat.rawValue)
        self.require(self.memory.lastDelivery[index] < tick, "seat \(index) gets two frames at one tick")
        self.memory.lastDelivery[index] = tick
        self.require(
            !self.relay.hasFrameRemainder(delivery.connection), "seat \(index) gets a frame while the last one is not sent whole")
        var cursor = WireCursor(offset: 1)
        let header = try? cursor.frameHeader(self.relay.room.frame(delivery.coding).writer.array.span)
        guard let header else { return self.fail("a frame that cannot be read") }
        self.require(header.tick == tick && header.coding == delivery.coding, "a frame that says another tick or coding")
        if delivery.coding != .snapshot {
            self.require(
                header.baseline <= connection.sentTick && connection.sentTick > .none,
                "seat \(index) gets a \(delivery.coding) frame from tick \(header.baseline.rawValue), it has \(connection.sentTick.rawValue)"
            )
        }
        connection.sentTick = tick
        self.require(
            self.model.mayGet(header, delivery.seat),
            "seat \(index) waits for a snapshot or is hidden, and gets a \(delivery.coding) frame of flags \(header.sections.rawValue)"
        )
    }

    // MARK: The room

    func checkRoom() {
        self.checkBounds()
        let rows = self.relay.room.rosterRows
        self.checkSeats(rows)
        self.checkHost(rows)
        (self.memory.rows, self.memory.host) = (rows, self.relay.room.host)
    }

    private func checkBounds() {
        let configuration = self.plan.configuration
        self.require(self.relay.room.deliveries.count <= self.relay.room.seated, "more frames than seats")
        self.require(
            self.relay.room.eventCount <= configuration.maximumEvents, "the event log has \(self.relay.room.eventCount) events")
        self.require(
            self.relay.room.eventBytes <= configuration.maximumEventBytes || self.relay.room.eventCount == 1,
            "the event log has \(self.relay.room.eventBytes) bytes"
        )
        self.require(
            self.relay.room.deletionCount <= configuration.maximumDeletions,
            "\(self.relay.room.deletionCount) deletions are remembered")
        // A place is kept for the card. Here it has one field, a number.
        let (card, cardBytes) = self.requests.mode == nil ? (0, 0) : (1, 16 + 8)
        self.require(
            self.relay.room.entityCount <= configuration.maximumEntities + card, "\(self.relay.room.entityCount) entities")
        self.require(
            self.relay.room.stateBytes <= configuration.maximumStateBytes + cardBytes,
            "\(self.relay.room.stateBytes) bytes of state")
        self.require(self.relay.room.nameCount <= WireLimits.names, "\(self.relay.room.nameCount) names")
        if self.ticksRun & 63 == 0 { self.checkStateBytes() }
    }

    /// Compares the room's running count with a fresh one, by the rule of SPEC section 13.
    private func checkStateBytes() {
        var bytes = 0
        for entity in self.relay.room.contents {
            bytes += 16
            self.require(
                entity.fields.count <= self.plan.configuration.maximumFields, "entity \(entity.id.rawValue) has too many fields")
            for field in entity.fields {
                switch field.value {
                case .string(let string): bytes += 8 + string.utf8.count
                case .bytes(let blob): bytes += 8 + blob.count
                case .null, .bool, .integer, .float, .quantised: bytes += 8
                }
            }
        }
        self.require(
            bytes == self.relay.room.stateBytes, "the state has \(bytes) bytes, the room says \(self.relay.room.stateBytes)")
    }

    private func checkSeats(_ rows: [RosterRow]) {
        let configuration = self.plan.configuration
        // A seat has at most the frames of stallAfter outstanding, one per tick; a pause counts as at most two slots or 250 ms.
        // Heartbeats that it got while it waited for a snapshot come on top.
        let heartbeats = Int(configuration.resyncInterval / configuration.heartbeatInterval) + 1
        let bound = Int(configuration.stallAfter * configuration.rate / 1_000_000_000) + 4 + heartbeats
        var players = 0
        for number in self.relay.room.seatNumbers {
            guard let seat = self.relay.room.inspect(number) else { continue }
            let index = Int(number.rawValue)
            self.require(seat.generation >= self.memory.generations[index], "the generation of seat \(index) went back")
            if seat.joined == self.memory.joined[index] {
                self.require(seat.lastUplink >= self.memory.lastUplinks[index], "the last uplink of seat \(index) went back")
            }
            self.require(seat.outstanding <= bound, "seat \(index) has \(seat.outstanding) frames outstanding")
            self.require(seat.results <= configuration.maximumResults, "seat \(index) has \(seat.results) results waiting")
            self.messages.settle(number, seat)
            self.memory.generations[index] = seat.generation
            self.memory.lastUplinks[index] = seat.lastUplink
            self.memory.joined[index] = seat.joined
            if !number.isSpectator, seat.state != .left { players += 1 }
        }
        self.require(players == rows.count, "\(players) players are seated, the roster has \(rows.count) rows")
        self.require(players <= configuration.maximumPlayers, "\(players) players are seated")
    }

    /// When a room needs a host, the live seat of longest tenure becomes it; a host that is present stays host.
    private func checkHost(_ rows: [RosterRow]) {
        let host = self.relay.room.host
        let row = rows.first { $0.seat == host }
        if host == .room {
            let live = rows.first { $0.state == .live }
            self.require(live == nil, "there is no host, and seat \(live?.seat.rawValue ?? 0) is live")
            return
        }
        guard let row, row.state == .live || row.state == .stalled else {
            return self.fail("the host is seat \(host.rawValue), who is \(row.map { "\($0.state)" } ?? "not there")")
        }
        let before = self.memory.rows.first { $0.seat == self.memory.host }
        let old = rows.first { $0.seat == self.memory.host }
        if let before, let old, old.joined == before.joined, old.state == .live || old.state == .stalled, before.state != .away {
            self.require(
                host == self.memory.host || self.wasDisturbed(old.seat),
                "the host moved from seat \(old.seat.rawValue) to \(host.rawValue) without need")
        }
        guard host != self.memory.host else { return }
        for other in rows where other.state == .live && (other.joined, other.seat) < (row.joined, row.seat) {
            let wasLive = self.memory.rows.contains { $0.seat == other.seat && $0.joined == other.joined && $0.state == .live }
            self.require(
                !wasLive || self.wasDisturbed(other.seat),
                "seat \(host.rawValue) became host, though seat \(other.seat.rawValue) is there longer")
        }
    }

    /// Whether a seat got a new connection at this tick: it may have been away in between.
    private func wasDisturbed(_ seat: SeatNumber) -> Bool {
        self.relay.room.outputs.contains { if case .welcome(_, let welcome) = $0 { welcome.seat == seat } else { false } }
    }
}
