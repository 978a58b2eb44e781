import RelayWire
import RelayWireJSON

/// Writes frames as `tickrelay.v1.json`: SPEC section 18. All values are absolute, so a delta says the values of the fields that changed.
struct JSONFrames {
    /// The names of the room's table as keys, `"x":`, by index. The table only grows.
    private var keys: [[UInt8]] = []

    mutating func encode(_ changes: ChangeList, of room: borrowing Room, into writer: inout WireWriter) {
        self.updateKeys(room.world.names)
        writer.ascii("{\"tick\":")
        writer.json(room.currentTick.rawValue)
        if changes.coding == .snapshot { writer.ascii(",\"snapshot\":true") }
        if changes.sections.contains(.entities) { self.encodeEntities(changes, room.world, into: &writer) }
        if changes.sections.contains(.roster) { Self.encodeRoster(changes, room.members, into: &writer) }
        if changes.sections.contains(.events) { self.encodeEvents(changes, room.events, room.world.names, into: &writer) }
        if changes.sections.contains(.lost) { Self.encodeLost(room.events.publicForgottenThrough, into: &writer) }
        if changes.sections.contains(.heartbeat) { Self.encodeHeartbeat(room, into: &writer) }
        writer.ascii("}")
    }

    private mutating func updateKeys(_ names: NameTable) {
        for entry in names.entries[self.keys.count...] {
            var writer = WireWriter(capacity: 80)
            writer.json(entry.name)
            writer.ascii(":")
            self.keys.append(writer.array)
        }
    }

    // MARK: Entities

    private func encodeEntities(_ changes: ChangeList, _ world: RoomWorld, into writer: inout WireWriter) {
        if !changes.removed.isEmpty { Self.encodeRemoved(changes.removed, into: &writer) }
        if !changes.replaced.isEmpty {
            self.encode(changes.replaced, since: .none, as: ",\"entities\":{", world, into: &writer)
            Self.encodeOwners(changes.replaced, world.entities, into: &writer)
        }
        if !changes.updated.isEmpty {
            self.encode(changes.updated, since: changes.stateTick, as: ",\"changes\":{", world, into: &writer)
        }
    }

    private static func encodeRemoved(_ removed: [EntityID], into writer: inout WireWriter) {
        writer.ascii(",\"removed\":[")
        for (place, id) in removed.enumerated() {
            if place > 0 { writer.ascii(",") }
            writer.json(id)
        }
        writer.ascii("]")
    }

    /// Writes the fields of some entities that changed after `tick`.
    private func encode(
        _ slots: [Int32], since tick: Tick, as opening: StaticString, _ world: RoomWorld, into writer: inout WireWriter
    ) {
        writer.ascii(opening)
        for (place, slot) in slots.enumerated() {
            if place > 0 { writer.ascii(",") }
            writer.json(world.entities.slots[Int(slot)].id)
            writer.ascii(":{")
            var isFirst = true
            for field in world.entities.slots[Int(slot)].fields where field.changed > tick || tick == .none {
                if !isFirst { writer.ascii(",") }
                isFirst = false
                writer.raw(self.keys[Int(field.name.rawValue)])
                writer.json(field.value, quantum: world.names.quantum(of: field.name))
            }
            writer.ascii("}")
        }
        writer.ascii("}")
    }

    /// Names the owners that an entity's name does not tell.
    private static func encodeOwners(_ slots: [Int32], _ entities: EntityStore, into writer: inout WireWriter) {
        var isFirst = true
        for slot in slots {
            let (id, owner) = (entities.slots[Int(slot)].id, entities.slots[Int(slot)].owner)
            guard owner != id.space else { continue }
            writer.ascii(isFirst ? ",\"owners\":{" : ",")
            isFirst = false
            writer.json(id)
            writer.ascii(":")
            Self.encode(seat: owner, into: &writer)
        }
        if !isFirst { writer.ascii("}") }
    }

    /// Writes a seat's number; null for the room, or for nobody.
    private static func encode(seat: SeatNumber, into writer: inout WireWriter) {
        if seat == .room { writer.ascii("null") } else { writer.json(UInt64(seat.rawValue)) }
    }

    // MARK: Roster, events, heartbeat

    private static func encodeRoster(_ changes: ChangeList, _ members: Membership, into writer: inout WireWriter) {
        writer.ascii(",\"host\":")
        self.encode(seat: members.host, into: &writer)
        writer.ascii(",\"players\":{")
        var isFirst = true
        for seat in members.seats.players where changes.coding == .snapshot ? seat.isSeated : seat.rowChanged > changes.stateTick
        {
            writer.ascii(isFirst ? "\"" : ",\"")
            isFirst = false
            writer.json(UInt64(seat.number.rawValue))
            writer.ascii("\":")
            self.encode(seat.rosterRow, seat.identity, into: &writer)
        }
        writer.ascii("}")
    }

    private static func encode(_ row: RosterRow, _ identity: PlayerIdentity?, into writer: inout WireWriter) {
        guard row.state != .left else { return writer.ascii("null") }
        writer.ascii("{\"state\":")
        writer.json(row.state.jsonName)
        if row.cause != .unknown {
            writer.ascii(",\"cause\":")
            writer.json(row.cause.name)
        }
        writer.ascii(",\"joined\":")
        writer.json(row.joined.rawValue)
        if let identity {
            writer.ascii(",\"player\":")
            writer.json(identity.player)
            writer.ascii(",\"name\":")
            writer.json(identity.name)
        }
        writer.ascii("}")
    }

    private func encodeEvents(_ changes: ChangeList, _ log: EventLog, _ names: NameTable, into writer: inout WireWriter) {
        writer.ascii(",\"events\":[")
        for (place, position) in changes.events.enumerated() {
            if place > 0 { writer.ascii(",") }
            Self.encode(log[position], names, into: &writer)
        }
        writer.ascii("]")
    }

    private static func encode(_ event: LoggedEvent, _ names: NameTable, into writer: inout WireWriter) {
        writer.ascii("{\"n\":")
        writer.json(event.head.number)
        writer.ascii(",\"tick\":")
        writer.json(event.head.tick.rawValue)
        writer.ascii(",\"from\":")
        self.encode(seat: event.head.sender, into: &writer)
        if event.head.audience != .all {
            writer.ascii(",\"to\":")
            writer.json(event.head.audience.jsonName)
        }
        writer.ascii(",\"name\":")
        writer.json(names.entries[Int(event.head.name.rawValue)].name)
        writer.ascii(",\"value\":")
        writer.json(event.value, quantum: names.quantum(of: event.head.name))
        writer.ascii("}")
    }

    private static func encodeLost(_ tick: Tick, into writer: inout WireWriter) {
        writer.ascii(",\"lost\":")
        writer.json(tick.rawValue)
    }

    private static func encodeHeartbeat(_ room: borrowing Room, into writer: inout WireWriter) {
        writer.ascii(",\"heartbeat\":{\"stride\":")
        writer.json(room.stride)
        writer.ascii(",\"players\":{")
        var isFirst = true
        for seat in room.members.seats.players where seat.isSeated {
            writer.ascii(isFirst ? "\"" : ",\"")
            isFirst = false
            writer.json(UInt64(seat.number.rawValue))
            writer.ascii("\":{\"rtt\":")
            let rtt = seat.connection == nil ? nil : seat.roundTrip.smoothed
            // Milliseconds with one digit behind the point.
            if let rtt { writer.json((Double(rtt) / 100).rounded() / 10) } else { writer.ascii("null") }
            writer.ascii(",\"applied\":")
            writer.json(seat.lastUplink)
            writer.ascii("}")
        }
        writer.ascii("}}")
    }

    // MARK: Private messages

    /// Writes what is new to one seat since its baseline.
    ///
    /// - Parameter privateEvents: Positions in the event log, the newest first.
    mutating func encodePrivate(
        _ seat: Seat, _ privateEvents: [Int], after baseline: Tick, of room: borrowing Room, into writer: inout WireWriter
    ) {
        self.updateKeys(room.world.names)
        writer.ascii("{\"tick\":")
        writer.json(room.currentTick.rawValue)
        writer.ascii(",\"applied\":")
        writer.json(seat.lastUplink)
        Self.encodeResults(seat, after: baseline, into: &writer)
        if !privateEvents.isEmpty {
            writer.ascii(",\"private\":[")
            for (place, position) in privateEvents.reversed().enumerated() {
                if place > 0 { writer.ascii(",") }
                Self.encode(room.events[position], room.world.names, into: &writer)
            }
            writer.ascii("]")
        }
        if seat.privateForgottenThrough > baseline { Self.encodeLost(seat.privateForgottenThrough, into: &writer) }
        writer.ascii("}")
    }

    private static func encodeResults(_ seat: Seat, after baseline: Tick, into writer: inout WireWriter) {
        var isFirst = true
        for pending in seat.results where pending.tick > baseline {
            writer.ascii(isFirst ? ",\"results\":[" : ",")
            isFirst = false
            writer.ascii("{\"n\":")
            writer.json(pending.result.uplink)
            writer.ascii(",\"operation\":")
            writer.json(UInt64(pending.result.operation))
            writer.ascii(",\"result\":")
            writer.json(pending.result.code.jsonName)
            writer.ascii("}")
        }
        if !isFirst { writer.ascii("]") }
    }
}
