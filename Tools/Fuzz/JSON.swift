// modules: RelayWire RelayWireJSON
// planted: Sources/RelayWireJSON/JSONText+Values.swift | guard (0xDC00...0xDFFF).contains(low) else { throw .notJSON } | // nothing
// planted: Sources/RelayWireJSON/JSONTranslator.swift | in: 1...WireLimits.safeInteger, bytes)\n            }\n        }\n        newest | in: 0...WireLimits.safeInteger, bytes)\n            }\n        }\n        newest
import Foundation
import RelayWire
import RelayWireJSON

/// The JSON form: whatever is taken is JSON to Foundation too, means a message that the binary form takes, and the same with blanks
/// between its tokens. Its values are written so that they are read as the same.
enum Target: FuzzTarget {
    static func seeds() throws -> [[UInt8]] {
        try ["json-client", "json-hello", "json-frames", "json-welcome"].flatMap { try Vectors.all("text", in: $0) }.filter {
            $0.count < 4096
        }
    }

    static let words = [
        "{\"set\":{", "\"entity\":", "\"if\":", "\"remove\":", "\"send\":[", "\"to\":", "\"do\":[", "\"n\":", "\"ack\":",
        "\"hold\":", "\"resync\":true",
        "\"hidden\":", "\"leave\":true", "{\"join\":\"", "{\"rejoin\":\"", "\"role\":\"spectator\"", "\"heartbeat\":\"2probe\"",
        "\"applied\":", "{\"int\":\"",
        "{\"base64\":\"", "\"room/7\"", "\\u", "\\ud83d\\ude00", "9007199254740993", "1e308", "-0.0", "others", "host", "true",
        "false", "null", "3probe 7",
        "~h#7~", "[[[[[[[", ",",
    ]

    static func run(_ input: [UInt8]) {
        // The WebSocket codec has seen to it.
        guard String(validating: input, as: UTF8.self) != nil else { return }
        self.opening(input)
        self.seated(input, from: SeatNumber(rawValue: 3))
        self.seated(input, from: SeatNumber(rawValue: 1024))
        self.act(input)
        input.withUnsafeBytes { bytes in
            guard let heartbeat = TextHeartbeat(bytes) else { return }
            var owed = OwedHeartbeats()
            owed.add(heartbeat, bytes)
        }
    }

    // MARK: First messages

    private static func opening(_ input: [UInt8]) {
        guard let opening = try? JSONOpening(decoding: input.span) else { return }
        self.expectFoundation(takes: input)
        var writer = WireWriter()
        switch opening.message {
        case .hello(let hello): writer.hello(hello)
        case .rejoin(let rejoin):
            writer.rejoin(rejoin)
            let token = JSONToken(token: rejoin.token, room: rejoin.room)
            expect((try? JSONToken(text: token.text)) == token, "a token is read as what it was written as")
            expect(String(decoding: input, as: UTF8.self).contains("\\") || input.contains(token.text), "a token has one text")
        case .uplink, .ack, .resync, .leave, .visibility: fatalError("NOT HELD: a first message is a hello or a rejoin")
        }
        expect((try? ClientMessage(decoding: writer.array.span)) == opening.message, "the binary form takes a first message")
    }

    // MARK: Seated clients

    private static func seated(_ input: [UInt8], from seat: SeatNumber) {
        guard let message = self.translated(input, from: seat) else {
            expect(self.translated(self.spaced(input), from: seat) == nil, "blanks make no message of none")
            return
        }
        self.expectFoundation(takes: input)
        expect(self.translated(self.spaced(input), from: seat) == message, "blanks between tokens change nothing")
        guard let decoded = try? ClientMessage(decoding: message.span) else {
            fatalError("NOT HELD: the binary form takes a translation")
        }
        guard case .uplink(let head, let offset) = decoded else { return }
        guard let list = try? OperationList(message.span, from: offset, count: head.operationCount, names: 0) else {
            fatalError("NOT HELD: the binary form takes translated operations")
        }
        for field in list.fields { self.expectSame(StoredValue(field.value, in: message.span)) }
        for case .event(_, _, _, let value) in list.operations { self.expectSame(StoredValue(value, in: message.span)) }
    }

    /// An act of a host by itself, as HTTP brings it.
    private static func act(_ input: [UInt8]) {
        var translator = JSONTranslator()
        guard (try? translator.translate(act: input.span)) != nil else { return }
        self.expectFoundation(takes: input)
        let operation = Array(translator.message)
        guard let list = try? OperationList(operation.span, from: 0, count: 1, names: 0), case .act = list.operations[0] else {
            fatalError("NOT HELD: the binary form takes a translated act")
        }
    }

    private static func translated(_ input: [UInt8], from seat: SeatNumber) -> [UInt8]? {
        var translator = JSONTranslator()
        var newest: UInt64 = 41
        do throws(JSONError) {
            try translator.translate(input.span, from: seat, newest: &newest)
        } catch {
            expect(error.sentence.utf8.count <= WebSocketEncoder.maximumReasonBytes, "a refusal fits into a close frame")
            return nil
        }
        expect((41...WireLimits.safeInteger).contains(newest), "the newest number does not go back, nor beyond the last")
        return Array(translator.message)
    }

    /// A value that was read is written as what is read as the same.
    private static func expectSame(_ value: StoredValue) {
        var writer = WireWriter()
        writer.json(value, quantum: nil)
        let text = writer.array
        var json = JSONText()
        guard (try? json.read(text.span)) != nil, let again = try? json.value(at: 0, text.span) else {
            fatalError("NOT HELD: a value that was written is read: \(String(decoding: text, as: UTF8.self))")
        }
        expect(StoredValue(again) == value, "a value is read as what was written")
    }

    private static func expectFoundation(takes input: [UInt8]) {
        let found = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
        expect(found != nil, "Foundation takes what we take")
    }

    /// The same text with blanks around what is outside of strings and no part of a word or number.
    private static func spaced(_ input: [UInt8]) -> [UInt8] {
        var (text, isString, isEscape): ([UInt8], Bool, Bool) = ([], false, false)
        for byte in input {
            let isMark = !isString && "{}[]:,".utf8.contains(byte)
            text += isMark ? [0x20, byte, 0x0A, 0x09] : [byte]
            if byte == UInt8(ascii: "\""), !isEscape { isString.toggle() }
            isEscape = isString && byte == UInt8(ascii: "\\") && !isEscape
        }
        return text
    }
}

extension [UInt8] {
    fileprivate func contains(_ text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
