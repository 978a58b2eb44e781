import RelayWire
import RelayWireJSON
import Testing

/// A first message, and the hello that it means. More of them, with their bytes, are in `Protocol/vectors/json-hello.json`.
private struct OpeningCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var room: String
    var lobby: LobbyPart?

    init(_ text: String, room: String = "", _ lobby: LobbyPart?) {
        (self.testDescription, self.room, self.lobby) = (text, room, lobby)
    }

    static let all: [OpeningCase] = [
        OpeningCase(#"{"join":"r"}"#, room: "r", nil),
        OpeningCase(#"{"join":"r","role":"player","heartbeat":"ack"}"#, room: "r", nil),
        OpeningCase(#"{"join":"r","password":"p"}"#, room: "r", LobbyPart(.joinOrMake, password: "p")),
        OpeningCase(#"{"join":"r","existing":true}"#, room: "r", LobbyPart(.join)),
        OpeningCase(#"{"join":"r","card":{}}"#, room: "r", LobbyPart(.joinOrMake)),
        OpeningCase(#"{"make":{}}"#, LobbyPart(.make)),
        OpeningCase(#"{"make":{"a":null}}"#, LobbyPart(.make)),
        OpeningCase(#"{"make":{},"room":"r","password":"p"}"#, room: "r", LobbyPart(.make, password: "p")),
        OpeningCase(#"{"make":{"listed":true,"a":null}}"#, LobbyPart(.make, card: RoomCard().with(.listed, unlessGiven: true))),
        OpeningCase(#"{"find":{},"type":"t"}"#, LobbyPart(.quickJoin, type: "t")),
        OpeningCase(#"{"find":{"listed":true}}"#, LobbyPart(.quickJoin, card: RoomCard().with(.listed, unlessGiven: true))),
    ]
}

@Suite("The lobby in the JSON form")
struct LobbyTests {
    @Test("A first message says what it wants of the lobby", arguments: OpeningCase.all)
    private func openings(_ row: OpeningCase) throws {
        let opening = try JSONOpening(decoding: Array(row.testDescription.utf8).span)
        #expect(opening.message == .hello(Hello(room: row.room, lobby: row.lobby)))
    }

    @Test("An act counts as an uplink, and its number moves the newest one on")
    func actsAreUplinks() throws {
        var translator = JSONTranslator()
        var newest: UInt64 = 3
        for text in [#"{"kick":2}"#, #"{"password":null}"#, #"{"host":2,"n":9}"#] {
            try translator.translate(Array(text.utf8).span, from: SeatNumber(rawValue: 3), newest: &newest)
        }
        #expect(newest == 9)
    }

    @Test("The card has a name of its own, and a number as all entities")
    func card() throws {
        #expect(EntityID(jsonName: "card") == .card)
        #expect(EntityID(jsonName: "room/65535") == .card)
        #expect(EntityID(jsonName: "card/0") == nil)
        var writer = WireWriter(capacity: 64)
        writer.json(EntityID.card)
        #expect(String(decoding: writer.array, as: UTF8.self) == #""card""#)
    }

    @Test("The results of acts have the names of SPEC section 20")
    func results() {
        #expect(ResultCode.noMoreRoom.jsonName == "noMoreRoom" && ResultCode.cannotBeBanned.jsonName == "cannotBeBanned")
    }
}
