import RelayClient
import RelayWire
import Testing

/// Hexadecimal with blanks, and words in quotes for their ASCII.
func wire(_ text: String) -> [UInt8] {
    text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, part -> [UInt8] in
        guard index % 2 == 0 else { return Array(part.utf8) }
        return part.split(separator: " ").map { UInt8($0, radix: 16) ?? 0 }
    }
}

/// A welcome to seat 1 of a room that the relay has named: SPEC section 5, field by field.
private let namedWelcome = wire(
    """
    81 04 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 01 01 0a 1e 01 00 00 fa 01 e8 07 b8 17 90 4e c0 a9 07 88 27 \
    80 80 01 78 f0 01 00 00 02 01 07 06 "K7MQRT"
    """)

/// A hello, and its bytes from SPEC sections 4 and 20.
private struct HelloRow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var room = ""
    var role = Role.player
    var ticket: String?
    var lobby: LobbyPart?
    var bytes: String

    static let all = [
        HelloRow(testDescription: "none: as it always was", room: "lobby", lobby: nil, bytes: "01 01 05 \"lobby\" 00 00"),
        HelloRow(
            testDescription: "join or make, with a password", room: "lobby", lobby: LobbyPart(.joinOrMake, password: "pw"),
            bytes: "01 01 05 \"lobby\" 00 04 00 02 02 \"pw\""),
        HelloRow(
            testDescription: "join, with an invitation", room: "lobby",
            lobby: LobbyPart(.join, invitation: "0123456789abcdef"),
            bytes: "01 01 05 \"lobby\" 00 04 01 04 10 \"0123456789abcdef\""),
        HelloRow(
            testDescription: "make, by name, to watch", room: "x1", role: .spectator, lobby: LobbyPart(.make),
            bytes: "01 01 02 \"x1\" 01 04 02 00"),
        HelloRow(
            testDescription: "make, by a code",
            lobby: LobbyPart(.make, type: "duel", password: "pw", card: try? duel.wire()),
            bytes: """
                01 01 00 00 04 02 0b 04 "duel" 02 "pw" 04 06 "listed" 02 05 "seats" 03 04 03 "map" 06 04 "dust" 06 "ranked" 01
                """),
        HelloRow(
            testDescription: "quick join",
            lobby: LobbyPart(.quickJoin, card: try? card { $0.properties["bots"] = .bool(true) }.wire()),
            bytes: "01 01 00 00 04 03 08 01 04 \"bots\" 02"),
        HelloRow(
            testDescription: "quick join of anything", lobby: LobbyPart(.quickJoin, type: "duel", card: RoomCard()),
            bytes: "01 01 00 00 04 03 01 04 \"duel\""),
        HelloRow(
            testDescription: "with a ticket, which stands before it", ticket: "a.b.c", lobby: LobbyPart(.quickJoin),
            bytes: "01 01 00 00 07 05 \"a.b.c\" 03 00"),
    ]

    static let duel = card {
        ($0.listed, $0.seats) = (true, 2)
        $0.properties = ["ranked": .bool(false), "map": .string("dust")]
    }

    var bench: Bench {
        var options = SessionOptions()
        (options.ticket, options.lobby) = (self.ticket, self.lobby)
        return Bench(room: self.room, role: self.role, options: options)
    }
}

/// A card that `fill` fills.
private func card(_ fill: (inout LobbyCard) -> Void) -> LobbyCard {
    var card = LobbyCard()
    fill(&card)
    return card
}

@Suite("The lobby: finding a room")
struct LobbyTests {
    @Test("A hello has the lobby part that it was given", arguments: HelloRow.all)
    private func hello(row: HelloRow) {
        let bench = row.bench
        bench.open()
        #expect(bench.takeSent() == [wire(row.bytes)])
    }

    @Test("Who lets the relay choose the room comes back to the one that the welcome names")
    func rejoins() {
        let bench = HelloRow(testDescription: "", lobby: LobbyPart(.quickJoin), bytes: "").bench
        #expect(bench.room == "")
        bench.open()
        bench.receive(namedWelcome)
        #expect(bench.room == "K7MQRT")
        #expect(bench.isJoined)
        bench.close(nil)
        bench.reconnect()
        #expect(bench.takeSent().last == wire("02 01 06 \"K7MQRT\" 02 01 07 01 00 00 00"))
        // The welcome of a rejoin is not named.
        bench.receive { $0.welcome(.sample(tick: 20, generation: 2)) }
        #expect(bench.room == "K7MQRT")
    }

    @Test("A welcome without a name for a room that only the relay can name ends the connection")
    func unnamed() {
        let bench = HelloRow(testDescription: "", lobby: LobbyPart(.quickJoin), bytes: "").bench
        bench.open()
        bench.receive { $0.welcome(.sample()) }
        #expect(!bench.isJoined)
        #expect(bench.directives.contains(.close(code: 1002)))
    }

    @Test(
        "After its seat is lost, who had quick-joined looks again; who has made a room joins it, and makes no other",
        arguments: [
            (LobbyPart(.quickJoin, type: "duel"), "01 01 00 00 04 03 01 04 \"duel\""),
            (
                LobbyPart(.make, type: "duel", password: "pw", card: try? HelloRow.duel.wire()),
                "01 01 06 \"K7MQRT\" 00 04 01 02 02 \"pw\""
            ),
        ])
    func joinsAgain(lobby: LobbyPart, bytes: String) {
        let bench = HelloRow(testDescription: "", lobby: lobby, bytes: "").bench
        bench.open()
        bench.receive(namedWelcome)
        bench.close(.seatGone)
        #expect(bench.joinAgain())
        bench.open()
        #expect(bench.takeSent().last == wire(bytes))
    }

    @Test("Whose hello is refused with 4015 waits before the next one, more each time")
    func waits() {
        let bench = HelloRow(testDescription: "", room: "lobby", lobby: LobbyPart(.join), bytes: "").bench
        var longest: UInt64 = 0
        for _ in 0..<6 {
            bench.open()
            bench.close(.roomGone)
            #expect(bench.takeEvents() == [.seatLost(.roomGone)])
            #expect(bench.joinAgain())
            guard case .wait(let until)? = bench.lastDirective else {
                Issue.record("no wait")
                return
            }
            longest = max(longest, until - bench.now)
            bench.advanceToDeadline()
        }
        #expect(longest > 250_000_000)
    }

    @Test(
        "A room that is taken, locked, or has another password ends the session",
        arguments: [CloseCode.nameTaken, .wrongPassword, .roomLocked])
    func refused(code: CloseCode) {
        let bench = HelloRow(testDescription: "", room: "lobby", lobby: LobbyPart(.make), bytes: "").bench
        bench.open()
        bench.close(code)
        #expect(bench.takeEvents() == [.ended(code)])
        #expect(bench.lastDirective == .finished)
    }

    @Test(
        "A card that the relay would not take is known before",
        arguments: [
            (card { $0.seats = 0 }, CardFault.outOfRange), (card { $0.spectators = 1024 }, .outOfRange),
            (card { $0.properties["locked"] = .bool(true) }, .notYours), (card { $0.properties["password"] = .null }, .notYours),
            (card { $0.properties[""] = .null }, .outOfRange),
            (card { $0.properties[String(repeating: "n", count: 65)] = .null }, .outOfRange),
            (card { $0.properties["x"] = .float(.nan) }, .wrongType), (card { $0.properties["x"] = .bytes([1]) }, .wrongType),
            (card { $0.properties["x"] = .quantised(steps: 1) }, .wrongType),
            (card { $0.properties["x"] = .string(String(repeating: "é", count: 33)) }, .wrongType),
            (
                card { card in for number in 0..<17 { card.properties["\(number)"] = .integer(1) } },
                .tooManyProperties
            ),
        ])
    func faults(card: LobbyCard, fault: CardFault) {
        #expect(throws: fault) { _ = try card.wire() }
        let bench = Bench()
        bench.joinWithSnapshot()
        #expect(bench.setCard(card) == .refusedLobby)
        #expect(bench.pendingOperations == 0)
    }

    @Test("Invitations are 32 letters of base64url, and no two are the same")
    func invitations() {
        var random = SystemRandomNumberGenerator()
        let texts = (0..<100).map { _ in InvitationText.make(using: &random) }
        #expect(Set(texts).count == 100)
        for text in texts {
            #expect(text.utf8.count == 32)
            #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        }
    }
}
