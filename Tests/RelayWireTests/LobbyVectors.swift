import RelayWire

/// SPEC section 20: hellos with a lobby part, acts of a host, and welcomes that name the room.
enum LobbyVectors {
    private static let longName = String(repeating: "n", count: 64)
    /// 64 bytes of four-byte scalars.
    private static let wideText = String(repeating: "🛰", count: 16)
    static let invitation = "0123456789abcdef"
    private static let longInvitation = String(repeating: "i", count: 64)

    /// A card of literals.
    static func card(_ fields: KeyValuePairs<String, Value>) -> RoomCard {
        self.card(fields.map { CardField($0.key, $0.value) })
    }

    /// A card of what may stand on one: anything else traps.
    static func card(_ fields: [CardField]) -> RoomCard {
        do throws(CardFault) { return try RoomCard(fields) } catch { preconditionFailure("no card: \(error)") }
    }

    /// Everything that one hello can have.
    static var wholeHello: [UInt8] {
        let card = self.card(["map": .string("dust"), "seats": .integer(300)])
        let lobby = LobbyPart(.joinOrMake, password: "né", invitation: self.invitation, card: card)
        return wire { $0.hello(Hello(room: "r", wantsPlayers: true, ticket: [0x61], lobby: lobby)) }
    }

    /// One act of each kind.
    static var everyAct: [UInt8] {
        ClientVectors.uplink(Ack(5000, delay: 1200), 901, 5) {
            $0.act(.kick, on: ActTarget(SeatNumber(rawValue: 1024)))
            $0.act(.ban, on: ActTarget(SeatNumber(rawValue: 200), joined: Tick(rawValue: 300)))
            $0.act(.host, on: ActTarget(SeatNumber(rawValue: 300), joined: Tick(rawValue: 5)))
            $0.password("né")
            $0.invite(self.invitation, seconds: 600, held: .player)
        }
    }

    // MARK: Hellos

    private static func hello(_ name: String, room: String = "", _ lobby: LobbyPart) -> ValidVector {
        ValidVector("lobby part: \(name)") { $0.hello(Hello(room: room, lobby: lobby)) }
    }

    static var hellos: [ValidVector] { self.joins + self.makes + self.quickJoins + self.cards }

    private static var joins: [ValidVector] {
        [
            self.hello("join or make, and nothing else", room: "lobby", LobbyPart(.joinOrMake)),
            self.hello(
                "join or make, with everything that goes with it", room: "lobby",
                LobbyPart(
                    .joinOrMake, password: "sesame", invitation: self.invitation, card: self.card(["listed": .bool(true)]))),
            self.hello("join", room: "lobby", LobbyPart(.join)),
            self.hello("join with the shortest password", room: "lobby", LobbyPart(.join, password: "p")),
            self.hello("join with the shortest invitation", room: "lobby", LobbyPart(.join, invitation: self.invitation)),
            self.hello(
                "join with the longest room name, password and invitation", room: self.longName,
                LobbyPart(.join, password: self.wideText, invitation: self.longInvitation)),
            ValidVector("lobby part: behind a ticket, asking who sits where", self.wholeHello),
            ValidVector("lobby part: of a spectator") {
                $0.hello(Hello(room: "lobby", role: .spectator, lobby: LobbyPart(.join, password: "sesame")))
            },
        ]
    }

    private static var makes: [ValidVector] {
        let card = self.card(["map": .string("dust"), "listed": .bool(true)])
        return [
            self.hello("make a room that the relay names", LobbyPart(.make)),
            self.hello("make a room of this name", room: "lobby", LobbyPart(.make)),
            self.hello("make, shortest type", LobbyPart(.make, type: "t")),
            self.hello("make, longest type", LobbyPart(.make, type: String(repeating: "t", count: 32))),
            self.hello("make, with everything that goes with it", LobbyPart(.make, type: "duel", password: "sesame", card: card)),
            self.hello(
                "make a room of this name, with everything that goes with it", room: "lobby",
                LobbyPart(.make, password: "sesame", card: card)),
        ]
    }

    private static var quickJoins: [ValidVector] {
        [
            self.hello("quick join", LobbyPart(.quickJoin)),
            self.hello("quick join of a type", LobbyPart(.quickJoin, type: "duel")),
            self.hello(
                "quick join, properties that the room must have",
                LobbyPart(.quickJoin, type: "duel", card: self.card(["map": .string("dust"), "ranked": .bool(false)]))),
        ]
    }

    private static var cards: [ValidVector] {
        func named(_ name: String, _ fields: KeyValuePairs<String, Value>) -> ValidVector {
            self.hello("card, \(name)", LobbyPart(.make, card: self.card(fields)))
        }
        return [
            named(
                "smallest numbers",
                ["listed": .bool(false), "locked": .bool(true), "seats": .integer(1), "spectators": .integer(0)]),
            named("largest numbers", ["spectators": .integer(1023), "seats": .integer(1023)]),
            named(
                "as many fields as there may be",
                [
                    "a": .integer(1), "b": .integer(2), "c": .integer(3), "d": .integer(4), "listed": .bool(true),
                    "e": .integer(5), "f": .integer(6), "g": .integer(7), "h": .integer(8), "locked": .bool(false),
                    "i": .integer(9), "j": .integer(10), "k": .integer(11), "l": .integer(12), "seats": .integer(4),
                    "m": .integer(13), "n": .integer(14), "o": .integer(15), "p": .integer(16), "spectators": .integer(2),
                ]),
            named(
                "properties of every type",
                [
                    "false": .bool(false), "true": .bool(true), "smallest": .integer(.min), "largest": .integer(.max),
                    "float": .float(-2.5), "empty": .string(""), "string": .string(self.wideText),
                ]),
            named("longest name", [self.longName: .integer(0)]),
            named(
                "names that only bytes tell apart",
                ["Listed": .integer(7), "listed": .bool(true), "\u{E9}": .integer(1), "e\u{301}": .integer(2)]),
            ValidVector(
                "lobby part: card, what is null is not there",
                bytes("01 01 00 00 04  02 08 03  06 6c6f636b6564 00  06 6c6973746564 02  01 61 00"),
                canonical: bytes("01 01 00 00 04  02 08 01  06 6c6973746564 02")),
        ]
    }

    // MARK: Acts

    private static func act(_ name: String, _ operation: (inout WireWriter) -> Void) -> ValidVector {
        ValidVector("act: \(name)", ClientVectors.uplink(Ack(10, delay: 250), 1, 1, operation))
    }

    private static func act(_ name: String, _ code: Operation.Code, _ seat: UInt16, joined: UInt64) -> ValidVector {
        self.act(name) { $0.act(code, on: ActTarget(SeatNumber(rawValue: seat), joined: Tick(rawValue: joined))) }
    }

    static var acts: [ValidVector] {
        [
            self.act("kick whoever is there", .kick, 1, joined: 0),
            self.act("kick a spectator", .kick, 2047, joined: 0),
            self.act("kick, largest tick", .kick, 1023, joined: safe),
            self.act("ban whoever is there", .ban, 1, joined: 0),
            self.act("ban, largest seat and tick", .ban, 2047, joined: safe),
            self.act("host, smallest seat", .host, 1, joined: 0),
            self.act("host, largest seat and tick", .host, 1023, joined: safe),
            self.act("no password") { $0.password("") },
            self.act("shortest password") { $0.password("p") },
            self.act("longest password") { $0.password(self.wideText) },
            self.act("invite, shortest text") { $0.invite(self.invitation, seconds: 600, held: nil) },
            self.act("invite, longest text and time, a spectator's seat") {
                $0.invite(self.longInvitation, seconds: 86_400, held: .spectator)
            },
            self.act("invite, a player's seat") { $0.invite(self.invitation, seconds: 1, held: .player) },
            self.act("withdraw an invitation") { $0.invite(self.invitation, seconds: 0, held: nil) },
            ValidVector("act: one of each in an uplink", self.everyAct),
            self.act("lock the room, by its card") {
                $0.compareAndSet(.card, .inline("locked"), expected: stored(.null), new: stored(.bool(true)))
            },
        ]
    }

    // MARK: Welcomes

    static var welcomes: [ValidVector] {
        [
            ValidVector("welcome, named", ServerVectors.welcome { $0.room = "lobby" }),
            ValidVector(
                "welcome, named by a code, with an uplink gap",
                ServerVectors.welcome {
                    $0.uplinkGap = true
                    $0.room = "K3M7QX"
                }),
            ValidVector("welcome, longest name", ServerVectors.welcome { $0.room = self.wideText }),
        ]
    }
}
