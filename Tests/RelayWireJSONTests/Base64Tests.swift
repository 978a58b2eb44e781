import Foundation
import RelayWireJSON
import Testing

@Suite("Base64")
struct Base64Tests {
    @Test("Bytes of every length become what Foundation makes of them, and come back", arguments: 0..<70)
    func roundTrip(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 77 &+ count) }
        let padded = Base64.encode(bytes, .padded)
        #expect(String(decoding: padded, as: UTF8.self) == Data(bytes).base64EncodedString())
        #expect(Base64.decode(padded.span, .padded) == bytes)
        let url = Base64.encode(bytes, .url)
        #expect(!url.contains { "+/=".utf8.contains($0) } && Base64.decode(url.span, .url) == bytes)
    }

    @Test("Every letter has its value")
    func letters() {
        for six in UInt8(0)..<64 {
            let text = Base64.encode([six << 2], .padded)
            #expect(Data(base64Encoded: String(decoding: text, as: UTF8.self)) == Data([six << 2]))
            #expect(Base64.decode(text.span, .padded) == [six << 2])
        }
        let taken = (UInt8.min...UInt8.max).filter { Base64.decode([$0, UInt8(ascii: "A")].span, .url) != nil }
        #expect(Set(taken) == Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8))
    }

    @Test(
        "A text that is not the one for its bytes is refused",
        arguments: [
            ("aGk", false), ("aGk==", false), ("aGk=a", false), ("aG=k", false), ("====", false), ("=", false), ("aGl=", false),
            ("aH==", false),
            ("a", false), ("aGk= ", false), ("aG k", false), ("aGk-", false), ("aGkö", false), ("aGk=aGk=", false),
            ("aGk=", true), ("aG", true), ("a", true), ("aH", true), ("aGl", true), ("aGk+", true), ("aGk/", true),
            ("aGk\n", true),
        ])
    func refused(_ text: String, isURL: Bool) {
        #expect(Base64.decode(Array(text.utf8).span, isURL ? .url : .padded) == nil)
    }
}
