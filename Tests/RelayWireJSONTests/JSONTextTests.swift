import Foundation
import RelayWire
import RelayWireJSON
import Testing

/// A text, and what reading it says: nil if it is taken.
private struct TextCase: CustomTestStringConvertible, Sendable {
    var text: String
    var error: JSONError?
    var testDescription: String { "\(self.text.prefix(40))… \(self.error.map { "\($0)" } ?? "taken")" }

    init(_ text: String, _ error: JSONError? = nil) { (self.text, self.error) = (text, error) }

    static let all: [TextCase] = [
        TextCase("{}"), TextCase(" [ 1 , -2.5e3 , true , false , null , \"a\" ] "), TextCase(#"{"a":{"b":[{}]}}"#), TextCase("0"),
        TextCase(#""\u00e9\n\ud83d\ude00""#), TextCase("-0"), TextCase("1E+2"),
        TextCase("", .notJSON), TextCase("{", .notJSON), TextCase("{}x", .notJSON), TextCase("[1,]", .notJSON),
        TextCase("[,1]", .notJSON), TextCase(#"{"a"}"#, .notJSON), TextCase(#"{"a":1,}"#, .notJSON), TextCase("{1:2}", .notJSON),
        TextCase("01", .notJSON), TextCase("+1", .notJSON), TextCase("1.", .notJSON), TextCase(".5", .notJSON),
        TextCase("1e", .notJSON), TextCase("-", .notJSON), TextCase("nul", .notJSON), TextCase("truth", .notJSON),
        TextCase("NaN", .notJSON), TextCase("\"a", .notJSON), TextCase("\"a\\\"", .notJSON), TextCase("\"a\nb\"", .notJSON),
        TextCase("// no", .notJSON), TextCase("'a'", .notJSON),
        TextCase(#"{"a":1,"b":2,"a":3}"#, .badKey(JSONKey("a"))),
        TextCase(String(repeating: "[", count: 8) + String(repeating: "]", count: 8)),
        TextCase(String(repeating: "[", count: 9) + String(repeating: "]", count: 9), .notJSON),
        TextCase(String(repeating: "[", count: 16_384), .notJSON),
        TextCase("1" + String(repeating: "0", count: 63)), TextCase("1" + String(repeating: "0", count: 5_000), .notJSON),
        TextCase("[" + Array(repeating: "1", count: 64).joined(separator: ",") + "]"),
        TextCase("[" + Array(repeating: "1", count: 65).joined(separator: ",") + "]", .notJSON),
        TextCase("{" + (0..<10_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}", .notJSON),
    ]
}

@Suite("JSON texts")
struct JSONTextTests {
    @Test("A text is taken or refused as RFC 8259 and the bounds have it", arguments: TextCase.all)
    private func bounds(_ row: TextCase) {
        var json = JSONText()
        var error: JSONError?
        do throws(JSONError) { try json.read(Array(row.text.utf8).span) } catch let refusal { error = refusal }
        #expect(error == row.error)
    }

    @Test("Strings are read without their escapes, and half of a surrogate pair is refused")
    func escapes() throws {
        func read(_ text: String) throws(JSONError) -> String {
            var json = JSONText()
            let bytes = Array(text.utf8)
            try json.read(bytes.span)
            return try json.string(json.tokens[0], bytes.span)
        }
        #expect(try read(#""\"\\\/\b\f\n\r\t\u0041""#) == "\"\\/\u{8}\u{c}\n\r\tA")
        #expect(try read(#""\ud83d\ude00é""#) == "😀é")
        for half in [#""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\u12""#, #""\uzzzz""#, #""\x41""#] {
            #expect(throws: JSONError.notJSON) { try read(half) }
        }
    }

    /// Escapes are looked at when a string is used, and whether a number is finite when it is: so all of them are.
    private static func isUsable(_ json: JSONText, _ bytes: Span<UInt8>) -> Bool {
        for token in json.tokens {
            switch token.kind {
            case .string: if (try? json.string(token, bytes)) == nil { return false }
            case .float, .integer: if (try? json.number(token, bytes)) == nil { return false }
            case .null, .false, .true, .array, .object: break
            }
        }
        return true
    }

    @Test("Whatever is taken, Foundation takes too; nothing traps", arguments: UInt64(0)..<40)
    func mutations(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let seeds = TextCase.all.map { Array($0.text.utf8) }.filter { $0.count < 300 }
        let alphabet = Array(#"{}[]",:\u0123456789.eE+-truefalsn "#.utf8)
        var json = JSONText()
        var judged = 0
        for _ in 0..<2_000 {
            var text = seeds[Int(random.below(UInt64(seeds.count)))]
            for _ in 0..<1 + random.below(6) {
                let place = Int(random.below(UInt64(text.count + 1)))
                switch random.below(3) {
                case 0 where place < text.count: text.remove(at: place)
                case 1 where place < text.count: text[place] = alphabet[Int(random.below(UInt64(alphabet.count)))]
                default: text.insert(alphabet[Int(random.below(UInt64(alphabet.count)))], at: place)
                }
            }
            guard String(validating: text, as: UTF8.self) != nil, (try? json.read(text.span)) != nil else { continue }
            guard Self.isUsable(json, text.span) else { continue }
            let foundation = try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)
            #expect(foundation != nil, "\(String(decoding: text, as: UTF8.self))")
            judged += 1
        }
        #expect(judged >= 100, "so many of the 2,000 texts were taken and compared")
    }
}
