/// A name in an uplink: spelled out if the relay has not given it an index yet, else that index.
package enum NameReference: Hashable, Sendable {
    case inline(Range<Int>)
    case index(NameIndex)
}

/// One operation of an uplink, decoded and checked but not copied. Ranges point into the message.
package enum Operation: Sendable {
    /// Its fields are the next `fieldCount` of ``OperationList/fields``.
    case set(EntityID, fieldCount: Int)
    case remove(EntityID)
    /// For audience seats, `seats` is a range of ``OperationList/seats``; else it is empty.
    case event(NameReference, Audience, seats: Range<Int>, ValueView)
    case compareAndSet(EntityID, NameReference, expected: ValueView, new: ValueView)

    /// The operation bytes.
    package enum Code: UInt8, Sendable, CaseIterable {
        case set = 1
        case remove = 2
        case event = 3
        case compareAndSet = 4
    }
}

/// A field of a set.
package struct OperationField: Sendable {
    package var name: NameReference
    package var value: ValueView
    package init(name: NameReference, value: ValueView) { (self.name, self.value) = (name, value) }
}

/// The operations of uplinks, one after the other, with what their heads have no place for. Kept to reuse its memory.
package struct OperationList: Sendable {
    package private(set) var operations: [Operation] = []
    /// The fields of all sets, in order.
    package private(set) var fields: [OperationField] = []
    /// The seats that events name.
    package private(set) var seats: [SeatNumber] = []

    package init() {}

    /// The operations of one uplink: see ``read(_:from:count:names:)``.
    package init(_ bytes: Span<UInt8>, from offset: Int, count: Int, names: Int) throws(WireError) {
        try self.read(bytes, from: offset, count: count, names: names)
    }

    /// Bytes of memory that it keeps.
    package var capacity: Int {
        self.operations.capacity * MemoryLayout<Operation>.stride + self.fields.capacity * MemoryLayout<OperationField>.stride
            + self.seats.capacity * MemoryLayout<SeatNumber>.stride
    }

    package mutating func removeAll() {
        self.operations.removeAll(keepingCapacity: true)
        self.fields.removeAll(keepingCapacity: true)
        self.seats.removeAll(keepingCapacity: true)
    }

    /// Appends all operations of an uplink, to the end of the message. Appends nothing if it throws.
    ///
    /// - Parameter names: The number of names in the relay's table: an index must be below.
    package mutating func read(_ bytes: Span<UInt8>, from offset: Int, count: Int, names: Int) throws(WireError) {
        let before = (self.operations.count, self.fields.count, self.seats.count)
        do throws(WireError) {
            var cursor = WireCursor(offset: offset)
            for _ in 0..<count { try self.readOne(bytes, &cursor, names) }
            try cursor.end(bytes)
        } catch {
            self.operations.removeLast(self.operations.count - before.0)
            self.fields.removeLast(self.fields.count - before.1)
            self.seats.removeLast(self.seats.count - before.2)
            throw error
        }
    }

    private mutating func readOne(_ bytes: Span<UInt8>, _ cursor: inout WireCursor, _ names: Int) throws(WireError) {
        let raw = try cursor.u8(bytes)
        guard let code = Operation.Code(rawValue: raw) else { throw .outOfRange(.operation, UInt64(raw)) }
        switch code {
        case .set: try self.readSet(bytes, &cursor, names)
        case .remove: self.operations.append(.remove(try cursor.entity(bytes)))
        case .event: try self.readEvent(bytes, &cursor, names)
        case .compareAndSet:
            let entity = try cursor.entity(bytes)
            let name = try cursor.nameReference(bytes, names: names)
            let expected = try cursor.value(bytes)
            self.operations.append(.compareAndSet(entity, name, expected: expected, new: try cursor.value(bytes)))
        }
    }

    private mutating func readSet(_ bytes: Span<UInt8>, _ cursor: inout WireCursor, _ names: Int) throws(WireError) {
        let entity = try cursor.entity(bytes)
        let count = try cursor.count(bytes, in: 0...UInt64(WireLimits.listCount), .fieldCount)
        self.operations.append(.set(entity, fieldCount: count))
        for _ in 0..<count {
            let name = try cursor.nameReference(bytes, names: names)
            self.fields.append(OperationField(name: name, value: try cursor.value(bytes)))
        }
    }

    private mutating func readEvent(_ bytes: Span<UInt8>, _ cursor: inout WireCursor, _ names: Int) throws(WireError) {
        let name = try cursor.nameReference(bytes, names: names)
        let raw = try cursor.u8(bytes)
        guard let audience = Audience(rawValue: raw) else { throw .outOfRange(.audience, UInt64(raw)) }
        let first = self.seats.count
        if audience == .seats {
            let count = try cursor.count(bytes, in: 1...UInt64(WireLimits.listCount), .seatCount)
            for _ in 0..<count { self.seats.append(try cursor.seat(bytes, in: 1...2047)) }
        }
        let value = try cursor.value(bytes)
        self.operations.append(.event(name, audience, seats: first..<self.seats.count, value))
    }
}

extension WireCursor {
    /// A name reference. An index must be below `names`, the number of names in the relay's table.
    package mutating func nameReference(_ bytes: Span<UInt8>, names: Int) throws(WireError) -> NameReference {
        let reference = try self.varint(bytes)
        guard reference > 0 else { return .inline(try self.stringRange(bytes, count: WireLimits.nameBytes, .name)) }
        guard reference <= UInt64(names) else { throw .outOfRange(.nameIndex, reference - 1) }
        return .index(NameIndex(rawValue: UInt16(reference - 1)))
    }
}

/// A name as a client writes it: by index as soon as the relay has given it one.
package enum OutgoingName: Hashable, Sendable {
    case inline(String)
    case index(NameIndex)
}

extension WireWriter {
    /// Appends a name reference.
    package mutating func nameReference(_ name: OutgoingName) {
        switch name {
        case .inline(let string):
            self.varint(0)
            self.string(string)
        case .index(let index): self.varint(UInt64(index.rawValue) + 1)
        }
    }

    /// Appends the head of a set; `fieldCount` times ``field(_:_:)`` follow.
    package mutating func set(_ entity: EntityID, fieldCount: Int) {
        self.u8(Operation.Code.set.rawValue)
        self.entity(entity)
        self.varint(fieldCount)
    }

    /// Appends one field of a set.
    package mutating func field(_ name: OutgoingName, _ value: StoredValue) {
        self.nameReference(name)
        self.value(value)
    }

    /// Appends a remove.
    package mutating func remove(_ entity: EntityID) {
        self.u8(Operation.Code.remove.rawValue)
        self.entity(entity)
    }

    /// Appends an event. `seats` is used for audience seats only, and must then have 1…64 entries.
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
    package mutating func compareAndSet(_ entity: EntityID, _ name: OutgoingName, expected: StoredValue, new: StoredValue) {
        self.u8(Operation.Code.compareAndSet.rawValue)
        self.entity(entity)
        self.nameReference(name)
        self.value(expected)
        self.value(new)
    }
}
