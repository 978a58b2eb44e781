import RelayServer
import RelayWire
import Testing

struct OrderVector: Sendable, CustomTestStringConvertible {
    var testDescription: String { String(self.body.prefix(80)) }
    var body: String
    /// A part of the sentence; nil where it is taken.
    var refusal: String?

    init(_ body: String, _ refusal: String? = nil) { (self.body, self.refusal) = (body, refusal) }
}

@Suite("The order of a room over HTTP")
struct LobbyHTTPOrderTests {
    private static func properties(_ count: Int, _ more: String = "") -> String {
        "{\"card\":{\((0..<count).map { "\"p\($0)\":null" }.joined(separator: ","))\(more)}}"
    }

    private static func invitations(_ count: Int) -> String {
        "{\"invitations\":[\(Array(repeating: #"{"seconds":1}"#, count: count).joined(separator: ","))]}"
    }

    @Test(
        "A body is taken, or refused with a sentence that names what is wrong",
        arguments: [
            OrderVector("{}"), OrderVector(#" {"room":"a","type":"b","card":{},"password":"c","invitations":[]} "#),
            OrderVector(#"{"room":"\#(String(repeating: "ä", count: 32))"}"#),
            OrderVector(#"{"room":"\#(String(repeating: "ä", count: 33))"}"#, #""room""#),
            OrderVector(#"{"room":""}"#, #""room""#),
            OrderVector(#"{"room":7}"#, #""room""#), OrderVector(#"{"room":null}"#, #""room""#),
            OrderVector(#"{"type":""}"#, #""type""#),
            OrderVector(#"{"type":"\#(String(repeating: "a", count: 33))"}"#, #""type""#),
            OrderVector(#"{"password":""}"#, #""password""#), OrderVector(#"{"password":null}"#, #""password""#),
            OrderVector(#"{"password":"\#(String(repeating: "a", count: 65))"}"#, #""password""#),
            OrderVector(#"{"card":{"listed":true,"locked":false,"seats":1,"spectators":0,"n":null,"x":-1,"y":1.5,"s":"t"}}"#),
            OrderVector(#"{"card":{"x":100000000000000000000,"y":1e300}}"#),
            OrderVector(#"{"card":{"listed":1}}"#, #""listed""#), OrderVector(#"{"card":{"seats":0}}"#, #""seats""#),
            OrderVector(#"{"card":{"seats":1024}}"#, #""seats""#), OrderVector(#"{"card":{"seats":2.0}}"#),
            OrderVector(#"{"card":{"seats":2.5}}"#, #""seats""#),
            OrderVector(#"{"card":{"spectators":-1}}"#, #""spectators""#),
            OrderVector(#"{"card":{"password":true}}"#, #""password""#),
            OrderVector(#"{"card":{"password":null}}"#, #""password""#),
            OrderVector(#"{"card":{"a":[]}}"#, #""a""#), OrderVector(#"{"card":{"a":{"int":"1"}}}"#, #""a""#),
            OrderVector(#"{"card":{"a":1e999}}"#, #""a""#), OrderVector(#"{"card":{"":1}}"#, #""""#),
            OrderVector(#"{"card":{"a":"\#(String(repeating: "b", count: 65))"}}"#, #""a""#),
            OrderVector(#"{"card":{"\#(String(repeating: "b", count: 65))":1}}"#, "is missing, or its value"),
            OrderVector(#"{"card":[]}"#, #""card""#), OrderVector(#"{"card":null}"#, #""card""#),
            OrderVector(properties(16, #","listed":true,"locked":true,"seats":9,"spectators":9"#)),
            OrderVector(properties(17), #""card""#), OrderVector(invitations(16)),
            OrderVector(invitations(17), #""invitations""#),
            OrderVector(#"{"invitations":[{"seconds":86400},{"seconds":600,"held":"player"},{"seconds":1,"held":null}]}"#),
            OrderVector(#"{"invitations":[{"seconds":0}]}"#, #""seconds""#), OrderVector(#"{"invitations":[{"seconds":9.0}]}"#),
            OrderVector(#"{"invitations":[{"seconds":-1}]}"#, #""seconds""#),
            OrderVector(#"{"invitations":[{"seconds":1e99}]}"#, #""seconds""#),
            OrderVector(#"{"invitations":[{"seconds":86401}]}"#, #""seconds""#),
            OrderVector(#"{"invitations":[{"seconds":601,"held":"spectator"}]}"#, #""seconds""#),
            OrderVector(#"{"invitations":[{"held":"player"}]}"#, #""seconds""#),
            OrderVector(#"{"invitations":[{"seconds":1,"held":"host"}]}"#, #""held""#),
            OrderVector(#"{"invitations":[{"seconds":1,"text":"x"}]}"#, #""text""#),
            OrderVector(#"{"invitations":[1]}"#, #""invitations""#), OrderVector(#"{"invitations":{}}"#, #""invitations""#),
            OrderVector(#"{"rom":"a"}"#, #""rom""#), OrderVector(#"{"room":"a","room":"b"}"#, #""room""#),
            OrderVector("[]", "JSON object"), OrderVector("", "JSON object"), OrderVector("null", "JSON object"),
            OrderVector("{", "JSON object"), OrderVector("{}{}", "JSON object"), OrderVector("\u{feff}{}", "JSON object"),
            OrderVector(String(repeating: "[", count: 4000), "JSON object"),
        ])
    func reads(_ vector: OrderVector) {
        do throws(LobbyRefusal) {
            _ = try NewRoom(body: Array(vector.body.utf8))
            #expect(vector.refusal == nil)
        } catch {
            #expect(error.code == .badRequest && error.isPeersFault)
            #expect(vector.refusal.map { error.message.contains($0) } ?? false, "\(error.message)")
        }
    }

    @Test("What is not UTF-8 is refused")
    func notText() {
        #expect(throws: LobbyRefusal.self) { try NewRoom(body: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]) }
    }

    @Test("Everything is taken over as it stands there; null is absent from the card")
    func whole() throws {
        let body = #"""
            {"room":"duel-1","type":"duel","password":"Secret 1","card":{"listed":true,"map":"dust","none":null,"level":2,"speed":2.0},
             "invitations":[{"seconds":60,"held":"player"},{"seconds":5,"held":"spectator"},{"seconds":7}]}
            """#
        let order = try NewRoom(body: Array(body.utf8))
        #expect(order.room == "duel-1" && order.type == "duel" && order.password == "Secret 1")
        #expect(
            order.card.fields == [
                CardField("listed", .bool(true)), CardField("map", .string("dust")), CardField("level", .integer(2)),
                CardField("speed", .float(2)),
            ])
        #expect(order.invitations.map(\.seconds) == [60, 5, 7] && order.invitations.map(\.held) == [.player, .spectator, nil])
    }
}
