import RelayWire

/// SPEC section 4: messages that decode.
enum ClientVectors {
    static var all: [ValidVector] {
        self.seats + self.acks + self.uplinks + self.sets + self.events + self.values + LobbyVectors.hellos + LobbyVectors.acts
    }

    private static let longName = String(repeating: "n", count: 64)
    /// 64 bytes of four-byte scalars.
    private static let wideName = String(repeating: "🛰", count: 16)
    private static let token = [UInt8](0..<58)

    /// One message of each kind, with something in every field: what is cut and lengthened for the invalid vectors.
    static var representatives: [(name: String, bytes: [UInt8])] {
        [
            ("hello", wire { $0.hello(Hello(room: "lobby", role: .spectator, wantsPlayers: true, ticket: Array("a.b.c".utf8))) }),
            (
                "rejoin",
                wire {
                    $0.rejoin(Rejoin(room: "lobby", token: [1, 2, 3, 4], epoch: 300, tick: Tick(rawValue: 5000), confirmed: 900))
                }
            ),
            ("uplink", self.uplink(Ack(5000, delay: 1200), 901, 4) { self.everyOperation(&$0) }),
            ("ack", wire { $0.ack(Ack(5000, delay: 1200)) }),
            ("resync", wire { $0.resync(Ack(5000, delay: 1200), .checksum) }),
            ("leave", wire { $0.leave() }),
            ("visibility", wire { $0.visibility(Ack(5000, delay: 1200), isHidden: true) }),
        ]
    }

    private static func everyOperation(_ writer: inout WireWriter) {
        writer.set(EntityID(SeatNumber(rawValue: 3), 7), fieldCount: 2)
        writer.field(.inline("x"), stored(.quantised(steps: -300)))
        writer.field(.index(NameIndex(rawValue: 200)), stored(.string("né")))
        writer.remove(.room(2))
        writer.event(
            .inline("hit"), .seats, seats: [SeatNumber(rawValue: 5), SeatNumber(rawValue: 1024)], stored(.bytes([1, 2, 3]))
        )
        writer.compareAndSet(.room(1), .index(NameIndex(rawValue: 0)), expected: stored(.null), new: stored(.float(1.5)))
    }

    static func uplink(
        _ ack: Ack, _ number: UInt64, _ count: Int, _ operations: (inout WireWriter) -> Void = { _ in }
    ) -> [UInt8] {
        wire {
            $0.uplinkHead(UplinkHead(ack: ack, number: number, operationCount: count))
            operations(&$0)
        }
    }

    /// An uplink of one operation.
    private static func one(_ name: String, context: Int? = nil, _ operation: (inout WireWriter) -> Void) -> ValidVector {
        ValidVector(name, self.uplink(Ack(10, delay: 250), 1, 1, operation), context: context)
    }

    private static var seats: [ValidVector] {
        [
            ValidVector("hello of a player") { $0.hello(Hello(room: "lobby")) },
            ValidVector("hello of a spectator") { $0.hello(Hello(room: "lobby", role: .spectator)) },
            ValidVector("hello, shortest room name") { $0.hello(Hello(room: "r")) },
            ValidVector("hello, longest room name") { $0.hello(Hello(room: self.longName)) },
            ValidVector("hello, room name of 64 bytes in 16 scalars") { $0.hello(Hello(room: self.wideName)) },
            ValidVector("hello, room name with a NUL, a quote and a backslash") { $0.hello(Hello(room: "\u{0}\"\\")) },
            ValidVector("hello, room name at the edges of UTF-8") {
                $0.hello(Hello(room: "\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}"))
            },
            ValidVector("hello with a ticket") { $0.hello(Hello(room: "lobby", ticket: Array("e30.e30.AAEC".utf8))) },
            ValidVector("hello with a ticket, asking who sits where") {
                $0.hello(Hello(room: "lobby", wantsPlayers: true, ticket: Array("e30.e30.AAEC".utf8)))
            },
            ValidVector("hello without a ticket, asking who sits where") { $0.hello(Hello(room: "lobby", wantsPlayers: true)) },
            ValidVector("hello, ticket of one byte, which need not be text") { $0.hello(Hello(room: "r", ticket: [0xFF])) },
            ValidVector("hello, ticket of 4,097 bytes: it decodes, and is refused as a ticket") {
                $0.hello(Hello(room: "r", ticket: [UInt8](repeating: 0x65, count: 4097)))
            },
            ValidVector("rejoin that asks who sits where") {
                $0.rejoin(
                    Rejoin(
                        room: "lobby", token: self.token, epoch: 1, tick: Tick(rawValue: 1234), confirmed: 17, wantsPlayers: true)
                )
            },
            ValidVector("rejoin") {
                $0.rejoin(Rejoin(room: "lobby", token: self.token, epoch: 1, tick: Tick(rawValue: 1234), confirmed: 17))
            },
            ValidVector("rejoin that asks for a snapshot, shortest token") {
                $0.rejoin(Rejoin(room: "r", token: [0], epoch: 0, tick: .none, confirmed: 0))
            },
            ValidVector("rejoin, everything at its largest") {
                let token = [UInt8](repeating: 0xFF, count: 128)
                $0.rejoin(Rejoin(room: self.longName, token: token, epoch: .max, tick: .maximum, confirmed: safe))
            },
            ValidVector("leave") { $0.leave() },
        ]
    }

    private static var acks: [ValidVector] {
        [
            ValidVector("ack of nothing") { $0.ack(Ack(0)) },
            ValidVector("ack, held for no time") { $0.ack(Ack(1)) },
            ValidVector("ack") { $0.ack(Ack(127, delay: 128)) },
            ValidVector("ack, two-byte varints") { $0.ack(Ack(128, delay: 16383)) },
            ValidVector("ack, three-byte varints") { $0.ack(Ack(16384, delay: 16384)) },
            ValidVector("ack, largest tick and delay") { $0.ack(Ack(safe, delay: .max)) },
            ValidVector("ack, delay of 2^63") { $0.ack(Ack(9, delay: 1 << 63)) },
            ValidVector("resync before anything was applied") { $0.resync(Ack(0), .baseline) },
            ValidVector("resync, checksum differs") { $0.resync(Ack(77, delay: 3), .checksum) },
            ValidVector("resync, a frame made no sense") { $0.resync(Ack(77, delay: 3), .nonsense) },
            ValidVector("visibility: hidden, before anything was applied") { $0.visibility(Ack(0), isHidden: true) },
            ValidVector("visibility: hidden") { $0.visibility(Ack(77, delay: 3), isHidden: true) },
            ValidVector("visibility: shown again") { $0.visibility(Ack(16384, delay: 128), isHidden: false) },
        ]
    }

    private static var uplinks: [ValidVector] {
        [
            ValidVector("uplink without operations", self.uplink(Ack(0), 1, 0)),
            ValidVector("uplink, largest number", self.uplink(Ack(safe, delay: .max), safe, 0)),
            ValidVector("uplink with one operation of each kind", self.representatives[2].bytes),
            ValidVector(
                "uplink with 64 operations",
                self.uplink(Ack(3), 2, 64) { for number in 0..<64 { $0.remove(.room(UInt16(number))) } }
            ),
            self.one("remove, smallest entity") { $0.remove(EntityID(rawValue: 0)) },
            self.one("remove, largest entity") { $0.remove(.maximum) },
            self.one("compare and set of an absent field") {
                $0.compareAndSet(.room(4), .inline("owner"), expected: stored(.null), new: stored(.integer(12)))
            },
            self.one("compare and set of a string") {
                $0.compareAndSet(.room(4), .inline("name"), expected: stored(.string("old")), new: stored(.string("new")))
            },
            self.one("compare and set by value: integer 3 or float 3 becomes float 3.5") {
                $0.compareAndSet(
                    .room(4), .inline("turn"), expected: stored(.integer(3)), new: stored(.float(3.5)), numbersByValue: true)
            },
            self.one("compare and set by value, name by index") {
                $0.compareAndSet(
                    .maximum, .index(NameIndex(rawValue: 0)), expected: stored(.null), new: stored(.bool(true)),
                    numbersByValue: true)
            },
        ]
    }

    private static var sets: [ValidVector] {
        [
            self.one("set without fields") { $0.set(.room(0), fieldCount: 0) },
            self.one("set with 64 fields") {
                $0.set(EntityID(SeatNumber(rawValue: 1023), 65_535), fieldCount: 64)
                for index in 0..<64 { $0.field(.index(NameIndex(rawValue: UInt16(index))), stored(.bool(index % 2 == 0))) }
            },
            self.one("set, longest name inline") {
                $0.set(.room(1), fieldCount: 1)
                $0.field(.inline(self.longName), stored(.null))
            },
            self.one("set, the last index of the relay's largest table", context: 1024) {
                $0.set(.room(1), fieldCount: 1)
                $0.field(.index(NameIndex(rawValue: 1023)), stored(.null))
            },
            self.one("set, the only name of a table of one", context: 1) {
                $0.set(.room(1), fieldCount: 1)
                $0.field(.index(NameIndex(rawValue: 0)), stored(.null))
            },
            self.one("set, a name inline while the table is empty", context: 0) {
                $0.set(.room(1), fieldCount: 1)
                $0.field(.inline("hp"), stored(.integer(100)))
            },
            self.one("set, one field twice") {
                $0.set(.room(1), fieldCount: 2)
                $0.field(.inline("hp"), stored(.integer(1)))
                $0.field(.inline("hp"), stored(.integer(2)))
            },
        ]
    }

    private static var events: [ValidVector] {
        let names = ["all", "others", "the host"]
        let simple = zip(names, [Audience.all, .others, .host]).map { name, audience in
            self.one("event to \(name)") { $0.event(.inline("shot"), audience, stored(.integer(7))) }
        }
        return simple + [
            self.one("event without a value, by index") { $0.event(.index(NameIndex(rawValue: 5)), .all, stored(.null)) },
            self.one("event to one seat") {
                $0.event(.inline("dm"), .seats, seats: [SeatNumber(rawValue: 1)], stored(.bool(true)))
            },
            self.one("event to the largest player and spectator seats") {
                let seats = [1023, 1024, 2047].map { SeatNumber(rawValue: $0) }
                $0.event(.inline("dm"), .seats, seats: seats, stored(.string("psst")))
            },
            self.one("event to 64 seats") {
                let seats = (1...64).map { SeatNumber(rawValue: $0 * 31) }
                $0.event(.inline("dm"), .seats, seats: seats, stored(.null))
            },
        ]
    }

    /// Every tag, and the edges of what it carries.
    static let edgeValues: [(String, Value)] = [
        ("null", .null), ("false", .bool(false)), ("true", .bool(true)),
        ("integer 0", .integer(0)), ("integer −1", .integer(-1)), ("integer 1", .integer(1)), ("integer 63", .integer(63)),
        ("integer −64", .integer(-64)), ("integer 64", .integer(64)), ("integer 2^53 − 1", .integer(Int64(safe))),
        ("integer 2^53", .integer(Int64(safe) + 1)), ("largest integer", .integer(.max)), ("smallest integer", .integer(.min)),
        ("float 0", .float(0)), ("float 0.1", .float(0.1)), ("float −2.5", .float(-2.5)),
        ("largest float", .float(.greatestFiniteMagnitude)), ("smallest float above 0", .float(.leastNonzeroMagnitude)),
        ("0 steps", .quantised(steps: 0)), ("2^53 steps", .quantised(steps: 1 << 53)),
        ("−2^53 steps", .quantised(steps: -1 << 53)), ("empty string", .string("")), ("string", .string("naïve 🛰")),
        ("string of 200 bytes", .string(String(repeating: "ab", count: 100))), ("no bytes", .bytes([])),
        ("bytes that are not UTF-8", .bytes([0xFF, 0x00, 0xC0])),
    ]

    private static var values: [ValidVector] {
        let tagged = self.edgeValues.map { name, value in
            self.one("value: \(name)") {
                $0.set(.room(1), fieldCount: 1)
                $0.field(.index(NameIndex(rawValue: 0)), stored(value))
            }
        }
        let zero = { (bits: UInt64) in
            self.uplink(Ack(10, delay: 250), 1, 1) {
                $0.event(.inline("e"), .all, stored(.null))
                $0.truncate(to: $0.count - 1)
                $0.u8(ValueTag.float.rawValue)
                $0.u64(bits)
            }
        }
        return tagged + [ValidVector("value: float −0 is read as 0", zero(1 << 63), canonical: zero(0))]
    }
}
