import RelayWire
import RelayWireJSON
import Testing

@Suite("First messages, tokens, heartbeats and numbers of the JSON form")
struct OpeningTests {
    private func opening(_ text: String) -> Result<JSONOpening, JSONError> {
        Result { () throws(JSONError) in try JSONOpening(decoding: Array(text.utf8).span) }
    }

    @Test("join and rejoin say hello")
    func openings() throws {
        let token = JSONToken(token: [1, 2, 250], room: "lobby é").text
        let rejoin = Rejoin(room: "lobby é", token: [1, 2, 250], epoch: 0, tick: .none, confirmed: 9)
        let hello = JSONOpening(.hello(Hello(room: "lobby")), acknowledgement: .pings)
        #expect(self.opening(#"{"join":"lobby"}"#) == .success(hello))
        #expect(
            self.opening(#"{"join":"a","role":"spectator","heartbeat":"2probe"}"#)
                == .success(JSONOpening(.hello(Hello(room: "a", role: .spectator)), acknowledgement: .probes)))
        #expect(
            self.opening("{\"rejoin\":\"\(token)\",\"applied\":9,\"heartbeat\":\"ping\"}")
                == .success(JSONOpening(.rejoin(rejoin), acknowledgement: .textPings)))
    }

    @Test(
        "Anything else is no hello",
        arguments: [
            ("{}", JSONError.outOfPlace), (#"{"set":{"x":1}}"#, .outOfPlace), ("[]", .outOfPlace), ("2.5", .outOfPlace),
            (#"{"join":""}"#, .badName), (#"{"join":7}"#, .badValue), (#"{"join":"a","role":"king"}"#, .badValue),
            (#"{"join":"a","x":1}"#, .badKey), (#"{"rejoin":"!"}"#, .badToken), (#"{"rejoin":""}"#, .badToken),
            (#"{"rejoin":"BQEC"}"#, .badToken), (#"{"join":"a","heartbeat":"x"}"#, .badValue),
        ])
    func refusals(_ text: String, _ error: JSONError) { #expect(self.opening(text) == .failure(error)) }

    @Test("A token says token and room, in letters that a URL would not change")
    func tokens() throws {
        for count in [1, 58, 128] {
            let token = JSONToken(token: (0..<count).map { UInt8($0 * 7 & 255) }, room: String(repeating: "r", count: 64))
            #expect(try JSONToken(text: token.text) == token)
            #expect(token.text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        }
    }

    @Test(
        "Text heartbeats are known by their exact text",
        arguments: [
            ("ping", TextHeartbeat.ping), ("2", .two), ("2probe", .twoProbe), ("~h#7~", .echo), ("pong", .pong), ("3", .pong),
            ("3probe", .probed(.none)), ("3probe 1234", .probed(Tick(rawValue: 1234))), ("~h#12345678901234567890~", .echo),
            ("Ping", nil), ("ping ", nil), ("22", nil), ("~h#~", nil), ("~h#x~", nil), ("~h#123456789012345678901~", nil),
            ("3probe x", nil), ("3probe 99999999999999999", nil), ("", nil),
        ] as [(String, TextHeartbeat?)])
    func heartbeats(_ text: String, _ expected: TextHeartbeat?) {
        #expect(Array(text.utf8).withUnsafeBytes { TextHeartbeat($0) } == expected)
    }

    @Test("Of several heartbeats of a kind one is answered")
    func owed() {
        var owed = OwedHeartbeats()
        for text in ["ping", "~h#1~", "ping", "~h#2~", "2"] {
            Array(text.utf8).withUnsafeBytes { bytes in
                if let heartbeat = TextHeartbeat(bytes) { owed.add(heartbeat, bytes) }
            }
        }
        let expected = ["pong", "3", "~h#2~"].map { [0x81, UInt8($0.utf8.count)] + Array($0.utf8) }.joined()
        #expect(owed.takeFrames() == Array(expected))
        #expect(owed.isEmpty && owed.takeFrames() == [])
    }

    @Test(
        "Values are written as SPEC section 18 has them",
        arguments: [
            (Value.null, nil, "null"), (.bool(true), nil, "true"), (.integer(-7), nil, "-7"),
            (.integer(1 << 53), nil, #"{"int":"9007199254740992"}"#),
            (.integer(.min), nil, #"{"int":"-9223372036854775808"}"#), (.float(15), nil, "15.0"), (.float(0.1), nil, "0.1"),
            (.quantised(steps: 3), 0.1, "0.3"), (.quantised(steps: -7), 0.25, "-1.75"), (.quantised(steps: 3), 2.5, "7.5"),
            (.string("a\"\\\n\u{1}é<"), nil, #""a\"\\\u000a\u0001é<""#), (.bytes([104, 105]), nil, #"{"base64":"aGk="}"#),
        ] as [(Value, Double?, String)])
    func values(_ value: Value, _ quantum: Double?, _ expected: String) {
        var writer = WireWriter(capacity: 64)
        writer.json(StoredValue(value), quantum: quantum)
        #expect(String(decoding: writer.array, as: UTF8.self) == expected)
    }
}
