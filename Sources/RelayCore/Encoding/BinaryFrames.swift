import RelayWire

/// Writes frames as `tickrelay.v1`: SPEC section 5.
struct BinaryFrames {
    private var packer = DifferencePacker()
    /// Entities with changes that no difference can express. Kept to reuse its memory.
    private var absolute: [Int32] = []

    mutating func encode(_ changes: ChangeList, of room: borrowing Room, into writer: inout WireWriter) {
        let (sections, tick) = (changes.sections, room.currentTick)
        writer.frameHeader(
            FrameHeader(coding: changes.coding, sections: sections, tick: tick, baseline: changes.stateTick))
        if sections.contains(.names) { Self.encodeNames(room.world.names, from: changes.firstName, into: &writer) }
        if sections.contains(.entities) { self.encodeEntities(changes, room.world.entities, into: &writer) }
        if sections.contains(.roster) { Self.encodeRoster(changes, room.members, into: &writer) }
        if sections.contains(.events) { Self.encodeEvents(changes, room.events, at: tick, into: &writer) }
        if sections.contains(.lost) { writer.varint(tick.rawValue - room.events.publicForgottenThrough.rawValue) }
        if sections.contains(.heartbeat) { Self.encodeHeartbeat(room, into: &writer) }
    }

    private static func encodeNames(_ names: NameTable, from first: Int, into writer: inout WireWriter) {
        writer.varint(first)
        writer.varint(names.count - first)
        for entry in names.entries[first...] { writer.nameEntry(entry.name, quantum: entry.quantum) }
    }

    // MARK: Entities

    private mutating func encodeEntities(_ changes: ChangeList, _ entities: EntityStore, into writer: inout WireWriter) {
        guard changes.coding != .delta else { return self.encodeDifferences(changes, entities, into: &writer) }
        Self.encodeRemoved(changes, into: &writer)
        Self.encodeReplaced(changes, entities, into: &writer)
        writer.varint(changes.updated.count)
        for slot in changes.updated {
            Self.encodeAbsolute(entities, slot: Int(slot), since: changes.stateTick, into: &writer, differencesToo: true)
        }
    }

    private mutating func encodeDifferences(_ changes: ChangeList, _ entities: EntityStore, into writer: inout WireWriter) {
        self.packer.removeAll()
        self.absolute.removeAll(keepingCapacity: true)
        for slot in changes.updated where self.packDifferences(entities, slot: Int(slot), since: changes.stateTick) {
            self.absolute.append(slot)
        }
        var lists: DifferenceLists = []
        if !changes.removed.isEmpty { lists.insert(.removed) }
        if !changes.replaced.isEmpty { lists.insert(.replaced) }
        if !self.absolute.isEmpty { lists.insert(.absolute) }
        writer.differenceHead(lists, packed: self.packer.count)
        if lists.contains(.removed) { Self.encodeRemoved(changes, into: &writer) }
        if lists.contains(.replaced) { Self.encodeReplaced(changes, entities, into: &writer) }
        if self.packer.count > 0 { self.packer.write(into: &writer) }
        guard lists.contains(.absolute) else { return }
        writer.varint(self.absolute.count)
        for slot in self.absolute {
            Self.encodeAbsolute(entities, slot: Int(slot), since: changes.stateTick, into: &writer, differencesToo: false)
        }
    }

    /// Packs an entity's differences. Returns whether it also has changes that must be absolute.
    private mutating func packDifferences(_ entities: EntityStore, slot: Int, since tick: Tick) -> Bool {
        let (id, fields) = (entities.slots[slot].id, entities.slots[slot].fields)
        var isPacked = false
        var hasAbsolute = false
        for index in fields.indices where fields[index].changed > tick {
            guard let difference = fields.difference(at: index) else {
                hasAbsolute = true
                continue
            }
            if !isPacked { self.packer.update(id) }
            isPacked = true
            self.packer.difference(fields[index].name, difference)
        }
        return hasAbsolute
    }

    private static func encodeRemoved(_ changes: ChangeList, into writer: inout WireWriter) {
        writer.varint(changes.removed.count)
        for id in changes.removed { writer.entity(id) }
    }

    private static func encodeReplaced(_ changes: ChangeList, _ entities: EntityStore, into writer: inout WireWriter) {
        writer.varint(changes.replaced.count)
        for slot in changes.replaced {
            let entity = entities.slots[Int(slot)]
            writer.replaced(entity.id, owner: entity.owner, fieldCount: entity.fields.count)
            for field in entity.fields { writer.indexedField(field.name, field.value) }
        }
    }

    /// Writes the fields changed after `tick`: all of them, or those that no difference can tell.
    @inline(__always)
    private static func encodeAbsolute(
        _ entities: EntityStore, slot: Int, since tick: Tick, into writer: inout WireWriter, differencesToo: Bool
    ) {
        let fields = entities.slots[slot].fields
        func isWanted(_ index: Int) -> Bool {
            fields[index].changed > tick && (differencesToo || fields.difference(at: index) == nil)
        }
        writer.absoluteUpdate(entities.slots[slot].id, fieldCount: fields.indices.count(where: isWanted))
        for index in fields.indices where isWanted(index) { writer.indexedField(fields[index].name, fields[index].value) }
    }

    // MARK: Roster, events, heartbeat

    private static func encodeRoster(_ changes: ChangeList, _ members: Membership, into writer: inout WireWriter) {
        writer.seat(members.host)
        var count = 0
        for seat in members.seats.players where self.isListed(seat, changes) { count += 1 }
        writer.varint(count)
        for seat in members.seats.players where self.isListed(seat, changes) { writer.rosterRow(seat.rosterRow) }
    }

    /// A snapshot lists the seated players; a delta lists the changed rows, also of players who left.
    private static func isListed(_ seat: Seat, _ changes: ChangeList) -> Bool {
        changes.coding == .snapshot ? seat.isSeated : seat.rowChanged > changes.stateTick
    }

    private static func encodeEvents(_ changes: ChangeList, _ log: EventLog, at tick: Tick, into writer: inout WireWriter) {
        writer.varint(changes.events.count)
        var previous: UInt64 = 0
        for position in changes.events {
            let event = log[position]
            writer.event(event.head, at: tick, after: previous, event.value)
            previous = event.head.number
        }
    }

    private static func encodeHeartbeat(_ room: borrowing Room, into writer: inout WireWriter) {
        writer.heartbeat(checksum: room.checksum, stride: room.stride)
        for seat in room.members.seats.players where seat.isSeated {
            writer.heartbeatRow(rtt: seat.connection == nil ? nil : seat.roundTrip.smoothed, lastUplink: seat.lastUplink)
        }
    }
}
