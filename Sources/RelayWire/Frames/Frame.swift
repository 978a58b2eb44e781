/// The kind bytes of the relay's messages.
package enum ServerMessageKind: UInt8, Sendable, CaseIterable {
    case welcome = 0x81
    case frame = 0x82
    case `private` = 0x83
    case players = 0x84
}

/// The flags byte of a frame without its coding bits: the sections that the frame has.
@usableFromInline package struct FrameSections: OptionSet, Hashable, Sendable {
    @usableFromInline package var rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
    @usableFromInline package static let heartbeat = FrameSections(rawValue: 1 << 2)
    @usableFromInline package static let names = FrameSections(rawValue: 1 << 3)
    @usableFromInline package static let entities = FrameSections(rawValue: 1 << 4)
    @usableFromInline package static let roster = FrameSections(rawValue: 1 << 5)
    @usableFromInline package static let events = FrameSections(rawValue: 1 << 6)
    @usableFromInline package static let lost = FrameSections(rawValue: 1 << 7)
}

/// The lists that the entities section of a difference has beside its packed differences.
@usableFromInline package struct DifferenceLists: OptionSet, Hashable, Sendable {
    @usableFromInline package var rawValue: UInt8
    @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
    @usableFromInline package static let removed = DifferenceLists(rawValue: 1 << 0)
    @usableFromInline package static let replaced = DifferenceLists(rawValue: 1 << 1)
    @usableFromInline package static let absolute = DifferenceLists(rawValue: 1 << 2)
    /// Number of bits that these flags take in the head.
    @usableFromInline static let bits: UInt64 = 3
}

/// The part of a frame before its sections.
@usableFromInline package struct FrameHeader: Hashable, Sendable {
    @usableFromInline package var coding: Coding
    @usableFromInline package var sections: FrameSections
    @usableFromInline package var tick: Tick
    /// ``Tick/none`` in a snapshot.
    package var baseline: Tick

    /// The coding bits of a difference to the tick before. Such a frame carries no age.
    @usableFromInline static let nextTickCoding: UInt8 = 3

    @usableFromInline package init(coding: Coding, sections: FrameSections, tick: Tick, baseline: Tick) {
        (self.coding, self.sections, self.tick, self.baseline) = (coding, sections, tick, baseline)
    }
}

/// A row of the roster.
@usableFromInline package struct RosterRow: Hashable, Sendable {
    package var seat: SeatNumber
    package var state: SeatState
    package var cause: LagCause
    /// The tick at which this occupant joined. It tells successive occupants of one seat number apart.
    package var joined: Tick
    @usableFromInline
    package init(seat: SeatNumber, state: SeatState, cause: LagCause, joined: Tick) {
        (self.seat, self.state, self.cause, self.joined) = (seat, state, cause, joined)
    }
}

/// The head of an event in a frame; its value is a ``ValueView`` beside it.
@usableFromInline package struct EventHead: Hashable, Sendable {
    /// Position in the room's total order, from 1.
    @usableFromInline package var number: UInt64
    package var tick: Tick
    package var sender: SeatNumber
    @usableFromInline package var audience: Audience
    package var name: NameIndex
    @usableFromInline package init(number: UInt64, tick: Tick, sender: SeatNumber, audience: Audience, name: NameIndex) {
        (self.number, self.tick, self.sender, self.audience, self.name) = (number, tick, sender, audience, name)
    }
}

/// The result of one operation.
public struct OperationResult: Hashable, Sendable {
    public var uplink: UInt64
    /// Position in the uplink, from 0.
    public var operation: UInt8
    public var code: ResultCode
    @usableFromInline
    package init(uplink: UInt64, operation: UInt8, code: ResultCode) {
        (self.uplink, self.operation, self.code) = (uplink, operation, code)
    }
}

extension WireWriter {
    /// Appends kind, flags, tick and age.
    @usableFromInline
    package mutating func frameHeader(_ header: FrameHeader) {
        let age = header.tick.rawValue - header.baseline.rawValue
        let isNext = header.coding == .delta && age == 1
        self.u8(ServerMessageKind.frame.rawValue)
        self.u8((isNext ? FrameHeader.nextTickCoding : header.coding.rawValue) | header.sections.rawValue)
        self.tick(header.tick)
        if header.coding != .snapshot, !isNext { self.varint(age) }
    }

    /// Appends one name of the names section.
    @usableFromInline
    package mutating func nameEntry(_ name: String, quantum: Double?) {
        self.string(name)
        self.u8(quantum == nil ? 0 : 1)
        if let quantum { self.f64(quantum) }
    }

    /// Appends the head of a replaced entity; `fieldCount` times ``indexedField(_:_:)`` follow.
    @usableFromInline
    package mutating func replaced(_ entity: EntityID, owner: SeatNumber, fieldCount: Int) {
        self.entity(entity)
        self.seat(owner)
        self.varint(fieldCount)
    }

    /// Appends the head of a difference's entities: the flags of its lists, and the number of entities in the packed differences.
    ///
    /// In this order follow, if present: the lists of ``DifferenceLists/removed`` and ``DifferenceLists/replaced`` (a count and
    /// the items each), the packed differences from a ``DifferencePacker``, and the list of ``DifferenceLists/absolute``.
    @usableFromInline
    package mutating func differenceHead(_ lists: DifferenceLists, packed count: Int) {
        self.varint(UInt64(count) << DifferenceLists.bits | UInt64(lists.rawValue))
    }

    /// Appends the head of an entity updated absolutely; `fieldCount` times ``indexedField(_:_:)`` follow.
    @usableFromInline
    package mutating func absoluteUpdate(_ entity: EntityID, fieldCount: Int) {
        self.entity(entity)
        self.varint(fieldCount)
    }

    /// Appends a field by index.
    @usableFromInline
    package mutating func indexedField(_ name: NameIndex, _ value: StoredValue) {
        self.nameIndex(name)
        self.value(value)
    }

    /// Appends a roster row.
    @usableFromInline
    package mutating func rosterRow(_ row: RosterRow) {
        self.seat(row.seat)
        self.u8(row.state.rawValue)
        self.u8(row.cause.rawValue)
        self.tick(row.joined)
    }

    /// Appends an event. In a shared frame `previous` is the number of the event before it in the list, 0 for the first. In a
    /// private message it is always 0.
    @usableFromInline
    package mutating func event(_ head: EventHead, at tick: Tick, after previous: UInt64, _ value: StoredValue) {
        self.varint(head.number - previous)
        self.varint(tick.rawValue - head.tick.rawValue)
        self.seat(head.sender)
        self.u8(head.audience.rawValue)
        self.nameIndex(head.name)
        self.value(value)
    }

    /// Appends the head of the heartbeat; ``heartbeatRow(rtt:lastUplink:)`` for each row of the roster follows.
    @usableFromInline
    package mutating func heartbeat(checksum: UInt32, stride: UInt64) {
        self.u32(checksum)
        self.varint(stride)
    }

    /// Appends one row of the heartbeat: RTT in microseconds, nil if unknown.
    @usableFromInline
    package mutating func heartbeatRow(rtt: UInt64?, lastUplink: UInt64) {
        self.varint(rtt.map { min(($0 + 500) / 1000, 65_535) + 1 } ?? 0)
        self.varint(lastUplink)
    }

    /// Appends a result of a private message.
    @usableFromInline
    package mutating func result(_ result: OperationResult) {
        self.varint(result.uplink)
        self.varint(UInt64(result.operation))
        self.u8(result.code.rawValue)
    }
}
