// modules: RelayWire
// planted: Sources/RelayWire/WireCursor.swift | try self.require(Int(count), bytes) | _ = count
// planted: Sources/RelayWire/Messages/Welcome.swift | self.varint(welcome.uplinkRate) | self.varint(welcome.uplinkBurst)
import RelayWire

/// The binary form: whatever decodes is encoded to bytes that mean the same. Only a negative zero has two encodings, and packed
/// differences, whose widths an encoder may choose.
enum Target: FuzzTarget {
    static func seeds() throws -> [[UInt8]] {
        try ["client-messages", "invalid-client", "server-messages", "invalid-server", "json-frames"].flatMap {
            try Vectors.all("hex", in: $0)
        }
    }

    static func run(_ input: [UInt8]) {
        self.client(input)
        self.server(input)
    }

    // MARK: Clients

    /// Names that the relay is taken to have given.
    private static let names = 40

    private static func client(_ input: [UInt8]) {
        guard let again = self.encoded(client: input) else { return }
        let isSameLength = again.count == input.count || again.count < input.count && self.hasCard(input)
        expect(isSameLength, "a client message is as long as what it decodes to")
        expect(self.encoded(client: again) == again, "a client message decodes to what was encoded")
    }

    /// A hello's card is written without the fields that are null.
    private static func hasCard(_ input: [UInt8]) -> Bool {
        guard case .hello(let hello)? = try? ClientMessage(decoding: input.span) else { return false }
        return hello.lobby?.card != nil
    }

    private static func encoded(client input: [UInt8]) -> [UInt8]? {
        guard let message = try? ClientMessage(decoding: input.span) else { return nil }
        var writer = WireWriter()
        switch message {
        case .hello(let hello): writer.hello(hello)
        case .rejoin(let rejoin): writer.rejoin(rejoin)
        case .uplink(let head, let offset):
            expect(
                ClientMessage.uplinkNumber(of: input.span) == head.number, "the number read before the message is the message's")
            guard let list = try? OperationList(input.span, from: offset, count: head.operationCount, names: self.names) else {
                return nil
            }
            writer.uplinkHead(head)
            writer.operations(list, input)
        case .ack(let ack): writer.ack(ack)
        case .resync(let ack, let reason): writer.resync(ack, reason)
        case .leave: writer.leave()
        case .visibility(let ack, let isHidden): writer.visibility(ack, isHidden: isHidden)
        }
        return writer.array
    }

    // MARK: The relay

    private static func server(_ input: [UInt8]) {
        var cursor = WireCursor()
        guard let raw = try? cursor.u8(input.span), let kind = ServerMessageKind(rawValue: raw) else { return }
        switch kind {
        case .welcome:
            guard let welcome = try? cursor.welcome(input.span) else { return }
            var writer = WireWriter()
            writer.welcome(welcome)
            expect(writer.array == input, "a welcome is encoded as it was")
        case .private:
            guard let message = try? cursor.privateMessage(input.span) else { return }
            var writer = WireWriter()
            var again = WireCursor(offset: 1)
            writer.privateMessage(message)
            expect(writer.count == input.count, "a private message is as long as what it decodes to")
            expect((try? again.privateMessage(writer.array.span)) == message, "a private message decodes to what was encoded")
        case .players:
            guard let rows = try? cursor.players(input.span) else { return }
            var writer = WireWriter()
            writer.playersHeader(count: rows.count)
            for row in rows { writer.playerRow(row) }
            expect(writer.array == input, "rows of players are encoded as they were")
        case .frame: self.frame(input)
        }
    }

    /// Nothing in a frame says how many rows its heartbeat has: the replica knows.
    private static func frame(_ input: [UInt8]) {
        for rows in 0...3 {
            guard let frame = FrameRecord(input, rosterRows: rows) else { continue }
            let encoded = frame.encoded()
            expect(FrameRecord(encoded, rosterRows: rows) == frame, "a frame decodes to what was encoded")
        }
    }
}

extension WireWriter {
    /// Appends operations as they were read from `message`.
    fileprivate mutating func operations(_ list: OperationList, _ message: [UInt8]) {
        func name(_ reference: NameReference) -> OutgoingName {
            switch reference {
            case .inline(let range): .inline(String(decoding: message[range], as: UTF8.self))
            case .index(let index): .index(index)
            }
        }
        var fields = list.fields[...]
        for operation in list.operations {
            switch operation {
            case .set(let entity, let count):
                self.set(entity, fieldCount: count)
                for field in fields.prefix(count) { self.field(name(field.name), StoredValue(field.value, in: message.span)) }
                fields = fields.dropFirst(count)
            case .remove(let entity): self.remove(entity)
            case .event(let event, let audience, let seats, let value):
                self.event(name(event), audience, seats: Array(list.seats[seats]), StoredValue(value, in: message.span))
            case .compareAndSet(let entity, let field, let expected, let new, let numbersByValue):
                self.compareAndSet(
                    entity, name(field), expected: StoredValue(expected, in: message.span),
                    new: StoredValue(new, in: message.span),
                    numbersByValue: numbersByValue)
            case .act(let act): self.hostAct(act, message)
            }
        }
    }

    private mutating func hostAct(_ act: HostAct, _ message: [UInt8]) {
        switch act {
        case .kick(let target): self.act(.kick, on: target)
        case .ban(let target): self.act(.ban, on: target)
        case .host(let target): self.act(.host, on: target)
        case .password(let range): self.password(String(decoding: message[range], as: UTF8.self))
        case .invite(let range, let seconds, let held):
            self.invite(String(decoding: message[range], as: UTF8.self), seconds: seconds, held: held)
        }
    }
}

/// Everything that a frame says.
private struct FrameRecord: FrameVisitor, Equatable {
    private struct Name: Equatable {
        var name: String
        var quantum: Double?
    }
    private struct Field: Equatable {
        var name: NameIndex
        var value: StoredValue
    }
    private struct Step: Equatable {
        var name: NameIndex
        var difference: Int64
    }
    private struct Item: Equatable {
        var entity: EntityID
        var owner = SeatNumber.room
        var fields: [Field] = []
        var steps: [Step] = []
    }
    private struct Event: Equatable {
        var head: EventHead
        var value: StoredValue
    }
    private struct Row: Equatable {
        var rtt: UInt64?
        var lastUplink: UInt64
    }

    private let rosterRows: Int
    private var head = FrameHeader(coding: .snapshot, sections: [], tick: .none, baseline: .none)
    private var firstName = 0
    private var names: [Name] = []
    private var removed: [EntityID] = []
    private var replaced: [Item] = []
    private var updated: [Item] = []
    private var isReplacing = false
    private var host = SeatNumber.room
    private var roster: [RosterRow] = []
    private var events: [Event] = []
    private var lost = Tick.none
    private var checksum: UInt32 = 0
    private var stride: UInt64 = 0
    private var rows: [Row] = []

    /// Nil if it does not decode.
    init?(_ message: [UInt8], rosterRows: Int) {
        self.rosterRows = rosterRows
        var cursor = WireCursor(offset: 1)
        do throws(WireError) { try cursor.frame(message.span, into: &self) } catch { return nil }
    }

    mutating func header(_ header: FrameHeader) -> Bool {
        self.head = header
        return true
    }
    mutating func name(_ name: Range<Int>, quantum: Double?, at index: NameIndex, _ bytes: Span<UInt8>) {
        if self.names.isEmpty { self.firstName = Int(index.rawValue) }
        let text = bytes.extracting(name).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        self.names.append(Name(name: text, quantum: quantum))
    }
    mutating func removed(_ entity: EntityID) { self.removed.append(entity) }
    mutating func replaced(_ entity: EntityID, owner: SeatNumber, fieldCount: Int) {
        self.isReplacing = true
        self.replaced.append(Item(entity: entity, owner: owner))
    }
    mutating func updated(_ entity: EntityID) {
        self.isReplacing = false
        self.updated.append(Item(entity: entity))
    }
    mutating func field(_ name: NameIndex, _ value: ValueView, _ bytes: Span<UInt8>) {
        let field = Field(name: name, value: StoredValue(value, in: bytes))
        if self.isReplacing {
            self.replaced[self.replaced.count - 1].fields.append(field)
        } else {
            self.updated[self.updated.count - 1].fields.append(field)
        }
    }
    mutating func difference(_ name: NameIndex, _ difference: Int64) {
        self.updated[self.updated.count - 1].steps.append(Step(name: name, difference: difference))
    }
    mutating func host(_ seat: SeatNumber) { self.host = seat }
    mutating func row(_ row: RosterRow) { self.roster.append(row) }
    mutating func event(_ head: EventHead, _ value: ValueView, _ bytes: Span<UInt8>) {
        self.events.append(Event(head: head, value: StoredValue(value, in: bytes)))
    }
    mutating func lost(through tick: Tick) { self.lost = tick }
    mutating func heartbeat(checksum: UInt32, stride: UInt64) -> Int {
        (self.checksum, self.stride) = (checksum, stride)
        return self.rosterRows
    }
    mutating func heartbeatRow(_ position: Int, rtt: UInt64?, lastUplink: UInt64) {
        self.rows.append(Row(rtt: rtt, lastUplink: lastUplink))
    }

    // MARK: Encoding

    func encoded() -> [UInt8] {
        var writer = WireWriter()
        writer.frameHeader(self.head)
        if self.head.sections.contains(.names) {
            writer.varint(self.firstName)
            writer.varint(self.names.count)
            for name in self.names { writer.nameEntry(name.name, quantum: name.quantum) }
        }
        if self.head.sections.contains(.entities) { self.entities(&writer) }
        if self.head.sections.contains(.roster) {
            writer.seat(self.host)
            writer.varint(self.roster.count)
            for row in self.roster { writer.rosterRow(row) }
        }
        if self.head.sections.contains(.events) {
            writer.varint(self.events.count)
            var previous: UInt64 = 0
            for event in self.events {
                writer.event(event.head, at: self.head.tick, after: previous, event.value)
                previous = event.head.number
            }
        }
        if self.head.sections.contains(.lost) { writer.varint(self.head.tick.rawValue - self.lost.rawValue) }
        if self.head.sections.contains(.heartbeat) {
            writer.heartbeat(checksum: self.checksum, stride: self.stride)
            for row in self.rows { writer.heartbeatRow(rtt: row.rtt.map { $0 * 1000 }, lastUplink: row.lastUplink) }
        }
        return writer.array
    }

    private func entities(_ writer: inout WireWriter) {
        let isDelta = self.head.coding == .delta
        let packed = self.updated.filter { !$0.steps.isEmpty }
        let absolute = self.updated.filter { $0.steps.isEmpty }
        if isDelta {
            var lists: DifferenceLists = []
            if !self.removed.isEmpty { lists.insert(.removed) }
            if !self.replaced.isEmpty { lists.insert(.replaced) }
            if !absolute.isEmpty { lists.insert(.absolute) }
            writer.differenceHead(lists, packed: packed.count)
        }
        if !isDelta || !self.removed.isEmpty {
            writer.varint(self.removed.count)
            for entity in self.removed { writer.entity(entity) }
        }
        if !isDelta || !self.replaced.isEmpty {
            writer.varint(self.replaced.count)
            for item in self.replaced {
                writer.replaced(item.entity, owner: item.owner, fieldCount: item.fields.count)
                for field in item.fields { writer.indexedField(field.name, field.value) }
            }
        }
        if !packed.isEmpty { Self.pack(packed, &writer) }
        if !isDelta || !absolute.isEmpty {
            writer.varint(absolute.count)
            for item in absolute {
                writer.absoluteUpdate(item.entity, fieldCount: item.fields.count)
                for field in item.fields { writer.indexedField(field.name, field.value) }
            }
        }
    }

    private static func pack(_ items: [Item], _ writer: inout WireWriter) {
        var packer = DifferencePacker()
        for item in items {
            packer.update(item.entity)
            for step in item.steps { packer.difference(step.name, step.difference) }
        }
        packer.write(into: &writer)
    }
}
