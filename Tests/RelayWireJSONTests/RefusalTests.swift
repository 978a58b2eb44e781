import RelayWire
import RelayWireJSON
import Testing

/// A message, and what its refusal says.
private struct RefusalCase: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var error: JSONError

    init(_ text: String, _ error: JSONError) { (self.testDescription, self.error) = (text, error) }

    static func key(_ key: String) -> JSONError { .badKey(JSONKey(key)) }
    static func value(_ key: String) -> JSONError { .badValue(JSONKey(key)) }
    static func name(_ key: String) -> JSONError { .badName(JSONKey(key)) }

    static let seated: [RefusalCase] = [
        RefusalCase(#"{"sett":{}}"#, key("sett")), RefusalCase(#"{"set":{},"set":{}}"#, key("set")),
        RefusalCase(#"{"set":{},"send":["a"]}"#, key("send")), RefusalCase(#"{"do":[{"set":{},"n":1}]}"#, key("n")),
        RefusalCase(#"{"resync":true,"n":1}"#, key("n")), RefusalCase(#"{"send":["a"],"entity":1}"#, key("entity")),
        RefusalCase(#"{"send":["a"],"if":{"x":1}}"#, key("if")), RefusalCase(#"{"set":{},"to":"all"}"#, key("to")),
        RefusalCase(#"{"set":{},"hold":1}"#, key("hold")), RefusalCase(#"{"set":{"x":1,"x":2}}"#, key("x")),
        RefusalCase(#"{"leave":1}"#, value("leave")), RefusalCase(#"{"hidden":"yes"}"#, value("hidden")),
        RefusalCase(#"{"resync":false}"#, value("resync")), RefusalCase(#"{"do":{}}"#, value("do")),
        RefusalCase(#"{"ack":0}"#, value("ack")), RefusalCase(#"{"ack":1,"hold":-1}"#, value("hold")),
        RefusalCase(#"{"set":{},"n":1.5}"#, value("n")), RefusalCase(#"{"set":[]}"#, value("set")),
        RefusalCase(#"{"set":{"x":1,"y":[1]}}"#, value("y")), RefusalCase(#"{"do":[{"set":{"z":{"a":1}}}]}"#, value("z")),
        RefusalCase(#"{"set":{},"entity":"3/"}"#, value("entity")), RefusalCase(#"{"remove":65536}"#, value("remove")),
        RefusalCase(#"{"set":{"x":1},"if":{"y":1}}"#, value("if")), RefusalCase(#"{"send":"chat"}"#, value("send")),
        RefusalCase(#"{"send":["a",[1]]}"#, value("send")), RefusalCase(#"{"send":["a"],"to":"me"}"#, value("to")),
        RefusalCase(#"{"send":["a"],"to":[0]}"#, value("to")), RefusalCase(#"{"set":{"b":{"base64":"aGl="}}}"#, value("b")),
        RefusalCase(#"{"send":[""]}"#, name("send")), RefusalCase(#"{"set":{"":1}}"#, name("")),
        RefusalCase(#"{"kick":0}"#, value("kick")), RefusalCase(#"{"host":1024}"#, value("host")),
        RefusalCase(#"{"ban":2,"joined":-1}"#, value("joined")), RefusalCase(#"{"password":7}"#, value("password")),
        RefusalCase(#"{"invite":"short","seconds":1}"#, value("invite")),
        RefusalCase(#"{"invite":"0123456789abcdef"}"#, value("seconds")),
        RefusalCase(#"{"invite":"0123456789abcdef","seconds":86401}"#, value("seconds")),
        RefusalCase(#"{"invite":"0123456789abcdef","seconds":1,"held":"king"}"#, value("held")),
        RefusalCase(#"{"set":{},"joined":1}"#, key("joined")), RefusalCase(#"{"kick":2,"seconds":1}"#, key("seconds")),
        RefusalCase(#"{"password":"p","held":"player"}"#, key("held")), RefusalCase(#"{"kick":2,"ban":2}"#, key("ban")),
        RefusalCase(#"{"make":{}}"#, .outOfPlace), RefusalCase(#"{"find":{}}"#, .outOfPlace),
        RefusalCase(#"{"do":[{"make":{}}]}"#, key("make")), RefusalCase(#"{"existing":true}"#, key("existing")),
    ]

    static let first: [RefusalCase] = [
        RefusalCase(#"{"join":"lobby","rolle":"player"}"#, key("rolle")), RefusalCase(#"{"join":1}"#, value("join")),
        RefusalCase(#"{"join":"lobby","role":"king"}"#, value("role")), RefusalCase(#"{"join":""}"#, name("join")),
        RefusalCase(#"{"join":"lobby","heartbeat":"7"}"#, value("heartbeat")),
        RefusalCase(#"{"join":"lobby","make":{}}"#, key("make")), RefusalCase(#"{"find":{},"password":"p"}"#, key("password")),
        RefusalCase(#"{"make":{},"invitation":"0123456789abcdef"}"#, key("invitation")),
        RefusalCase(#"{"make":{},"room":"r","type":"t"}"#, .badKey()),
        RefusalCase(#"{"join":"r","existing":true,"card":{"a":1}}"#, .badKey()),
        RefusalCase(#"{"join":"r","existing":false}"#, value("existing")), RefusalCase(#"{"make":{},"type":""}"#, value("type")),
        RefusalCase(#"{"join":"r","invitation":"short"}"#, value("invitation")), RefusalCase(#"{"find":7}"#, value("find")),
        RefusalCase(#"{"make":{"listed":true,"seats":0}}"#, value("seats")), RefusalCase(#"{"find":{"a":[]}}"#, value("a")),
        RefusalCase(#"{"make":{"password":true}}"#, value("password")), RefusalCase(#"{"make":{"":1}}"#, name("")),
        RefusalCase(#"{"make":{"a":1,"a":2}}"#, .badKey(JSONKey("a"))), RefusalCase(#"{"make":{},"room":""}"#, name("room")),
        RefusalCase(#"{"join":"r","kick":2}"#, .outOfPlace), RefusalCase(#"{"host":2}"#, .outOfPlace),
        RefusalCase(#"{"password":"p"}"#, .outOfPlace),
    ]
}

@Suite("Refusals of text messages")
struct RefusalTests {
    @Test("A refusal names the key that is wrong", arguments: RefusalCase.seated)
    private func seated(_ row: RefusalCase) {
        var translator = JSONTranslator()
        var (newest, error): (UInt64, JSONError?) = (0, nil)
        do throws(JSONError) {
            try translator.translate(Array(row.testDescription.utf8).span, from: SeatNumber(rawValue: 3), newest: &newest)
        } catch let refusal { error = refusal }
        #expect(error == row.error)
    }

    @Test("So does that of a first message", arguments: RefusalCase.first)
    private func first(_ row: RefusalCase) {
        var error: JSONError?
        do throws(JSONError) { _ = try JSONOpening(decoding: Array(row.testDescription.utf8).span) } catch let refusal {
            error = refusal
        }
        #expect(error == row.error)
    }

    @Test(
        "A key is shown short and in ASCII",
        arguments: [
            ("sett", "sett"), ("a\"\\b", #"a\u{22}\u{5c}b"#), ("\u{1b}[2J", #"\u{1b}[2J"#), ("é\u{202e}", #"\u{e9}\u{202e}"#),
            (String(repeating: "k", count: 5000), String(repeating: "k", count: 24) + "..."),
            (String(repeating: "é", count: 5000), #"\u{e9}\u{e9}\u{e9}\u{e9}..."#),
        ])
    func keys(_ key: String, _ shown: String) {
        #expect(JSONKey(key).description == shown)
        #expect(JSONKey(Array(key.utf8).span).description == shown)
    }

    @Test("The sentence fits into a close frame, whatever the key is")
    func sentences() {
        let key = JSONKey(String(repeating: "k", count: 99))
        for error in [
            JSONError.notJSON, .badKey(key), .badValue(key), .badName(key), .badKey(), .badValue(), .badName(), .outOfPlace,
        ] {
            #expect(
                error.sentence.utf8.count <= WebSocketEncoder.maximumReasonBytes && error.sentence.utf8.allSatisfy { $0 < 0x80 })
        }
        #expect(
            JSONError.badValue(JSONKey("hold")).sentence
                == #"The value of "hold" has the wrong type or range: see SPEC.md section 18."#)
    }
}
