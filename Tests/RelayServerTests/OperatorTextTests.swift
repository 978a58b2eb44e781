import RelayHosting
import RelayServer
import Testing

@Suite("What operators read in a terminal")
struct OperatorTextTests {
    /// 2026-01-02T03:04:05Z.
    private static let now: Int64 = 1_767_323_045

    // MARK: Samples

    private static func room(
        _ name: String, _ totals: RelayStatistics.SeatTotals = .init(), seats: [RelayStatistics.Seat] = []
    ) -> RelayStatistics.Room {
        var room = RelayStatistics.Room(
            name: name, instance: "0123456789abcdef0123456789abcdef", tick: 1234, rate: 30, seats: seats, entities: 12,
            stateBytes: 812, eventLog: 3)
        room.totals = totals
        return room
    }

    private static func card(listed: Bool = false, locked: Bool = false, password: Bool = false) -> RelayStatistics.Card {
        var card = RelayStatistics.Card(.sample())
        (card.listed, card.locked, card.password) = (listed, locked, password)
        return card
    }

    private static func seat(_ number: UInt16, _ state: String, behind: Bool = false) -> RelayStatistics.Seat {
        RelayStatistics.Seat(
            seat: number, role: "player", state: state, behind: behind, cause: nil, rttMicroseconds: nil,
            minimumRttMicroseconds: nil, jitterMicroseconds: nil, generation: 1, lastUplink: 0, kernel: nil)
    }

    private static func ban(_ members: String) throws -> OperatorAnswers.Ban {
        try OperatorAnswers.decode(OperatorAnswers.Ban.self, from: "{\(members)}")
    }

    // MARK: Tables

    @Test("Rooms stand in columns, numbers end below each other, and totals come last")
    func alignsRooms() {
        var (duel, long) = (
            Self.room("duel", .init(live: 2, behind: 1, away: 1)),
            Self.room("a longer name", .init(live: 20, stalled: 1, away: 1))
        )
        (duel.spectators, duel.medianRttMicroseconds, duel.worstRttMicroseconds) = (1, 23_400, 120_050)
        (long.rate, long.stride, long.entities, long.stateBytes, long.tick) = (60, 2, 4096, 1400, 99)
        duel.card = Self.card(listed: true)
        let expected = """
            ROOM           PLAYERS  SPECTATORS  BEHIND  STALLED  AWAY  LOBBY       RTT     WORST       RATE  ENTITIES   STATE  TICK  TYPE
            duel                 2           1       1        0     1  listed  23.4 ms  120.1 ms      30 Hz        12   812 B  1234  default
            a longer name       22           0       0        1     1                –         –  60 Hz ÷ 2      4096  1.4 kB    99  default
            2 rooms, 24 players, 1 stalled
            """
        #expect(OperatorText.list([duel, long]) == expected)
    }

    @Test("A room has its facts first, then its seats")
    func showsSeats() {
        var (alice, nobody) = (Self.seat(1, "stalled", behind: true), Self.seat(1024, "away"))
        (alice.hidden, alice.cause, alice.generation) = (true, "clientFrozen", 3)
        (alice.rttMicroseconds, alice.minimumRttMicroseconds, alice.jitterMicroseconds) = (23_400, 8000, 1500)
        (alice.player, alice.name, alice.peer, nobody.role) = ("alice", "Alice", "192.0.2.7:5123", "spectator")
        var room = Self.room("duel", .init(behind: 1, stalled: 1, away: 1), seats: [alice, nobody])
        room.spectators = 1
        let expected = """
            room         duel
            type         default
            instance     0123456789abcdef0123456789abcdef
            seats        1 player, 1 spectator: 0 live, 1 stalled, 1 away; 1 behind
            lobby        not listed, open to all who know its name
            round trips  median –, worst –
            tick         1234, at 30 Hz, on thread 0
            entities     12, 812 B of state, 3 in the event log

            SEAT  ROLE       STATE                                       RTT   LEAST  JITTER  RETURNS  PLAYER  NAME   ADDRESS
               1  player     stalled, behind, hidden (clientFrozen)  23.4 ms  8.0 ms  1.5 ms        2  alice   Alice  192.0.2.7:5123
            1024  spectator  away                                          –       –       –        0  –       –      –
            """
        #expect(OperatorText.show(room) == expected)
    }

    @Test("Bans say whom, where and until when")
    func listsBans() throws {
        let bans = [
            try Self.ban(#""id":12,"player":"alice","until":\#(Self.now),"made":1,"by":"token","reason":"spam""#),
            try Self.ban(#""id":7,"address":"192.0.2.0/24","room":"duel","until":0,"made":0,"by":"unix""#),
        ]
        let expected = """
            ID  WHOM                  WHERE       UNTIL                 BY     REASON
            12  player alice          everywhere  2026-01-02T03:04:05Z  token  spam
            7   address 192.0.2.0/24  room duel   1970-01-01T00:00:00Z  unix   –
            """
        #expect(OperatorText.bans(bans) == expected)
    }

    @Test("Nothing is a sentence, not an empty table")
    func saysNothing() {
        #expect(OperatorText.list([]) == "There are no rooms.")
        #expect(OperatorText.bans([]) == "Nobody is banned.")
        #expect(OperatorText.kicked([]) == "Nobody was kicked.")
        #expect(OperatorText.show(Self.room("duel")).hasSuffix("\n\nNobody has a seat in it."))
    }

    // MARK: The lobby

    @Test(
        "A room's row says whether it is listed, locked or has a password, and nothing where none of it holds",
        arguments: [
            (nil, ""), (Self.card(), ""), (Self.card(listed: true), "listed"), (Self.card(locked: true), "locked"),
            (Self.card(password: true), "password"), (Self.card(listed: true, locked: true), "listed, locked"),
            (Self.card(listed: true, locked: true, password: true), "listed, locked, password"),
        ] as [(RelayStatistics.Card?, String)]
    )
    func tellsLobby(_ card: RelayStatistics.Card?, _ expected: String) throws {
        var room = Self.room("duel")
        room.card = card
        let lines = OperatorText.list([room]).split(separator: "\n").map(Array.init)
        let (start, end) = (try Self.column("LOBBY", in: lines[0]), try Self.column("RTT", in: lines[0]))
        #expect(lines[1][start..<end].split(separator: " ").map { String($0) }.joined(separator: " ") == expected)
        #expect(OperatorText.show(room).contains("\nlobby        " + (card?.listed == true ? expected : "not listed")))
    }

    private static func column(_ title: String, in line: [Character]) throws -> Int {
        try #require(line.firstRange(of: Array(title))).lowerBound
    }

    @Test("A terminal of 100 columns shows people, lobby, round trips and rate of rooms with ordinary names")
    func fitsHundredColumns() throws {
        var room = Self.room("room-123", .init(live: 20, behind: 2, stalled: 1, away: 1))
        (room.card, room.stride) = (Self.card(listed: true, locked: true), 2)
        (room.medianRttMicroseconds, room.worstRttMicroseconds) = (23_400, 120_050)
        let screen = WatchScreen(relay: "127.0.0.1:7778", .rooms([room]), at: Self.now)
        let lines = screen.lines(in: .init(width: 100, height: 24), at: Self.now)
        #expect(lines[3].hasPrefix("room-123 "))
        #expect(lines[3].contains("     1  listed, locked  23.4 ms  120.1 ms  30 Hz ÷ 2"), "\(lines[3])")
    }

    // MARK: Units

    @Test(
        "Round trips are milliseconds, rounded to a tenth",
        arguments: [
            (nil, "–"), (0, "0 µs"), (999, "999 µs"), (1049, "1.0 ms"), (1050, "1.1 ms"), (23_449, "23.4 ms"),
            (999_950, "1000.0 ms"),
            (.max, "18446744073709551.6 ms"),
        ] as [(UInt64?, String)]
    )
    func durations(_ microseconds: UInt64?, _ text: String) { #expect(OperatorText.duration(microseconds) == text) }

    @Test(
        "Bytes have the unit that suits them",
        arguments: [
            (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (3_145_728, "3.1 MB"),
        ]
    )
    func bytes(_ count: Int, _ text: String) { #expect(OperatorText.bytes(count) == text) }

    @Test(
        "Moments are UTC, whatever the number",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (Self.now, "2026-01-02T03:04:05Z"), (.min, "1970-01-01T00:00:00Z"),
            (.max, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func moments(_ seconds: Int64, _ text: String) { #expect(OperatorText.moment(seconds) == text) }

    // MARK: Hostile text

    /// Of each forbidden general category, and what they are for.
    static let hostile = [
        "\u{1B}[2J", "\u{1B}]0;title\u{07}", "\u{9B}31m", "\r\n", "a\nb", "a\u{7F}", "\u{202E}evil", "\u{2066}a", "a\u{200D}b",
        "\u{FEFF}",
        "\u{2028}", "\u{2029}", "\u{E000}", "\u{E0001}", "\u{0378}", "\u{10FFFF}",
    ]

    private static func isHarmless(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: scalar == "\n"
            default: true
            }
        }
    }

    @Test("No name, id or reason steers the terminal", arguments: Self.hostile)
    func neverSteers(_ text: String) throws {
        var seat = Self.seat(1, text)
        (seat.role, seat.cause, seat.player, seat.name, seat.peer) = (text, text, text, text, text)
        let room = Self.room(text, .init(live: 1), seats: [seat])
        #expect(Self.isHarmless(OperatorText.list([room])) && OperatorText.list([room]).split(separator: "\n").count == 3)
        #expect(Self.isHarmless(OperatorText.show(room)) && OperatorText.show(room).split(separator: "\n").count == 10)
        var ban = try Self.ban(#""id":1,"until":0,"made":0,"by":"unix""#)
        (ban.player, ban.room, ban.by, ban.reason) = (text, text, text, text)
        var kicked = try OperatorAnswers.decode(OperatorAnswers.KickAnswer.self, from: OperatorAnswerTests.kicked).kicked
        (kicked[0].room, kicked[0].player, kicked[0].name, kicked[0].peer) = (text, text, text, text)
        let answer = try OperatorAnswers.decode(OperatorAnswers.CloseAnswer.self, from: OperatorAnswerTests.closed)
        var closed = answer.closed
        closed.room = text
        for line in [
            OperatorText.bans([ban]), OperatorText.kicked(kicked), OperatorText.lifted(ban), OperatorText.closed(closed),
            OperatorText.closeQuestion(room: text, seats: 1), AdminFailure.refused(text).description,
        ] { #expect(Self.isHarmless(line)) }
        let screen = WatchScreen(relay: "relay", .room(room), at: Self.now)
        #expect(
            screen.lines(in: .init(width: 300, height: 30), at: Self.now).allSatisfy { Self.isHarmless($0) && !$0.contains("\n") }
        )
    }

    @Test("What is replaced keeps its width; what people can see stays")
    func keepsWidth() {
        #expect("a\u{1B}[31mb".forTerminal == "a\u{FFFD}[31mb")
        #expect("\r\n".forTerminal == "\u{FFFD}\u{FFFD}")
        #expect("größe 日本 🎮 \\ \"".forTerminal == "größe 日本 🎮 \\ \"")
    }

    @Test("JSON for a terminal says the same by escapes")
    func escapesJSON() {
        let answer = "{\n  \"a\" : \"ü\u{202E}\u{9B}\u{E0001}\\n\"\n}"
        let expected = #"""
            {
              "a" : "ü\u202e\u009b\udb40\udc01\n"
            }
            """#
        #expect(answer.jsonForTerminal == expected)
    }

    // MARK: Watching

    private static func names(_ lines: [String]) -> [String] { lines.map { String($0.prefix { $0 != " " }) } }

    @Test("Rooms with stalled players come first, then those with players that are behind")
    func sortsByUrgency() {
        let rooms = [
            Self.room("a", .init(live: 1)), Self.room("b", .init(live: 1, behind: 1)), Self.room("c", .init(live: 1)),
            Self.room("d", .init(behind: 1, stalled: 1)), Self.room("e", .init(stalled: 1)),
        ]
        let screen = WatchScreen(relay: "127.0.0.1:7778", .rooms(rooms), at: Self.now)
        let lines = screen.lines(in: .init(width: 200, height: 24), at: Self.now)
        #expect(lines[0] == "127.0.0.1:7778  2026-01-02T03:04:05Z  5 rooms, 5 players, 2 stalled")
        #expect(lines[1].isEmpty)
        #expect(Self.names(Array(lines.dropFirst(2))) == ["ROOM", "d", "e", "b", "a", "c"])
    }

    @Test("Stalled seats come first, then those that are behind")
    func sortsSeats() {
        let seats = [Self.seat(1, "live"), Self.seat(2, "live", behind: true), Self.seat(3, "stalled"), Self.seat(4, "away")]
        let screen = WatchScreen(relay: "relay", .room(Self.room("duel", seats: seats)), at: Self.now)
        let lines = screen.lines(in: .init(width: 200, height: 24), at: Self.now)
        #expect(lines.suffix(5).map { String($0.prefix(4)) } == ["SEAT", "   3", "   2", "   1", "   4"])
    }

    @Test("A small terminal shows what fits, and how much does not")
    func fitsTerminal() {
        let rooms = (10..<24).map { Self.room("room-\($0)", .init(live: 1)) }
        let screen = WatchScreen(relay: "127.0.0.1:7778", .rooms(rooms), at: Self.now)
        let lines = screen.lines(in: .init(width: 20, height: 5), at: Self.now)
        #expect(lines == ["127.0.0.1:7778  202…", "", "ROOM     PLAYERS  S…", "room-10        1   …", "… and 13 more"])
        #expect(screen.lines(in: .init(width: 200, height: 17), at: Self.now).last?.hasPrefix("room-23") == true)
        #expect(screen.lines(in: .init(width: 200, height: 16), at: Self.now).last == "… and 2 more")
    }

    @Test("No terminal is too small", arguments: 0...12, 0...12)
    func fitsAnywhere(_ width: Int, _ height: Int) {
        for subject in [
            WatchScreen.Subject.rooms([]), .rooms([Self.room("duel")]), .room(Self.room("duel", seats: [Self.seat(1, "live")])),
        ] {
            let screen = WatchScreen(relay: "relay", subject, at: Self.now)
            let lines = screen.lines(in: .init(width: width, height: height), at: Self.now)
            #expect(lines.count <= height && lines.allSatisfy { $0.count <= width })
        }
    }

    @Test("While the relay does not answer the last figures stay, dimmed, and it says since when")
    func dimsOldFigures() {
        let size = WatchScreen.Size(width: 120, height: 6)
        var screen = WatchScreen(relay: "relay", .rooms([Self.room("duel")]), at: Self.now)
        screen.failed(.absent(Endpoint(host: "127.0.0.1", port: 7778)))
        let lines = screen.lines(in: size, at: Self.now + 5)
        #expect(lines[1].hasPrefix("No new figures since 2026-01-02T03:04:05Z: Nobody listens at 127.0.0.1:7778"))
        #expect(lines[0].contains("03:04:10Z") && lines[3].hasPrefix("duel"))
        #expect(screen.drawing(in: size, at: Self.now).contains("\u{1B}[2K\u{1B}[2mduel "))
        screen.answered(.rooms([]), at: Self.now + 6)
        #expect(screen.lines(in: size, at: Self.now + 6).dropFirst() == ["", "There are no rooms."])
        #expect(!screen.drawing(in: size, at: Self.now).contains("\u{1B}[2m"))
    }

    @Test("Every line of the terminal is drawn anew, and none by scrolling")
    func drawsWholeScreen() {
        let drawing = WatchScreen(relay: "relay", .rooms([]), at: Self.now).drawing(
            in: .init(width: 80, height: 10), at: Self.now)
        #expect(drawing.hasPrefix("\u{1B}[H\u{1B}[2Krelay") && !drawing.hasSuffix("\n"))
        #expect(drawing.ranges(of: "\u{1B}[2K").count == 10 && drawing.ranges(of: "\r\n").count == 9)
    }
}
