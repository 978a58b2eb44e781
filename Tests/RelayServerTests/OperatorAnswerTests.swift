import RelayHosting
import RelayServer
import Testing

@Suite("What operators ask, and what relays answer")
struct OperatorAnswerTests {
    static let kicked = """
        {"kicked":[{"room":"duel","instance":"0123456789abcdef0123456789abcdef","seat":2,"generation":5,"role":"player","state":"live","player":"alice","name":"Alice",
        "peer":"192.0.2.7:5123","of_a_newer_relay":[1]},{"room":"duel","instance":"0123456789abcdef0123456789abcdef","seat":3,"generation":1,"role":"player","state":"away"}]}
        """
    static let closed = #"{"closed":{"room":"duel","instance":"0123456789abcdef0123456789abcdef","seats":3}}"#
    private static let ban = """
        {"id":12,"player":"alice","room":"duel","until":1767323045,"made":1767236645,"by":"token","reason":"spam",
        "of_a_newer_relay":{}}
        """

    // MARK: Answers

    @Test("Rooms decode as the relay encodes them, and keys of newer relays are skipped")
    func decodesRooms() throws {
        var seat = RelayStatistics.Seat(
            seat: 1, role: "player", state: "live", behind: true, cause: "network", rttMicroseconds: 1, minimumRttMicroseconds: 2,
            jitterMicroseconds: 3, generation: 4, lastUplink: 5,
            kernel: .init(rttMicroseconds: 1, retransmits: 2, unacked: 3, notSentBytes: 4, congestionWindow: 5))
        (seat.name, seat.acknowledgementAgeMicroseconds) = ("Alice", 7)
        var room = RelayStatistics.Room(
            name: "duel", instance: "0", tick: 1, rate: 30, seats: [seat], entities: 2, stateBytes: 3, eventLog: 4)
        (room.medianRttMicroseconds, room.totals.live) = (1, 1)
        let text = String(decoding: try AdminAPI.encode(RelayStatistics(rooms: [room])), as: UTF8.self)
        let answer = try OperatorAnswers.decode(OperatorAnswers.RoomList.self, from: text)
        #expect(OperatorText.show(try #require(answer.rooms.first)) == OperatorText.show(room))
    }

    @Test("Who was kicked is told by what is known of them")
    func decodesKicks() throws {
        let answer = try OperatorAnswers.decode(OperatorAnswers.KickAnswer.self, from: Self.kicked)
        let expected = "Kicked seat 2 of duel: player alice, Alice, 192.0.2.7:5123.\nKicked seat 3 of duel."
        #expect(OperatorText.kicked(answer.kicked) == expected)
    }

    @Test("A closed room is told with the seats that it had")
    func decodesClose() throws {
        let answer = try OperatorAnswers.decode(OperatorAnswers.CloseAnswer.self, from: Self.closed)
        #expect(OperatorText.closed(answer.closed) == "Closed duel with 3 seats.")
        #expect(OperatorText.closeQuestion(room: "duel", seats: 1) == "Close duel with 1 seat? [y/N] ")
    }

    @Test("Bans are told when they are made, listed and lifted")
    func decodesBans() throws {
        let made = try OperatorAnswers.decode(OperatorAnswers.BanAnswer.self, from: #"{"ban":\#(Self.ban),"kicked":[]}"#)
        let line = "Banned player alice (room duel) until 2026-01-02T03:04:05Z: ban 12."
        #expect(OperatorText.banned(made) == line + "\nNobody was kicked.")
        let lifted = try OperatorAnswers.decode(OperatorAnswers.LiftAnswer.self, from: #"{"lifted":\#(Self.ban)}"#).lifted
        #expect(OperatorText.lifted(lifted) == "Lifted ban 12 of player alice (room duel).")
        let listed = try OperatorAnswers.decode(OperatorAnswers.BanList.self, from: #"{"bans":[\#(Self.ban)]}"#).bans
        #expect(listed == [made.ban] && lifted == made.ban)
    }

    @Test("What is no answer of a relay is said to be none", arguments: ["", "ok\n", "[]", "{}", #"{"bans":[{"id":1}]}"#])
    func refusesOthers(_ text: String) {
        #expect(throws: AdminFailure.unreadable(reason: "it is not what a relay of this version answers")) {
            try OperatorAnswers.decode(OperatorAnswers.BanList.self, from: text)
        }
    }

    @Test(
        "A refusal is the relay's sentence; where a token may help, that too",
        arguments: [
            (200, true, "fine\n", nil),
            (404, true, "There is no room duel.\nAnd more.\n", "There is no room duel."),
            (409, true, "a\u{1B}b", "a\u{FFFD}b"),
            (401, true, "No.\n", "No. Use --token-file with the file that the relay's setting adminToken names."),
            (403, true, "No token is set.", "No token is set."),
            (404, false, "<html>", "The answer is 404 and no sentence: is --admin right, and the relay of this version?"),
            (500, true, "", "The answer is 500 and no sentence: is --admin right, and the relay of this version?"),
        ] as [(Int, Bool, String, String?)]
    )
    func refusals(_ status: Int, _ isSentence: Bool, _ text: String, _ description: String?) {
        let failure = AdminAnswer(status: status, isSentence: isSentence, text: text).failure
        #expect(failure?.description == description)
        #expect(failure.map { $0.exitCode == 2 } ?? true)
    }

    // MARK: Requests

    @Test("Requests are those of Protocol/ADMIN.md, with names escaped and what is not said left out")
    func requests() {
        let rows: [(AdminRequest, AdminRequest.Method, String, String?)] = [
            (.rooms, .get, "/rooms", nil), (.bans, .get, "/bans", nil), (.unban(12), .delete, "/bans/12", nil),
            (.room("a&b=c/ü"), .get, "/rooms?room=a%26b%3Dc%2F%C3%BC", nil),
            (.kick(2, of: "duel", generation: nil, reason: nil), .post, "/rooms/kick", #"{"room":"duel","seat":2}"#),
            (
                .kick(2, of: "a\"/", generation: 5, reason: "spam"), .post, "/rooms/kick",
                #"{"generation":5,"reason":"spam","room":"a\"/","seat":2}"#
            ),
            (.close("duel", reason: nil), .post, "/rooms/close", #"{"room":"duel"}"#),
            (
                .ban(.seat(2, room: "duel", generation: 3, isEverywhere: true, isShared: false), seconds: 60, reason: nil), .post,
                "/bans", #"{"everywhere":true,"generation":3,"room":"duel","seat":2,"seconds":60}"#
            ),
            (.ban(.player("alice", room: nil), seconds: 1, reason: nil), .post, "/bans", #"{"player":"alice","seconds":1}"#),
            (
                .ban(.address("192.0.2.0/24", room: "duel"), seconds: 1, reason: nil), .post, "/bans",
                #"{"address":"192.0.2.0/24","room":"duel","seconds":1}"#
            ),
        ]
        for (request, method, target, body) in rows {
            #expect(request.method == method && request.target == target && request.body == body)
        }
    }

    // MARK: Options

    @Test("A ban names one, in one of three forms")
    func banForms() throws {
        var options = BanOptions()
        #expect(throws: BanOptions.Senseless.self) { try options.target() }
        options.player = "alice"
        #expect(try options.target() == .player("alice", room: nil))
        options.isEverywhere = true
        #expect(try options.target() == .player("alice", room: nil))
        options.room = "duel"
        #expect(throws: BanOptions.Senseless.self) { try options.target() }
        options.isEverywhere = false
        #expect(try options.target() == .player("alice", room: "duel"))
        options.address = "192.0.2.7"
        #expect(throws: BanOptions.Senseless.self) { try options.target() }
        options.player = nil
        #expect(try options.target() == .address("192.0.2.7", room: "duel"))
        options.isShared = true
        #expect(throws: BanOptions.Senseless.self) { try options.target() }
    }

    @Test("A ban by seat has a room and a number, and may be wider")
    func banBySeat() throws {
        var options = BanOptions()
        options.seat = ("duel", nil)
        #expect(throws: BanOptions.Senseless.self) { try options.target() }
        options.seat = ("duel", 2)
        (options.isEverywhere, options.isShared, options.generation) = (true, true, 4)
        #expect(try options.target() == .seat(2, room: "duel", generation: 4, isEverywhere: true, isShared: true))
        options.room = "duel"
        #expect(throws: BanOptions.Senseless.self) { try options.target() }
        (options.room, options.player) = (nil, "alice")
        #expect(throws: BanOptions.Senseless.self) { try options.target() }
    }

    @Test(
        "A ban's length is whole seconds with a unit, up to ten years",
        arguments: [
            ("1s", 1), ("90s", 90), ("1.5m", 90), ("24h", 86_400), ("7d", 604_800), ("0.5d", 43_200), ("3650d", 315_360_000),
            ("3651d", nil), ("0s", nil), ("500ms", nil), ("1500ms", nil), ("3600", nil), ("-1s", nil), ("1 d", nil), ("d", nil),
            ("1w", nil), ("", nil), ("1hd", nil),
        ] as [(String, Int64?)]
    )
    func lengths(_ text: String, _ seconds: Int64?) { #expect(BanLength(text)?.seconds == seconds) }

    @Test(
        "An admin listener is written as the setting has it, or as its URL",
        arguments: [
            ("127.0.0.1:7778", "127.0.0.1:7778"), ("http://relay.internal:7778", "relay.internal:7778"),
            ("http://[::1]:7778/", "[::1]:7778"), ("unix:/run/tickrelay/admin.sock", "unix:/run/tickrelay/admin.sock"),
            ("https://a:7778", nil), ("http://unix:/run/a", nil), ("a", nil), ("a:0", nil), ("", nil), ("http://", nil),
            ("http://a:7778/stats", nil),
        ] as [(String, String?)]
    )
    func endpoints(_ text: String, _ endpoint: String?) {
        #expect(Endpoint(admin: text).map { "\($0)" } == endpoint)
    }
}
