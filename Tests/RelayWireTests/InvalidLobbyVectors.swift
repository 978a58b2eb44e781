import RelayWire

/// SPEC section 20: lobby parts, acts and named welcomes that are refused.
enum InvalidLobbyVectors {
    private static let invitation = "10 30313233343536373839616263646566"

    private static func text(_ count: Int) -> String { hex([UInt8](repeating: 0x6E, count: count)) }

    static var hellos: [InvalidVector] {
        InvalidVector.around("hello with a lobby part", LobbyVectors.wholeHello) + self.parts + self.combinations + self.cards
            + self.cardValues
    }

    /// Hellos without a room and of the room "r"; how and parts follow.
    private static let nameless = "01 01 00 00 04"
    private static let named = "01 01 01 72 00 04"

    private static var parts: [InvalidVector] {
        [
            InvalidVector("lobby part without its flag", bytes("01 01 01 72 00 00  00 00"), .trailingBytes(2)),
            InvalidVector("lobby part, how 4", bytes("\(self.named) 04 00"), .outOfRange(.lobby, 4)),
            InvalidVector("lobby part, how 0xff", bytes("\(self.named) ff 00"), .outOfRange(.lobby, 255)),
            InvalidVector("lobby part, parts 0x10", bytes("\(self.named) 00 10"), .reservedBits(0x10)),
            InvalidVector("lobby part, parts 0x82, with a password", bytes("\(self.named) 00 82 01 70"), .reservedBits(0x82)),
            InvalidVector(cut: "lobby part, a password less than its parts say", bytes("\(self.named) 00 02")),
            InvalidVector(
                "lobby part, a password more than its parts say", bytes("\(self.named) 00 00 01 70"), .trailingBytes(2)),
            InvalidVector("lobby part, type empty", bytes("\(self.nameless) 02 01 00"), .outOfRange(.lobby, 0)),
            InvalidVector(
                "lobby part, type of 33 bytes", bytes("\(self.nameless) 02 01 21 \(self.text(33))"), .outOfRange(.lobby, 33)),
            InvalidVector("lobby part, type not UTF-8", bytes("\(self.nameless) 02 01 01 ff"), .badUTF8),
            InvalidVector("lobby part, password empty", bytes("\(self.named) 00 02 00"), .outOfRange(.lobby, 0)),
            InvalidVector(
                "lobby part, password of 65 bytes", bytes("\(self.named) 00 02 41 \(self.text(65))"), .outOfRange(.lobby, 65)),
            InvalidVector("lobby part, password not UTF-8", bytes("\(self.named) 00 02 02 c080"), .badUTF8),
            InvalidVector(
                "lobby part, invitation of 15 bytes", bytes("\(self.named) 00 04 0f \(self.text(15))"), .outOfRange(.lobby, 15)),
            InvalidVector(
                "lobby part, invitation of 65 bytes", bytes("\(self.named) 00 04 41 \(self.text(65))"), .outOfRange(.lobby, 65)),
            InvalidVector("lobby part, invitation not UTF-8", bytes("\(self.named) 00 04 10 \(self.text(15))ff"), .badUTF8),
        ]
    }

    private static var combinations: [InvalidVector] {
        let card = "01 01 61 02"
        return [
            InvalidVector("join or make without a room", bytes("\(self.nameless) 00 00"), .outOfRange(.room, 0)),
            InvalidVector("join without a room", bytes("\(self.nameless) 01 00"), .outOfRange(.room, 0)),
            InvalidVector("quick join with a room", bytes("\(self.named) 03 00"), .outOfRange(.room, 1)),
            InvalidVector("join or make with a type", bytes("\(self.named) 00 01 01 74"), .outOfRange(.room, 1)),
            InvalidVector("join with a type", bytes("\(self.named) 01 01 01 74"), .outOfRange(.room, 1)),
            InvalidVector("make a room of this name with a type", bytes("\(self.named) 02 01 01 74"), .outOfRange(.room, 1)),
            InvalidVector("join with a card", bytes("\(self.named) 01 08 \(card)"), .outOfRange(.room, 1)),
            InvalidVector("make with an invitation", bytes("\(self.nameless) 02 04 \(self.invitation)"), .outOfRange(.room, 0)),
            InvalidVector(
                "make a room of this name with an invitation", bytes("\(self.named) 02 04 \(self.invitation)"),
                .outOfRange(.room, 1)),
            InvalidVector("quick join with a password", bytes("\(self.nameless) 03 02 01 70"), .outOfRange(.room, 0)),
            InvalidVector(
                "quick join with an invitation", bytes("\(self.nameless) 03 04 \(self.invitation)"), .outOfRange(.room, 0)),
            InvalidVector("quick join, a room and a type", bytes("\(self.named) 03 01 01 74"), .outOfRange(.room, 1)),
        ]
    }

    private static var cards: [InvalidVector] {
        let make = "\(self.nameless) 02 08"
        let letters = Array("abcdefghijklmnopqrstu".utf8)
        let nulls = letters.map { hex([1, $0, 0]) }.joined()
        let properties = letters.prefix(17).map { hex([1, $0, 2]) }.joined()
        return [
            InvalidVector("card without fields", bytes("\(make) 00"), .outOfRange(.card, 0)),
            InvalidVector("card of 21 fields", bytes("\(make) 15"), .outOfRange(.card, 21)),
            InvalidVector("card of 21 fields, all there", bytes("\(make) 15 \(nulls)"), .outOfRange(.card, 21)),
            InvalidVector("card of 2^64 − 1 fields", bytes("\(make) ffffffffffffffffff01"), .outOfRange(.card, .max)),
            InvalidVector("card of 17 properties", bytes("\(make) 11 \(properties)"), .outOfRange(.card, 17)),
            InvalidVector(
                "card of 17 properties, and listed", bytes("\(make) 12 06 6c6973746564 02 \(properties)"), .outOfRange(.card, 18)),
            InvalidVector("card, a name twice", bytes("\(make) 02 01 61 02 01 61 02"), .outOfRange(.card, 2)),
            InvalidVector("card, a name twice, once null", bytes("\(make) 02 01 61 00 01 61 02"), .outOfRange(.card, 2)),
            InvalidVector("card, listed twice", bytes("\(make) 02 06 6c6973746564 02 06 6c6973746564 01"), .outOfRange(.card, 2)),
            InvalidVector("card, name empty", bytes("\(make) 01 00 02"), .outOfRange(.name, 0)),
            InvalidVector("card, name of 65 bytes", bytes("\(make) 01 41 \(self.text(65)) 02"), .outOfRange(.name, 65)),
            InvalidVector("card, name not UTF-8", bytes("\(make) 01 01 ff 02"), .badUTF8),
            InvalidVector("card, value tag 8", bytes("\(make) 01 01 61 08"), .unknownValueTag(8)),
            InvalidVector("card, NaN", bytes("\(make) 01 01 61 04 000000000000f87f"), .notFinite),
            InvalidVector(
                "card of a quick join, a name twice", bytes("\(self.nameless) 03 08 02 01 61 02 01 61 02"), .outOfRange(.card, 2)),
        ]
    }

    private static var cardValues: [InvalidVector] {
        let (listed, locked) = ("06 6c6973746564", "06 6c6f636b6564")
        let (seats, spectators) = ("05 7365617473", "0a 737065637461746f7273")
        let values: [(String, String)] = [
            ("password true", "08 70617373776f7264 02"), ("password null", "08 70617373776f7264 00"),
            ("password, a string", "08 70617373776f7264 06 01 70"), ("listed 1", "\(listed) 03 02"),
            ("listed, a string", "\(listed) 06 01 74"), ("locked 0.0", "\(locked) 04 0000000000000000"),
            ("seats 0", "\(seats) 03 00"), ("seats 1024", "\(seats) 03 8010"), ("seats −1", "\(seats) 03 01"),
            ("seats 4.0", "\(seats) 04 0000000000001040"), ("seats true", "\(seats) 02"), ("seats of 4 steps", "\(seats) 05 08"),
            ("spectators −1", "\(spectators) 03 01"), ("spectators 1024", "\(spectators) 03 8010"),
            ("spectators, a string", "\(spectators) 06 01 31"), ("a string of 65 bytes", "01 61 06 41 \(self.text(65))"),
            ("bytes", "01 61 07 01 61"), ("no bytes", "01 61 07 00"),
        ]
        return values.map {
            InvalidVector("card, \($0)", bytes("\(self.nameless) 02 08 01 \($1)"), .outOfRange(.card, 1))
        }
    }

    // MARK: Acts

    static var acts: [InvalidVector] {
        let head = "03 01 00 01 01"  // ack 1, delay 0, number 1, one operation
        let big = "8080808080808010"  // 2^53
        return InvalidVector.around("uplink of acts", LobbyVectors.everyAct) + [
            InvalidVector("kick seat 0", bytes("\(head) 06 00 00"), .outOfRange(.seat, 0)),
            InvalidVector("kick seat 2048", bytes("\(head) 06 8010 00"), .outOfRange(.seat, 2048)),
            InvalidVector("kick, joined 2^53", bytes("\(head) 06 01 \(big)"), .outOfRange(.tick, safe + 1)),
            InvalidVector("ban seat 0", bytes("\(head) 07 00 00"), .outOfRange(.seat, 0)),
            InvalidVector("ban seat 2048", bytes("\(head) 07 8010 00"), .outOfRange(.seat, 2048)),
            InvalidVector("ban, joined 2^53", bytes("\(head) 07 01 \(big)"), .outOfRange(.tick, safe + 1)),
            InvalidVector("host, seat 0", bytes("\(head) 08 00 00"), .outOfRange(.seat, 0)),
            InvalidVector("host, a spectator's seat", bytes("\(head) 08 8008 00"), .outOfRange(.seat, 1024)),
            InvalidVector("host, joined 2^53", bytes("\(head) 08 01 \(big)"), .outOfRange(.tick, safe + 1)),
            InvalidVector("password of 65 bytes", bytes("\(head) 09 41 \(self.text(65))"), .outOfRange(.password, 65)),
            InvalidVector("password not UTF-8", bytes("\(head) 09 02 c080"), .badUTF8),
            InvalidVector("invite, no text", bytes("\(head) 0a 00 01 00"), .outOfRange(.invitation, 0)),
            InvalidVector(
                "invite, text of 15 bytes", bytes("\(head) 0a 0f \(self.text(15)) 01 00"), .outOfRange(.invitation, 15)),
            InvalidVector(
                "invite, text of 65 bytes", bytes("\(head) 0a 41 \(self.text(65)) 01 00"), .outOfRange(.invitation, 65)),
            InvalidVector("invite, text not UTF-8", bytes("\(head) 0a 10 \(self.text(15))ff 01 00"), .badUTF8),
            InvalidVector(
                "invite for 86,401 s", bytes("\(head) 0a \(self.invitation) 81a305 00"), .outOfRange(.duration, 86_401)),
            InvalidVector("invite, held 3", bytes("\(head) 0a \(self.invitation) 01 03"), .outOfRange(.held, 3)),
        ]
    }

    // MARK: Welcomes

    static var welcomes: [InvalidVector] {
        let long = bytes("41 \(self.text(65))")
        return InvalidVector.around("named welcome", ServerVectors.welcome { $0.room = "né" }) + [
            InvalidVector(cut: "welcome, flags 4, without a name", self.welcome(4, [])),
            InvalidVector("welcome, a name without its flag", self.welcome(0, [1, 0x72]), .trailingBytes(2)),
            InvalidVector("welcome, name empty", self.welcome(4, [0]), .outOfRange(.room, 0)),
            InvalidVector("welcome, name of 65 bytes", self.welcome(4, long), .outOfRange(.room, 65)),
            InvalidVector("welcome, name not UTF-8", self.welcome(4, [1, 0xFF]), .badUTF8),
        ]
    }

    /// A welcome with these flags, and this behind its token.
    private static func welcome(_ flags: UInt8, _ end: [UInt8]) -> [UInt8] {
        let rest = Array(ServerVectors.welcome().dropFirst(2))
        return [0x81, flags] + rest + end
    }
}
