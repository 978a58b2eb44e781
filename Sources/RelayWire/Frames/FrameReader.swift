extension WireCursor {
    /// Reads a shared frame, after its kind byte, to the end of the message.
    @inlinable
    package mutating func frame<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, into visitor: inout Visitor
    ) throws(WireError) {
        let header = try self.frameHeader(bytes)
        guard try visitor.header(header) else { return }
        if header.sections.contains(.names) { try self.names(bytes, header, &visitor) }
        if header.sections.contains(.entities) { try self.entities(bytes, header.coding, &visitor) }
        if header.sections.contains(.roster) { try self.roster(bytes, &visitor) }
        if header.sections.contains(.events) { try self.events(bytes, header.tick, &visitor) }
        if header.sections.contains(.lost) { try visitor.lost(through: try self.pastTick(bytes, header.tick)) }
        if header.sections.contains(.heartbeat) {
            let checksum = try self.fixed(UInt32.self, bytes)
            let count = try visitor.heartbeat(checksum: checksum, stride: try self.varint(bytes, in: WireLimits.strides, .stride))
            for position in 0..<count {
                let rtt = try self.varint(bytes, in: 0...65_536, .duration)
                let lastUplink = try self.varint(bytes, in: 0...WireLimits.safeInteger, .uplinkNumber)
                try visitor.heartbeatRow(position, rtt: rtt == 0 ? nil : rtt - 1, lastUplink: lastUplink)
            }
        }
        try self.end(bytes)
    }

    /// Flags, tick and age.
    @inlinable
    package mutating func frameHeader(_ bytes: Span<UInt8>) throws(WireError) -> FrameHeader {
        let flags = try self.u8(bytes)
        // A difference to the tick before has its own coding bits and carries no age.
        let isNext = flags & 3 == FrameHeader.nextTickCoding
        let coding = Coding(rawValue: flags & 3) ?? .delta
        let tick = try self.tick(bytes)
        var baseline = Tick.none
        if isNext {
            baseline = Tick(rawValue: tick.rawValue - 1)
        } else if coding != .snapshot {
            let age = try self.varint(bytes)
            guard age >= (coding == .delta ? 2 : 1), age <= tick.rawValue else { throw .outOfRange(.age, age) }
            baseline = Tick(rawValue: tick.rawValue - age)
        }
        return FrameHeader(coding: coding, sections: FrameSections(rawValue: flags & ~3), tick: tick, baseline: baseline)
    }

    /// Reads an age and returns the tick it stands for.
    @usableFromInline
    mutating func pastTick(_ bytes: Span<UInt8>, _ tick: Tick) throws(WireError) -> Tick {
        Tick(rawValue: tick.rawValue - (try self.varint(bytes, in: 0...tick.rawValue, .age)))
    }

    @inlinable
    mutating func names<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, _ header: FrameHeader, _ visitor: inout Visitor
    ) throws(WireError) {
        let bound = UInt64(WireLimits.names)
        let first = try self.varint(bytes, in: 0...(header.coding == .snapshot ? 0 : bound - 1), .nameIndex)
        let count = try self.varint(bytes, in: 1...bound - first, .count)
        for index in first..<first + count {
            let name = try self.stringRange(bytes, count: WireLimits.nameBytes, .name)
            let quantised = try self.u8(bytes)
            guard quantised <= 1 else { throw .reservedBits(quantised) }
            let quantum = quantised == 1 ? try self.f64(bytes) : nil
            if let quantum, quantum <= 0 { throw .outOfRange(.quantum, quantum.bitPattern) }
            try visitor.name(name, quantum: quantum, at: NameIndex(rawValue: UInt16(index)), bytes)
        }
    }

    @inlinable
    mutating func entities<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, _ coding: Coding, _ visitor: inout Visitor
    ) throws(WireError) {
        guard coding != .delta else { return try self.differenceEntities(bytes, &visitor) }
        let inDelta: UInt64 = coding == .snapshot ? 0 : Self.maximumEntities
        try self.removed(bytes, in: 0...inDelta, &visitor)
        try self.replaced(bytes, in: 0...Self.maximumEntities, &visitor)
        try self.absoluteUpdates(bytes, in: 0...inDelta, leastFields: 0, &visitor)
    }

    /// The maximum count of a list of entities.
    @usableFromInline static var maximumEntities: UInt64 { UInt64(EntityID.maximum.rawValue) }

    @inlinable
    mutating func differenceEntities<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, _ visitor: inout Visitor
    ) throws(WireError) {
        let head = try self.varint(bytes)
        let lists = DifferenceLists(rawValue: UInt8(truncatingIfNeeded: head & (1 << DifferenceLists.bits - 1)))
        let count = head >> DifferenceLists.bits
        guard head != 0, count <= Self.maximumEntities else { throw .outOfRange(.count, count) }
        if lists.contains(.removed) { try self.removed(bytes, in: 1...Self.maximumEntities, &visitor) }
        if lists.contains(.replaced) { try self.replaced(bytes, in: 1...Self.maximumEntities, &visitor) }
        if count > 0 { try self.packedDifferences(bytes, count: count, &visitor) }
        if lists.contains(.absolute) {
            try self.absoluteUpdates(bytes, in: 1...Self.maximumEntities, leastFields: 1, &visitor)
        }
    }

    @inlinable
    mutating func removed<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, in range: ClosedRange<UInt64>, _ visitor: inout Visitor
    ) throws(WireError) {
        for _ in 0..<(try self.varint(bytes, in: range, .count)) { try visitor.removed(try self.entity(bytes)) }
    }

    @inlinable
    mutating func replaced<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, in range: ClosedRange<UInt64>, _ visitor: inout Visitor
    ) throws(WireError) {
        for _ in 0..<(try self.varint(bytes, in: range, .count)) {
            let entity = try self.entity(bytes)
            let owner = try self.seat(bytes, in: 0...1023)
            let count = try self.count(bytes, in: 0...UInt64(WireLimits.names), .fieldCount)
            try visitor.replaced(entity, owner: owner, fieldCount: count)
            try self.indexedFields(bytes, count, &visitor)
        }
    }

    @inlinable
    mutating func absoluteUpdates<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, in range: ClosedRange<UInt64>, leastFields: UInt64, _ visitor: inout Visitor
    ) throws(WireError) {
        for _ in 0..<(try self.varint(bytes, in: range, .count)) {
            try visitor.updated(try self.entity(bytes))
            let count = try self.count(bytes, in: leastFields...UInt64(WireLimits.names), .fieldCount)
            try self.indexedFields(bytes, count, &visitor)
        }
    }

    @inlinable
    mutating func indexedFields<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, _ count: Int, _ visitor: inout Visitor
    ) throws(WireError) {
        for _ in 0..<count {
            let name = try self.nameIndex(bytes)
            try visitor.field(name, try self.value(bytes), bytes)
        }
    }

    @inlinable
    mutating func roster<Visitor: FrameVisitor>(_ bytes: Span<UInt8>, _ visitor: inout Visitor) throws(WireError) {
        try visitor.host(try self.seat(bytes, in: 0...1023))
        for _ in 0..<(try self.varint(bytes, in: 0...1023, .count)) { try visitor.row(try self.rosterRow(bytes)) }
    }

    @usableFromInline
    mutating func rosterRow(_ bytes: Span<UInt8>) throws(WireError) -> RosterRow {
        let seat = try self.seat(bytes, in: 1...1023)
        let state: SeatState = try self.choice(bytes, .state)
        let cause: LagCause = try self.choice(bytes, .cause)
        return RosterRow(seat: seat, state: state, cause: cause, joined: try self.tick(bytes))
    }

    @inlinable
    mutating func events<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, _ tick: Tick, _ visitor: inout Visitor
    ) throws(WireError) {
        var previous: UInt64 = 0
        for _ in 0..<(try self.varint(bytes, in: 1...WireLimits.safeInteger, .count)) {
            let head = try self.eventHead(bytes, at: tick, after: previous)
            guard head.audience == .all || head.audience == .others else {
                throw .outOfRange(.audience, UInt64(head.audience.rawValue))
            }
            previous = head.number
            try visitor.event(head, try self.value(bytes), bytes)
        }
    }

    /// The head of an event; its value follows.
    @inlinable
    package mutating func eventHead(
        _ bytes: Span<UInt8>, at tick: Tick, after previous: UInt64
    ) throws(WireError) -> EventHead {
        let step = try self.varint(bytes, in: 1...WireLimits.safeInteger, .count)
        guard step <= WireLimits.safeInteger - min(previous, WireLimits.safeInteger) else { throw .outOfRange(.count, step) }
        let eventTick = try self.pastTick(bytes, tick)
        let sender = try self.seat(bytes)
        let raw = try self.u8(bytes)
        guard let audience = Audience(rawValue: raw) else { throw .outOfRange(.audience, UInt64(raw)) }
        let name = try self.nameIndex(bytes)
        return EventHead(number: previous + step, tick: eventTick, sender: sender, audience: audience, name: name)
    }
}
