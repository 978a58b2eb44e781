/// SPEC section 18: messages on a seat, and the text heartbeats.
enum JSONClientVectors {
    static var all: [TextVector] {
        self.operations + self.compareAndSets + self.events + self.values + self.entities + self.others + self.heartbeats
            + JSONRefusedVectors.all + JSONLobbyVectors.messages
    }

    private static let longName = String(repeating: "n", count: 64)

    private static var operations: [TextVector] {
        let many = "{\"do\":[\((0..<64).map { "{\"remove\":\($0)}" }.joined(separator: ","))]}"
        let wide = "{\"set\":{\((0..<64).map { "\"k\($0)\":\($0)" }.joined(separator: ","))}}"
        return [
            TextVector("set", #"{"set":{"x":1.5,"hp":3}}"#),
            TextVector("set, with blanks", " { \"set\" :\t{ \"x\" : 1.5 ,\n \"hp\" : 3 } }\r\n"),
            TextVector("set without fields", #"{"set":{}}"#),
            TextVector("set with 64 fields", wide),
            TextVector("set, longest name", "{\"set\":{\"\(self.longName)\":1}}"),
            TextVector("set, name and text of escapes", #"{"set":{"\"\\\/\b\f\n\r\t\u00E9\ud83d\ude00":"\u0000\u001f\u007f"}}"#),
            TextVector("set, key spelt with an escape", #"{"s\u0065t":{"x":1}}"#),
            TextVector("set, one field twice, spelt differently: the last one counts", #"{"set":{"x":1,"\u0078":2}}"#),
            TextVector("set with a number of its own", #"{"set":{"x":1},"n":50}"#),
            TextVector("set with a number that was used", #"{"n":2,"set":{"x":1}}"#),
            TextVector("set with the largest number", #"{"set":{"x":1},"n":9007199254740991}"#),
            TextVector("the first uplink of a seat", newest: 0, #"{"set":{"x":1}}"#),
            TextVector("an uplink behind the last number gets it again", newest: safe, #"{"set":{"x":1}}"#),
            TextVector("set that acknowledges", #"{"set":{"x":1},"ack":1234}"#),
            TextVector("set that acknowledges what was held", #"{"hold":1.5,"set":{"x":1},"ack":1234}"#),
            TextVector("remove one's own", #"{"remove":0}"#),
            TextVector(
                "several operations", #"{"do":[{"set":{"x":-0.0}},{"remove":1},{"send":["a"]},{"set":{"t":1},"if":{"t":0}}]}"#),
            TextVector("operations with a number and an ack", #"{"do":[{"remove":1},{"remove":2}],"n":7,"ack":9,"hold":0}"#),
            TextVector("64 operations", many),
            TextVector("no operations", #"{"do":[]}"#),
        ]
    }

    private static var compareAndSets: [TextVector] {
        [
            TextVector("compare and set", #"{"set":{"turn":2},"if":{"turn":1},"entity":"room"}"#),
            TextVector("compare and set of an absent field", #"{"if":{"owner":null},"set":{"owner":"Ann"}}"#),
            TextVector("compare and set of a float", #"{"if":{"x":3},"set":{"x":3.5}}"#),
            TextVector("compare and set of bytes", #"{"if":{"x":{"base64":""}},"set":{"x":{"base64":"AQI="}}}"#),
            TextVector("compare and set, names spelt differently", #"{"if":{"x":3},"set":{"\u0078":4}}"#),
        ]
    }

    private static var events: [TextVector] {
        let seats = (1...64).map { "\($0 * 31)" }.joined(separator: ",")
        return [
            TextVector("event without a value", #"{"send":["jump"]}"#),
            TextVector("event", #"{"send":["chat","hello"]}"#),
            TextVector("event whose value is null", #"{"send":["chat",null]}"#),
            TextVector("event to all", #"{"send":["chat","hello"],"to":"all"}"#),
            TextVector("event to the others", #"{"send":["chat","hello"],"to":"others"}"#),
            TextVector("event to the host", #"{"to":"host","send":["chat","hello"]}"#),
            TextVector("event to one seat", #"{"send":["psst",1],"to":[2]}"#),
            TextVector("event to the largest seats", #"{"send":["psst",1],"to":[1023,1024,2047]}"#),
            TextVector("event to 64 seats", "{\"send\":[\"psst\",1],\"to\":[\(seats)]}"),
            TextVector("event, longest name", "{\"send\":[\"\(self.longName)\"]}"),
        ]
    }

    private static var values: [TextVector] {
        let texts = [
            "null", "true", "false", "0", "-0", "-1", "63", "9007199254740991", "9007199254740992", "9223372036854775807",
            "-9223372036854775808", "0.0", "-0.0", "1.0", "-2.5", "0.1", "1e0", "1E+2", "1e-7", "-1.5e3",
            "1.7976931348623157e308",
            "5e-324", "1e-400", "123456789012345678901234567890.0", #""""#, #""naïve 🛰""#, #""a\/b""#, #"{"int":"0"}"#,
            #"{"int":"9007199254740993"}"#, #"{"int":"-9223372036854775808"}"#, #"{"base64":""}"#, #"{"base64":"aGk="}"#,
            #"{"base64":"+/+/"}"#, #"{"base64":"/w=="}"#, #"{"\u0069nt":"7"}"#,
        ]
        let digits = "0." + String(repeating: "3", count: 62)
        return (texts + [digits]).map { TextVector("value \($0)", "{\"set\":{\"x\":\($0)}}") }
    }

    private static var entities: [TextVector] {
        let names = [
            "0", "7", "65535", #""room""#, #""room/0""#, #""room/7""#, #""room/65535""#, #""3""#, #""3/0""#, #""3/7""#, #""1""#,
            #""1023/65535""#, #""roo\u006d""#,
        ]
        let own = ["0", "7"].map { TextVector("own entity \($0) of a spectator is the room's", seat: 1024, "{\"remove\":\($0)}") }
        return names.map { TextVector("entity \($0)", "{\"entity\":\($0),\"set\":{\"x\":1}}") } + own
            + [TextVector("a spectator's own 0 is the room's", seat: 2047, #"{"set":{"x":1}}"#)]
    }

    private static var others: [TextVector] {
        [
            TextVector("ack", #"{"ack":7}"#), TextVector("largest ack", #"{"ack":9007199254740991}"#),
            TextVector("ack, held", #"{"ack":1234,"hold":1.5}"#), TextVector("ack, held for no time", #"{"ack":1234,"hold":0}"#),
            TextVector("ack, held for less than a microsecond", #"{"ack":1234,"hold":0.0009}"#),
            TextVector("ack, held for the longest time", #"{"ack":1234,"hold":1e12}"#),
            TextVector("resync", #"{"resync":true}"#), TextVector("resync with an ack", #"{"resync":true,"ack":7,"hold":2}"#),
            TextVector("hidden", #"{"hidden":true}"#), TextVector("shown, with an ack", #"{"ack":7,"hold":2,"hidden":false}"#),
            TextVector("leave", #"{"leave":true}"#),
        ]
    }

    private static var heartbeats: [TextVector] {
        let texts = [
            "ping", "pong", "2", "3", "2probe", "3probe", "3probe 1234", "3probe 9007199254740991", "~h#7~", "~h#0~",
            "~h#12345678901234567890~",
        ]
        // No heartbeat, and no message either.
        let others = [
            "Ping", "ping ", "22", "~h#~", "~h#x~", "~h#-1~", "~h#123456789012345678901~", "3probe x", "3probe ",
            "3probe 9007199254740992", "2probe 1",
        ]
        return texts.map { TextVector("heartbeat \($0)", $0) } + others.map { TextVector("no heartbeat: '\($0)'", $0) }
    }
}
