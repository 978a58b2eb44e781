import Foundation
import RelayWire
import RelayWireJSON
import Testing

/// What first messages and heartbeats mean is in `Protocol/vectors/json-hello.json` and `json-client.json`.
@Suite("Tokens, owed heartbeats and values of the JSON form")
struct PartsTests {
    @Test("A token says token and room, in letters that a URL would not change")
    func tokens() throws {
        for count in [1, 58, 128] {
            let token = JSONToken(token: (0..<count).map { UInt8($0 * 7 & 255) }, room: String(repeating: "r", count: 64))
            #expect(try JSONToken(text: token.text) == token)
            #expect(token.text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        }
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

    @Test("Bytes of every length and value are written as Foundation writes them", arguments: [0, 1, 2, 3, 4, 24, 256])
    func base64(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 0xFB) }
        var writer = WireWriter(capacity: 64)
        writer.json(StoredValue(.bytes(bytes)), quantum: nil)
        #expect(String(decoding: writer.array, as: UTF8.self) == "{\"base64\":\"\(Data(bytes).base64EncodedString())\"}")
    }

    @Test("A string is written so that Foundation reads the same", arguments: UInt8(0)..<128)
    func strings(_ byte: UInt8) throws {
        let text = "é\(Character(Unicode.Scalar(byte)))🛰"
        var writer = WireWriter(capacity: 64)
        writer.json(text)
        let found = try JSONSerialization.jsonObject(with: Data(writer.array), options: .fragmentsAllowed)
        #expect(found as? String == text)
    }
}
