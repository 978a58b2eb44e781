import RelayWire

// Reads the payloads of Room+Record.swift. The room's state is complete after each payload; ``resume(epoch:at:)`` then makes the
// room able to tick.
extension Room {
    /// Restores a room as it was after the last of its records.
    ///
    /// - Parameters:
    ///   - configuration: This relay's for a type of rooms, but with the room's own rate. Nil for a snapshot that does not name the type.
    ///   - records: Passes each payload with the tick after which it was written: first that of ``encodeSnapshot(into:)``, then
    ///     that of ``encodeRecord(into:)`` for each later tick.
    /// - Throws: ``RestoreError``, and what `records` throws.
    package static func restored(
        instance: RoomInstance, configuration: @escaping (_ type: String?) -> RoomConfiguration,
        from records: (_ take: (Span<UInt8>, Tick) throws -> Void) throws -> Void
    ) throws -> Room {
        var room: Room?
        try records { bytes, tick in
            if room == nil {
                room = try Room.restored(from: bytes, configuration: configuration, instance: instance, at: tick)
            } else {
                try room?.replay(bytes, at: tick)
            }
        }
        guard let room = room.take() else { throw RestoreError.contradiction("not even a snapshot") }
        return room
    }

    /// The same, whatever the room's type is called.
    package static func restored(
        configuration: RoomConfiguration, instance: RoomInstance,
        from records: (_ take: (Span<UInt8>, Tick) throws -> Void) throws -> Void
    ) throws -> Room {
        try self.restored(instance: instance, configuration: { _ in configuration }, from: records)
    }

    /// Restores a room as it was after `tick`.
    ///
    /// - Parameters:
    ///   - snapshot: A payload of ``encodeSnapshot(into:)``.
    ///   - configuration: As above.
    package static func restored(
        from snapshot: Span<UInt8>, configuration: (_ type: String?) -> RoomConfiguration, instance: RoomInstance, at tick: Tick
    ) throws(RestoreError) -> Room {
        guard tick > .none, tick < Tick.maximum else { throw .contradiction("a tick that cannot be") }
        var reader = RecordReader(at: tick)
        let head = try reader.snapshotHead(snapshot)
        var room = Room(configuration: configuration(head.type), instance: instance, epoch: head.epoch, tick: tick)
        try room.restore(&reader, snapshot, hasDoor: head.hasDoor)
        return room
    }

    /// What follows the epoch.
    private mutating func restore(
        _ reader: inout RecordReader, _ snapshot: Span<UInt8>, hasDoor: Bool
    ) throws(RestoreError) {
        self.world.restore(at: self.currentTick)
        for _ in 0..<(try reader.varint(snapshot, 0...UInt64(Epochs.bound))) {
            let epoch = try reader.varint(snapshot, 1...WireLimits.safeInteger)
            let last = Tick(rawValue: try reader.varint(snapshot, 1...self.currentTick.rawValue))
            self.epochs.past.append(Epochs.Past(epoch: epoch, last: last))
        }
        self.world.restore(lastChange: try reader.tick(snapshot))
        self.clock.restore(nextHeartbeat: self.currentTick.advanced(by: try reader.varint(snapshot, Self.heartbeatRange)))
        let host = try reader.seat(snapshot, 0...1023)
        self.members.restore(host: host, changed: try reader.tick(snapshot))
        try self.restoreNames(&reader, snapshot)
        try self.restoreSeats(&reader, snapshot)
        for _ in 0..<(try reader.count(snapshot)) { try self.restoreWhole(&reader, snapshot) }
        try self.restoreDeletions(&reader, snapshot)
        try self.restoreEvents(&reader, snapshot)
        if hasDoor { try self.restoreDoor(&reader, snapshot) }
        try self.finish(&reader, snapshot)
    }

    /// Applies the changes of one later tick to a room that is being restored.
    ///
    /// - Parameter record: The payload of ``encodeRecord(into:)`` after `tick`.
    package mutating func replay(_ record: Span<UInt8>, at tick: Tick) throws(RestoreError) {
        guard tick > self.currentTick, tick < Tick.maximum else { throw .contradiction("a tick that does not follow") }
        self.clock.restore(tick)
        self.world.restore(tick)
        var reader = RecordReader(at: tick)
        let parts = RecordParts(rawValue: try reader.u8(record))
        if parts.contains(.change) { self.world.restore(lastChange: tick) }
        if parts.contains(.heartbeat) {
            self.clock.restore(nextHeartbeat: tick.advanced(by: try reader.varint(record, Self.heartbeatRange)))
        }
        if parts.contains(.host) { self.members.restore(host: try reader.seat(record, 0...1023), changed: tick) }
        if parts.contains(.names) { try self.restoreNames(&reader, record) }
        if parts.contains(.entities) { try self.replayEntities(&reader, record) }
        if parts.contains(.events) { try self.restoreEvents(&reader, record) }
        if parts.contains(.seats) { try self.restoreSeats(&reader, record) }
        if parts.contains(.door) { try self.restoreDoor(&reader, record) }
        try self.finish(&reader, record)
    }

    /// The ticks that the next heartbeat may be ahead.
    private static let heartbeatRange: ClosedRange<UInt64> = 0...1 << 32

    private func finish(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        guard try reader.u32(bytes) == self.checksum else { throw .contradiction("the checksum of names and entities") }
        try reader.end(bytes)
        guard self.members.host == .room || self.members.seats.isSeated(self.members.host) else {
            throw .contradiction("a host who is not seated")
        }
    }

    // MARK: Names and entities

    private mutating func restoreNames(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        for _ in 0..<(try reader.count(bytes)) {
            let (name, quantum) = try reader.nameEntry(bytes)
            let added = try reader.tick(bytes, from: self.world.names.entries.last?.added ?? .none)
            guard self.world.names.index(of: name) == nil else { throw .contradiction("a name that stands twice in the table") }
            guard self.world.restore(name: name, quantum: quantum, added: added) else { throw .contradiction("too many names") }
        }
    }

    /// An entity with all its fields.
    private mutating func restoreWhole(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        let id = try reader.entity(bytes)
        let owner = try reader.seat(bytes, 0...1023)
        let created = try reader.tick(bytes)
        let replaced = try reader.tick(bytes, from: created)
        let latest =
            self.world.entities.newest < 0 ? Tick.none : self.world.entities.slots[Int(self.world.entities.newest)].changed
        let changed = try reader.tick(bytes, from: max(replaced, latest))
        let slot = self.world.entities.restore(
            Entity(id: id, owner: owner, created: created, replaced: replaced, changed: changed))
        for _ in 0..<(try reader.count(bytes)) {
            let at = try reader.tick(bytes)
            guard at <= changed else { throw .contradiction("a field that changed after its entity") }
            try self.restoreField(&reader, bytes, slot: slot, at: at)
        }
    }

    private mutating func restoreField(
        _ reader: inout RecordReader, _ bytes: Span<UInt8>, slot: Int, at tick: Tick
    ) throws(RestoreError) {
        let name = try reader.name(bytes, below: self.world.names.count)
        self.world.entities.restore(try reader.value(bytes), bytes, name: name, changed: tick, slot: slot)
    }

    private mutating func replayEntities(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        for _ in 0..<(try reader.count(bytes)) {
            let slot = self.world.entities.slot(of: try reader.entity(bytes))
            guard let slot, self.world.entities.slots[slot].created < self.currentTick else {
                throw .contradiction("the removal of an entity that was not there")
            }
            self.world.entities.remove(slot: slot, at: self.currentTick)
        }
        for _ in 0..<(try reader.count(bytes)) {
            if try reader.u8(bytes, below: 2) == 1 {
                try self.restoreWhole(&reader, bytes)
            } else {
                try self.replayFields(&reader, bytes)
            }
        }
    }

    private mutating func replayFields(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        guard let slot = self.world.entities.slot(of: try reader.entity(bytes)) else {
            throw .contradiction("a change of no entity")
        }
        self.world.entities.restoreTouch(slot, at: self.currentTick)
        for _ in 0..<(try reader.count(bytes)) {
            try self.restoreField(&reader, bytes, slot: slot, at: self.currentTick)
        }
    }

    private mutating func restoreDeletions(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        let forgotten = try reader.tick(bytes)
        self.world.entities.restore(forgottenThrough: forgotten)
        var latest = forgotten
        for _ in 0..<(try reader.count(bytes)) {
            let id = try reader.entity(bytes)
            latest = try reader.tick(bytes, from: latest)
            self.world.entities.restore(deletionOf: id, at: latest)
        }
    }

    // MARK: Events

    private mutating func restoreEvents(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        let newest = try reader.varint(bytes, 0...WireLimits.safeInteger)
        let newestPublic = try reader.tick(bytes)
        let forgotten = try reader.tick(bytes)
        let count = try reader.varint(bytes, 0...newest)
        let added = UInt64(try reader.count(bytes))
        guard added <= count, count - added <= UInt64(self.events.count),
            newest >= self.events.newestNumber, newest - added >= self.events.newestNumber || added == count
        else { throw .contradiction("numbers of events") }
        self.events.restore(keeping: Int(count - added))
        for number in (newest - added)..<newest {
            let latest = self.events.count == 0 ? Tick.none : self.events[self.events.count - 1].head.tick
            self.events.restore(try self.event(number + 1, &reader, bytes, from: latest))
        }
        self.events.restore(newestNumber: newest, newestPublic: newestPublic, publicForgottenThrough: forgotten)
    }

    private func event(
        _ number: UInt64, _ reader: inout RecordReader, _ bytes: Span<UInt8>, from latest: Tick
    ) throws(RestoreError) -> LoggedEvent {
        let tick = try reader.tick(bytes, from: latest)
        let sender = try reader.seat(bytes)
        let audience: Audience = try reader.choice(bytes)
        let name = try reader.name(bytes, below: self.world.names.count)
        var targets: [SeatNumber] = []
        for _ in 0..<(try reader.varint(bytes, 0...UInt64(WireLimits.listCount))) {
            targets.append(try reader.seat(bytes, 1...2047))
        }
        guard targets.isEmpty == (audience == .all || audience == .others) else { throw .contradiction("an event's audience") }
        let head = EventHead(number: number, tick: tick, sender: sender, audience: audience, name: name)
        return LoggedEvent(head: head, value: StoredValue(try reader.value(bytes), in: bytes), targets: targets)
    }

    // MARK: Seats

    /// Reads seats up to a 0.
    private mutating func restoreSeats(_ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        while true {
            let number = try reader.seat(bytes)
            guard number != .room else { return }
            guard let seat = self.members.seats.restore(number) else {
                throw .contradiction("a seat number that does not follow")
            }
            try Self.restore(seat, &reader, bytes)
            self.members.restoreRow(of: seat)
        }
    }

    private static func restore(_ seat: Seat, _ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        let parts = SeatParts(rawValue: try reader.u8(bytes))
        guard parts.isSubset(of: .known) else { throw .malformed(.reservedBits(parts.rawValue)) }
        if parts.contains(.standing) {
            let state: SeatState = try reader.choice(bytes)
            seat.life = Self.life(of: state)
            seat.cause = try reader.choice(bytes)
            seat.everAcknowledged = try reader.u8(bytes, below: 2) == 1
            seat.generation = try reader.varint(bytes, 1...WireLimits.safeInteger - 1)
            seat.confirmedGeneration = try reader.varint(bytes, 1...seat.generation)
            // At least 1: a tick number of 0 means none, and the tick before a join must exist.
            seat.joined = try reader.tick(bytes, from: Tick(rawValue: 1))
            seat.rowChanged = try reader.tick(bytes, from: seat.joined)
        }
        // One that nobody ever sat in.
        guard seat.generation > 0 else { throw .contradiction("a seat without a beginning") }
        if parts.contains(.acknowledged) { seat.sending.restore(acknowledged: try reader.tick(bytes)) }
        if parts.contains(.uplink) { seat.lastUplink = try reader.varint(bytes, 0...WireLimits.safeInteger) }
        if parts.contains(.own) { try Self.restoreOwn(of: seat, &reader, bytes) }
        if parts.contains(.identity) { seat.restore(try reader.identity(bytes)) }
    }

    private static func life(of state: SeatState) -> SeatLife {
        switch state {
        case .left: .vacant
        case .live: .live
        case .stalled: .stalled(since: .zero)
        case .away: .away(since: .zero)
        }
    }

    private static func restoreOwn(of seat: Seat, _ reader: inout RecordReader, _ bytes: Span<UInt8>) throws(RestoreError) {
        seat.newestPrivate = try reader.tick(bytes)
        seat.privateForgottenThrough = try reader.tick(bytes)
        let count = try reader.varint(bytes, 0...1 << 20)
        let added = UInt64(try reader.count(bytes))
        guard added <= count, count - added <= UInt64(seat.results.count) else { throw .contradiction("results") }
        seat.results.removeFirst(seat.results.count - Int(count - added))
        for _ in 0..<added {
            let tick = try reader.tick(bytes, from: seat.results.last?.tick ?? .none)
            let uplink = try reader.varint(bytes, 0...WireLimits.safeInteger)
            let operation = UInt8(try reader.varint(bytes, 0...63))
            let code: ResultCode = try reader.choice(bytes)
            seat.results.append(
                PendingResult(tick: tick, result: OperationResult(uplink: uplink, operation: operation, code: code)))
        }
    }

    // MARK: Going on

    /// Ends a restore. It counts as the tick after the last one: every connected seat goes away at it, and all holds begin anew.
    /// No client is sent this tick.
    ///
    /// - Parameters:
    ///   - epoch: The room's epoch from here on. Must differ from all earlier ones.
    ///   - liveness: Liveness clock.
    package mutating func resume(epoch: UInt64, at liveness: Instant) {
        self.epochs.begin(epoch, after: self.currentTick)
        self.clock.resume(at: liveness)
        self.world.restore(self.currentTick)
        self.world.markChanged()
        self.members.resume(at: self.clock.moment)
        self.tellOfPassword()
        self.previousChange = self.lastChange
        self.events.enforceBounds { event in
            for target in event.targets where self.members.seats.contains(target) {
                self.members.seats[target].forgetPrivateEvent(event.head)
            }
        }
        self.restorePrivateEvents()
    }

    /// Rebuilds each seat's list of its private events from the log.
    private func restorePrivateEvents() {
        for position in 0..<self.events.count {
            let event = self.events[position]
            for target in event.targets where self.members.seats.isSeated(target) {
                self.members.seats[target].restorePrivateEvent(event.head.number)
            }
        }
    }
}
