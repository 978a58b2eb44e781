import RelayClient
import RelayWire

/// Hand-made server bytes and the world around one session: a clock, what it sent, what it said.
final class Bench {
    var session: ClientSession
    var now: UInt64 = 1_000_000_000
    private(set) var sent: [[UInt8]] = []
    private(set) var events: [SessionEvent] = []
    private(set) var directives: [ConnectionDirective] = []

    init(room: String = "lobby", role: Role = .player, options: SessionOptions = SessionOptions(), seed: UInt64 = 1) {
        self.session = ClientSession(room: room, role: role, options: options, seed: seed)
        self.settle()
    }

    /// What the owner of the socket does after each input.
    func settle() {
        var sent: [[UInt8]] = []
        self.session.drainOutgoing { message in sent.append(message.withUnsafeBufferPointer { Array($0) }) }
        self.sent += sent
        while let event = self.session.nextEvent() { self.events.append(event) }
        while true {
            let directive = self.session.takeDirective(at: self.now)
            self.directives.append(directive)
            switch directive {
            case .connect, .close: continue
            case .wait, .none, .finished: return
            }
        }
    }

    func receive(_ message: [UInt8]) {
        self.session.received(message.span, at: self.now)
        self.settle()
    }

    func receive(_ write: (inout WireWriter) -> Void) { self.receive(message(write)) }

    func open() {
        self.session.connectionOpened(at: self.now)
        self.settle()
    }

    func close(_ code: CloseCode?, reason: String = "") {
        self.session.connectionClosed(code: code?.rawValue, reason: reason, at: self.now)
        self.settle()
    }

    func flush() {
        self.session.flush(at: self.now)
        self.settle()
    }

    func advance(by nanoseconds: UInt64) {
        self.now += nanoseconds
        self.session.advance(to: self.now)
        self.settle()
    }

    /// Waits until the session has something to do.
    func advanceToDeadline() {
        if let deadline = self.session.nextDeadline { self.advance(by: max(deadline, self.now) - self.now) }
    }

    /// Opens, and answers with this welcome.
    func join(_ answer: Welcome = .sample()) {
        self.open()
        self.receive { $0.welcome(answer) }
    }

    /// Joins and gets the room of ``snapshot(tick:checksum:)``.
    func joinWithSnapshot(_ answer: Welcome = .sample()) {
        self.join(answer)
        self.receive(snapshot(tick: answer.tick.rawValue))
    }

    /// Waits out the back-off and opens the next connection.
    func reconnect() {
        self.advanceToDeadline()
        self.open()
    }

    // The session's own, because a macro cannot look into what cannot be copied.
    var room: String { self.session.room }
    var replica: Replica { self.session.replica }
    var statistics: SessionStatistics { self.session.statistics }
    var welcome: Welcome? { self.session.welcome }
    var relay: RelayURL { self.session.relay }
    var stride: UInt64 { self.session.stride }
    var isReplicaWhole: Bool { self.session.isReplicaWhole }
    var isJoined: Bool { self.session.isJoined }
    var eventCursor: Tick { self.session.eventCursor }
    var unconfirmedUplinks: Int { self.session.unconfirmedUplinks }
    var pendingOperations: Int { self.session.pendingOperations }
    func entity(_ number: UInt16) -> EntityID? { self.session.entity(number) }

    @discardableResult
    func set(_ entity: EntityTarget, _ name: String, _ value: Value) -> WriteOutcome { self.session.set(entity, name, value) }

    @discardableResult
    func set(_ entity: EntityTarget, _ name: String, _ number: Double) -> WriteOutcome { self.session.set(entity, name, number) }

    @discardableResult
    func send(_ name: String, _ value: Value = .null) -> WriteOutcome { self.session.send(name, value) }

    func remove(_ entity: EntityTarget) { self.session.remove(entity) }

    func compareAndSet(_ entity: EntityTarget, _ name: String, expected: Value, new: Value) -> (
        ticket: UInt64, outcome: WriteOutcome
    ) {
        self.session.compareAndSet(entity, name, expected: expected, new: new)
    }

    @discardableResult
    func act(_ order: OutgoingAct) -> (ticket: UInt64, outcome: WriteOutcome) { self.session.act(order) }

    @discardableResult
    func setCard(_ card: LobbyCard) -> WriteOutcome { self.session.setCard(card) }

    func leave() {
        self.session.leave(at: self.now)
        self.settle()
    }

    func joinAgain() -> Bool {
        defer { self.settle() }
        return self.session.joinAgain(at: self.now)
    }

    func takeSent() -> [[UInt8]] {
        defer { self.sent = [] }
        return self.sent
    }

    func takeEvents() -> [SessionEvent] {
        defer { self.events = [] }
        return self.events
    }

    var lastDirective: ConnectionDirective? { self.directives.last }
}

/// The bytes that `write` writes.
func message(_ write: (inout WireWriter) -> Void) -> [UInt8] {
    var writer = WireWriter()
    write(&writer)
    return writer.array
}

/// A client message, decoded.
func decoded(_ message: [UInt8]?) throws -> ClientMessage {
    let message = message ?? []
    return try ClientMessage(decoding: message.span)
}

extension Welcome {
    static func sample(
        tick: UInt64 = 10, resumed: Bool = false, gap: Bool = false, instance: UInt64 = 1, epoch: UInt64 = 1, seat: UInt16 = 1,
        generation: UInt64 = 1, lastUplink: UInt64 = 0, uplinkBytes: UInt64 = 16_384, rate: UInt64 = 120, burst: UInt64 = 240,
        stride: UInt64 = 1
    ) -> Welcome {
        Welcome(
            resumed: resumed, uplinkGap: gap, instance: RoomInstance(high: 0, low: instance), epoch: epoch,
            seat: SeatNumber(rawValue: seat), generation: generation, tick: Tick(rawValue: tick), rate: 30, stride: stride,
            lastUplink: lastUplink, cause: .unknown,
            timing: Timing(
                maximumAckDelay: 250, heartbeatInterval: 1_000, stallAfter: 3_000, graceWindow: 10_000, seatHold: 120_000,
                giveUpAfter: 5_000
            ),
            uplinkBytes: uplinkBytes, uplinkRate: rate, uplinkBurst: burst, roomWrites: .anyone, departure: .remove,
            token: [UInt8(truncatingIfNeeded: generation), 7]
        )
    }
}

/// Names x (plain), q (steps of 0.5), s; entity 0 of seat 1 with x = 5, q = 3 steps, s = "hi"; seats 1 and 2, host 1.
func snapshot(
    tick: UInt64, checksum: UInt32? = nil, stride: UInt64 = 1, sections more: FrameSections = [],
    _ rest: (inout WireWriter) -> Void = { _ in }
) -> [UInt8] {
    message { writer in
        var sections: FrameSections = [.names, .entities, .roster]
        sections.formUnion(more)
        if checksum != nil { sections.insert(.heartbeat) }
        writer.frameHeader(FrameHeader(coding: .snapshot, sections: sections, tick: Tick(rawValue: tick), baseline: .none))
        writer.varint(0)
        writer.varint(3)
        writer.nameEntry("x", quantum: nil)
        writer.nameEntry("q", quantum: 0.5)
        writer.nameEntry("s", quantum: nil)
        writer.varint(0)
        writer.varint(1)
        writer.replaced(player1, owner: SeatNumber(rawValue: 1), fieldCount: 3)
        writer.indexedField(NameIndex(rawValue: 0), StoredValue(.integer(5)))
        writer.indexedField(NameIndex(rawValue: 1), StoredValue(.quantised(steps: 3)))
        writer.indexedField(NameIndex(rawValue: 2), StoredValue(.string("hi")))
        writer.varint(0)
        writer.seat(SeatNumber(rawValue: 1))
        writer.varint(2)
        for seat in UInt16(1)...2 {
            writer.rosterRow(
                RosterRow(seat: SeatNumber(rawValue: seat), state: .live, cause: .unknown, joined: Tick(rawValue: 1)))
        }
        rest(&writer)
        if let checksum {
            writer.heartbeat(checksum: checksum, stride: stride)
            for _ in 0..<2 { writer.heartbeatRow(rtt: 20_000, lastUplink: 0) }
        }
    }
}

/// Entity 0 of seat 1.
let player1 = EntityID(SeatNumber(rawValue: 1), 0)

/// A frame head with sections that the closure writes.
func frame(
    _ coding: Coding, tick: UInt64, baseline: UInt64 = 0, _ sections: FrameSections = [],
    _ rest: (inout WireWriter) -> Void = { _ in }
) -> [UInt8] {
    message { writer in
        writer.frameHeader(
            FrameHeader(coding: coding, sections: sections, tick: Tick(rawValue: tick), baseline: Tick(rawValue: baseline))
        )
        rest(&writer)
    }
}

/// An event as a frame's list has it.
func event(_ number: UInt64, tick: UInt64, sender: UInt16 = 2, _ audience: Audience = .all) -> EventHead {
    EventHead(
        number: number, tick: Tick(rawValue: tick), sender: SeatNumber(rawValue: sender), audience: audience,
        name: NameIndex(rawValue: 2)
    )
}
