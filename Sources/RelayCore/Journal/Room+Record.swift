/// The state of a room as last journaled, without its seats.
package struct RoomRecord {
    var nextHeartbeat = Tick.none
    var names = 0
    var newestEvent: UInt64 = 0
    var doorVersion: UInt64 = 0
    /// Slots that changed, the oldest change first. Kept to reuse its memory.
    var slots: [Int32] = []
}

/// The parts of a tick's record.
struct RecordParts: OptionSet {
    var rawValue: UInt8
    /// Something public changed.
    static let change = RecordParts(rawValue: 1)
    static let heartbeat = RecordParts(rawValue: 2)
    static let host = RecordParts(rawValue: 4)
    static let names = RecordParts(rawValue: 8)
    static let entities = RecordParts(rawValue: 16)
    static let events = RecordParts(rawValue: 32)
    static let seats = RecordParts(rawValue: 64)
    /// Password, invitations and bans, whole.
    static let door = RecordParts(rawValue: 128)
}

// Writes the journal's payloads: Protocol/JOURNAL.md, "The payloads". ``Room/restored(from:configuration:instance:at:)`` and
// ``Room/replay(_:at:)`` read them.
extension Room {
    /// Of the payloads. Snapshots of format 1 begin with the epoch.
    static let journalFormat: UInt64 = 3
    /// Of snapshots that say nothing of the door.
    static let formatWithoutDoor: UInt64 = 2

    /// Appends all state that must outlive the process, as it is after the last tick.
    package mutating func encodeSnapshot(into writer: inout WireWriter) {
        writer.varint(0)
        writer.varint(Self.journalFormat)
        writer.string(self.configuration.type)
        writer.varint(self.epochs.current)
        writer.varint(self.epochs.past.count)
        for past in self.epochs.past {
            writer.varint(past.epoch)
            writer.tick(past.last)
        }
        self.age(of: self.lastChange, into: &writer)
        writer.varint(self.clock.nextHeartbeat.since(self.currentTick))
        writer.seat(self.members.host)
        self.age(of: self.members.hostChanged, into: &writer)
        self.recordNames(from: 0, into: &writer)
        for seat in self.members.seats.players { self.record(seat, seat.wholeParts, into: &writer) }
        for seat in self.members.seats.spectators { self.record(seat, seat.wholeParts, into: &writer) }
        writer.seat(.room)
        self.recordAllEntities(into: &writer)
        self.recordDeletions(into: &writer)
        self.recordEvents(from: 0, into: &writer)
        self.recordDoor(into: &writer)
        writer.u32(self.checksum)
        self.markRecorded()
    }

    /// Appends the part of that state that the last tick changed. The journal must already have the tick run before it.
    package mutating func encodeRecord(into writer: inout WireWriter) {
        let before = Tick(rawValue: self.currentTick.rawValue - 1)
        let start = writer.count
        self.world.entities.collectChanged(after: before, into: &self.recorded.slots)
        var parts = self.changedParts()
        writer.u8(0)
        if parts.contains(.heartbeat) { writer.varint(self.clock.nextHeartbeat.since(self.currentTick)) }
        if parts.contains(.host) { writer.seat(self.members.host) }
        if parts.contains(.names) { self.recordNames(from: self.recorded.names, into: &writer) }
        if parts.contains(.entities) { self.recordChangedEntities(into: &writer) }
        if parts.contains(.events) { self.recordEvents(from: self.events.firstPosition(after: before), into: &writer) }
        if self.recordChangedSeats(into: &writer) { parts.insert(.seats) }
        if parts.contains(.door) { self.recordDoor(into: &writer) }
        writer.u32(self.checksum)
        writer.payloadStart.storeBytes(of: parts.rawValue, toByteOffset: start, as: UInt8.self)
        (self.recorded.nextHeartbeat, self.recorded.names) = (self.clock.nextHeartbeat, self.world.names.count)
        (self.recorded.newestEvent, self.recorded.doorVersion) = (self.events.newestNumber, self.door.version)
    }

    private func changedParts() -> RecordParts {
        var parts: RecordParts = []
        if self.lastChange == self.currentTick { parts.insert(.change) }
        if self.recorded.nextHeartbeat != self.clock.nextHeartbeat { parts.insert(.heartbeat) }
        if self.members.hostChanged == self.currentTick { parts.insert(.host) }
        if self.recorded.names != self.world.names.count { parts.insert(.names) }
        if !(self.recorded.slots.isEmpty && self.world.entities.removedNow.isEmpty) { parts.insert(.entities) }
        if self.recorded.newestEvent != self.events.newestNumber { parts.insert(.events) }
        if self.recorded.doorVersion != self.door.version { parts.insert(.door) }
        return parts
    }

    private mutating func markRecorded() {
        (self.recorded.nextHeartbeat, self.recorded.names) = (self.clock.nextHeartbeat, self.world.names.count)
        (self.recorded.newestEvent, self.recorded.doorVersion) = (self.events.newestNumber, self.door.version)
        for seat in self.members.seats.players { seat.markRecorded() }
        for seat in self.members.seats.spectators { seat.markRecorded() }
    }

    /// Writes a tick as its distance from the last one. ``Tick/none`` is 0, so its distance is the last tick's number.
    private func age(of tick: Tick, into writer: inout WireWriter) { writer.varint(self.currentTick.rawValue - tick.rawValue) }

    // MARK: Names and entities

    private func recordNames(from first: Int, into writer: inout WireWriter) {
        writer.varint(self.world.names.count - first)
        for entry in self.world.names.entries[first...] {
            writer.nameEntry(entry.name, quantum: entry.quantum)
            self.age(of: entry.added, into: &writer)
        }
    }

    private mutating func recordAllEntities(into writer: inout WireWriter) {
        self.world.entities.collectChanged(after: .none, into: &self.recorded.slots)
        writer.varint(self.recorded.slots.count)
        for slot in self.recorded.slots { self.recordWhole(self.world.entities.slots[Int(slot)], into: &writer) }
    }

    private func recordWhole(_ entity: Entity, into writer: inout WireWriter) {
        writer.entity(entity.id)
        writer.seat(entity.owner)
        self.age(of: entity.created, into: &writer)
        self.age(of: entity.replaced, into: &writer)
        self.age(of: entity.changed, into: &writer)
        writer.varint(entity.fields.count)
        for field in entity.fields {
            self.age(of: field.changed, into: &writer)
            writer.indexedField(field.name, field.value)
        }
    }

    private func recordDeletions(into writer: inout WireWriter) {
        self.age(of: self.world.entities.forgottenThrough, into: &writer)
        writer.varint(self.world.entities.deletions.count)
        for deletion in self.world.entities.rememberedDeletions {
            writer.entity(deletion.id)
            self.age(of: deletion.tick, into: &writer)
        }
    }

    /// Writes the deleted entities, then the changed ones in the order of changes: whole if made or handed over, else by field.
    private func recordChangedEntities(into writer: inout WireWriter) {
        writer.varint(self.world.entities.removedNow.count)
        for id in self.world.entities.removedNow { writer.entity(id) }
        writer.varint(self.recorded.slots.count)
        for slot in self.recorded.slots {
            let isWhole = self.world.entities.slots[Int(slot)].replaced == self.currentTick
            writer.u8(isWhole ? 1 : 0)
            if isWhole {
                self.recordWhole(self.world.entities.slots[Int(slot)], into: &writer)
            } else {
                self.recordFields(ofSlot: Int(slot), into: &writer)
            }
        }
    }

    private func recordFields(ofSlot slot: Int, into writer: inout WireWriter) {
        let fields = self.world.entities.slots[slot].fields
        var count = 0
        for field in fields where field.changed == self.currentTick { count += 1 }
        writer.absoluteUpdate(self.world.entities.slots[slot].id, fieldCount: count)
        for field in fields where field.changed == self.currentTick { writer.indexedField(field.name, field.value) }
    }

    // MARK: Events and seats

    private func recordEvents(from first: Int, into writer: inout WireWriter) {
        writer.varint(self.events.newestNumber)
        self.age(of: self.events.newestPublic, into: &writer)
        self.age(of: self.events.publicForgottenThrough, into: &writer)
        writer.varint(self.events.count)
        writer.varint(self.events.count - first)
        for position in first..<self.events.count {
            let event = self.events[position]
            self.age(of: event.head.tick, into: &writer)
            writer.seat(event.head.sender)
            writer.u8(event.head.audience.rawValue)
            writer.nameIndex(event.head.name)
            writer.varint(event.targets.count)
            for target in event.targets { writer.seat(target) }
            writer.value(event.value)
        }
    }

    /// Writes every seat that differs from the journal, then a 0. Writes nothing and returns false if no seat differs.
    private func recordChangedSeats(into writer: inout WireWriter) -> Bool {
        let start = writer.count
        for seat in self.members.seats.players { self.recordChanges(of: seat, into: &writer) }
        for seat in self.members.seats.spectators { self.recordChanges(of: seat, into: &writer) }
        guard writer.count > start else { return false }
        writer.seat(.room)
        return true
    }

    private func recordChanges(of seat: Seat, into writer: inout WireWriter) {
        let parts = seat.unrecorded(at: self.currentTick)
        guard !parts.isEmpty else { return }
        self.record(seat, parts, into: &writer)
        seat.markRecorded(parts)
    }

    private func record(_ seat: Seat, _ parts: SeatParts, into writer: inout WireWriter) {
        writer.seat(seat.number)
        writer.u8(parts.rawValue)
        if parts.contains(.standing) {
            writer.u8(seat.state.rawValue)
            writer.u8(seat.cause.rawValue)
            writer.u8(seat.everAcknowledged ? 1 : 0)
            writer.varint(seat.generation)
            writer.varint(seat.confirmedGeneration)
            self.age(of: seat.joined, into: &writer)
            self.age(of: seat.rowChanged, into: &writer)
        }
        if parts.contains(.acknowledged) { self.age(of: seat.sending.acknowledged, into: &writer) }
        if parts.contains(.uplink) { writer.varint(seat.lastUplink) }
        if parts.contains(.own) { self.recordOwn(seat, isAll: parts.isSuperset(of: .all), into: &writer) }
        if parts.contains(.identity) { Self.record(seat.identity, into: &writer) }
    }

    /// An empty player id stands for an occupant without a ticket.
    private static func record(_ identity: PlayerIdentity?, into writer: inout WireWriter) {
        writer.u8(identity?.rights.rawValue ?? 0)
        writer.string(identity?.player ?? "")
        writer.string(identity?.name ?? "")
    }

    /// Writes the number of results, then those that the journal lacks: the ones of this tick, or all.
    private func recordOwn(_ seat: Seat, isAll: Bool, into writer: inout WireWriter) {
        self.age(of: seat.newestPrivate, into: &writer)
        self.age(of: seat.privateForgottenThrough, into: &writer)
        var first = isAll ? 0 : seat.results.count
        while first > 0, seat.results[first - 1].tick == self.currentTick { first -= 1 }
        writer.varint(seat.results.count)
        writer.varint(seat.results.count - first)
        for pending in seat.results[first...] {
            self.age(of: pending.tick, into: &writer)
            writer.result(pending.result)
        }
    }
}
