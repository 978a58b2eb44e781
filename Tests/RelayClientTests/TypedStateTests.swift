import RelayClient
import RelayWire
import Testing

private enum Team: String, Codable, Sendable { case red, blue }

private struct Ship: RelayEntity, Equatable {
    var x: Double
    var score: Int
    var name: String
    var isFiring = false
    var team: Team?
    var shield: [UInt8] = [1, 2]
}

private struct Player: RelayEntity, Equatable {
    static var kind: String? { "player" }
    var x: Float
}

private struct Nested: RelayEntity {
    struct Point: Codable, Sendable { var x = 1.0 }
    var name = "Ada"
    var position = Point()
}

private struct Numbers: RelayEntity {
    var small: UInt8
    var large: UInt64
}

/// A replica with one entity of these fields.
private func replica(_ fields: [(name: String, value: Value)], quantum: Double? = nil) -> Replica {
    let bench = Bench()
    bench.join()
    bench.receive(
        frame(.snapshot, tick: 10, [.names, .entities]) { writer in
            writer.varint(0)
            writer.varint(fields.count)
            for field in fields {
                if case .quantised = field.value {
                    writer.nameEntry(field.name, quantum: quantum)
                } else {
                    writer.nameEntry(field.name, quantum: nil)
                }
            }
            writer.varint(0)
            writer.varint(1)
            writer.replaced(player1, owner: SeatNumber(rawValue: 1), fieldCount: fields.count)
            for (index, field) in fields.enumerated() {
                writer.indexedField(NameIndex(rawValue: UInt16(index)), StoredValue(field.value))
            }
            writer.varint(0)
        })
    return bench.replica
}

private let whole: [(name: String, value: Value)] = [
    ("x", .float(1.5)), ("score", .integer(3)), ("name", .string("Ada")), ("isFiring", .bool(true)), ("team", .string("red")),
    ("shield", .bytes([7])),
]
private let ship = Ship(x: 1.5, score: 3, name: "Ada", isFiring: true, team: .red, shield: [7])

struct TypedReadCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    fileprivate var fields: [(name: String, value: Value)]
    fileprivate var expected: Ship?

    fileprivate init(_ name: String, _ changes: [String: Value], without: String? = nil, _ expected: Ship?) {
        (self.testDescription, self.expected) = (name, expected)
        self.fields = whole.filter { $0.name != without }.map { ($0.name, changes[$0.name] ?? $0.value) }
        for (name, value) in changes where !whole.contains(where: { $0.name == name }) { self.fields.append((name, value)) }
    }

    static let all: [TypedReadCase] = [
        TypedReadCase("all fields", [:], ship),
        TypedReadCase("further fields do not matter", ["colour": .string("blue")], ship),
        TypedReadCase("a missing field leaves it out", [:], without: "x", nil),
        TypedReadCase("a field of another type leaves it out", ["x": .string("1.5")], nil),
        TypedReadCase("a whole float fits an integer", ["score": .float(3)], ship),
        TypedReadCase("a fraction does not", ["score": .float(3.5)], nil),
        TypedReadCase(
            "an integer fits a float", ["x": .integer(2)],
            Ship(x: 2, score: 3, name: "Ada", isFiring: true, team: .red, shield: [7])),
        TypedReadCase("steps are a number", ["x": .quantised(steps: 3)], ship),
        TypedReadCase("a number is no truth value", ["isFiring": .integer(1)], nil),
        TypedReadCase("a text is no bytes", ["shield": .string("a")], nil),
        TypedReadCase(
            "an optional may be null", ["team": .null], Ship(x: 1.5, score: 3, name: "Ada", isFiring: true, shield: [7])),
        TypedReadCase(
            "an optional may be missing", [:], without: "team", Ship(x: 1.5, score: 3, name: "Ada", isFiring: true, shield: [7])),
        TypedReadCase("an optional of another type leaves it out", ["team": .integer(1)], nil),
        TypedReadCase("a case that the enum does not have leaves it out", ["team": .string("green")], nil),
        TypedReadCase("null is no number", ["x": .null], nil),
    ]
}

@Suite("Typed state")
struct TypedStateTests {
    @Test("An entity is a value of a type if it has its fields with values of their types", arguments: TypedReadCase.all)
    func reads(_ example: TypedReadCase) {
        let found = replica(example.fields, quantum: 0.5).entities(of: Ship.self)
        #expect(found.map(\.value) == [example.expected].compactMap(\.self))
        #expect(found.allSatisfy { $0.id == player1 && $0.owner == SeatNumber(rawValue: 1) && $0.score == 3 })
    }

    @Test("A value's properties are its fields, nil is null, and a kind is a field too")
    func encodes() {
        #expect(
            FieldEncoder.fields(of: Ship(x: 1.5, score: -3, name: "Ada")) == [
                EncodedField("x", .float(1.5)), EncodedField("score", .integer(-3)), EncodedField("name", .string("Ada")),
                EncodedField("isFiring", .bool(false)), EncodedField("team", .null), EncodedField("shield", .bytes([1, 2])),
            ])
        #expect(
            FieldEncoder.fields(of: Player(x: 0.5)) == [EncodedField("x", .float(0.5)), EncodedField("kind", .string("player"))])
        #expect(FieldEncoder.fields(of: ship)[4] == EncodedField("team", .string("red")))
    }

    @Test(
        "A kind tells types with the same fields apart",
        arguments: [("player", true), ("ship", false), (nil, false)] as [(String?, Bool)])
    func kinds(kind: String?, isFound: Bool) {
        let fields: [(name: String, value: Value)] = [("x", .float(1.5))] + (kind.map { [("kind", .string($0))] } ?? [])
        #expect(replica(fields).entities(of: Player.self).isEmpty != isFound)
    }

    @Test(
        "A number that its type cannot hold leaves the entity out",
        arguments: [(255, 1, true), (256, 1, false), (1, -1, false)] as [(Int64, Int64, Bool)])
    func bounds(small: Int64, large: Int64, fits: Bool) {
        let found = replica([("small", .integer(small)), ("large", .integer(large))]).entities(of: Numbers.self)
        #expect(found.isEmpty != fits)
    }

    @Test("A type that nests traps, and the trap names the field")
    func nested() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = FieldEncoder.fields(of: Nested())
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("Nested.position"))
    }

    @Test("A number of more than 64 bits traps, and the trap names the field")
    func tooLarge() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = FieldEncoder.fields(of: Numbers(small: 1, large: .max))
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("Numbers.large"))
    }

    @Test(
        "What a game prints reads well",
        arguments: [
            (SeatNumber(rawValue: 3).description, "3"), (SeatNumber.room.description, "room"), (player1.description, "1"),
            (EntityID(SeatNumber(rawValue: 3), 7).description, "3/7"), (EntityID.room(7).description, "room/7"),
            (Value.string("Ada").description, "Ada"), (Value.float(1.5).description, "1.5"), (Value.null.description, "null"),
            (String(reflecting: Value.string("1")), "string(\"1\")"), (Tick(rawValue: 12).description, "12"),
        ])
    func prints(text: String, expected: String) { #expect(text == expected) }

    @Test("Entities and players print what they are")
    func printsEntities() {
        let bench = Bench()
        bench.joinWithSnapshot()
        #expect(bench.replica.entity(player1)?.description == "1 [x: 5, q: 1.5, s: hi]")
        #expect(bench.replica.players.first?.description == "1 live")
        let chat = RoomEvent(
            number: 1, tick: Tick(rawValue: 12), sender: SeatNumber(rawValue: 2), audience: .all, name: "chat",
            value: .string("hello"))
        #expect(chat.description == "2 chat hello")
    }
}
