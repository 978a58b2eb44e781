/// The reason why a journal's payload cannot have been written by a room.
package enum RestoreError: Error, Equatable, Sendable {
    /// The bytes break the format: cut short, out of range, or trailing.
    case malformed(WireError)
    /// Each part is well-formed, but parts contradict each other. The text says which.
    case contradiction(StaticString)
    /// A later relay wrote it.
    case newerFormat(UInt64)

    package static func == (left: RestoreError, right: RestoreError) -> Bool { "\(left)" == "\(right)" }
}

/// Reads the payloads of ``Room/encodeSnapshot(into:)`` and ``Room/encodeRecord(into:)``. The bytes are untrusted: every value
/// is checked before it is used.
struct RecordReader {
    var cursor = WireCursor()
    /// The tick after which the bytes were written.
    let now: Tick

    init(at now: Tick) { self.now = now }

    mutating func varint(_ bytes: Span<UInt8>, _ range: ClosedRange<UInt64> = 0...UInt64.max) throws(RestoreError) -> UInt64 {
        let value = try self.read { cursor throws(WireError) in try cursor.varint(bytes) }
        guard range.contains(value) else { throw .malformed(.outOfRange(.count, value)) }
        return value
    }

    /// What a snapshot begins with.
    struct SnapshotHead {
        /// Nil in format 1.
        var type: String?
        var epoch: UInt64
        var hasDoor: Bool
    }

    /// There was never an epoch 0, so that a 0 says that a format's number follows.
    mutating func snapshotHead(_ bytes: Span<UInt8>) throws(RestoreError) -> SnapshotHead {
        let first = try self.varint(bytes, 0...WireLimits.safeInteger)
        guard first == 0 else { return SnapshotHead(epoch: first, hasDoor: false) }
        let format = try self.varint(bytes)
        guard (Room.formatWithoutDoor...Room.journalFormat).contains(format) else { throw .newerFormat(format) }
        let type = try self.read { cursor throws(WireError) in try cursor.string(bytes, count: WireLimits.typeBytes, .name)
        }
        let epoch = try self.varint(bytes, 1...WireLimits.safeInteger)
        return SnapshotHead(type: type, epoch: epoch, hasDoor: format == Room.journalFormat)
    }

    /// A count of items. Each takes at least one byte, so the bytes left bound the count.
    mutating func count(_ bytes: Span<UInt8>) throws(RestoreError) -> Int {
        Int(try self.varint(bytes, 0...UInt64(bytes.count - self.cursor.offset)))
    }

    mutating func u8(_ bytes: Span<UInt8>, below bound: UInt8 = .max) throws(RestoreError) -> UInt8 {
        let value = try self.read { cursor throws(WireError) in try cursor.u8(bytes) }
        guard value < bound else { throw .malformed(.outOfRange(.count, UInt64(value))) }
        return value
    }

    mutating func u32(_ bytes: Span<UInt8>) throws(RestoreError) -> UInt32 {
        try self.read { cursor throws(WireError) in try cursor.fixed(UInt32.self, bytes) }
    }

    /// A tick written as its age.
    mutating func tick(_ bytes: Span<UInt8>, from earliest: Tick = .none) throws(RestoreError) -> Tick {
        Tick(rawValue: self.now.rawValue - (try self.varint(bytes, 0...self.now.since(earliest))))
    }

    mutating func seat(_ bytes: Span<UInt8>, _ range: ClosedRange<UInt64> = 0...2047) throws(RestoreError) -> SeatNumber {
        try self.read { cursor throws(WireError) in try cursor.seat(bytes, in: range) }
    }

    mutating func entity(_ bytes: Span<UInt8>) throws(RestoreError) -> EntityID {
        try self.read { cursor throws(WireError) in try cursor.entity(bytes) }
    }

    mutating func name(_ bytes: Span<UInt8>, below bound: Int) throws(RestoreError) -> NameIndex {
        try self.read { cursor throws(WireError) in try cursor.nameIndex(bytes, below: bound) }
    }

    mutating func value(_ bytes: Span<UInt8>) throws(RestoreError) -> ValueView {
        try self.read { cursor throws(WireError) in try cursor.value(bytes) }
    }

    /// A name and its quantum.
    mutating func nameEntry(_ bytes: Span<UInt8>) throws(RestoreError) -> (name: String, quantum: Double?) {
        let name = try self.read { cursor throws(WireError) in try cursor.string(bytes, count: WireLimits.nameBytes, .name) }
        guard try self.u8(bytes, below: 2) == 1 else { return (name, nil) }
        let quantum = try self.read { cursor throws(WireError) in try cursor.f64(bytes) }
        guard quantum > 0 else { throw .contradiction("a quantum that is not above 0") }
        return (name, quantum)
    }

    /// One of an enumeration's cases.
    mutating func choice<Choice: RawRepresentable<UInt8>>(_ bytes: Span<UInt8>) throws(RestoreError) -> Choice {
        let raw = try self.u8(bytes)
        guard let choice = Choice(rawValue: raw) else { throw .malformed(.outOfRange(.code, UInt64(raw))) }
        return choice
    }

    /// What an occupant's ticket said; nil if there was none.
    mutating func identity(_ bytes: Span<UInt8>) throws(RestoreError) -> PlayerIdentity? {
        let rights = PlayerIdentity.Rights(rawValue: try self.u8(bytes))
        let player = try self.read { cursor throws(WireError) in try cursor.string(bytes, count: 0...64, .player) }
        let name = try self.read { cursor throws(WireError) in try cursor.string(bytes, count: 0...64, .player) }
        // Clients take such a text for a relay that is broken, and give up.
        guard PlayerIdentity.isText(player, count: 0...64), PlayerIdentity.isText(name, count: PlayerIdentity.nameBytes) else {
            throw .contradiction("a player's id or name that no ticket can have")
        }
        return player.isEmpty ? nil : PlayerIdentity(player: player, name: name, rights: rights)
    }

    mutating func text(_ bytes: Span<UInt8>, _ count: ClosedRange<Int>) throws(RestoreError) -> String {
        try self.read { cursor throws(WireError) in try cursor.string(bytes, count: count, .player) }
    }

    mutating func blob(_ bytes: Span<UInt8>, _ count: ClosedRange<Int>) throws(RestoreError) -> [UInt8] {
        try self.read { cursor throws(WireError) in try cursor.byteString(bytes, count: count, .password) }
    }

    mutating func u64(_ bytes: Span<UInt8>) throws(RestoreError) -> UInt64 {
        try self.read { cursor throws(WireError) in try cursor.fixed(UInt64.self, bytes) }
    }

    func end(_ bytes: Span<UInt8>) throws(RestoreError) {
        guard self.cursor.offset == bytes.count else { throw .malformed(.trailingBytes(bytes.count - self.cursor.offset)) }
    }

    private mutating func read<Item>(_ body: (inout WireCursor) throws(WireError) -> Item) throws(RestoreError) -> Item {
        do throws(WireError) {
            return try body(&self.cursor)
        } catch {
            throw .malformed(error)
        }
    }
}
