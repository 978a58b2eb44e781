import RelayWire

/// A client's copy of a room, written from SPEC section 6 alone.
struct Replica {
    struct Name: Equatable {
        var text: String
        var quantum: Double?
    }
    struct Entity: Equatable {
        var owner: SeatNumber
        var fields: [Int: Value] = [:]
    }
    struct Row: Equatable {
        var state: SeatState
        var cause: LagCause
        var joined: UInt64
    }
    struct Event: Equatable {
        var number: UInt64
        var tick: UInt64
        var sender: SeatNumber
        var audience: UInt8
        var name: String
        var value: Value
    }
    /// The first fields of a frame.
    struct Head: Equatable {
        var coding: UInt8
        var flags: UInt8
        var tick: UInt64
        var baseline: UInt64
        var isHeartbeat: Bool { self.flags & 4 != 0 }
    }

    var tick: UInt64 = 0
    /// The newest tick whose events were delivered: SPEC section 10.
    var cursor: UInt64 = 0
    var names: [Name] = []
    var entities: [EntityID: Entity] = [:]
    var roster: [SeatNumber: Row] = [:]
    var host = SeatNumber.room
    var events: [Event] = []
    /// Gaps reported: events up to these ticks may be missing.
    var gaps: [UInt64] = []
    var privateGaps: [UInt64] = []
    var results: [OperationResult] = []
    var lastUplink: UInt64 = 0
    var heartbeatRows: [(seat: SeatNumber, rtt: UInt64, lastUplink: UInt64)] = []
    var heartbeats = 0
    var stride: UInt64 = 0

    var checksum: UInt32 { SpecChecksum.sum(names: self.names, entities: self.entities) }

    /// Reads a frame's first fields.
    static func head(_ message: [UInt8]) throws -> Head {
        var reader = ByteReader(message)
        return try self.head(&reader)
    }

    private static func head(_ reader: inout ByteReader) throws -> Head {
        guard try reader.u8() == 0x82 else { throw Nonsense("not a frame") }
        let flags = try reader.u8()
        let tick = try reader.varint()
        if flags & 3 == 3 { return Head(coding: 0, flags: flags, tick: tick, baseline: tick - 1) }
        var baseline: UInt64 = 0
        if flags & 3 != 2 {
            let age = try reader.varint()
            guard age > (flags & 3 == 0 ? 1 : 0), age <= tick else { throw Nonsense("age") }
            baseline = tick - age
        }
        return Head(coding: flags & 3, flags: flags, tick: tick, baseline: baseline)
    }

    /// Applies a frame with its private message; throws where the spec has the client send `resync`.
    mutating func apply(private own: [UInt8]?, frame: [UInt8]) throws {
        var reader = ByteReader(frame)
        let head = try Self.head(&reader)
        guard head.coding == 2 || (head.baseline <= self.tick && self.tick < head.tick) else {
            throw Nonsense("baseline \(head.baseline) does not fit replica at \(self.tick)")
        }
        if head.coding == 2 { (self.names, self.entities, self.roster) = ([], [:], [:]) }
        if head.flags & 8 != 0 { try self.applyNames(&reader, head) }
        if head.flags & 16 != 0 { try self.applyEntities(&reader, head) }
        if head.flags & 32 != 0 { try self.applyRoster(&reader) }
        let events = head.flags & 64 != 0 ? try self.readEvents(&reader, head.tick) : []
        if head.flags & 128 != 0 { self.report(lost: head.tick - (try reader.varint()), to: \.gaps) }
        let fresh = try self.readPrivate(own, head.tick) + events
        self.events += fresh.filter { $0.tick > self.cursor }.sorted { $0.number < $1.number }
        if head.isHeartbeat { try self.applyHeartbeat(&reader) }
        try reader.end()
        (self.tick, self.cursor) = (head.tick, head.tick)
    }

    private mutating func report(lost tick: UInt64, to gaps: WritableKeyPath<Replica, [UInt64]>) {
        if tick > self.cursor { self[keyPath: gaps].append(tick) }
    }

    private mutating func applyNames(_ reader: inout ByteReader, _ head: Head) throws {
        let first = try reader.name()
        let count = try reader.name()
        guard count > 0, first <= self.names.count else { throw Nonsense("names") }
        for index in first..<first + count {
            let text = try reader.string()
            let name = Name(text: text, quantum: try reader.u8() == 1 ? try reader.double() : nil)
            if index < self.names.count {
                guard self.names[index] == name else { throw Nonsense("a name changed") }
            } else {
                self.names.append(name)
            }
        }
    }

    private mutating func applyEntities(_ reader: inout ByteReader, _ head: Head) throws {
        let lists = head.coding == 0 ? try reader.varint() : 7
        guard lists > 0 else { throw Nonsense("an empty section") }
        if lists & 1 != 0 { try self.applyRemoved(&reader, head) }
        if lists & 2 != 0 { try self.applyReplaced(&reader, head) }
        if head.coding == 0, lists / 8 > 0 { try self.applyPacked(&reader, lists / 8) }
        if lists & 4 != 0 { try self.applyUpdated(&reader, head) }
    }

    /// Reads a list's count. In a difference a list that is present must not be empty.
    private func count(_ reader: inout ByteReader, _ head: Head) throws -> UInt64 {
        let count = try reader.varint()
        guard count > 0 || head.coding != 0 else { throw Nonsense("an empty list") }
        return count
    }

    private mutating func applyRemoved(_ reader: inout ByteReader, _ head: Head) throws {
        for _ in 0..<(try self.count(&reader, head)) {
            let known = self.entities.removeValue(forKey: try reader.entity()) != nil
            guard known || head.coding == 1 else { throw Nonsense("removal of what is not there") }
        }
    }

    private mutating func applyReplaced(_ reader: inout ByteReader, _ head: Head) throws {
        for _ in 0..<(try self.count(&reader, head)) {
            let id = try reader.entity()
            var entity = Entity(owner: try reader.seat())
            try self.readFields(&reader, into: &entity)
            self.entities[id] = entity
        }
    }

    private mutating func applyUpdated(_ reader: inout ByteReader, _ head: Head) throws {
        for _ in 0..<(try self.count(&reader, head)) {
            let id = try reader.entity()
            guard var entity = self.entities[id] else { throw Nonsense("update of unknown \(id)") }
            try self.readFields(&reader, into: &entity)
            self.entities[id] = entity
        }
    }

    private mutating func applyPacked(_ reader: inout ByteReader, _ count: UInt64) throws {
        var packed = try PackedReader(&reader)
        for _ in 0..<count {
            let (id, differences) = try packed.update()
            guard var entity = self.entities[id] else { throw Nonsense("differences of unknown \(id)") }
            for (name, difference) in differences { try Self.add(difference, to: &entity.fields[name]) }
            self.entities[id] = entity
        }
        try packed.end()
        reader = packed.rest
    }

    private static func add(_ difference: Int64, to field: inout Value?) throws {
        switch field {
        case .integer(let number): field = .integer(number &+ difference)
        case .quantised(let steps): field = .quantised(steps: steps &+ difference)
        default: throw Nonsense("difference to something else")
        }
    }

    private func readFields(_ reader: inout ByteReader, into entity: inout Entity) throws {
        for _ in 0..<(try reader.varint()) {
            let name = try reader.name()
            guard name < self.names.count else { throw Nonsense("unknown name") }
            entity.fields[name] = try reader.value()
        }
    }

    private mutating func applyRoster(_ reader: inout ByteReader) throws {
        self.host = try reader.seat()
        for _ in 0..<(try reader.varint()) {
            let seat = try reader.seat()
            guard (1...1023).contains(seat.rawValue) else { throw Nonsense("a row of seat \(seat)") }
            guard let state = SeatState(rawValue: try reader.u8()), let cause = LagCause(rawValue: try reader.u8())
            else { throw Nonsense("row") }
            let row = Row(state: state, cause: cause, joined: try reader.varint())
            self.roster[seat] = state == .left ? nil : row
        }
    }

    private func readEvents(_ reader: inout ByteReader, _ tick: UInt64) throws -> [Event] {
        var events: [Event] = []
        for _ in 0..<(try reader.varint()) {
            let event = try self.readEvent(&reader, tick, after: events.last?.number ?? 0)
            guard event.audience < 2, event.tick >= events.last?.tick ?? 0 else { throw Nonsense("event") }
            events.append(event)
        }
        return events
    }

    private func readEvent(_ reader: inout ByteReader, _ tick: UInt64, after number: UInt64) throws -> Event {
        let step = try reader.varint()
        let age = try reader.varint()
        guard step > 0, age <= tick else { throw Nonsense("event number or age") }
        let sender = try reader.seat()
        let audience = try reader.u8()
        let name = try reader.name()
        guard name < self.names.count else { throw Nonsense("unknown event name") }
        return Event(
            number: number + step, tick: tick - age, sender: sender, audience: audience, name: self.names[name].text,
            value: try reader.value()
        )
    }

    private mutating func readPrivate(_ own: [UInt8]?, _ tick: UInt64) throws -> [Event] {
        guard let own else { return [] }
        var reader = ByteReader(own)
        guard try reader.u8() == 0x83 else { throw Nonsense("not private") }
        let flags = try reader.u8()
        guard flags < 8, try reader.varint() == tick else { throw Nonsense("private head") }
        self.lastUplink = try reader.varint()
        if flags & 1 != 0 {
            for _ in 0..<(try reader.varint()) {
                let (uplink, operation) = (try reader.varint(), UInt8(try reader.varint()))
                guard let code = ResultCode(rawValue: try reader.u8()) else { throw Nonsense("code") }
                self.results.append(OperationResult(uplink: uplink, operation: operation, code: code))
            }
        }
        var events: [Event] = []
        if flags & 2 != 0 { for _ in 0..<(try reader.varint()) { events.append(try self.readEvent(&reader, tick, after: 0)) } }
        guard events.allSatisfy({ $0.audience > 1 }) else { throw Nonsense("public event in private") }
        if flags & 4 != 0 { self.report(lost: tick - (try reader.varint()), to: \.privateGaps) }
        try reader.end()
        return events
    }

    private mutating func applyHeartbeat(_ reader: inout ByteReader) throws {
        let expected = UInt32(try reader.little(4))
        guard expected == self.checksum else { throw Nonsense("checksum differs") }
        self.stride = try reader.varint()
        guard (1...4).contains(self.stride) else { throw Nonsense("stride") }
        self.heartbeats += 1
        self.heartbeatRows = []
        for seat in self.roster.keys.sorted() { self.heartbeatRows.append((seat, try reader.varint(), try reader.varint())) }
    }
}
