import RelayWire

/// Entities in ascending order of their ids, in four flat arrays: ids, each entity's stretch of fields, the fields (cells) of
/// all entities, and the bytes of all strings. So a frame touches few cache lines and does no reference counting, however many
/// replicas a process keeps. A copy of the table costs four references.
///
/// An entity's fields stand together in its stretch of `cells`, with spare cells for more. An entity that outgrows its stretch
/// moves to the end of `cells`, and a string that outgrows its place to the end of `bytes`. The abandoned memory is waste and
/// is squeezed out when it exceeds the memory in use.
struct EntityTable: Sendable {
    /// Bounds on the memory that a relay can make us keep. The largest rooms that a relay can be set to (SPEC section 13) fit.
    static let maximumEntities = 65_536
    static let maximumFields = 524_288
    static let maximumBytes = 8 << 20

    private var ids: [UInt32] = []
    private var stretches: [Stretch] = []
    private var cells: [FieldCell] = []
    private var bytes: [UInt8] = []

    private var fieldCount = 0
    /// Bytes of all strings and byte strings, without waste.
    private var byteCount = 0
    /// The position behind the last entity found. Frames often list entities in ascending order, so the next one is likely here.
    private var guess = 0

    /// The position of an entity's fields in `cells`, where they stand by ascending name index. `room` is its capacity.
    private struct Stretch: Sendable {
        var first: UInt32 = 0
        var count: UInt16 = 0
        var room: UInt16 = 0
        var owner: SeatNumber
        /// The low bits of the tick at which the entity was made or replaced; nil if a snapshot brought it.
        var made: UInt32?
    }

    init() {}

    var count: Int { self.ids.count }

    // MARK: Finding

    /// Position of an entity; nil if it does not exist.
    func position(of id: EntityID) -> Int? {
        let (position, isThere) = self.search(id.rawValue)
        return isThere ? position : nil
    }

    /// Like ``position(of:)``, but quick if the entities are asked for in ascending order.
    @inline(__always)
    mutating func guessedPosition(of id: EntityID) -> Int? {
        if self.guess < self.ids.count, self.ids[self.guess] == id.rawValue {
            defer { self.guess += 1 }
            return self.guess
        }
        guard let position = self.position(of: id) else { return nil }
        self.guess = position + 1
        return position
    }

    private func search(_ id: UInt32) -> (position: Int, isThere: Bool) {
        var low = 0
        var high = self.ids.count
        while low < high {
            let middle = (low + high) / 2
            if self.ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return (low, low < self.ids.count && self.ids[low] == id)
    }

    /// The index of a field, or the index at which to insert it. A linear search, because entities have few fields.
    @inline(__always)
    private func cell(of name: NameIndex, at position: Int) -> (index: Int, isThere: Bool) {
        let stretch = self.stretches[position]
        var index = Int(stretch.first)
        let end = index + Int(stretch.count)
        while index < end {
            let other = self.cells[index].name
            if other >= name { return (index, other == name) }
            index += 1
        }
        return (end, false)
    }

    // MARK: Reading

    func id(at position: Int) -> EntityID { EntityID(rawValue: self.ids[position]) }
    func owner(at position: Int) -> SeatNumber { self.stretches[position].owner }
    func fieldCount(at position: Int) -> Int { Int(self.stretches[position].count) }

    /// A field by its place among the entity's fields. Traps beyond the last.
    func field(_ place: Int, at position: Int) -> FieldCell {
        precondition(place < self.fieldCount(at: position))
        return self.cells[Int(self.stretches[position].first) + place]
    }

    func field(_ name: NameIndex, at position: Int) -> FieldCell? {
        let (index, isThere) = self.cell(of: name, at: position)
        return isThere ? self.cells[index] : nil
    }

    /// Calls `body` with the bytes of a string or byte string, or with no bytes for any other value.
    func withBytes<Result>(of cell: FieldCell, _ body: (Span<UInt8>) -> Result) -> Result {
        self.bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[cell.byteRange]).span) }
    }

    /// The application's form. Allocates for strings and bytes.
    func value(of cell: FieldCell) -> Value {
        switch cell.tag {
        case .null: .null
        case .false: .bool(false)
        case .true: .bool(true)
        case .integer: .integer(Int64(bitPattern: cell.bits))
        case .float: .float(Double(bitPattern: cell.bits))
        case .quantised: .quantised(steps: Int64(bitPattern: cell.bits))
        case .string: .string(String(decoding: self.bytes[cell.byteRange], as: UTF8.self))
        case .bytes: .bytes(Array(self.bytes[cell.byteRange]))
        }
    }

    /// The entities' share of the replica checksum. O(state), computed at heartbeats only: once a second over everything is
    /// cheaper than two terms for every change.
    var checksum: UInt32 {
        var sum: UInt32 = 0
        for position in self.ids.indices {
            let id = self.id(at: position)
            sum &+= ReplicaChecksum.term(entity: id, owner: self.owner(at: position))
            for place in 0..<self.fieldCount(at: position) {
                let cell = self.field(place, at: position)
                sum &+= self.withBytes(of: cell) {
                    ReplicaChecksum.term(entity: id, name: cell.name, tag: cell.tag, bits: cell.bits, blob: $0)
                }
            }
        }
        return sum
    }

    /// Whether the entity was made or replaced after a tick, as far as frames have said so. Ticks are compared by their low bits.
    func isMade(after tick: Tick, at position: Int) -> Bool {
        guard let made = self.stretches[position].made else { return false }
        return Int32(bitPattern: made &- UInt32(truncatingIfNeeded: tick.rawValue)) > 0
    }

    /// Whether a field has a value. A whole float and the integer of the same number are the same here. Copies nothing.
    func holds(_ cell: FieldCell, _ value: Value) -> Bool {
        switch value {
        case .null: cell.tag == .null
        case .bool(let flag): cell.tag == (flag ? .true : .false)
        case .integer(let number):
            cell.tag == .integer
                ? cell.bits == UInt64(bitPattern: number)
                : cell.tag == .float && Double(bitPattern: cell.bits) == Double(exactly: number)
        case .float(let number):
            cell.tag == .float
                ? Double(bitPattern: cell.bits) == number
                : cell.tag == .integer && Double(exactly: Int64(bitPattern: cell.bits)) == number
        case .quantised(let steps): cell.tag == .quantised && cell.bits == UInt64(bitPattern: steps)
        case .string(let string): cell.tag == .string && self.bytes[cell.byteRange].elementsEqual(string.utf8)
        case .bytes(let bytes): cell.tag == .bytes && self.bytes[cell.byteRange].elementsEqual(bytes)
        }
    }

    // MARK: Changing

    mutating func removeAll() {
        self.ids.removeAll(keepingCapacity: true)
        self.stretches.removeAll(keepingCapacity: true)
        self.cells.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keepingCapacity: true)
        (self.fieldCount, self.byteCount, self.guess) = (0, 0, 0)
    }

    /// Removes an entity. No effect if it does not exist.
    mutating func remove(_ id: EntityID) {
        guard let position = self.position(of: id) else { return }
        self.forgetFields(at: position)
        self.ids.remove(at: position)
        self.stretches.remove(at: position)
        self.squeeze()
    }

    /// Makes an entity without fields, in place of any that has this id. Nil if there are too many entities.
    /// - Parameter tick: The frame's tick; nil if the frame is a snapshot, which does not say when an entity was made.
    mutating func replace(_ id: EntityID, owner: SeatNumber, at tick: Tick?) -> Int? {
        let made = tick.map { UInt32(truncatingIfNeeded: $0.rawValue) }
        let (position, isThere) = self.search(id.rawValue)
        if isThere {
            self.forgetFields(at: position)
            (self.stretches[position].owner, self.stretches[position].made) = (owner, made)
            return position
        }
        guard self.count < Self.maximumEntities else { return nil }
        self.ids.insert(id.rawValue, at: position)
        self.stretches.insert(Stretch(owner: owner, made: made), at: position)
        return position
    }

    private mutating func forgetFields(at position: Int) {
        for place in 0..<self.fieldCount(at: position) { self.byteCount -= Int(self.field(place, at: position).length) }
        self.fieldCount -= self.fieldCount(at: position)
        self.stretches[position].count = 0
    }

    /// Overwrites or adds a field. False if there are too many fields or bytes. Allocates nothing in steady state.
    mutating func assign(_ name: NameIndex, _ view: ValueView, _ message: Span<UInt8>, at position: Int) -> Bool {
        var (index, isThere) = self.cell(of: name, at: position)
        if !isThere {
            guard self.fieldCount < Self.maximumFields else { return false }
            index = self.insertCell(FieldCell(name: name), at: index, of: position)
        }
        if view.tag.isBlob {
            self.store(view, message, in: index)
        } else {
            self.byteCount -= Int(self.cells[index].length)
            (self.cells[index].tag, self.cells[index].length, self.cells[index].bits) = (view.tag, 0, view.bits)
        }
        defer { self.squeeze() }
        return self.byteCount <= Self.maximumBytes
    }

    /// Stores a string in the place of the field's previous one if it fits there, else at the end.
    private mutating func store(_ view: ValueView, _ message: Span<UInt8>, in index: Int) {
        let source = message.extracting(view.range)
        var cell = self.cells[index]
        if !cell.tag.isBlob || cell.byteRoom < source.count {
            cell.place(at: self.bytes.count, room: source.count)
            source.withUnsafeBufferPointer { self.bytes.append(contentsOf: $0) }
        } else {
            self.bytes.withUnsafeMutableBytes { bytes in
                let target = UnsafeMutableRawBufferPointer(rebasing: bytes[cell.firstByte..<cell.firstByte + source.count])
                source.withUnsafeBytes { target.copyMemory(from: $0) }
            }
        }
        self.byteCount += source.count - Int(cell.length)
        (cell.tag, cell.length) = (view.tag, UInt32(source.count))
        self.cells[index] = cell
    }

    /// Adds to an integer or step count. False if there is no such field.
    @inline(__always)
    mutating func add(_ difference: Int64, to name: NameIndex, at position: Int) -> Bool {
        let (index, isThere) = self.cell(of: name, at: position)
        guard isThere, self.cells[index].tag.isStepped else { return false }
        self.cells[index].bits &+= UInt64(bitPattern: difference)
        return true
    }

    /// Inserts a field. If the entity's stretch is full, it moves to the end of `cells` first. Returns the field's index.
    private mutating func insertCell(_ cell: FieldCell, at index: Int, of position: Int) -> Int {
        var stretch = self.stretches[position]
        var index = index
        let count = Int(stretch.count)
        if stretch.count == stretch.room {
            let first = Int(stretch.first)
            let room = max(4, count * 2)
            index += self.cells.count - first
            stretch.first = UInt32(self.cells.count)
            stretch.room = UInt16(room)
            for place in 0..<count { self.cells.append(self.cells[first + place]) }
            for _ in count..<room { self.cells.append(FieldCell(name: cell.name)) }
        }
        var place = Int(stretch.first) + count
        while place > index {
            self.cells[place] = self.cells[place - 1]
            place -= 1
        }
        self.cells[index] = cell
        stretch.count += 1
        self.stretches[position] = stretch
        self.fieldCount += 1
        return index
    }

    // MARK: Waste

    private mutating func squeeze() {
        // A new stretch has at least four cells, so up to three of four cells may be spare without being waste.
        if self.cells.count > self.fieldCount * 6 + 256 { self.squeezeCells() }
        if self.bytes.count > self.byteCount * 2 + 4096 { self.squeezeBytes() }
    }

    private mutating func squeezeCells() {
        var squeezed: [FieldCell] = []
        squeezed.reserveCapacity(self.fieldCount * 2)
        for position in self.stretches.indices {
            let stretch = self.stretches[position]
            let old = Int(stretch.first)..<Int(stretch.first) + Int(stretch.count)
            self.stretches[position].first = UInt32(squeezed.count)
            self.stretches[position].room = stretch.count
            squeezed += self.cells[old]
        }
        self.cells = squeezed
    }

    private mutating func squeezeBytes() {
        var squeezed: [UInt8] = []
        squeezed.reserveCapacity(self.byteCount * 2)
        for position in self.stretches.indices {
            let first = Int(self.stretches[position].first)
            for index in first..<first + Int(self.stretches[position].count) where self.cells[index].tag.isBlob {
                let old = self.cells[index].byteRange
                self.cells[index].place(at: squeezed.count, room: old.count)
                squeezed += self.bytes[old]
            }
        }
        self.bytes = squeezed
    }
}

/// One field in a replica: 16 bytes.
struct FieldCell: Sendable {
    var name: NameIndex
    var tag = ValueTag.null
    /// Length of a string or byte string, in bytes; 0 otherwise.
    var length: UInt32 = 0
    /// The bits of an integer, step count or double. For a string or byte string, the offset of its bytes (low half) and how
    /// many fit there (high half).
    var bits: UInt64 = 0

    init(name: NameIndex) { self.name = name }

    var firstByte: Int { self.tag.isBlob ? Int(UInt32(truncatingIfNeeded: self.bits)) : 0 }
    var byteRoom: Int { self.tag.isBlob ? Int(self.bits >> 32) : 0 }
    var byteRange: Range<Int> { self.firstByte..<self.firstByte + Int(self.length) }

    /// Offsets fit 32 bits: `bytes` has at most twice ``EntityTable/maximumBytes`` and one message.
    mutating func place(at first: Int, room: Int) { self.bits = UInt64(room) << 32 | UInt64(first) }
}

extension EntityTable: Equatable {
    /// Whether both have the same entities with the same fields, whatever their positions in memory.
    static func == (one: EntityTable, other: EntityTable) -> Bool {
        guard one.ids == other.ids else { return false }
        return one.ids.indices.allSatisfy { position in
            guard one.owner(at: position) == other.owner(at: position) else { return false }
            let count = one.fieldCount(at: position)
            guard count == other.fieldCount(at: position) else { return false }
            return (0..<count).allSatisfy {
                let (ours, theirs) = (one.field($0, at: position), other.field($0, at: position))
                return ours.name == theirs.name && one.value(of: ours) == other.value(of: theirs)
            }
        }
    }
}
