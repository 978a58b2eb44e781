import RelayClient
import RelayWire
import Testing

private let invitation = "0123456789abcdef"
private let mate = ActTarget(SeatNumber(rawValue: 2), joined: Tick(rawValue: 5))

/// An act, and its bytes from SPEC section 20.
private struct ActRow: Sendable, CustomTestStringConvertible {
    var order: OutgoingAct
    var bytes: String
    var testDescription: String { self.bytes }

    static let all = [
        ActRow(order: .kick(mate), bytes: "06 02 05"),
        ActRow(order: .ban(ActTarget(SeatNumber(rawValue: 1500))), bytes: "07 dc 0b 00"),
        ActRow(order: .handOver(mate), bytes: "08 02 05"),
        ActRow(order: .password("pw"), bytes: "09 02 \"pw\""),
        ActRow(order: .password(""), bytes: "09 00"),
        ActRow(order: .invite(invitation, seconds: 600, held: .player), bytes: "0a 10 \"\(invitation)\" d8 04 01"),
        ActRow(order: .invite(invitation, seconds: 3600, held: .spectator), bytes: "0a 10 \"\(invitation)\" 90 1c 02"),
        ActRow(order: .invite(invitation, seconds: 86_400, held: nil), bytes: "0a 10 \"\(invitation)\" 80 a3 05 00"),
        ActRow(order: .invite(invitation, seconds: 0, held: nil), bytes: "0a 10 \"\(invitation)\" 00 00"),
    ]
}

@Suite("What a room's host does")
struct HostingTests {
    @Test("An act is an operation of an uplink, sent again unchanged", arguments: ActRow.all)
    private func isSent(row: ActRow) {
        let bench = Bench()
        bench.joinWithSnapshot()
        _ = bench.takeSent()
        #expect(bench.act(row.order).outcome == .accepted)
        bench.flush()
        #expect(bench.takeSent() == [wire("03 0a 00 01 01 " + row.bytes)])
        bench.close(nil)
        bench.reconnect()
        _ = bench.takeSent()
        bench.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: 2)) }
        #expect(bench.takeSent() == [wire("03 00 00 01 01 " + row.bytes)])
        #expect(bench.unconfirmedUplinks == 1)
    }

    @Test("Acts keep their order among themselves and events, and none is merged")
    func order() {
        let bench = Bench()
        bench.joinWithSnapshot()
        _ = bench.takeSent()
        bench.act(.password("pw"))
        bench.send("s")
        bench.act(.password(""))
        bench.act(.password(""))
        bench.act(.kick(mate))
        bench.flush()
        #expect(bench.takeSent() == [wire("03 0a 00 01 05 09 02 \"pw\" 03 03 00 00 09 00 09 00 06 02 05")])
    }

    @Test("Memory that an act waited in is used again by what is no act")
    func reuse() {
        let bench = Bench()
        bench.joinWithSnapshot()
        bench.act(.kick(mate))
        bench.flush()
        _ = bench.takeSent()
        bench.send("s")
        bench.flush()
        #expect(bench.takeSent() == [wire("03 0a 00 02 01 03 03 00 00")])
    }

    @Test("A refusal comes back with the act's ticket; no result is success")
    func results() {
        let bench = Bench()
        bench.joinWithSnapshot()
        let invited = bench.act(.invite(invitation, seconds: 600, held: .player)).ticket
        let banned = bench.act(.ban(mate)).ticket
        let kicked = bench.act(.kick(mate)).ticket
        #expect(Set([0, invited, banned, kicked]).count == 4)
        bench.flush()
        _ = bench.takeEvents()
        bench.receive(wire("83 01 0b 01 02 01 00 0e 01 01 0f"))
        bench.receive(frame(.delta, tick: 11, baseline: 10))
        let results = [
            OperationOutcome(ticket: invited, result: OperationResult(uplink: 1, operation: 0, code: .noMoreRoom)),
            OperationOutcome(ticket: banned, result: OperationResult(uplink: 1, operation: 1, code: .cannotBeBanned)),
        ]
        #expect(bench.takeEvents() == results.map { .result($0) } + [.confirmed(uplink: 1), .ticked(Tick(rawValue: 11))])
        #expect(bench.unconfirmedUplinks == 0)
    }

    @Test(
        "What the relay could not read is refused at once",
        arguments: [
            (OutgoingAct.kick(ActTarget(.room)), WriteOutcome.refusedSeats),
            (.ban(ActTarget(SeatNumber(rawValue: 2048))), .refusedSeats),
            (.handOver(ActTarget(SeatNumber(rawValue: 1024))), .refusedSeats),
            (.password(String(repeating: "p", count: 65)), .refusedLobby),
            (.password(String(repeating: "p", count: 64)), .accepted),
            (.invite("0123456789abcde", seconds: 1, held: nil), .refusedLobby),
            (.invite(String(repeating: "i", count: 65), seconds: 1, held: nil), .refusedLobby),
            (.invite(invitation, seconds: 86_401, held: nil), .refusedLobby),
            (.invite(invitation, seconds: 3_601, held: .player), .refusedLobby),
        ])
    func refused(order: OutgoingAct, outcome: WriteOutcome) {
        let bench = Bench()
        bench.joinWithSnapshot()
        #expect(bench.act(order).outcome == outcome)
        #expect((bench.act(order).ticket == 0) == (outcome != .accepted))
    }

    @Test("Without a seat nobody is a host, and no act waits for another room")
    func withoutSeat() {
        let bench = Bench()
        #expect(bench.act(.kick(mate)).outcome == .refusedEnded)
        #expect(bench.setCard(LobbyCard()) == .refusedEnded)
        bench.joinWithSnapshot()
        bench.close(nil)
        #expect(bench.act(.kick(mate)).outcome == .accepted)
        bench.reconnect()
        bench.close(.roomGone)
        #expect(bench.pendingOperations == 0)
        #expect(bench.act(.kick(mate)).outcome == .refusedEnded)
    }

    @Test("Acts have the bound of events")
    func bounded() {
        var options = SessionOptions()
        options.pendingEvents = 2
        let bench = Bench(options: options)
        bench.joinWithSnapshot()
        bench.act(.password("a"))
        #expect(bench.setCard(Self.card) == .refusedFull)
        #expect(bench.act(.password("b")).outcome == .accepted)
        #expect(bench.act(.password("c")).outcome == .refusedFull)
        #expect(bench.statistics.writesRefused == 2)
    }

    // MARK: The card

    private static var card: LobbyCard {
        var card = LobbyCard()
        (card.listed, card.locked) = (true, true)
        return card
    }

    /// Tick 11: a card that says all there is to say. The names from 3 on are those of its fields.
    private static let cardFrame = frame(.merged, tick: 11, baseline: 10, [.names, .entities]) { writer in
        let fields: [(String, Value)] = [
            ("listed", .bool(true)), ("locked", .bool(false)), ("seats", .integer(8)), ("spectators", .integer(0)),
            ("password", .bool(true)), ("map", .string("dust")), ("level", .integer(3)), ("gone", .null),
        ]
        writer.varint(3)
        writer.varint(fields.count)
        for (name, _) in fields { writer.nameEntry(name, quantum: nil) }
        writer.varint(0)
        writer.varint(1)
        writer.replaced(.card, owner: .room, fieldCount: fields.count + 1)
        writer.indexedField(NameIndex(rawValue: 1), StoredValue(.quantised(steps: 3)))
        for (index, field) in fields.enumerated() {
            writer.indexedField(NameIndex(rawValue: UInt16(3 + index)), StoredValue(field.1))
        }
        writer.varint(0)
    }

    /// In a room with the card of ``cardFrame``.
    private static var bench: Bench {
        let bench = Bench()
        bench.joinWithSnapshot()
        bench.receive(Self.cardFrame)
        bench.advance(by: 0)
        _ = bench.takeSent()
        return bench
    }

    @Test("A card reads as the room has it, numbers in their units")
    func readsCard() throws {
        let bench = Bench()
        bench.joinWithSnapshot()
        #expect(bench.replica.card == nil)
        bench.receive(Self.cardFrame)
        let card = try #require(bench.replica.card)
        #expect(card.listed == true && !card.locked && card.hasPassword)
        #expect(card.seats == 8 && card.spectators == 0)
        #expect(card.properties == ["map": .string("dust"), "level": .integer(3), "q": .float(1.5)])
    }

    @Test("Writing a card that is already there writes nothing")
    func sameCard() throws {
        let bench = Self.bench
        let card = try #require(bench.replica.card)
        #expect(bench.setCard(card) == .accepted)
        #expect(bench.pendingOperations == 0)
    }

    @Test("What differs is written by compare and set against what is there, what goes first")
    func writesCard() throws {
        let bench = Self.bench
        var card = try #require(bench.replica.card)
        (card.locked, card.seats) = (true, nil)
        card.properties["map"] = .string("mill")
        card.properties["level"] = nil
        card.properties["q"] = .float(2)
        card.properties["new"] = .bool(false)
        #expect(bench.setCard(card) == .accepted)
        bench.flush()
        let id = "80 f8 ff 1f "
        let operations = [
            "04 \(id) 06 03 10 00",  // seats: 8, none
            "04 \(id) 0a 03 06 00",  // level: 3, none
            "04 \(id) 05 01 02",  // locked: false, true
            "04 \(id) 09 06 04 \"dust\" 06 04 \"mill\"",
            "04 \(id) 00 03 \"new\" 00 01",
            "04 \(id) 02 05 06 05 08",  // q: 3 steps, 4
        ]
        #expect(bench.takeSent() == [wire("03 0b 00 01 06 " + operations.joined(separator: " "))])
    }

    @Test("The next write of a card expects what the one before will have made of it, until a frame shows what became of that")
    func expectsOwn() throws {
        let bench = Self.bench
        let seen = try #require(bench.replica.card)
        var card = seen
        card.locked = true
        card.properties["new"] = .bool(true)
        bench.setCard(card)
        bench.flush()
        _ = bench.takeSent()
        bench.setCard(card)
        #expect(bench.pendingOperations == 0)
        bench.setCard(seen)
        bench.setCard(seen)
        bench.flush()
        let id = "80 f8 ff 1f "
        #expect(bench.takeSent() == [wire("03 0b 00 02 02 04 \(id) 05 02 00 04 \(id) 00 03 \"new\" 02 00")])
        // The relay has refused all of it: the replica is what counts again.
        bench.receive(wire("83 01 0c 02 01 01 00 01"))
        bench.receive(frame(.delta, tick: 12, baseline: 11))
        bench.setCard(seen)
        #expect(bench.pendingOperations == 0)
        bench.setCard(card)
        #expect(bench.pendingOperations == 2)
    }
}
