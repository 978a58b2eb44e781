import RelayWire
import RelayWireJSON
import Testing

/// A text message of seat 3, whose newest uplink is 41, and the binary message that it stands for; or why it is refused.
private struct TranslationCase: CustomTestStringConvertible, Sendable {
    var text: String
    var expected: Result<[UInt8], JSONError>
    var testDescription: String { self.text }

    /// An uplink without an acknowledgement.
    static func uplink(_ text: String, number: UInt64 = 42, _ operations: Int = 1, _ write: (inout WireWriter) -> Void) -> Self {
        Self(text) {
            $0.uplinkHead(UplinkHead(ack: Ack(tick: .none, delay: 0), number: number, operationCount: operations))
            write(&$0)
        }
    }

    init(_ text: String, _ write: (inout WireWriter) -> Void) {
        var writer = WireWriter(capacity: 64)
        write(&writer)
        (self.text, self.expected) = (text, .success(writer.array))
    }

    init(_ text: String, _ error: JSONError) { (self.text, self.expected) = (text, .failure(error)) }

    private static let own = EntityID(SeatNumber(rawValue: 3), 0)
    private static let seats = [SeatNumber(rawValue: 2), SeatNumber(rawValue: 1024)]

    static let writes: [TranslationCase] = [
        .uplink(#"{"set":{"x":1.5,"hp":3}}"#) {
            $0.set(Self.own, fieldCount: 2)
            $0.field(.inline("x"), StoredValue(.float(1.5)))
            $0.field(.inline("hp"), StoredValue(.integer(3)))
        },
        .uplink(#"{"entity":7,"set":{"a":null,"b":true,"c":"é"},"n":50}"#, number: 50) {
            $0.set(EntityID(SeatNumber(rawValue: 3), 7), fieldCount: 3)
            $0.field(.inline("a"), StoredValue(.null))
            $0.field(.inline("b"), StoredValue(.bool(true)))
            $0.field(.inline("c"), StoredValue(.string("é")))
        },
        .uplink(#"{"set":{"big":{"int":"9223372036854775807"},"raw":{"base64":"AQI="}},"entity":"room/2"}"#) {
            $0.set(.room(2), fieldCount: 2)
            $0.field(.inline("big"), StoredValue(.integer(.max)))
            $0.field(.inline("raw"), StoredValue(.bytes([1, 2])))
        },
        .uplink(#"{"set":{"turn":2},"if":{"turn":1},"entity":"room"}"#) {
            $0.compareAndSet(
                .room(0), .inline("turn"), expected: StoredValue(.integer(1)), new: StoredValue(.integer(2)),
                numbersByValue: true)
        },
        .uplink(#"{"remove":"1023/65535"}"#) { $0.remove(.init(rawValue: 65_535 << 10 | 1023)) },
        .uplink(#"{"send":["jump"]}"#) { $0.event(.inline("jump"), .all, StoredValue(.null)) },
        .uplink(#"{"send":["chat","hi"],"to":"others"}"#) { $0.event(.inline("chat"), .others, StoredValue(.string("hi"))) },
        .uplink(#"{"send":["psst",1],"to":[2,1024]}"#) {
            $0.event(.inline("psst"), .seats, seats: Self.seats, StoredValue(.integer(1)))
        },
        .uplink(#"{"do":[{"set":{"x":-0.0}},{"remove":1},{"send":["a"]}]}"#, 3) {
            $0.set(Self.own, fieldCount: 1)
            $0.field(.inline("x"), StoredValue(.float(0)))
            $0.remove(EntityID(SeatNumber(rawValue: 3), 1))
            $0.event(.inline("a"), .all, StoredValue(.null))
        },
        .uplink(#"{"do":[]}"#, 0) { _ in },
    ]

    static let others: [TranslationCase] = [
        TranslationCase(#"{"ack":1234,"hold":1.5}"#) { $0.ack(Ack(tick: Tick(rawValue: 1234), delay: 1500)) },
        TranslationCase(#"{"ack":7}"#) { $0.ack(Ack(tick: Tick(rawValue: 7), delay: 0)) },
        TranslationCase(#"{"leave":true}"#) { $0.leave() },
        TranslationCase(#"{"resync":true,"ack":7}"#) { $0.resync(Ack(tick: Tick(rawValue: 7), delay: 0), .baseline) },
        TranslationCase(#"{"hidden":true}"#) { $0.visibility(Ack(tick: .none, delay: 0), isHidden: true) },
        TranslationCase(#"{"ack":7,"hold":2,"hidden":false}"#) {
            $0.visibility(Ack(tick: Tick(rawValue: 7), delay: 2000), isHidden: false)
        },
        TranslationCase(#"{"hidden":1}"#, .badValue), TranslationCase(#"{"hidden":null}"#, .badValue),
        TranslationCase(#"{"hidden":true,"set":{}}"#, .badKey), TranslationCase(#"{"do":[{"hidden":true}]}"#, .badKey),
        TranslationCase("{}", .badKey), TranslationCase("[]", .badValue), TranslationCase("7", .badValue),
        TranslationCase(#"{"sett":{"x":1}}"#, .badKey), TranslationCase(#"{"set":{"x":1},"remove":1}"#, .badKey),
        TranslationCase(#"{"set":{"x":1},"to":"all"}"#, .badKey), TranslationCase(#"{"send":["a"],"entity":1}"#, .badKey),
        TranslationCase(#"{"n":1}"#, .badKey), TranslationCase(#"{"hold":1}"#, .badKey),
        TranslationCase(#"{"do":[{"leave":true}]}"#, .badKey), TranslationCase(#"{"do":{"set":{}}}"#, .badValue),
        TranslationCase(#"{"leave":1}"#, .badValue), TranslationCase(#"{"set":[1]}"#, .badValue),
        TranslationCase(#"{"set":{"x":[1]}}"#, .badValue), TranslationCase(#"{"set":{"x":{"int":"1.5"}}}"#, .badValue),
        TranslationCase(#"{"set":{"x":{"base64":"!"}}}"#, .badValue), TranslationCase(#"{"set":{"x":{"y":"z"}}}"#, .badValue),
        TranslationCase(#"{"set":{"x":9223372036854775808}}"#, .badValue), TranslationCase(#"{"set":{"x":1e999}}"#, .badValue),
        TranslationCase(#"{"set":{"":1}}"#, .badName),
        TranslationCase("{\"set\":{\"\(String(repeating: "k", count: 10_240))\":1}}", .badName),
        TranslationCase(#"{"set":{"x":1},"if":{"y":1}}"#, .badValue),
        TranslationCase(#"{"set":{"x":1,"y":2},"if":{"x":1}}"#, .badValue),
        TranslationCase(#"{"set":{"x":"\ud800"}}"#, .notJSON), TranslationCase(#"{"send":[]}"#, .badValue),
        TranslationCase(#"{"send":["a",1,2]}"#, .badValue), TranslationCase(#"{"send":["a"],"to":[]}"#, .badValue),
        TranslationCase(#"{"send":["a"],"to":[0]}"#, .badValue), TranslationCase(#"{"send":["a"],"to":"me"}"#, .badValue),
        TranslationCase(#"{"remove":"room/65536"}"#, .badValue), TranslationCase(#"{"remove":"1024"}"#, .badValue),
        TranslationCase(#"{"remove":"01"}"#, .badValue), TranslationCase(#"{"remove":"3/"}"#, .badValue),
        TranslationCase(#"{"remove":65536}"#, .badValue), TranslationCase(#"{"remove":-1}"#, .badValue),
        TranslationCase(#"{"ack":0}"#, .badValue), TranslationCase(#"{"ack":1,"hold":-1}"#, .badValue),
        TranslationCase(#"{"ack":1.0}"#, .badValue), TranslationCase(#"{"set":{},"n":0}"#, .badValue),
        TranslationCase(#"{"set":{},"n":9007199254740992}"#, .badValue), TranslationCase(#"{"join":"again"}"#, .outOfPlace),
    ]
}

@Suite("Text messages of seated clients")
struct TranslationTests {
    private func translate(_ text: String, from seat: UInt16 = 3, newest: UInt64 = 41) -> (Result<[UInt8], JSONError>, UInt64) {
        var translator = JSONTranslator()
        var newest = newest
        do throws(JSONError) {
            try translator.translate(Array(text.utf8).span, from: SeatNumber(rawValue: seat), newest: &newest)
            return (.success(Array(translator.message)), newest)
        } catch {
            return (.failure(error), newest)
        }
    }

    @Test("A message means what SPEC section 18 says", arguments: TranslationCase.writes + TranslationCase.others)
    private func table(_ row: TranslationCase) { #expect(self.translate(row.text).0 == row.expected) }

    @Test("The room can read every translation")
    func wellFormed() throws {
        for case .success(let bytes) in TranslationCase.writes.map(\.expected) {
            guard case .uplink(let head, let offset) = try ClientMessage(decoding: bytes.span) else {
                Issue.record("no uplink")
                continue
            }
            var list = OperationList()
            try list.read(bytes.span, from: offset, count: head.operationCount, names: 0)
        }
    }

    @Test("An uplink without a number gets the next one, and one with a number moves it on; it cannot go beyond the last")
    func numbers() {
        #expect(self.translate(#"{"set":{}}"#, newest: 0).1 == 1)
        #expect(self.translate(#"{"set":{},"n":7}"#, newest: 3).1 == 7)
        #expect(self.translate(#"{"set":{},"n":2}"#, newest: 3).1 == 3)
        #expect(self.translate(#"{"set":{}}"#, newest: WireLimits.safeInteger).1 == WireLimits.safeInteger)
    }

    @Test("A spectator's own entity is nobody's: the room refuses it with a result")
    func spectators() {
        #expect((try? self.translate(#"{"set":{"x":1}}"#, from: 1024).0.get()) != nil)
    }
}
