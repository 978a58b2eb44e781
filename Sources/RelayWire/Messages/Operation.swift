/// A name in an uplink: spelled out if the relay has not given it an index yet, else that index.
@usableFromInline package enum NameReference: Hashable, Sendable {
    case inline(Range<Int>)
    case index(NameIndex)
}

/// One operation of an uplink, decoded and checked but not copied. Ranges point into the message.
@usableFromInline package enum Operation: Sendable {
    /// `fieldCount` fields follow, read with ``WireCursor/field(_:names:)``.
    case set(EntityID, fieldCount: Int)
    case remove(EntityID)
    /// For audience seats, `seats` is the range of `seatCount` encoded seat numbers; else it is empty.
    case event(NameReference, Audience, seats: Range<Int>, seatCount: Int, ValueView)
    case compareAndSet(EntityID, NameReference, expected: ValueView, new: ValueView)

    /// The operation bytes.
    @usableFromInline package enum Code: UInt8, Sendable, CaseIterable {
        case set = 1
        case remove = 2
        case event = 3
        case compareAndSet = 4
    }
}

extension WireCursor {
    /// A name reference. An index must be below `names`, the number of names in the relay's table.
    @usableFromInline
    package mutating func nameReference(_ bytes: Span<UInt8>, names: Int) throws(WireError) -> NameReference {
        let reference = try self.varint(bytes)
        guard reference > 0 else { return .inline(try self.stringRange(bytes, count: WireLimits.nameBytes, .name)) }
        guard reference <= UInt64(names) else { throw .outOfRange(.nameIndex, reference - 1) }
        return .index(NameIndex(rawValue: UInt16(reference - 1)))
    }

    /// The head of one operation.
    @usableFromInline
    package mutating func operation(_ bytes: Span<UInt8>, names: Int) throws(WireError) -> Operation {
        let raw = try self.u8(bytes)
        guard let code = Operation.Code(rawValue: raw) else { throw .outOfRange(.operation, UInt64(raw)) }
        switch code {
        case .set:
            let entity = try self.entity(bytes)
            return .set(entity, fieldCount: try self.count(bytes, in: 0...UInt64(WireLimits.listCount), .fieldCount))
        case .remove: return .remove(try self.entity(bytes))
        case .event: return try self.event(bytes, names: names)
        case .compareAndSet:
            let entity = try self.entity(bytes)
            let name = try self.nameReference(bytes, names: names)
            let expected = try self.value(bytes)
            return .compareAndSet(entity, name, expected: expected, new: try self.value(bytes))
        }
    }

    private mutating func event(_ bytes: Span<UInt8>, names: Int) throws(WireError) -> Operation {
        let name = try self.nameReference(bytes, names: names)
        let raw = try self.u8(bytes)
        guard let audience = Audience(rawValue: raw) else { throw .outOfRange(.audience, UInt64(raw)) }
        var seatCount = 0
        var seats = self.offset..<self.offset
        if audience == .seats {
            seatCount = try self.count(bytes, in: 1...UInt64(WireLimits.listCount), .seatCount)
            let start = self.offset
            for _ in 0..<seatCount { _ = try self.seat(bytes, in: 1...2047) }
            seats = start..<self.offset
        }
        return .event(name, audience, seats: seats, seatCount: seatCount, try self.value(bytes))
    }

    /// One field of a set.
    @usableFromInline
    package mutating func field(_ bytes: Span<UInt8>, names: Int) throws(WireError) -> (NameReference, ValueView) {
        let name = try self.nameReference(bytes, names: names)
        return (name, try self.value(bytes))
    }

    /// Reads all operations of an uplink to the end of the message. Decoding them again while applying them cannot throw then.
    @usableFromInline
    package static func checkOperations(
        _ bytes: Span<UInt8>, from offset: Int, count: Int, names: Int
    ) throws(WireError) {
        var cursor = WireCursor(offset: offset)
        for _ in 0..<count {
            if case .set(_, let fieldCount) = try cursor.operation(bytes, names: names) {
                for _ in 0..<fieldCount { _ = try cursor.field(bytes, names: names) }
            }
        }
        try cursor.end(bytes)
    }
}

/// A name as a client writes it: by index as soon as the relay has given it one.
@usableFromInline package enum OutgoingName: Hashable, Sendable {
    case inline(String)
    case index(NameIndex)
}

extension WireWriter {
    /// Appends a name reference.
    @usableFromInline
    package mutating func nameReference(_ name: OutgoingName) {
        switch name {
        case .inline(let string):
            self.varint(0)
            self.string(string)
        case .index(let index): self.varint(UInt64(index.rawValue) + 1)
        }
    }

    /// Appends the head of a set; `fieldCount` times ``field(_:_:)`` follow.
    @usableFromInline
    package mutating func set(_ entity: EntityID, fieldCount: Int) {
        self.u8(Operation.Code.set.rawValue)
        self.entity(entity)
        self.varint(fieldCount)
    }

    /// Appends one field of a set.
    @usableFromInline
    package mutating func field(_ name: OutgoingName, _ value: StoredValue) {
        self.nameReference(name)
        self.value(value)
    }

    /// Appends a remove.
    @usableFromInline
    package mutating func remove(_ entity: EntityID) {
        self.u8(Operation.Code.remove.rawValue)
        self.entity(entity)
    }

    /// Appends an event. `seats` is used for audience seats only, and must then have 1…64 entries.
    @usableFromInline
    package mutating func event(_ name: OutgoingName, _ audience: Audience, seats: [SeatNumber] = [], _ value: StoredValue) {
        self.u8(Operation.Code.event.rawValue)
        self.nameReference(name)
        self.u8(audience.rawValue)
        if audience == .seats {
            precondition((1...WireLimits.listCount).contains(seats.count))
            self.varint(seats.count)
            for seat in seats { self.seat(seat) }
        }
        self.value(value)
    }

    /// Appends a compare and set.
    @usableFromInline
    package mutating func compareAndSet(_ entity: EntityID, _ name: OutgoingName, expected: StoredValue, new: StoredValue) {
        self.u8(Operation.Code.compareAndSet.rawValue)
        self.entity(entity)
        self.nameReference(name)
        self.value(expected)
        self.value(new)
    }
}
