import RelayWire

/// Writes down everything a frame says.
struct FrameCollector: FrameVisitor {
    /// How many rows the roster has after this frame, as the vector says.
    let rosterRows: Int
    private var head = FrameHeader(coding: .snapshot, sections: [], tick: .none, baseline: .none)
    private var firstName: UInt64 = 0
    private var names: [JSON] = []
    private var removed: [JSON] = []
    private var replaced: [Item] = []
    private var differences: [Item] = []
    private var updated: [Item] = []
    private var inReplaced = false
    /// The entity of the last update, until its first difference or field says which list it is in.
    private var pending: EntityID?
    private var host: UInt64 = 0
    private var rows: [JSON] = []
    private var events: [JSON] = []
    private var lost: UInt64 = 0
    private var checksum: UInt32 = 0
    private var stride: UInt64 = 0
    private var heartbeatRows: [JSON] = []

    init(rosterRows: Int) { self.rosterRows = rosterRows }

    /// An entity with what came after it.
    private struct Item {
        var entity: EntityID
        var owner: SeatNumber?
        var differences: [JSON] = []
        var fields: [JSON] = []
    }

    mutating func header(_ header: FrameHeader) throws(WireError) -> Bool {
        self.head = header
        return true
    }
    mutating func name(_ name: Range<Int>, quantum: Double?, at index: NameIndex, _ bytes: Span<UInt8>) throws(WireError) {
        if self.names.isEmpty { self.firstName = UInt64(index.rawValue) }
        self.names.append(["name": Describe.text(name, bytes), "quantum": quantum.map { .float($0) } ?? .null])
    }
    mutating func removed(_ entity: EntityID) throws(WireError) { self.removed.append(.unsigned(UInt64(entity.rawValue))) }
    mutating func replaced(_ entity: EntityID, owner: SeatNumber, fieldCount: Int) throws(WireError) {
        self.inReplaced = true
        self.replaced.append(Item(entity: entity, owner: owner))
    }
    mutating func updated(_ entity: EntityID) throws(WireError) {
        self.endUpdate()
        self.inReplaced = false
        self.pending = entity
    }
    /// An update without anything is one of a merged frame.
    private mutating func endUpdate() {
        if let pending { self.updated.append(Item(entity: pending, owner: nil)) }
        self.pending = nil
    }
    mutating func field(_ name: NameIndex, _ value: ValueView, _ bytes: Span<UInt8>) throws(WireError) {
        let field: JSON = [.unsigned(UInt64(name.rawValue)), Describe.value(value, bytes)]
        if self.inReplaced {
            self.replaced[self.replaced.count - 1].fields.append(field)
        } else {
            self.endUpdate()
            self.updated[self.updated.count - 1].fields.append(field)
        }
    }
    mutating func difference(_ name: NameIndex, _ difference: Int64) throws(WireError) {
        if let pending { self.differences.append(Item(entity: pending, owner: nil)) }
        self.pending = nil
        self.differences[self.differences.count - 1].differences.append([.unsigned(UInt64(name.rawValue)), .signed(difference)])
    }
    mutating func host(_ seat: SeatNumber) throws(WireError) { self.host = UInt64(seat.rawValue) }
    mutating func row(_ row: RosterRow) throws(WireError) {
        self.rows.append([
            "seat": .unsigned(UInt64(row.seat.rawValue)), "state": .unsigned(UInt64(row.state.rawValue)),
            "cause": .unsigned(UInt64(row.cause.rawValue)), "joined": .unsigned(row.joined.rawValue),
        ])
    }
    mutating func event(_ head: EventHead, _ value: ValueView, _ bytes: Span<UInt8>) throws(WireError) {
        self.events.append(Describe.event(head, Describe.value(value, bytes), at: self.head.tick))
    }
    mutating func lost(through tick: Tick) throws(WireError) { self.lost = self.head.tick.rawValue - tick.rawValue }
    mutating func heartbeat(checksum: UInt32, stride: UInt64) throws(WireError) -> Int {
        (self.checksum, self.stride) = (checksum, stride)
        return self.rosterRows
    }
    mutating func heartbeatRow(_ position: Int, rtt: UInt64?, lastUplink: UInt64) throws(WireError) {
        self.heartbeatRows.append(["rtt": .unsigned(rtt.map { $0 + 1 } ?? 0), "lastUplink": .unsigned(lastUplink)])
    }

    // MARK: The description

    /// The frame as the vectors describe it.
    var json: JSON {
        let (sections, coding) = (self.head.sections, self.head.coding)
        var json: JSON = ["kind": "frame", "coding": .string("\(coding)"), "tick": .unsigned(self.head.tick.rawValue)]
        if coding != .snapshot { json = json.adding("age", .unsigned(self.head.tick.rawValue - self.head.baseline.rawValue)) }
        if sections.contains(.names) {
            json = json.adding("names", ["first": .unsigned(self.firstName), "entries": .array(self.names)])
        }
        if sections.contains(.entities) { json = json.adding("entities", self.entities) }
        if sections.contains(.roster) {
            json = json.adding("roster", ["host": .unsigned(self.host), "rows": .array(self.rows)])
        }
        if sections.contains(.events) { json = json.adding("events", .array(self.events)) }
        if sections.contains(.lost) { json = json.adding("lost", .unsigned(self.lost)) }
        if sections.contains(.heartbeat) {
            let (checksum, rows) = (JSON.unsigned(UInt64(self.checksum)), JSON.array(self.heartbeatRows))
            json = json.adding("heartbeat", ["checksum": checksum, "stride": .unsigned(self.stride), "rows": rows])
        }
        return json
    }

    private var entities: JSON {
        let replaced = self.replaced.map { item -> JSON in
            [
                "entity": .unsigned(UInt64(item.entity.rawValue)), "owner": .unsigned(UInt64(item.owner?.rawValue ?? 0)),
                "fields": .array(item.fields),
            ]
        }
        let differences = self.differences.map { item -> JSON in
            ["entity": .unsigned(UInt64(item.entity.rawValue)), "differences": .array(item.differences)]
        }
        var updated = self.updated.map { item -> JSON in
            ["entity": .unsigned(UInt64(item.entity.rawValue)), "fields": .array(item.fields)]
        }
        if let pending { updated.append(["entity": .unsigned(UInt64(pending.rawValue)), "fields": []]) }
        let changed: JSON = ["removed": .array(self.removed), "replaced": .array(replaced)]
        guard self.head.coding == .delta else { return changed.adding("updated", .array(updated)) }
        return changed.adding("differences", .array(differences)).adding("updated", .array(updated))
    }
}
