import RelayWire
import Testing

/// A card, and what is wrong with it. What may stand on the wire is in `Protocol/vectors`.
private struct CardCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var fields: [CardField]
    var fault: CardFault?

    init(_ name: String, _ fields: KeyValuePairs<String, Value>, _ fault: CardFault? = nil) {
        (self.testDescription, self.fields, self.fault) = (name, fields.map { CardField($0.key, $0.value) }, fault)
    }

    static let all = [
        CardCase("nothing", [:]), CardCase("nulls", ["listed": .null, "a": .null]),
        CardCase("seats 1", ["seats": .integer(1)]), CardCase("seats 1023", ["seats": .integer(1023)]),
        CardCase("seats 0", ["seats": .integer(0)], .outOfRange), CardCase("seats 1024", ["seats": .integer(1024)], .outOfRange),
        CardCase("seats 3.0", ["seats": .float(3)], .wrongType), CardCase("spectators 0", ["spectators": .integer(0)]),
        CardCase("spectators −1", ["spectators": .integer(-1)], .outOfRange),
        CardCase("listed 1", ["listed": .integer(1)], .wrongType),
        CardCase("locked, a string", ["locked": .string("")], .wrongType),
        CardCase("password", ["password": .bool(true)], .notYours), CardCase("password null", ["password": .null], .notYours),
        CardCase("a string of 64 bytes", ["a": .string(String(repeating: "é", count: 32))]),
        CardCase("a string of 65 bytes", ["a": .string(String(repeating: "a", count: 65))], .wrongType),
        CardCase("bytes", ["a": .bytes([])], .wrongType),
        CardCase("a name twice", ["a": .bool(true), "a": .bool(true)], .repeated),
        CardCase("a name twice, once null", ["a": .null, "a": .bool(true)], .repeated),
        CardCase("names that only bytes tell apart", ["\u{E9}": .bool(true), "e\u{301}": .bool(true)]),
    ]
}

/// A part of a lobby part.
private enum Part: CaseIterable, Sendable { case type, password, invitation, card }

/// How a room is looked for, with its name.
private struct FitCase: CustomTestStringConvertible, Sendable {
    var how: LobbyPart.How
    var room: String
    /// The parts that may be there; nil if the room does not go with it.
    var parts: Set<Part>?
    var testDescription: String { "\(self.how) '\(self.room)'" }

    init(_ how: LobbyPart.How, _ room: String, _ parts: Set<Part>?) { (self.how, self.room, self.parts) = (how, room, parts) }

    /// SPEC section 20, by hand.
    static let all = [
        FitCase(.joinOrMake, "", nil), FitCase(.joinOrMake, "r", [.password, .invitation, .card]),
        FitCase(.join, "", nil), FitCase(.join, "r", [.password, .invitation]),
        FitCase(.make, "", [.type, .password, .card]), FitCase(.make, "r", [.password, .card]),
        FitCase(.quickJoin, "", [.type, .card]), FitCase(.quickJoin, "r", nil),
    ]
}

@Suite("The lobby's values")
struct LobbyTests {
    @Test("A lobby part fits what SPEC section 20 says, and nothing else", arguments: FitCase.all)
    private func fits(_ row: FitCase) {
        let parts = Part.allCases
        for bits in 0..<1 << parts.count {
            let chosen = Set(parts.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
            let lobby = LobbyPart(
                row.how, type: chosen.contains(.type) ? "t" : nil, password: chosen.contains(.password) ? "p" : nil,
                invitation: chosen.contains(.invitation) ? LobbyVectors.invitation : nil,
                card: chosen.contains(.card) ? RoomCard() : nil)
            let isExpected = row.parts?.isSuperset(of: chosen) ?? false
            #expect(lobby.fits(room: row.room) == isExpected, "\(chosen)")
        }
    }

    @Test("A card is what SPEC section 20 says", arguments: CardCase.all)
    private func cards(_ row: CardCase) {
        do throws(CardFault) {
            let card = try RoomCard(row.fields)
            #expect(row.fault == nil)
            #expect(card.fields == row.fields.filter { $0.value != .null })
        } catch {
            #expect(error == row.fault)
        }
    }

    @Test("A card has at most 16 properties", arguments: [(16, true), (17, false)])
    func properties(_ count: Int, _ isCard: Bool) {
        let known = [CardField("listed", .bool(true)), CardField("seats", .integer(4)), CardField("absent", .null)]
        let card = try? RoomCard(known + (0..<count).map { CardField("p\($0)", .integer(Int64($0))) })
        #expect((card != nil) == isCard)
        #expect((card?.properties.count ?? count) == count)
    }

    @Test("A card says a truth value unless it says one already")
    func truths() {
        let quiet = LobbyVectors.card(["listed": .bool(false), "map": .string("dust")])
        #expect(quiet.with(.listed, unlessGiven: true)[.listed] == .bool(false))
        #expect(RoomCard().with(.listed, unlessGiven: true)[.listed] == .bool(true))
        #expect(quiet[.locked] == nil && quiet.properties == [CardField("map", .string("dust"))])
    }

    @Test("A code has six letters that are easy to say", arguments: [0, 1, 22, 113_379_903, UInt64.max])
    func codes(_ random: UInt64) {
        let code = RoomCode.code(random)
        #expect(code.utf8.count == 6)
        #expect(code.utf8.allSatisfy { "3479BCDFGHJKMNPQRTVWXY".utf8.contains($0) })
        #expect(RoomCode.normalised(code) == code)
    }

    @Test(
        "What somebody typed is read as a code",
        arguments: [("k3m-7qx", "K3M7QX"), (" K3M 7QX ", "K3M7QX"), ("K3M7QX", "K3M7QX"), ("aeiou 0158", ""), ("", "")])
    func typed(_ text: String, _ code: String) {
        #expect(RoomCode.normalised(text) == code)
    }
}
