import RelayCore
import RelayHosting
import RelayServer
import RelayWire
import Testing

struct QueryVector: Sendable, CustomTestStringConvertible {
    var testDescription: String { self.target }
    var target: String
    /// Nil where it is refused.
    var expected: Expected?

    struct Expected: Equatable, Sendable {
        var type: String?
        var conditions: [String] = []
        var limit = 100
    }

    init(_ target: String, _ expected: Expected?) { (self.target, self.expected) = (target, expected) }
}

struct WrittenVector: Sendable, CustomTestStringConvertible {
    var testDescription: String { "\(self.value) as \(self.text)" }
    var value: Value
    var text: String
    var isSo: Bool

    init(_ value: Value, _ text: String, _ isSo: Bool) { (self.value, self.text, self.isSo) = (value, text, isSo) }
}

@Suite("What is asked of a list of rooms")
struct LobbyHTTPQueryTests {
    @Test(
        "A query is read whole, or refused",
        arguments: [
            QueryVector("/lobby/rooms", .init()), QueryVector("/lobby/rooms?", .init()), QueryVector("/lobby/rooms?&&", .init()),
            QueryVector("/lobby/rooms?type=duel", .init(type: "duel")), QueryVector("/lobby/rooms?limit=1", .init(limit: 1)),
            QueryVector("/lobby/rooms?limit=1000#x", .init(limit: 1000)),
            QueryVector("/lobby/rooms?where=map:dust&where=a:b:c", .init(conditions: ["map|dust", "a|b:c"])),
            QueryVector("/lobby/rooms?where=a%3Ab+c%2B", .init(conditions: ["a|b c+"])),
            QueryVector("/lobby/rooms?where=a:", .init(conditions: ["a|"])),
            QueryVector("/lobby/rooms?%74ype=%C3%A4", .init(type: "ä")),
            QueryVector("/lobby/rooms?type=" + String(repeating: "ä", count: 32), .init(type: String(repeating: "ä", count: 32))),
            QueryVector("/lobby/rooms?type=a&type=a", nil), QueryVector("/lobby/rooms?type=", nil),
            QueryVector("/lobby/rooms?type", nil), QueryVector("/lobby/rooms?type=" + String(repeating: "a", count: 33), nil),
            QueryVector("/lobby/rooms?limit=0", nil), QueryVector("/lobby/rooms?limit=1001", nil),
            QueryVector("/lobby/rooms?limit=-1", nil), QueryVector("/lobby/rooms?limit=01", nil),
            QueryVector("/lobby/rooms?limit=%2B1", nil), QueryVector("/lobby/rooms?limit=1&limit=1", nil),
            QueryVector("/lobby/rooms?limit=100&limit=100", nil), QueryVector("/lobby/rooms?limit=9999999999999999999999", nil),
            QueryVector("/lobby/rooms?where=map", nil), QueryVector("/lobby/rooms?where=:dust", nil),
            QueryVector("/lobby/rooms?where=a:" + String(repeating: "b", count: 65), nil),
            QueryVector("/lobby/rooms?where=" + String(repeating: "a", count: 65) + ":b", nil),
            QueryVector("/lobby/rooms?" + String(repeating: "where=a:b&", count: 9), nil),
            QueryVector("/lobby/rooms?wher=a:b", nil), QueryVector("/lobby/rooms?Type=a", nil),
            QueryVector("/lobby/rooms?=a", nil),
            QueryVector("/lobby/rooms?type=%", nil), QueryVector("/lobby/rooms?type=%4", nil),
            QueryVector("/lobby/rooms?type=%zz", nil), QueryVector("/lobby/rooms?type=%ff", nil),
        ])
    func reads(_ vector: QueryVector) {
        do throws(LobbyRefusal) {
            let query = try LobbyQuery(target: vector.target)
            let conditions = query.conditions.map { "\($0.name.text)|\($0.value.text)" }
            #expect(
                QueryVector.Expected(type: query.type?.text, conditions: conditions, limit: query.limit) == vector.expected)
        } catch {
            #expect(vector.expected == nil && error.code == .badRequest && error.isPeersFault, "\(error.message)")
        }
    }

    @Test(
        "A property is compared as text, and a number by its value",
        arguments: [
            WrittenVector(.string("dust"), "dust", true), WrittenVector(.string("dust"), "Dust", false),
            WrittenVector(.string("2"), "2", true), WrittenVector(.string("2"), "2.0", false),
            WrittenVector(.string("e\u{301}"), "\u{e9}", false), WrittenVector(.string(""), "", true),
            WrittenVector(.bool(true), "true", true), WrittenVector(.bool(true), "1", false),
            WrittenVector(.bool(false), "false", true),
            WrittenVector(.integer(2), "2", true), WrittenVector(.integer(2), "2.0", true),
            WrittenVector(.integer(2), "2e0", true),
            WrittenVector(.integer(2), "2.5", false), WrittenVector(.integer(2), "", false),
            WrittenVector(.integer(2), "e", false),
            WrittenVector(.integer(.max), "9223372036854775807", true),
            WrittenVector(.integer(.max), "9223372036854775806", false),
            WrittenVector(.integer(.max), "e", false), WrittenVector(.integer(-2), "-2", true),
            WrittenVector(.float(2), "2", true), WrittenVector(.float(0.1), "0.1", true),
            WrittenVector(.float(0.1), "0.10", true),
            WrittenVector(.float(0.5), "0x1p-1", false), WrittenVector(.float(9_007_199_254_740_992), "9007199254740993", false),
            WrittenVector(.float(1e300), "1e300", true), WrittenVector(.float(1), "nan", false),
            WrittenVector(.null, "null", false),
        ])
    func compares(_ vector: WrittenVector) { #expect(vector.value.isWritten(as: WrittenValue(vector.text)) == vector.isSo) }

    private static let rooms: [(name: String, listing: RoomListing)] = [
        ("b", .sample(1, type: "duel", [CardField("map", .string("dust")), CardField("level", .integer(2))])),
        ("a", .sample(1, [CardField("map", .string("dust"))])), ("hidden", .sample(9, isListed: false)),
        ("full", .sample(5, [CardField("level", .float(2))])), ("locked", .sample(0) { $0.isLocked = true }),
        ("held", .sample(1) { $0.held = 2 }),
    ]

    @Test(
        "Lists have what matches, the fullest first, then by name",
        arguments: [
            ("", ["full", "held", "a", "b", "locked"], false), ("limit=5", ["full", "held", "a", "b", "locked"], false),
            ("limit=2", ["full", "held"], true), ("type=duel", ["b"], false), ("type=none", [], false),
            ("where=map:dust", ["a", "b"], false), ("where=map:dust&limit=1", ["a"], true),
            ("where=level:2", ["full", "b"], false),
            ("where=map:dust&where=level:2", ["b"], false), ("where=map:dust&where=map:sand", [], false),
        ] as [(String, [String], Bool)])
    func lists(_ query: String, _ names: [String], _ more: Bool) throws {
        let found = LobbyBoard().rooms(try LobbyQuery(target: "/lobby/rooms?\(query)"), in: .of(Self.rooms))
        #expect(found.entries.map(\.name) == names && found.more == more)
    }

    @Test("The board follows the index, and keeps its order, whatever comes and goes")
    func follows() {
        let (index, board) = (LobbyIndex.of(Self.rooms), LobbyBoard())
        var random = SplitMix64(seed: 1)
        var known: [String: RoomListing] = [:]
        for _ in 0..<2000 {
            let name = "r\(random.next() % 40)"
            if random.next() % 4 == 0 {
                known[name] = nil
                index.remove(.sample(name))
            } else {
                let listing = RoomListing.sample(Int(random.next() % 5), isListed: random.next() % 3 > 0)
                known[name] = listing
                index.publish(listing, of: .sample(name))
            }
            guard random.next() % 3 == 0 else { continue }
            let names = board.rooms(LobbyQuery(), in: index).entries.map(\.name).filter { $0.hasPrefix("r") }
            let expected = known.filter(\.value.isListed).sorted { ($1.value.players, $0.key) < ($0.value.players, $1.key) }
            #expect(names == expected.map(\.key))
        }
    }

    @Test("An entry is one line of JSON, and the password's hash is not in it")
    func entry() throws {
        let listing = RoomListing.sample(
            3, type: "duel",
            [
                CardField("b", .bool(true)), CardField("f", .float(2)), CardField("i", .integer(.min)),
                CardField("s\n\"", .string("\u{1}ü")),
            ]
        ) {
            ($0.seats, $0.spectators, $0.spectatorSeats, $0.held) = (8, 1, 4, 2)
            ($0.isLocked, $0.password) = (true, PasswordHash(bytes: [1, 2, 3]))
        }
        let entry = LobbyEntry(FoundRoom(route: .sample("é\u{7f}"), listing: listing))
        let start = #"{"room":"é\#u{7f}","type":"duel","players":3,"seats":8,"spectators":1,"spectatorSeats":4,"held":2,"#
        let end =
            #""locked":true,"password":true,"properties":{"b":true,"f":2.0,"i":-9223372036854775808,"s\u000a\"":"\u0001ü"}}"#
        #expect(String(buffer: entry.json) == start + end)
    }
}
