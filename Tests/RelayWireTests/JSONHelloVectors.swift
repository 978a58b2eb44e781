import RelayWire
import RelayWireJSON

/// A text of a client (SPEC section 18), and what else its reader must know.
struct TextVector: Sendable {
    var name: String
    /// Each part is repeated.
    var parts: [(text: String, count: Int)]
    var seat: UInt16 = 3
    /// The newest uplink number used on this seat.
    var newest: UInt64 = 41

    /// A long text.
    init(_ name: String, parts: [(String, Int)]) { (self.name, self.parts) = (name, parts) }

    init(_ name: String, seat: UInt16 = 3, newest: UInt64 = 41, _ text: String) {
        self.init(name, parts: [(text, 1)])
        (self.seat, self.newest) = (seat, newest)
    }

    private var bytes: [UInt8] { self.parts.flatMap { Array(String(repeating: $0.text, count: $0.count).utf8) } }

    private var head: JSON {
        let isShort = self.parts.count == 1 && self.parts[0].count == 1
        let parts = self.parts.map { part -> JSON in
            part.count == 1 ? .string(part.text) : [.string(part.text), .signed(Int64(part.count))]
        }
        return ["name": .string(self.name), "text": isShort ? parts[0] : .array(parts)]
    }

    private func refused(_ error: JSONError) -> JSON {
        let reason = "\(error)".prefix { $0 != "(" }
        return self.head.adding("close", .unsigned(UInt64(error.closeCode.rawValue))).adding("reason", .string(String(reason)))
    }

    private static func adding(_ bytes: [UInt8], to json: JSON) throws(WireError) -> JSON {
        json.adding("hex", .string(hex(bytes))).adding("message", try Describe.client(bytes.span, names: 0))
    }

    /// What it says before there is a seat.
    func asFirstMessage() throws -> JSON {
        let opening: JSONOpening
        do throws(JSONError) { opening = try JSONOpening(decoding: self.bytes.span) } catch { return self.refused(error) }
        let message = wire {
            switch opening.message {
            case .hello(let hello): $0.hello(hello)
            case .rejoin(let rejoin): $0.rejoin(rejoin)
            default: preconditionFailure("no first message")
            }
        }
        let words: [Acknowledgement: JSON] = [.pings: "pong", .textPings: "ping", .probes: "2probe", .ticks: "ack"]
        return try Self.adding(message, to: self.head.adding("heartbeat", words[opening.acknowledgement]))
    }

    /// What it says on a seat.
    func asMessage() throws -> JSON {
        if let heartbeat = self.bytes.withUnsafeBytes({ TextHeartbeat($0) }) { return self.head(answering: heartbeat) }
        var translator = JSONTranslator()
        var newest = self.newest
        do throws(JSONError) {
            try translator.translate(self.bytes.span, from: SeatNumber(rawValue: self.seat), newest: &newest)
        } catch {
            return self.refused(error)
        }
        let head = self.head.adding("seat", self.seat == 3 ? nil : .unsigned(UInt64(self.seat)))
            .adding("newest", self.newest == 41 ? nil : .unsigned(self.newest))
        return try Self.adding(Array(translator.message), to: head)
    }

    private func head(answering heartbeat: TextHeartbeat) -> JSON {
        var owed = OwedHeartbeats()
        self.bytes.withUnsafeBytes { owed.add(heartbeat, $0) }
        let payload = owed.takeFrames().dropFirst(2)
        if !payload.isEmpty { return self.head.adding("answer", .string(String(decoding: payload, as: UTF8.self))) }
        guard case .probed(let tick) = heartbeat, tick != .none else { return self.head.adding("acknowledges", .null) }
        return self.head.adding("acknowledges", .unsigned(tick.rawValue))
    }
}

/// SPEC section 18: first messages.
enum JSONHelloVectors {
    static var all: [TextVector] { self.hellos + self.rejoins + self.refused + JSONLobbyVectors.openings }

    private static let longName = String(repeating: "n", count: 64)
    private static let token = JSONToken(token: [UInt8](0..<58), room: "lobby").text

    private static var hellos: [TextVector] {
        [
            TextVector("join", #"{"join":"lobby"}"#),
            TextVector("join as a player", #"{"join":"lobby","role":"player"}"#),
            TextVector("join as a spectator, with blanks", " {\n\t\"role\" : \"spectator\" ,\r \"join\" : \"lobby\" } "),
            TextVector("join, answering pings", #"{"join":"lobby","heartbeat":"pong"}"#),
            TextVector("join, answering the text ping", #"{"join":"lobby","heartbeat":"ping"}"#),
            TextVector("join, answering probes", #"{"join":"lobby","heartbeat":"2probe"}"#),
            TextVector("join, naming ticks", #"{"join":"lobby","heartbeat":"ack"}"#),
            TextVector("join with a ticket", #"{"join":"lobby","ticket":"e30.e30.AAEC"}"#),
            TextVector("join as a spectator with a ticket", #"{"ticket":"e30.e30.AAEC","role":"spectator","join":"lobby"}"#),
            TextVector(
                "join, a ticket of 4,097 letters", parts: [("{\"join\":\"r\",\"ticket\":\"", 1), ("e", 4097), ("\"}", 1)]),
            TextVector("join, shortest room name", #"{"join":"r"}"#),
            TextVector("join, longest room name", "{\"join\":\"\(self.longName)\"}"),
            TextVector("join, room name of escapes", #"{"join":"\u0000\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00"}"#),
            TextVector("join, key and word spelt with escapes", #"{"\u006aoin":"lobby","role":"\u0073pectator"}"#),
        ]
    }

    private static var rejoins: [TextVector] {
        let largest = JSONToken(token: [UInt8](repeating: 0xFF, count: 128), room: self.longName).text
        return [
            TextVector("rejoin", "{\"rejoin\":\"\(self.token)\"}"),
            TextVector("rejoin, with everything", "{\"rejoin\":\"\(self.token)\",\"applied\":17,\"heartbeat\":\"ack\"}"),
            TextVector("rejoin, largest number", "{\"applied\":9007199254740991,\"rejoin\":\"\(self.token)\"}"),
            TextVector("rejoin, shortest token", "{\"rejoin\":\"\(JSONToken(token: [0], room: "r").text)\"}"),
            TextVector("rejoin, longest token", "{\"rejoin\":\"\(largest)\"}"),
            TextVector(
                "rejoin, letters that base64url has of its own",
                "{\"rejoin\":\"\(JSONToken(token: [0xFB, 0xFF, 0xBF], room: "é").text)\"}"),
        ]
    }

    private static var refused: [TextVector] {
        [
            TextVector("nothing", ""), TextVector("an empty object", "{}"), TextVector("an array", "[]"),
            TextVector("a number", "2.5"), TextVector("no JSON", "{\"join\":"),
            TextVector("something else first", #"{"set":{"x":1}}"#), TextVector("a leave first", #"{"leave":true}"#),
            TextVector("an ack first", #"{"ack":1}"#), TextVector("an ack beside the join", #"{"join":"lobby","ack":1}"#),
            TextVector("empty room name", #"{"join":""}"#),
            TextVector("room name of 65 bytes", "{\"join\":\"\(self.longName)n\"}"),
            TextVector("room name of 33 two-byte letters", parts: [("{\"join\":\"", 1), ("é", 33), ("\"}", 1)]),
            TextVector("room is a number", #"{"join":7}"#), TextVector("room is null", #"{"join":null}"#),
            TextVector("no such role", #"{"join":"lobby","role":"king"}"#),
            TextVector("role is a number", #"{"join":"lobby","role":1}"#),
            TextVector("no such heartbeat", #"{"join":"lobby","heartbeat":"x"}"#),
            TextVector("no such key", #"{"join":"lobby","x":1}"#),
            TextVector("join twice", #"{"join":"lobby","join":"lobby"}"#),
            TextVector("join and rejoin", "{\"join\":\"lobby\",\"rejoin\":\"\(self.token)\"}"),
            TextVector("rejoin with a role", "{\"rejoin\":\"\(self.token)\",\"role\":\"player\"}"),
            TextVector("empty ticket", #"{"join":"lobby","ticket":""}"#),
            TextVector("ticket is null", #"{"join":"lobby","ticket":null}"#),
            TextVector("ticket is an object", #"{"join":"lobby","ticket":{"sub":"u"}}"#),
            TextVector("ticket twice", #"{"join":"lobby","ticket":"a","ticket":"b"}"#),
            TextVector("rejoin with a ticket", "{\"rejoin\":\"\(self.token)\",\"ticket\":\"a\"}"),
            TextVector("a ticket alone", #"{"ticket":"e30.e30.AAEC"}"#),
            TextVector("join with what goes with rejoin", #"{"join":"lobby","applied":0}"#),
            TextVector("rejoin, applied below 0", "{\"rejoin\":\"\(self.token)\",\"applied\":-1}"),
            TextVector("rejoin, applied beyond 2^53 − 1", "{\"rejoin\":\"\(self.token)\",\"applied\":9007199254740992}"),
            TextVector("rejoin, applied is a float", "{\"rejoin\":\"\(self.token)\",\"applied\":1.0}"),
            TextVector("rejoin, token is null", #"{"rejoin":null}"#),
            TextVector("rejoin, empty token", #"{"rejoin":""}"#),
            TextVector("rejoin, no base64", #"{"rejoin":"!"}"#),
            TextVector("rejoin, token without a room", #"{"rejoin":"AQA"}"#),
            TextVector("rejoin, token cut short", #"{"rejoin":"BQEC"}"#),
            TextVector("rejoin, token of 300 letters that say nothing", parts: [("{\"rejoin\":\"", 1), ("A", 300), ("\"}", 1)]),
            TextVector("rejoin, token of 16 KiB", parts: [("{\"rejoin\":\"", 1), ("A", 16_384), ("\"}", 1)]),
            TextVector("half of a surrogate pair", #"{"join":"\ud800"}"#),
            TextVector("16 KiB of [", parts: [("[", 16_384)]),
        ]
    }
}
