import RelayWire

/// Random messages of the relay.
extension RandomMessages {
    mutating func welcome() -> Welcome {
        let longest: UInt64 = 1 << 40
        return Welcome(
            resumed: self.chance(2), uplinkGap: self.chance(2), instance: RoomInstance(high: self.next(), low: self.next()),
            epoch: self.number(in: 1...safe), seat: self.seat(1...2047), generation: self.number(in: 1...safe), tick: self.tick(),
            rate: self.number(in: 1...240), stride: self.number(in: WireLimits.strides), lastUplink: self.number(in: 0...safe),
            cause: self.pick(LagCause.allCases),
            timing: .init(
                maximumAckDelay: self.number(in: 1...longest), heartbeatInterval: self.number(in: 1...longest),
                stallAfter: self.number(in: 1...longest), graceWindow: self.number(in: 0...longest),
                seatHold: self.number(in: 0...longest), giveUpAfter: self.number(in: 1...longest)
            ),
            uplinkBytes: self.number(in: 1...safe), uplinkRate: self.number(in: 1...safe), uplinkBurst: self.number(in: 1...safe),
            roomWrites: self.pick(RoomWrites.allCases), departure: self.pick(DeparturePolicy.allCases),
            token: self.bytes(1...128),
            room: self.chance(2) ? self.string(1...64) : nil
        )
    }

    mutating func eventHead(_ number: UInt64, at tick: Tick, _ audiences: [Audience]) -> EventHead {
        EventHead(
            number: number, tick: Tick(rawValue: self.number(in: 0...tick.rawValue)), sender: self.seat(0...2047),
            audience: self.pick(audiences), name: self.nameIndex()
        )
    }

    mutating func privateMessage() -> PrivateMessage {
        let tick = self.tick()
        var message = PrivateMessage(tick: tick, lastUplink: self.number(in: 0...safe))
        message.results = (0..<self.below(4)).map { _ in
            OperationResult(
                uplink: self.number(in: 1...safe), operation: UInt8(self.below(64)), code: self.pick(ResultCode.allCases))
        }
        message.events = (0..<self.below(4)).map { _ in
            .init(head: self.eventHead(self.number(in: 1...safe), at: tick, [.host, .seats]), value: self.value())
        }
        if self.chance(2) { message.lostThrough = Tick(rawValue: self.number(in: 0...tick.rawValue)) }
        return message
    }

    // MARK: Frames

    mutating func frame() -> (bytes: [UInt8], rosterRows: Int, description: JSON) {
        let coding = self.pick(Coding.allCases)
        let sections = FrameSections(rawValue: UInt8(self.below(64)) << 2)
        let tick = self.tick()
        let age = coding == .snapshot ? 0 : self.number(in: 1...tick.rawValue)
        let rows = Int(self.below(4))
        var json: JSON = ["kind": "frame", "coding": .string("\(coding)"), "tick": .unsigned(tick.rawValue)]
        if coding != .snapshot { json = json.adding("age", .unsigned(age)) }
        let bytes = wire {
            let baseline = Tick(rawValue: tick.rawValue - age)
            $0.frameHeader(FrameHeader(coding: coding, sections: sections, tick: tick, baseline: baseline))
            if sections.contains(.names) { json = json.adding("names", self.names(coding, &$0)) }
            if sections.contains(.entities) { json = json.adding("entities", self.entities(coding, &$0)) }
            if sections.contains(.roster) { json = json.adding("roster", self.roster(&$0)) }
            if sections.contains(.events) { json = json.adding("events", self.events(tick, &$0)) }
            if sections.contains(.lost) {
                let age = self.number(in: 0...tick.rawValue)
                $0.varint(age)
                json = json.adding("lost", .unsigned(age))
            }
            if sections.contains(.heartbeat) { json = json.adding("heartbeat", self.heartbeat(rows, &$0)) }
        }
        return (bytes, rows, json)
    }

    private mutating func names(_ coding: Coding, _ writer: inout WireWriter) -> JSON {
        let count = 1 + self.below(4)
        let first = coding == .snapshot ? 0 : self.number(in: 0...1024 - count)
        writer.varint(first)
        writer.varint(count)
        let entries = (0..<count).map { _ -> JSON in
            let name = self.string(1...64)
            let quantum = self.chance(2) ? Double(bitPattern: 1 + self.below(Double.infinity.bitPattern - 1)) : nil
            writer.nameEntry(name, quantum: quantum)
            return ["name": .string(name), "quantum": quantum.map { .float($0) } ?? .null]
        }
        return ["first": .unsigned(first), "entries": .array(entries)]
    }

    private mutating func fields(_ count: UInt64, _ writer: inout WireWriter) -> JSON {
        .array(
            (0..<count).map { _ in
                let (name, value) = (self.nameIndex(), self.value())
                writer.indexedField(name, stored(value))
                return [.unsigned(UInt64(name.rawValue)), Describe.value(value)]
            })
    }

    private mutating func entities(_ coding: Coding, _ writer: inout WireWriter) -> JSON {
        let removed = coding == .snapshot ? [] : (0..<self.below(4)).map { _ in self.entity() }
        let replacedCount = self.below(4)
        let updatedCount = coding == .snapshot ? 0 : self.below(4)
        let isDifference = coding == .delta
        var packer = DifferencePacker()
        let differences = isDifference ? self.differences(removed.isEmpty && replacedCount + updatedCount == 0, &packer) : []
        if isDifference {
            var lists: DifferenceLists = []
            if !removed.isEmpty { lists.insert(.removed) }
            if replacedCount > 0 { lists.insert(.replaced) }
            if updatedCount > 0 { lists.insert(.absolute) }
            writer.differenceHead(lists, packed: packer.count)
        }
        if !isDifference || !removed.isEmpty { writer.varint(removed.count) }
        for entity in removed { writer.entity(entity) }
        if !isDifference || replacedCount > 0 { writer.varint(replacedCount) }
        let replaced = (0..<replacedCount).map { _ in self.replaced(&writer) }
        if packer.count > 0 { packer.write(into: &writer) }
        if !isDifference || updatedCount > 0 { writer.varint(updatedCount) }
        let updated = (0..<updatedCount).map { _ in self.absolute(leastFields: isDifference ? 1 : 0, &writer) }
        let json: JSON = ["removed": .array(removed.map { .unsigned(UInt64($0.rawValue)) }), "replaced": .array(replaced)]
        return (isDifference ? json.adding("differences", .array(differences)) : json).adding("updated", .array(updated))
    }

    private mutating func replaced(_ writer: inout WireWriter) -> JSON {
        let (entity, owner, count) = (self.entity(), self.seat(0...1023), self.below(5))
        writer.replaced(entity, owner: owner, fieldCount: Int(count))
        let json: JSON = ["entity": .unsigned(UInt64(entity.rawValue)), "owner": .unsigned(UInt64(owner.rawValue))]
        return json.adding("fields", self.fields(count, &writer))
    }

    private mutating func absolute(leastFields: UInt64, _ writer: inout WireWriter) -> JSON {
        let (entity, count) = (self.entity(), leastFields + self.below(5))
        writer.absoluteUpdate(entity, fieldCount: Int(count))
        return ["entity": .unsigned(UInt64(entity.rawValue)), "fields": self.fields(count, &writer)]
    }

    /// Fills the packer in random order; the description ascends. Not empty if there must be something.
    private mutating func differences(_ needed: Bool, _ packer: inout DifferencePacker) -> [JSON] {
        var ids: [UInt32] = []
        for _ in 0..<(self.below(6) + (needed ? 1 : 0)) {
            let id = self.packedEntity()
            if !ids.contains(id) { ids.append(id) }
        }
        // Fields that most entities share, each with numbers of a size of its own.
        let columns = self.next() & self.next() & self.next() & (1 << 56 - 1) | 1 << self.below(56)
        var items: [UInt32: JSON] = [:]
        for id in ids {
            let own = columns & (self.chance(2) ? .max : self.next())
            let names = own == 0 ? columns : own
            packer.update(EntityID(rawValue: id))
            let differences = (0..<56).filter { names >> UInt64($0) & 1 == 1 }.map { name -> JSON in
                let difference = Int64(bitPattern: self.next()) >> Int64(self.chance(4) ? self.below(64) : 63 - UInt64(name))
                packer.difference(NameIndex(rawValue: UInt16(name)), difference)
                return [.unsigned(UInt64(name)), .signed(difference)]
            }
            items[id] = ["entity": .unsigned(UInt64(id)), "differences": .array(differences)]
        }
        return items.keys.sorted().compactMap { items[$0] }
    }

    /// Small ones are likely, so that neighbours occur.
    private mutating func packedEntity() -> UInt32 { self.chance(2) ? UInt32(self.below(6)) : self.entity().rawValue }

    private mutating func roster(_ writer: inout WireWriter) -> JSON {
        let (host, count) = (self.seat(0...1023), self.below(4))
        writer.seat(host)
        writer.varint(count)
        let rows = (0..<count).map { _ -> JSON in
            let row = RosterRow(
                seat: self.seat(1...1023), state: self.pick(SeatState.allCases), cause: self.pick(LagCause.allCases),
                joined: self.tick()
            )
            writer.rosterRow(row)
            return [
                "seat": .unsigned(UInt64(row.seat.rawValue)), "state": .unsigned(UInt64(row.state.rawValue)),
                "cause": .unsigned(UInt64(row.cause.rawValue)), "joined": .unsigned(row.joined.rawValue),
            ]
        }
        return ["host": .unsigned(UInt64(host.rawValue)), "rows": .array(rows)]
    }

    private mutating func events(_ tick: Tick, _ writer: inout WireWriter) -> JSON {
        let count = 1 + self.below(3)
        writer.varint(count)
        var previous: UInt64 = 0
        return .array(
            (0..<count).map { _ in
                let head = self.eventHead(previous + self.number(in: 1...safe / 4), at: tick, [.all, .others])
                let value = self.value()
                writer.event(head, at: tick, after: previous, stored(value))
                previous = head.number
                return Describe.event(head, Describe.value(value), at: tick)
            })
    }

    private mutating func heartbeat(_ count: Int, _ writer: inout WireWriter) -> JSON {
        let checksum = UInt32(self.below(1 << 32))
        let stride = self.number(in: WireLimits.strides)
        writer.heartbeat(checksum: checksum, stride: stride)
        let rows = (0..<count).map { _ -> JSON in
            let milliseconds = self.chance(3) ? nil : self.below(65_536)
            let lastUplink = self.number(in: 0...safe)
            writer.heartbeatRow(rtt: milliseconds.map { $0 * 1000 }, lastUplink: lastUplink)
            return ["rtt": .unsigned(milliseconds.map { $0 + 1 } ?? 0), "lastUplink": .unsigned(lastUplink)]
        }
        return ["checksum": .unsigned(UInt64(checksum)), "stride": .unsigned(stride), "rows": .array(rows)]
    }
}
