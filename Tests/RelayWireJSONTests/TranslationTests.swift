import RelayWire
import RelayWireJSON
import Testing

/// What the messages mean is in `Protocol/vectors/json-client.json`.
@Suite("Text messages of seated clients")
struct TranslationTests {
    @Test(
        "An uplink without a number gets the next one, and one with a number moves it on; it cannot go beyond the last",
        arguments: [
            (#"{"set":{}}"#, 0, 1), (#"{"set":{},"n":7}"#, 3, 7), (#"{"set":{},"n":2}"#, 3, 3), (#"{"ack":1}"#, 3, 3),
            (#"{"set":{}}"#, WireLimits.safeInteger, WireLimits.safeInteger),
        ] as [(String, UInt64, UInt64)])
    func numbers(_ text: String, newest: UInt64, then expected: UInt64) throws {
        var translator = JSONTranslator()
        var newest = newest
        try translator.translate(Array(text.utf8).span, from: SeatNumber(rawValue: 3), newest: &newest)
        #expect(newest == expected)
    }
}
