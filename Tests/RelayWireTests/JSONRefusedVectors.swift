/// SPEC section 18: texts on a seat that are refused.
enum JSONRefusedVectors {
    static var all: [TextVector] {
        (self.grammar + self.members + self.values + self.entities).map { TextVector("refused: \($0)", $0) } + self.long
    }

    /// Not as RFC 8259 has it.
    private static let grammar = [
        "", " ", "{", "}", "{}x", #"{"leave":true}{}"#, #"{"leave":tru}"#, #"{"leave":truee}"#, #"{"leave":true,}"#,
        #"{,"leave":true}"#, #"{"leave" true}"#, #"{"leave"}"#, "{leave:true}", "{'leave':true}", "{1:2}",
        "\u{FEFF}{\"leave\":true}",
        #"{"set":{"x":01}}"#, #"{"set":{"x":+1}}"#, #"{"set":{"x":1.}}"#, #"{"set":{"x":.5}}"#, #"{"set":{"x":1e}}"#,
        #"{"set":{"x":-}}"#, #"{"set":{"x":0x10}}"#, #"{"set":{"x":NaN}}"#, #"{"set":{"x":Infinity}}"#, #"{"set":{"x":nul}}"#,
        #"{"set":{"x":"a}}"#, #"{"set":{"x":"\"}}"#, "{\"set\":{\"x\":\"a\nb\"}}", #"{"set":{"x":"\x41"}}"#,
        #"{"set":{"x":"\u12"}}"#, #"{"set":{"x":"\uzzzz"}}"#, #"{"set":{"x":"\ud83d"}}"#, #"{"set":{"x":"\ude00"}}"#,
        #"{"set":{"x":"\ud83dx"}}"#, #"{"set":{"x":"\ud83d\u0041"}}"#, #"{"set":{"\ud800":1}}"#, #"{"send":["a",]}"#,
        #"{"send":[,"a"]}"#, "// no",
    ]

    /// Keys, and what goes with what.
    private static let members = [
        "{}", "[]", "7", "null", #""set""#, #"{"sett":{"x":1}}"#, #"{"set":{"x":1},"remove":1}"#,
        #"{"set":{"x":1},"leave":true}"#,
        #"{"set":{"x":1},"to":"all"}"#, #"{"remove":1,"entity":2}"#, #"{"remove":1,"if":{"x":1}}"#, #"{"send":["a"],"entity":1}"#,
        #"{"if":{"x":1}}"#, #"{"entity":1}"#, #"{"to":"all"}"#, #"{"n":1}"#, #"{"ack":1,"n":1}"#, #"{"hold":1}"#,
        #"{"set":{"x":1},"hold":1}"#, #"{"set":{"x":1},"set":{"x":2}}"#, #"{"set":{"x":1},"\u0073et":{"x":2}}"#,
        #"{"set":{"x":1,"x":2}}"#, #"{"do":[{"leave":true}]}"#, #"{"do":[{"do":[]}]}"#, #"{"do":[{"set":{},"n":1}]}"#,
        #"{"do":[{"remove":1,"ack":1}]}"#, #"{"do":[{}]}"#, #"{"do":[[]]}"#, #"{"do":[1]}"#, #"{"do":{"set":{}}}"#,
        #"{"do":[{"join":"again"}]}"#, #"{"do":[{"hidden":true}]}"#,
        #"{"hidden":true,"set":{}}"#, #"{"hidden":true,"n":1}"#, #"{"leave":true,"n":1}"#, #"{"resync":true,"n":1}"#,
        #"{"join":"again"}"#, #"{"rejoin":"AA"}"#, #"{"welcome":{}}"#,
    ]

    /// Types, ranges and names.
    private static let values = [
        #"{"hidden":1}"#, #"{"hidden":null}"#, #"{"leave":1}"#, #"{"leave":false}"#, #"{"resync":{}}"#, #"{"set":[1]}"#,
        #"{"set":null}"#, #"{"set":{"x":[1]}}"#,
        #"{"set":{"x":{}}}"#, #"{"set":{"x":{"y":"z"}}}"#, #"{"set":{"x":{"int":"1","base64":""}}}"#, #"{"set":{"x":{"int":7}}}"#,
        #"{"set":{"x":{"int":"1.5"}}}"#, #"{"set":{"x":{"int":""}}}"#, #"{"set":{"x":{"int":"+5"}}}"#,
        #"{"set":{"x":{"int":"00000000000000000001"}}}"#, #"{"set":{"x":{"int":" 5"}}}"#,
        #"{"set":{"x":{"int":"9223372036854775808"}}}"#,
        #"{"set":{"x":{"base64":"!"}}}"#, #"{"set":{"x":{"base64":"aGk"}}}"#, #"{"set":{"x":{"base64":"a-_="}}}"#,
        #"{"set":{"x":9223372036854775808}}"#, #"{"set":{"x":-9223372036854775809}}"#, #"{"set":{"x":1e999}}"#,
        #"{"set":{"x":-1e999}}"#, #"{"set":{"":1}}"#, #"{"set":{"x":1},"if":{"y":1}}"#, #"{"set":{"x":1,"y":2},"if":{"x":1}}"#,
        #"{"set":{"x":1},"if":{"x":1,"y":2}}"#, #"{"set":{},"if":{}}"#, #"{"set":{"x":1},"if":1}"#, #"{"send":[]}"#,
        #"{"send":["a",1,2]}"#, #"{"send":[1]}"#, #"{"send":[""]}"#, #"{"send":"a"}"#, #"{"send":["a",[]]}"#,
        #"{"send":["a"],"to":[]}"#, #"{"send":["a"],"to":[0]}"#, #"{"send":["a"],"to":[2048]}"#, #"{"send":["a"],"to":["1"]}"#,
        #"{"send":["a"],"to":"me"}"#, #"{"send":["a"],"to":1}"#, #"{"ack":0}"#, #"{"ack":-1}"#, #"{"ack":1.0}"#,
        #"{"ack":9007199254740992}"#, #"{"ack":1,"hold":-1}"#, #"{"ack":1,"hold":"1"}"#, #"{"ack":1,"hold":1e999}"#,
        #"{"set":{},"n":0}"#, #"{"set":{},"n":1.5}"#, #"{"set":{},"n":9007199254740992}"#,
    ]

    private static let entities = [
        #""""#, #""room/""#, #""room/65536""#, #""room/01""#, #""room/7/8""#, #""Room""#, #""0""#, #""1024""#, #""01""#, #""3/""#,
        #""/3""#, #""3/-1""#, #""-3""#, #""3/65536""#, #"" 3""#, "65536", "-1", "1.0", "null", "true", "[3]",
    ].map { "{\"remove\":\($0)}" }

    private static var long: [TextVector] {
        let members = (0..<65).map { "\"k\($0)\":1" }.joined(separator: ",")
        return [
            TextVector("a key of 65 bytes", parts: [("{\"set\":{\"", 1), ("k", 65), ("\":1}}", 1)]),
            TextVector("a key of 10 KB", parts: [("{\"set\":{\"", 1), ("k", 10_240), ("\":1}}", 1)]),
            TextVector("65 keys", "{\"set\":{\(members)}}"),
            TextVector("10,000 keys", parts: [("{\"set\":{\"k\":1", 1), (",\"k\":1", 9_999), ("}}", 1)]),
            TextVector("65 operations", parts: [("{\"do\":[{\"remove\":1}", 1), (",{\"remove\":1}", 64), ("]}", 1)]),
            TextVector("65 seats", parts: [("{\"send\":[\"a\"],\"to\":[1", 1), (",1", 64), ("]}", 1)]),
            TextVector("a number of 65 characters", parts: [("{\"set\":{\"x\":0.", 1), ("3", 63), ("}}", 1)]),
            TextVector("a number of 5,000 digits", parts: [("{\"set\":{\"x\":1", 1), ("0", 4_999), ("}}", 1)]),
            TextVector("16 KiB of [", parts: [("[", 16_384)]),
            TextVector("depth 8, which is JSON but no value", parts: [("{\"set\":{\"x\":", 1), ("[", 6), ("]", 6), ("}}", 1)]),
            TextVector("depth 9", parts: [("{\"set\":{\"x\":", 1), ("[", 7), ("]", 7), ("}}", 1)]),
        ]
    }
}
