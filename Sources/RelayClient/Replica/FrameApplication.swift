import RelayWire

/// Applies frames to the replica (SPEC sections 6 and 10). Decides whether a frame fits, and which of its events are new.
struct FrameApplication: FrameVisitor, Sendable {
    /// The result of one frame.
    enum Verdict: Equatable {
        /// The frame was applied. `differs` is true if its checksum contradicts the resulting replica.
        case applied(Coding, Tick, differs: Bool)
        case ignored(ResyncReason)
    }

    /// Maximum number of events in one frame: four times a relay's default event log.
    static let maximumEvents = 4_096

    var replica = Replica()
    /// Whether the replica can be the baseline of a delta.
    private(set) var isWhole = false
    /// The tick of the newest frame applied on this seat. It outlives a dropped replica.
    private(set) var eventCursor = Tick.none
    /// The room's stride as of the newest welcome or heartbeat.
    private(set) var stride: UInt64 = 1
    private var ownSeat = SeatNumber.room
    /// The newest tick applied on this connection. Ticks ascend on a connection.
    private var newestOnConnection = Tick.none

    // State of the frame being read:
    /// `delta` if the frame's header could not be read.
    private(set) var coding = Coding.delta
    private var frameTick = Tick.none
    private var current = 0
    private var misfit = false
    private var differs = false
    private var frameStride: UInt64 = 1
    private(set) var events: [RoomEvent] = []
    /// Events of this tick and before may be missing. Nil if the frame reports no loss after the cursor.
    private(set) var lostThrough: Tick?
    /// Our own row of the heartbeat; nil if the frame has no heartbeat, or we have no row.
    private(set) var ownHeartbeat: (rtt: UInt64?, lastUplink: UInt64)?

    init() {}

    /// The tick that a rejoin names as its baseline; ``Tick/none`` asks for a snapshot.
    var resumeTick: Tick { self.isWhole ? self.replica.tick : .none }

    /// A welcome came. The event cursor is at most the tick before the welcome's. A kept cursor is later only if the relay lost
    /// its last ticks.
    mutating func connected(_ welcome: Welcome, isNewSeat: Bool) {
        (self.ownSeat, self.newestOnConnection, self.stride) = (welcome.seat, .none, welcome.stride)
        let before = Tick(rawValue: welcome.tick.rawValue - 1)
        self.eventCursor = isNewSeat ? before : min(self.eventCursor, before)
    }

    mutating func dropReplica() {
        self.replica.removeAll()
        self.replica.roster.forgetIdentities()
        self.isWhole = false
    }

    /// Reads and applies one frame, without its kind byte. It leaves everything but state in `events`, `lostThrough` and
    /// `ownHeartbeat`; call ``finish(at:)`` once these are delivered.
    ///
    /// - Complexity: O(frame), and at heartbeats O(state). Allocates for events, and for names and state that are new.
    mutating func apply(_ message: Span<UInt8>, privateTick: Tick?) -> Verdict {
        var cursor = WireCursor(offset: 1)
        self.events.removeAll(keepingCapacity: true)
        (self.misfit, self.differs, self.lostThrough, self.ownHeartbeat) = (false, false, nil, nil)
        (self.coding, self.frameStride) = (.delta, self.stride)
        do throws(WireError) {
            try cursor.frame(message, into: &self)
        } catch {
            self.isWhole = false
            return .ignored(.nonsense)
        }
        if self.misfit { return .ignored(.baseline) }
        if let privateTick, privateTick != self.frameTick {
            self.isWhole = false
            return .ignored(.nonsense)
        }
        self.replica.tick = self.frameTick
        self.newestOnConnection = self.frameTick
        self.stride = self.frameStride
        self.isWhole = !self.differs
        return .applied(self.coding, self.frameTick, differs: self.differs)
    }

    /// Moves the event cursor: events up to `tick` are delivered.
    mutating func finish(at tick: Tick) { self.eventCursor = tick }

    // MARK: - FrameVisitor

    mutating func header(_ header: FrameHeader) throws(WireError) -> Bool {
        (self.coding, self.frameTick) = (header.coding, header.tick)
        guard header.tick > self.newestOnConnection else { throw .outOfRange(.tick, header.tick.rawValue) }
        switch header.coding {
        case .snapshot: self.replica.removeAll()
        case .delta, .merged:
            self.misfit = !self.isWhole || header.baseline > self.replica.tick || header.tick <= self.replica.tick
            if self.misfit { self.isWhole = false }
        }
        return !self.misfit
    }

    mutating func name(
        _ name: Range<Int>, quantum: Double?, at index: NameIndex, _ bytes: Span<UInt8>
    ) throws(WireError) {
        let string = bytes.extracting(name).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        guard self.replica.names.learn(string, quantum: quantum, at: index) else {
            throw .outOfRange(.nameIndex, UInt64(index.rawValue))
        }
    }

    mutating func removed(_ entity: EntityID) throws(WireError) {
        self.replica.table.remove(entity)  // an unknown entity is no error: it came and went since the baseline
    }

    mutating func replaced(_ entity: EntityID, owner: SeatNumber, fieldCount: Int) throws(WireError) {
        guard let position = self.replica.table.replace(entity, owner: owner, at: self.tickOfMaking) else {
            throw .outOfRange(.count, UInt64(EntityTable.maximumEntities) + 1)
        }
        self.current = position
    }

    @inline(__always)
    mutating func updated(_ entity: EntityID) throws(WireError) {
        guard let position = self.replica.table.guessedPosition(of: entity) else {
            throw .outOfRange(.entity, UInt64(entity.rawValue))
        }
        self.current = position
    }

    mutating func field(_ name: NameIndex, _ value: ValueView, _ bytes: Span<UInt8>) throws(WireError) {
        try self.requireName(name)
        guard self.replica.table.assign(name, value, bytes, at: self.current) else {
            throw .outOfRange(.fieldCount, UInt64(EntityTable.maximumFields) + 1)
        }
    }

    @inline(__always)
    mutating func difference(_ name: NameIndex, _ difference: Int64) throws(WireError) {
        guard self.replica.table.add(difference, to: name, at: self.current) else {
            throw .outOfRange(.nameIndex, UInt64(name.rawValue))
        }
    }

    mutating func host(_ seat: SeatNumber) throws(WireError) { self.replica.host = seat == .room ? nil : seat }

    mutating func row(_ row: RosterRow) throws(WireError) { self.replica.roster.apply(row) }

    mutating func event(_ head: EventHead, _ value: ValueView, _ bytes: Span<UInt8>) throws(WireError) {
        try self.requireName(head.name)
        guard head.tick > self.eventCursor else { return }
        guard head.audience != .others || head.sender != self.ownSeat else { return }
        guard self.events.count < Self.maximumEvents else { throw .outOfRange(.count, UInt64(Self.maximumEvents) + 1) }
        self.events.append(self.roomEvent(head, StoredValue(value, in: bytes).value))
    }

    mutating func lost(through tick: Tick) throws(WireError) {
        if tick > self.eventCursor { self.lostThrough = tick }
    }

    mutating func heartbeat(checksum: UInt32, stride: UInt64) throws(WireError) -> Int {
        self.frameStride = stride
        self.differs = checksum != self.replica.checksum
        return self.replica.roster.count
    }

    mutating func heartbeatRow(_ position: Int, rtt: UInt64?, lastUplink: UInt64) throws(WireError) {
        if self.replica.roster.heartbeat(position, rtt: rtt, lastUplink: lastUplink) == self.ownSeat {
            self.ownHeartbeat = (rtt, lastUplink)
        }
    }

    // MARK: - Parts

    private var tickOfMaking: Tick? { self.coding == .snapshot ? nil : self.frameTick }

    @inline(__always)
    private func requireName(_ name: NameIndex) throws(WireError) {
        guard Int(name.rawValue) < self.replica.names.count else { throw .outOfRange(.nameIndex, UInt64(name.rawValue)) }
    }

    private func roomEvent(_ head: EventHead, _ value: Value) -> RoomEvent {
        RoomEvent(
            number: head.number, tick: head.tick, sender: head.sender, audience: head.audience,
            name: self.replica.names[head.name]?.name ?? "", value: value
        )
    }

    /// Adds the private message of the frame just applied: sorts its events among the shared ones by number, and combines the
    /// losses. A private event with an unknown name index is left out: the relay must not send one.
    mutating func merge(_ message: PrivateMessage) {
        if let lost = message.lostThrough, lost > self.eventCursor { self.lostThrough = max(lost, self.lostThrough ?? .none) }
        let known = message.events.filter {
            $0.head.tick > self.eventCursor && Int($0.head.name.rawValue) < self.replica.names.count
        }
        guard !known.isEmpty else { return }
        self.events += known.map { self.roomEvent($0.head, $0.value) }
        self.events.sort { $0.number < $1.number }
    }
}
