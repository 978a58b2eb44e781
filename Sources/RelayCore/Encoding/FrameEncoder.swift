import RelayWire

/// The frames of a room's last tick, and the memory that making them takes.
///
/// A class, so that it can read the room that owns it while it writes.
final class FrameEncoder {
    /// By form and coding. A form that nobody reads is not encoded.
    @exclusivity(unchecked) private var frames: [FrameBuffer]
    /// Private messages of this tick, one after the other: ``Delivery/privateRange``.
    @exclusivity(unchecked) var privateMessages = WireWriter(capacity: 64)
    private let changes = ChangeList()
    @exclusivity(unchecked) private var binary = BinaryFrames()
    @exclusivity(unchecked) var json = JSONFrames()
    /// The `players` messages of this tick, in ``privateMessages``, by the tick after which they tell.
    @exclusivity(unchecked) private var players: [(after: Tick, range: Range<Int>)] = []
    /// Positions in the event log of one seat's private events, the newest first.
    @exclusivity(unchecked) private var privateEvents: [Int] = []

    init() { self.frames = Self.emptyFrames() }

    private static func emptyFrames() -> [FrameBuffer] {
        WireForm.allCases.flatMap { _ in Coding.allCases.map { _ in FrameBuffer() } }
    }

    /// Frees the memory that only a room with players needs.
    func releaseMemory() {
        self.frames = Self.emptyFrames()
        self.privateMessages = WireWriter(capacity: 64)
        (self.binary, self.json, self.privateEvents) = (BinaryFrames(), JSONFrames(), [])
        self.changes.releaseMemory()
    }

    func frame(_ form: WireForm, _ coding: Coding) -> FrameBuffer { self.frames[Self.place(form, coding)] }

    private static func place(_ form: WireForm, _ coding: Coding) -> Int {
        Int(form.rawValue) * Coding.allCases.count + Int(coding.rawValue)
    }

    /// What is larger than this is freed when it is used no more. Bytes.
    private static let mostKept = 1 << 20

    /// Begins a tick.
    func begin() {
        if self.privateMessages.count > Self.mostKept { self.privateMessages = WireWriter(capacity: 64) }
        self.privateMessages.removeAll()
        if !self.players.isEmpty { self.players = [] }
    }

    /// The bytes of the frames that were encoded for these needs.
    func bytes(of needs: EncodingNeeds, as form: WireForm) -> Int {
        (needs.delta.isWanted ? self.frame(form, .delta).writer.count : 0)
            + (needs.merged.isWanted ? self.frame(form, .merged).writer.count : 0)
            + (needs.snapshot.isWanted ? self.frame(form, .snapshot).writer.count : 0)
    }

    /// Encodes the frames that somebody gets.
    func encode(_ needs: EncodingNeeds, as form: WireForm, of room: borrowing Room) {
        self.encode(.delta, needs.delta, form, of: room)
        self.encode(.merged, needs.merged, form, of: room)
        self.encode(.snapshot, needs.snapshot, form, of: room)
    }

    private func encode(_ coding: Coding, _ need: EncodingNeed, _ form: WireForm, of room: borrowing Room) {
        guard need.isWanted else { return }
        self.changes.collect(coding, since: need.since, of: room)
        let frame = self.emptyFrame(form, coding)
        switch form {
        case .binary: self.binary.encode(self.changes, of: room, into: &frame.writer)
        case .json: self.json.encode(self.changes, of: room, into: &frame.writer)
        }
    }

    private func emptyFrame(_ form: WireForm, _ coding: Coding) -> FrameBuffer {
        let place = Self.place(form, coding)
        // A connection that has not sent all of an older frame still holds this buffer: leave it alone and take a new one.
        let isLarge = self.frames[place].writer.count > Self.mostKept
        if isLarge || !isKnownUniquelyReferenced(&self.frames[place]) { self.frames[place] = FrameBuffer() }
        self.frames[place].writer.removeAll()
        return self.frames[place]
    }

    // MARK: Who sits where

    /// As many different `players` messages as a tick has at most; who would need another one is told of everybody.
    private static let mostPlayersMessages = 250

    /// Writes who sat down after a tick, once for all seats that need the same.
    ///
    /// - Returns: The message's number, from 1; 0 if nobody sat down who has a ticket.
    func encodePlayers(after tick: Tick, _ members: Membership) -> UInt8 {
        guard members.newestIdentity > tick else { return 0 }
        let since = self.players.count < Self.mostPlayersMessages ? tick : Tick.none
        if let known = self.players.firstIndex(where: { $0.after == since }) { return UInt8(known + 1) }
        let seats = members.seats.players.filter { $0.isSeated && $0.identity != nil && $0.joined > since }
        guard !seats.isEmpty else { return 0 }
        for _ in 0..<Room.privateHeadroom { self.privateMessages.u8(0) }
        let start = self.privateMessages.count
        self.privateMessages.playersHeader(count: seats.count)
        for seat in seats {
            guard let identity = seat.identity else { continue }
            self.privateMessages.playerRow(
                PlayerRow(seat: seat.number, joined: seat.joined, player: identity.player, name: identity.name))
        }
        self.players.append((since, start..<self.privateMessages.count))
        return UInt8(self.players.count)
    }

    /// Where a `players` message stands in ``privateMessages``.
    func playersRange(_ number: UInt8) -> Range<Int> { self.players[Int(number) - 1].range }

    // MARK: Private messages

    /// Writes a seat's private message: what is new to it since its baseline.
    func encodePrivate(_ seat: Seat, after baseline: Tick, of room: borrowing Room) -> Range<Int> {
        self.collectPrivateEvents(of: seat, after: baseline, room.events)
        for _ in 0..<Room.privateHeadroom { self.privateMessages.u8(0) }
        let start = self.privateMessages.count
        switch seat.form.wire {
        case .binary: self.encodeBinaryPrivate(seat, after: baseline, room.events, at: room.currentTick)
        case .json:
            self.json.encodePrivate(seat, self.privateEvents, after: baseline, of: room, into: &self.privateMessages)
        }
        return start..<self.privateMessages.count
    }

    private func encodeBinaryPrivate(_ seat: Seat, after baseline: Tick, _ events: EventLog, at tick: Tick) {
        let lost = seat.privateForgottenThrough
        let results = seat.results.lazy.filter { $0.tick > baseline }.count
        var sections: PrivateSections = []
        if results > 0 { sections.insert(.results) }
        if !self.privateEvents.isEmpty { sections.insert(.events) }
        if lost > baseline { sections.insert(.lost) }
        self.privateMessages.privateHeader(sections, tick: tick, lastUplink: seat.lastUplink)
        if results > 0 { self.encodeResults(seat, after: baseline, count: results) }
        if !self.privateEvents.isEmpty { self.encodePrivateEvents(events, at: tick) }
        if lost > baseline { self.privateMessages.varint(tick.rawValue - lost.rawValue) }
    }

    private func encodeResults(_ seat: Seat, after tick: Tick, count: Int) {
        self.privateMessages.varint(count)
        for pending in seat.results where pending.tick > tick { self.privateMessages.result(pending.result) }
    }

    /// Finds a seat's private events after `tick`. O(events found).
    private func collectPrivateEvents(of seat: Seat, after tick: Tick, _ events: EventLog) {
        self.privateEvents.removeAll(keepingCapacity: true)
        for number in seat.privateEvents.reversed() {
            guard let position = events.position(of: number), events[position].head.tick > tick else { return }
            self.privateEvents.append(position)
        }
    }

    private func encodePrivateEvents(_ events: EventLog, at tick: Tick) {
        self.privateMessages.varint(self.privateEvents.count)
        for position in self.privateEvents.reversed() {
            self.privateMessages.event(events[position].head, at: tick, after: 0, events[position].value)
        }
    }
}
