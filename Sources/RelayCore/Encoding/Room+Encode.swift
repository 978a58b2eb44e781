/// Lists that encoding fills anew each tick. Kept to reuse their memory.
struct EncodingScratch {
    var removed: [EntityID] = []
    var replaced: [Int32] = []
    var updated: [Int32] = []
    /// Those of `updated` with changes that no difference can express.
    var absolute: [Int32] = []
    /// Positions in the event log of one seat's private events, the newest first.
    var privateEvents: [Int] = []
    /// Slots that changed, the oldest change first: for the journal.
    var recorded: [Int32] = []
}

/// The tick that one encoding has to reach back to, if any seat gets that encoding.
struct EncodingNeed {
    var isWanted = false
    /// The oldest baseline among the seats that get it.
    var since = Tick.maximum

    mutating func include(_ baseline: Tick) {
        self.isWanted = true
        self.since = min(self.since, baseline)
    }
}

// Phase 4: at most three encodings of the public state, and a private message for each seat with private items.
extension Room {
    mutating func encode() {
        var needs = (delta: EncodingNeed(), merged: EncodingNeed(), snapshot: EncodingNeed())
        for position in 0..<self.seats.count {
            let number = self.seats.number(at: position)
            guard let coding = self.coding(for: number), let connection = self.seats[number].connection else { continue }
            let baseline = self.eventBaseline(of: number, coding)
            switch coding {
            case .delta: needs.delta.include(self.previousChange)
            case .merged: needs.merged.include(baseline)
            case .snapshot: needs.snapshot.include(baseline)
            }
            let range = self.encodePrivate(number, after: baseline)
            self.deliveries.append(Delivery(seat: number, connection: connection, coding: coding, privateRange: range))
        }
        self.encode(.delta, needs.delta)
        self.encode(.merged, needs.merged)
        self.encode(.snapshot, needs.snapshot)
    }

    /// The tick after which a seat gets events and results.
    ///
    /// A snapshot repeats all events since the last acknowledgement: the client may have refused later frames while its resync is
    /// in flight.
    private func eventBaseline(of number: SeatNumber, _ coding: Coding) -> Tick {
        let baseline = self.seats[number].sending.baseline
        return coding == .snapshot ? min(baseline, self.seats[number].sending.acknowledged) : baseline
    }

    /// The coding of a seat's frame at this tick; nil if it gets none.
    private mutating func coding(for number: SeatNumber) -> Coding? {
        guard self.seats[number].connection != nil else { return nil }
        let baseline = self.seats[number].sending.baseline
        let isWanted =
            self.isHeartbeat || self.lastChange > baseline || self.seats[number].newestPrivate > baseline
            || self.seats[number].sending.needsSnapshot
        guard isWanted, self.isHeartbeat || !self.seats[number].sending.awaitsSnapshot else { return nil }
        guard self.seats[number].sending.unfinished == nil, !self.seats[number].sending.isBehind, self.seats[number].life == .live
        else {
            self.counters.count(.framesHeldBack)
            return nil
        }
        if self.seats[number].sending.needsSnapshot || baseline < self.entities.forgottenThrough {
            self.counters.count(.framesSnapshot)
            return .snapshot
        }
        if baseline >= self.previousChange {
            self.counters.count(.framesDelta)
            return .delta
        }
        self.counters.count(.framesMerged)
        return .merged
    }

    // MARK: The shared frame

    private mutating func encode(_ coding: Coding, _ need: EncodingNeed) {
        guard need.isWanted else { return }
        let index = Int(coding.rawValue)
        // A connection that has not sent all of an older frame still holds this buffer: leave it alone and take a new one.
        if !isKnownUniquelyReferenced(&self.frames[index]) { self.frames[index] = FrameBuffer() }
        let buffer = self.frames[index]
        buffer.writer.removeAll()
        self.encode(coding, since: need.since, into: &buffer.writer)
    }

    private mutating func encode(_ coding: Coding, since eventTick: Tick, into writer: inout WireWriter) {
        // A snapshot holds all state, but only the events its receivers miss.
        let stateTick = coding == .snapshot ? Tick.none : eventTick
        let sections = self.sections(coding, stateTick, eventTick)
        writer.frameHeader(
            FrameHeader(coding: coding, sections: sections, tick: self.currentTick, baseline: stateTick)
        )
        if sections.contains(.names) { self.encodeNames(since: stateTick, into: &writer) }
        if sections.contains(.entities) { self.encodeEntities(coding, since: stateTick, into: &writer) }
        if sections.contains(.roster) { self.encodeRoster(coding, since: stateTick, into: &writer) }
        if sections.contains(.events) { self.encodeEvents(since: eventTick, into: &writer) }
        if sections.contains(.lost) {
            writer.varint(self.currentTick.rawValue - self.events.publicForgottenThrough.rawValue)
        }
        if sections.contains(.heartbeat) { self.encodeHeartbeat(into: &writer) }
    }

    private mutating func sections(_ coding: Coding, _ stateTick: Tick, _ eventTick: Tick) -> FrameSections {
        self.collectEntities(since: stateTick)
        var sections: FrameSections = []
        if self.isHeartbeat { sections.insert(.heartbeat) }
        if self.names.firstAdded(after: stateTick) < self.names.count { sections.insert(.names) }
        let scratch = self.scratch
        if !(scratch.removed.isEmpty && scratch.replaced.isEmpty && scratch.updated.isEmpty) { sections.insert(.entities) }
        if coding == .snapshot || self.rosterChanged(after: stateTick) { sections.insert(.roster) }
        if self.events.newestPublic > eventTick, self.publicEventCount(after: eventTick) > 0 { sections.insert(.events) }
        if self.events.publicForgottenThrough > eventTick { sections.insert(.lost) }
        return sections
    }

    private mutating func encodeNames(since tick: Tick, into writer: inout WireWriter) {
        let first = self.names.firstAdded(after: tick)
        writer.varint(first)
        writer.varint(self.names.count - first)
        for entry in self.names.entries[first...] { writer.nameEntry(entry.name, quantum: entry.quantum) }
    }

    // MARK: Entities

    /// Fills the scratch lists with what changed after `tick`. O(changes), not O(entities).
    private mutating func collectEntities(since tick: Tick) {
        self.scratch.removed.removeAll(keepingCapacity: true)
        self.scratch.replaced.removeAll(keepingCapacity: true)
        self.scratch.updated.removeAll(keepingCapacity: true)
        if tick > .none { self.entities.collectRemoved(after: tick, into: &self.scratch.removed) }
        var slot = self.entities.newest
        while slot >= 0, self.entities.slots[Int(slot)].changed > tick {
            if self.entities.slots[Int(slot)].replaced > tick {
                self.scratch.replaced.append(slot)
            } else {
                self.scratch.updated.append(slot)
            }
            slot = self.entities.slots[Int(slot)].older
        }
    }

    private mutating func encodeEntities(_ coding: Coding, since tick: Tick, into writer: inout WireWriter) {
        guard coding != .delta else { return self.encodeDifferences(since: tick, into: &writer) }
        self.encodeRemoved(into: &writer)
        self.encodeReplaced(into: &writer)
        writer.varint(self.scratch.updated.count)
        for slot in self.scratch.updated {
            self.encodeAbsolute(slot: Int(slot), since: tick, into: &writer) { _ in true }
        }
    }

    private mutating func encodeDifferences(since tick: Tick, into writer: inout WireWriter) {
        self.packer.removeAll()
        self.scratch.absolute.removeAll(keepingCapacity: true)
        for slot in self.scratch.updated where self.packDifferences(slot: Int(slot), since: tick) {
            self.scratch.absolute.append(slot)
        }
        var lists: DifferenceLists = []
        if !self.scratch.removed.isEmpty { lists.insert(.removed) }
        if !self.scratch.replaced.isEmpty { lists.insert(.replaced) }
        if !self.scratch.absolute.isEmpty { lists.insert(.absolute) }
        writer.differenceHead(lists, packed: self.packer.count)
        if lists.contains(.removed) { self.encodeRemoved(into: &writer) }
        if lists.contains(.replaced) { self.encodeReplaced(into: &writer) }
        if self.packer.count > 0 { self.packer.write(into: &writer) }
        guard lists.contains(.absolute) else { return }
        writer.varint(self.scratch.absolute.count)
        for slot in self.scratch.absolute {
            self.encodeAbsolute(slot: Int(slot), since: tick, into: &writer) { $0.difference == nil }
        }
    }

    /// Packs an entity's differences. Returns whether it also has changes that must be absolute.
    private mutating func packDifferences(slot: Int, since tick: Tick) -> Bool {
        let (id, fields) = (self.entities.slots[slot].id, self.entities.slots[slot].fields)
        var isPacked = false
        var hasAbsolute = false
        for field in fields where field.changed > tick {
            guard let difference = field.difference else {
                hasAbsolute = true
                continue
            }
            if !isPacked { self.packer.update(id) }
            isPacked = true
            self.packer.difference(field.name, difference)
        }
        return hasAbsolute
    }

    private func encodeRemoved(into writer: inout WireWriter) {
        writer.varint(self.scratch.removed.count)
        for id in self.scratch.removed { writer.entity(id) }
    }

    private func encodeReplaced(into writer: inout WireWriter) {
        writer.varint(self.scratch.replaced.count)
        for slot in self.scratch.replaced { self.encodeWhole(slot: Int(slot), into: &writer) }
    }

    private func encodeWhole(slot: Int, into writer: inout WireWriter) {
        let entity = self.entities.slots[slot]
        writer.replaced(entity.id, owner: entity.owner, fieldCount: entity.fields.count)
        for field in entity.fields { writer.indexedField(field.name, field.value) }
    }

    /// Writes the fields changed after `tick` that `isWanted` accepts.
    @inline(__always)
    private func encodeAbsolute(
        slot: Int, since tick: Tick, into writer: inout WireWriter, where isWanted: (Field) -> Bool
    ) {
        let fields = self.entities.slots[slot].fields
        var count = 0
        for field in fields where field.changed > tick && isWanted(field) { count += 1 }
        writer.absoluteUpdate(self.entities.slots[slot].id, fieldCount: count)
        for field in fields where field.changed > tick && isWanted(field) { writer.indexedField(field.name, field.value) }
    }

    // MARK: Roster, events, heartbeat

    private func rosterChanged(after tick: Tick) -> Bool { max(self.hostChanged, self.rowsChanged) > tick }

    private func encodeRoster(_ coding: Coding, since tick: Tick, into writer: inout WireWriter) {
        writer.seat(self.host)
        var count = 0
        for seat in self.seats.players where Self.isListed(seat, coding, tick) { count += 1 }
        writer.varint(count)
        for seat in self.seats.players where Self.isListed(seat, coding, tick) { writer.rosterRow(seat.rosterRow) }
    }

    /// A snapshot lists the seated players; a delta lists the changed rows, also of players who left.
    private static func isListed(_ seat: Seat, _ coding: Coding, _ tick: Tick) -> Bool {
        coding == .snapshot ? seat.isSeated : seat.rowChanged > tick
    }

    private func publicEventCount(after tick: Tick) -> Int {
        var count = 0
        for position in self.events.firstPosition(after: tick)..<self.events.count where self.events[position].isPublic {
            count += 1
        }
        return count
    }

    private func encodeEvents(since tick: Tick, into writer: inout WireWriter) {
        writer.varint(self.publicEventCount(after: tick))
        var previous: UInt64 = 0
        for position in self.events.firstPosition(after: tick)..<self.events.count where self.events[position].isPublic {
            let event = self.events[position]
            writer.event(event.head, at: self.currentTick, after: previous, event.value)
            previous = event.head.number
        }
    }

    private func encodeHeartbeat(into writer: inout WireWriter) {
        writer.heartbeat(checksum: self.checksum, stride: self.stride)
        for seat in self.seats.players where seat.isSeated {
            writer.heartbeatRow(rtt: seat.connection == nil ? nil : seat.roundTrip.smoothed, lastUplink: seat.lastUplink)
        }
    }

    /// The checksum a replica of this tick has: SPEC section 6.
    package var checksum: UInt32 { self.names.checksum &+ self.entities.checksum }

    // MARK: Private messages

    /// Writes a seat's private message, if it has anything since its baseline.
    private mutating func encodePrivate(_ number: SeatNumber, after baseline: Tick) -> Range<Int>? {
        let lost = self.seats[number].privateForgottenThrough
        guard self.seats[number].newestPrivate > baseline || lost > baseline else { return nil }
        let results = self.seats[number].results.lazy.filter { $0.tick > baseline }.count
        self.collectPrivateEvents(of: number, after: baseline)
        let events = self.scratch.privateEvents.count
        var sections: PrivateSections = []
        if results > 0 { sections.insert(.results) }
        if events > 0 { sections.insert(.events) }
        if lost > baseline { sections.insert(.lost) }
        for _ in 0..<Self.privateHeadroom { self.privateMessages.u8(0) }
        let start = self.privateMessages.count
        self.privateMessages.privateHeader(sections, tick: self.currentTick, lastUplink: self.seats[number].lastUplink)
        if results > 0 { self.encodeResults(number, after: baseline, count: results) }
        if events > 0 { self.encodePrivateEvents() }
        if lost > baseline { self.privateMessages.varint(self.currentTick.rawValue - lost.rawValue) }
        self.counters.count(.privateMessages)
        return start..<self.privateMessages.count
    }

    private mutating func encodeResults(_ number: SeatNumber, after tick: Tick, count: Int) {
        self.privateMessages.varint(count)
        for pending in self.seats[number].results where pending.tick > tick { self.privateMessages.result(pending.result) }
    }

    /// Fills the scratch list with the positions of a seat's private events after `tick`, the newest first. O(events found).
    private mutating func collectPrivateEvents(of number: SeatNumber, after tick: Tick) {
        self.scratch.privateEvents.removeAll(keepingCapacity: true)
        for event in self.seats[number].privateEvents.reversed() {
            guard let position = self.events.position(of: event), self.events[position].head.tick > tick else { return }
            self.scratch.privateEvents.append(position)
        }
    }

    private mutating func encodePrivateEvents() {
        self.privateMessages.varint(self.scratch.privateEvents.count)
        for position in self.scratch.privateEvents.reversed() {
            let event = self.events[position]
            self.privateMessages.event(event.head, at: self.currentTick, after: 0, event.value)
        }
    }
}
