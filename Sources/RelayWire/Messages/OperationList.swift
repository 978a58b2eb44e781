/// The operations of uplinks, one after the other, with what their heads have no place for. Kept to reuse its memory.
@usableFromInline package struct OperationList: Sendable {
    package private(set) var operations: [Operation] = []
    /// The fields of all sets, in order.
    package private(set) var fields: [OperationField] = []
    /// The seats that events name.
    package private(set) var seats: [SeatNumber] = []

    @usableFromInline
    package init() {}

    /// The operations of one uplink: see ``read(_:from:count:names:)``.
    @usableFromInline
    package init(_ bytes: Span<UInt8>, from offset: Int, count: Int, names: Int) throws(WireError) {
        try self.read(bytes, from: offset, count: count, names: names)
    }

    /// Operations, fields and seats together.
    @usableFromInline
    package var itemCount: Int { self.operations.count + self.fields.count + self.seats.count }

    /// Bytes of memory that it keeps.
    @usableFromInline
    package var capacity: Int {
        self.operations.capacity * MemoryLayout<Operation>.stride + self.fields.capacity * MemoryLayout<OperationField>.stride
            + self.seats.capacity * MemoryLayout<SeatNumber>.stride
    }

    /// Bytes of memory that its content needs.
    @usableFromInline
    package var needed: Int {
        self.operations.count * MemoryLayout<Operation>.stride + self.fields.count * MemoryLayout<OperationField>.stride
            + self.seats.count * MemoryLayout<SeatNumber>.stride
    }

    @usableFromInline
    package mutating func removeAll() {
        self.operations.removeAll(keepingCapacity: true)
        self.fields.removeAll(keepingCapacity: true)
        self.seats.removeAll(keepingCapacity: true)
    }

    /// Appends all operations of an uplink, to the end of the message. Appends nothing if it throws.
    ///
    /// - Parameter names: The number of names in the relay's table: an index must be below.
    @usableFromInline
    package mutating func read(_ bytes: Span<UInt8>, from offset: Int, count: Int, names: Int) throws(WireError) {
        let before = self.mark
        do throws(WireError) {
            var cursor = WireCursor(offset: offset)
            for _ in 0..<count { try self.readOne(bytes, &cursor, names) }
            try cursor.end(bytes)
        } catch {
            self.removeAll(after: before)
            throw error
        }
    }

    /// A place in the lists, to go back to.
    @usableFromInline package struct Mark: Sendable {
        @usableFromInline var operations: Int
        @usableFromInline var fields: Int
        @usableFromInline var seats: Int
    }

    @usableFromInline
    package var mark: Mark { Mark(operations: self.operations.count, fields: self.fields.count, seats: self.seats.count) }

    /// Forgets what was read after the mark was made.
    @usableFromInline
    package mutating func removeAll(after mark: Mark) {
        self.operations.removeLast(self.operations.count - mark.operations)
        self.fields.removeLast(self.fields.count - mark.fields)
        self.seats.removeLast(self.seats.count - mark.seats)
    }

    private mutating func readOne(_ bytes: Span<UInt8>, _ cursor: inout WireCursor, _ names: Int) throws(WireError) {
        let raw = try cursor.u8(bytes)
        guard let code = Operation.Code(rawValue: raw) else { throw .outOfRange(.operation, UInt64(raw)) }
        switch code {
        case .set: try self.readSet(bytes, &cursor, names)
        case .remove: self.operations.append(.remove(try cursor.entity(bytes)))
        case .event: try self.readEvent(bytes, &cursor, names)
        case .compareAndSet, .compareAndSetByValue:
            let entity = try cursor.entity(bytes)
            let name = try cursor.nameReference(bytes, names: names)
            let expected = try cursor.value(bytes)
            let new = try cursor.value(bytes)
            self.operations.append(
                .compareAndSet(entity, name, expected: expected, new: new, numbersByValue: code == .compareAndSetByValue))
        case .kick, .ban, .host, .password, .invite: self.operations.append(.act(try cursor.hostAct(code, bytes)))
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
