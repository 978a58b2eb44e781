/// A name in an uplink: spelled out if the relay has not given it an index yet, else that index.
@usableFromInline package enum NameReference: Hashable, Sendable {
    case inline(Range<Int>)
    case index(NameIndex)
}

/// One operation of an uplink, decoded and checked but not copied. Ranges point into the message.
@usableFromInline package enum Operation: Sendable {
    /// Its fields are the next `fieldCount` of ``OperationList/fields``.
    case set(EntityID, fieldCount: Int)
    case remove(EntityID)
    /// For audience seats, `seats` is a range of ``OperationList/seats``; else it is empty.
    case event(NameReference, Audience, seats: Range<Int>, ValueView)
    /// With `numbersByValue` an integer and a float that are equal are the same.
    case compareAndSet(EntityID, NameReference, expected: ValueView, new: ValueView, numbersByValue: Bool)
    /// What a host does to the room and to those in it: SPEC section 20.
    case act(HostAct)

    /// The operation bytes.
    @usableFromInline package enum Code: UInt8, Sendable, CaseIterable {
        case set = 1
        case remove = 2
        case event = 3
        case compareAndSet = 4
        case compareAndSetByValue = 5
        case kick = 6
        case ban = 7
        case host = 8
        case password = 9
        case invite = 10
    }
}

/// A field of a set.
@usableFromInline package struct OperationField: Sendable {
    @usableFromInline package var name: NameReference
    @usableFromInline package var value: ValueView
    @usableFromInline
    package init(name: NameReference, value: ValueView) { (self.name, self.value) = (name, value) }
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
    package mutating func compareAndSet(
        _ entity: EntityID, _ name: OutgoingName, expected: StoredValue, new: StoredValue, numbersByValue: Bool = false
    ) {
        self.u8((numbersByValue ? Operation.Code.compareAndSetByValue : .compareAndSet).rawValue)
        self.entity(entity)
        self.nameReference(name)
        self.value(expected)
        self.value(new)
    }
}
