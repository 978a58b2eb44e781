import RelayCore
import RelayWire
import Testing

@Suite("Limits of a room's state")
struct LimitTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code: ResultCode
        var configure: @Sendable (inout RoomConfiguration) -> Void
        /// Accepted, then the one that is over the limit.
        var accepted: [Op]
        var refused: Op
    }

    private static let mine = EntityID(SeatNumber(rawValue: 1), 0)
    private static func mine(_ number: UInt16) -> EntityID { EntityID(SeatNumber(rawValue: 1), number) }

    static let rows = [
        Row(
            testDescription: "entities", code: .tooManyEntities, configure: { $0.maximumEntities = 2 },
            accepted: [.set(mine(1), []), .set(mine(2), [])], refused: .set(mine(3), "x", .integer(1))
        ),
        Row(
            testDescription: "fields of an entity", code: .tooManyFields, configure: { $0.maximumFields = 2 },
            accepted: [.set(mine, "a", .null), .set(mine, "b", .null)], refused: .set(mine, "c", .null)
        ),
        Row(
            testDescription: "fields of an entity not made yet", code: .tooManyFields, configure: { $0.maximumFields = 2 },
            accepted: [], refused: .set(mine, [(.inline("a"), .null), (.inline("b"), .null), (.inline("c"), .null)])
        ),
        Row(
            testDescription: "state: an entity", code: .stateFull, configure: { $0.maximumStateBytes = 31 },
            accepted: [.set(mine(1), [])], refused: .set(mine(2), [])
        ),
        Row(
            testDescription: "state: a field", code: .stateFull, configure: { $0.maximumStateBytes = 24 },
            accepted: [.set(mine, "a", .integer(1))], refused: .set(mine, "b", .integer(1))
        ),
        Row(
            testDescription: "state: bytes", code: .stateFull, configure: { $0.maximumStateBytes = 34 },
            accepted: [.set(mine, "a", .bytes([1, 2])), .set(mine, "a", .string("0123456789"))],
            refused: .set(mine, "a", .string("0123456789+"))
        ),
        Row(
            testDescription: "state: what a set adds together", code: .stateFull, configure: { $0.maximumStateBytes = 39 },
            accepted: [.set(mine, [])],
            refused: .set(mine, [(.inline("a"), .null), (.inline("b"), .bytes([1, 2, 3, 4, 5, 6, 7, 8]))])
        ),
        Row(
            testDescription: "state: what a set frees counts once, though it names the field twice", code: .stateFull,
            configure: { $0.maximumStateBytes = 52 }, accepted: [.set(mine, "a", .string("0123456789"))],
            refused: .set(
                mine, [(.inline("a"), .null), (.inline("a"), .null), (.inline("b"), .bytes([UInt8](repeating: 1, count: 30)))])
        ),
    ]

    @Test("A write over a limit has no effect and yields its code; what was there can still change", arguments: rows)
    func limits(_ row: Row) {
        let harness = RoomHarness(row.configure)
        let client = harness.join()
        for op in row.accepted { harness.uplink(client, op) }
        harness.tick()
        #expect(client.replica.results.isEmpty)
        let (before, names, bytes) = (client.replica.entities, harness.room.nameCount, harness.room.stateBytes)
        harness.uplink(client, row.refused)
        harness.tick()
        #expect(client.replica.results.map(\.code) == [row.code])
        #expect(client.replica.entities == before)
        #expect(harness.room.nameCount == names)
        #expect(harness.room.stateBytes == bytes)
        #expect(harness.count(.operationsRefused) == 1)
        for op in row.accepted { harness.uplink(client, op) }
        harness.tick()
        #expect(client.replica.results.count == 1)
    }

    @Test("A room takes 1,024 names, for fields and events together; five of them are its card's")
    func names() {
        let harness = RoomHarness()
        let client = harness.join()
        for batch in 0..<16 {
            let count = batch < 15 ? 64 : 59
            let names = (0..<count).map { (OutgoingName.inline("n\(batch * 64 + $0)"), Value.null) }
            harness.uplink(client, .set(client.entity(UInt16(batch)), names))
        }
        harness.tick()
        #expect(harness.room.nameCount == 1019)
        harness.uplink(
            client, .set(client.entity(50), "new", .null), .event("other", .all, [], .null),
            .compare(client.entity(50), "third", expected: .null, new: .integer(1)), .set(client.entity(50), "n1018", .null)
        )
        harness.tick()
        #expect(client.replica.results.map(\.code) == [.tooManyNames, .tooManyNames, .tooManyNames])
        #expect(client.replica.entities[client.entity(50)]?.fields == [1018: .null])
        for key in ["locked", "listed"] {
            harness.uplink(client, .compare(.card, key, expected: .null, new: .bool(true)))
        }
        harness.uplink(client, .password("sesame"))
        harness.tick()
        #expect(client.replica.results.dropFirst(3).map(\.code) == [.succeeded, .succeeded])
        #expect(harness.room.nameCount == 1022 && harness.passwords.count == 1)
    }

    @Test("Names that look alike and are not the same bytes are not one name")
    func namesAreBytes() {
        let harness = RoomHarness()
        let client = harness.join()
        let (composed, decomposed) = ("\u{E9}", "e\u{301}")
        #expect(composed == decomposed, "to Swift")
        harness.uplink(client, .set(client.entity(1), composed, .integer(1)), .set(client.entity(1), decomposed, .integer(2)))
        harness.tick()
        #expect(harness.room.nameCount == 2)
        #expect(client.replica.entities[client.entity(1)]?.fields == [0: .integer(1), 1: .integer(2)])
    }

    @Test("A set with one field that cannot be written writes none; operations around it stand")
    func setIsAtomic() {
        let harness = RoomHarness { $0.fields = [DeclaredField(name: "q", quantum: 0.1)] }
        let client = harness.join()
        let (first, second) = (client.entity(1), client.entity(2))
        harness.uplink(
            client, .set(first, "x", .integer(1)),
            .set(second, [(.inline("x"), .integer(2)), (.inline("q"), .string("no")), (.inline("y"), .integer(2))]),
            .set(first, [(.inline("x"), .integer(3)), (.inline("q"), .bool(true))]), .set(first, "z", .integer(4))
        )
        harness.tick()
        #expect(harness.room.value(first, "x") == .integer(1))
        #expect(harness.room.value(first, "z") == .integer(4))
        #expect(harness.room.contents.map(\.id) == [first])
        #expect(client.replica.results.map(\.operation) == [1, 2])
    }

    @Test("State is counted as 16 bytes an entity, 8 a field and the bytes of strings", arguments: UInt64(0)..<5)
    func accounting(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let harness = RoomHarness { $0.maximumStateBytes = 2000 }
        let clients = [harness.join(), harness.join()]
        for _ in 0..<300 {
            let client = clients[Int(random.below(2))]
            harness.uplink(client, RandomOps.op(client.seat, &random))
            if random.chance(40) { harness.tick() }
            let counted = harness.room.contents.reduce(0) { sum, entity in
                sum + 16
                    + entity.fields.reduce(0) { sum, field in
                        switch field.value {
                        case .string(let string): sum + 8 + string.utf8.count
                        case .bytes(let bytes): sum + 8 + bytes.count
                        case .null, .bool, .integer, .float, .quantised: sum + 8
                        }
                    }
            }
            #expect(harness.room.stateBytes == counted)
            #expect(counted <= 2000)
        }
        #expect(harness.count(.operationsRefused) > 0)
    }

    @Test("One field named twice in a set cannot carry the state over its bound")
    func twiceInOneSet() {
        let harness = RoomHarness { $0.maximumStateBytes = 16 + 16 + 100 }
        let client = harness.join()
        let id = client.entity(0)
        let hundred = Value.bytes([UInt8](repeating: 1, count: 100))
        harness.uplink(client, .set(id, [(.inline("a"), hundred), (.inline("b"), .null)]))
        harness.tick()
        harness.uplink(client, .set(id, [(.inline("a"), .null), (.inline("a"), hundred), (.inline("b"), hundred)]))
        harness.tick()
        #expect(harness.room.stateBytes <= 132)
        #expect(client.replica.results.map(\.code) == [.stateFull])
    }
}

/// Random operations of one seat: small spaces, so that they meet.
enum RandomOps {
    static func value(_ random: inout SplitMix64) -> Value {
        switch random.below(9) {
        case 0: .null
        case 1: .bool(random.chance(50))
        case 2: .float(Double(random.below(1000)) / 8 - 50)
        case 3: .string(String(repeating: "ß", count: Int(random.below(20))))
        case 4: .bytes((0..<random.below(40)).map { UInt8($0) })
        case 5: .integer(Int64(bitPattern: random.next()))
        default: .integer(Int64(random.below(100)))
        }
    }

    static func op(_ seat: SeatNumber, _ random: inout SplitMix64) -> Op {
        let id = random.chance(25) ? EntityID.room(UInt16(random.below(3))) : EntityID(seat, UInt16(random.below(6)))
        switch random.below(10) {
        case 0: return .remove(id)
        case 1: return .compare(id, "n\(random.below(70))", expected: self.value(&random), new: self.value(&random))
        case 2: return .say(Int64(random.below(1000)), random.chance(50) ? .all : .others)
        default:
            let count = random.below(4)
            return .set(
                id, (0..<count).map { _ in (.inline("n\(random.below(random.chance(20) ? 70 : 5))"), self.value(&random)) })
        }
    }
}
