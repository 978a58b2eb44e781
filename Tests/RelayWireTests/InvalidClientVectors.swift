import RelayWire

/// SPEC section 4: messages that a relay refuses.
enum InvalidClientVectors {
    static var all: [InvalidVector] {
        self.kinds + ClientVectors.representatives.flatMap { InvalidVector.around($0.name, $0.bytes) } + self.seats + self.varints
            + self.strings + self.uplinks + self.references + self.values + InvalidLobbyVectors.hellos
            + InvalidLobbyVectors.acts
    }

    private static var kinds: [InvalidVector] {
        let unknown: [UInt8] = [0x00, 0x08, 0x10, 0x7F, 0x80, 0x81, 0x82, 0x83, 0xFF]
        return [InvalidVector("empty message", [], .empty)]
            + unknown.map { InvalidVector("kind 0x\(hex([$0]))", [$0], .unknownKind($0)) }
            + [InvalidVector("an unknown kind with something behind it", bytes("08 00ff"), .unknownKind(8))]
    }

    private static var seats: [InvalidVector] {
        let long = hex(Array(repeating: UInt8(ascii: "r"), count: 65))
        let rejoin = "02 01 01 72 01 00"  // version, room "r", token of one byte; then epoch, tick, confirmed, flags
        return [
            InvalidVector("hello of version 0", bytes("01 00 01 72 00 00"), .unsupportedVersion(0)),
            InvalidVector("hello of version 2", bytes("01 02 01 72 00 00"), .unsupportedVersion(2)),
            InvalidVector("hello of version 2, the rest in its own form", bytes("01 02 ff"), .unsupportedVersion(2)),
            InvalidVector("hello of version 300", bytes("01 ac02"), .unsupportedVersion(300)),
            InvalidVector("hello, version not minimal", bytes("01 8100 01 72 00 00"), .badVarint),
            InvalidVector("hello, room name empty", bytes("01 01 00 00 00"), .outOfRange(.room, 0)),
            InvalidVector("hello, room name of 65 bytes", bytes("01 01 41 \(long) 00 00"), .outOfRange(.room, 65)),
            InvalidVector("hello, room name of 2^64 − 1 bytes", bytes("01 01 ffffffffffffffffff01 72"), .outOfRange(.room, .max)),
            InvalidVector("hello, role 2", bytes("01 01 01 72 02 00"), .outOfRange(.role, 2)),
            InvalidVector("hello, flags 8", bytes("01 01 01 72 00 08"), .reservedBits(8)),
            InvalidVector("hello, flags 9, with a ticket", bytes("01 01 01 72 00 09 01 41"), .reservedBits(9)),
            InvalidVector(cut: "hello, flags 1, without a ticket", bytes("01 01 01 72 00 01")),
            InvalidVector("hello, ticket empty", bytes("01 01 01 72 00 01 00"), .outOfRange(.ticket, 0)),
            InvalidVector(
                "hello, ticket of 2^64 − 1 bytes", bytes("01 01 01 72 00 01 ffffffffffffffffff01 41"), .outOfRange(.ticket, .max)),
            InvalidVector(cut: "hello, ticket longer than the message", bytes("01 01 01 72 00 01 05 41")),
            InvalidVector("hello, a ticket without its flag", bytes("01 01 01 72 00 02 01 41"), .trailingBytes(2)),
            InvalidVector("hello, flags 0x80", bytes("01 01 01 72 00 80"), .reservedBits(0x80)),
            InvalidVector("rejoin of version 2", bytes("02 02 01 72 01 00 01 00 00 00"), .unsupportedVersion(2)),
            InvalidVector("rejoin, room name empty", bytes("02 01 00 01 00 01 00 00 00"), .outOfRange(.room, 0)),
            InvalidVector("rejoin, token empty", bytes("02 01 01 72 00 01 00 00 00"), .outOfRange(.token, 0)),
            InvalidVector(
                "rejoin, token of 129 bytes",
                bytes("02 01 01 72 8101") + [UInt8](repeating: 7, count: 129) + bytes("01 00 00 00"), .outOfRange(.token, 129)
            ),
            InvalidVector("rejoin, tick 2^53", bytes("\(rejoin) 01 8080808080808010 00 00"), .outOfRange(.tick, safe + 1)),
            InvalidVector(
                "rejoin, confirmed 2^53", bytes("\(rejoin) 01 00 8080808080808010 00"), .outOfRange(.uplinkNumber, safe + 1)),
            InvalidVector("rejoin, flags 1", bytes("\(rejoin) 01 00 00 01"), .reservedBits(1)),
            InvalidVector("rejoin, flags 4", bytes("\(rejoin) 01 00 00 04"), .reservedBits(4)),
        ]
    }

    private static var varints: [InvalidVector] {
        [
            InvalidVector("varint 0 in two bytes", bytes("04 8000 00"), .badVarint),
            InvalidVector("varint 1 in two bytes", bytes("04 8100 00"), .badVarint),
            InvalidVector("varint 127 in three bytes", bytes("04 ff8000 00"), .badVarint),
            InvalidVector("varint of ten bytes, the last 0", bytes("04 01 ffffffffffffffffff00"), .badVarint),
            InvalidVector("varint 2^64", bytes("04 01 80808080808080808002"), .badVarint),
            InvalidVector("varint, tenth byte 0x7f", bytes("04 01 ffffffffffffffffff7f"), .badVarint),
            InvalidVector("varint of eleven bytes", bytes("04 01 8080808080808080808001"), .badVarint),
            InvalidVector("varint that does not end", bytes("04 01 ffffffffffffffffffffffff"), .badVarint),
            InvalidVector("ack of tick 2^53", bytes("04 8080808080808010 00"), .outOfRange(.tick, safe + 1)),
            InvalidVector("ack of tick 2^64 − 1", bytes("04 ffffffffffffffffff01 00"), .outOfRange(.tick, .max)),
            InvalidVector("ack, delay without a tick", bytes("04 00 01"), .outOfRange(.ackDelay, 1)),
            InvalidVector("resync, delay without a tick", bytes("05 00 05 01"), .outOfRange(.ackDelay, 5)),
            InvalidVector("resync, reason 0", bytes("05 01 00 00"), .outOfRange(.reason, 0)),
            InvalidVector("resync, reason 4", bytes("05 01 00 04"), .outOfRange(.reason, 4)),
            InvalidVector("visibility, hidden 2", bytes("07 01 00 02"), .outOfRange(.hidden, 2)),
            InvalidVector("visibility, a delay without a tick", bytes("07 00 01 01"), .outOfRange(.ackDelay, 1)),
        ]
    }

    /// What is not UTF-8.
    static let badText: [(String, String)] = [
        ("a continuation byte alone", "80"), ("overlong /", "c0af"), ("overlong NUL", "c080"),
        ("overlong in three bytes", "e09fbf"),
        ("overlong in four bytes", "f08fbfbf"), ("a surrogate", "eda080"), ("the last surrogate", "edbfbf"),
        ("two bytes cut", "c3"), ("three bytes cut", "e282"), ("four bytes cut", "f09f9b"), ("a lead byte before ASCII", "c341"),
        ("above U+10FFFF", "f4908080"), ("lead byte 0xf5", "f5808080"), ("byte 0xff", "ff"), ("byte 0xfe", "61fe"),
    ]

    private static var strings: [InvalidVector] {
        self.badText.flatMap { name, text -> [InvalidVector] in
            let length = hex([UInt8(text.count / 2)])
            return [
                InvalidVector("room name: \(name)", bytes("01 01 \(length) \(text) 00 00"), .badUTF8),
                InvalidVector("string value: \(name)", bytes("03 01 00 01 01  03 00 01 65 00 06 \(length) \(text)"), .badUTF8),
            ]
        } + [
            InvalidVector("rejoin, room name not UTF-8", bytes("02 01 01 ff 01 00 01 00 00 00"), .badUTF8),
            InvalidVector("field name not UTF-8", bytes("03 01 00 01 01  01 00 01 00 02 eda0 00"), .badUTF8),
        ]
    }

    private static var uplinks: [InvalidVector] {
        let head = "03 01 00 01 01"  // ack 1, delay 0, number 1, one operation
        return [
            InvalidVector("uplink, delay without a tick", bytes("03 00 01 01 00"), .outOfRange(.ackDelay, 1)),
            InvalidVector("uplink number 0", bytes("03 01 00 00 00"), .outOfRange(.uplinkNumber, 0)),
            InvalidVector("uplink number 2^53", bytes("03 01 00 8080808080808010 00"), .outOfRange(.uplinkNumber, safe + 1)),
            InvalidVector(
                "65 operations", ClientVectors.uplink(Ack(1), 1, 65) { for _ in 0..<65 { $0.remove(.room(0)) } },
                .outOfRange(.operationCount, 65)),
            InvalidVector("2^64 − 1 operations", bytes("03 01 00 01 ffffffffffffffffff01"), .outOfRange(.operationCount, .max)),
            InvalidVector("an operation more than counted", bytes("03 01 00 01 00 02 00"), .trailingBytes(2)),
            InvalidVector(cut: "an operation less than counted", bytes("03 01 00 01 02 02 00")),
            InvalidVector("operation 0", bytes("\(head) 00 00"), .outOfRange(.operation, 0)),
            InvalidVector("operation 11", bytes("\(head) 0b 00"), .outOfRange(.operation, 11)),
            InvalidVector("operation 0xff", bytes("\(head) ff 00"), .outOfRange(.operation, 255)),
            InvalidVector("set, entity above the largest", bytes("\(head) 01 80808020 00"), .outOfRange(.entity, 1 << 26)),
            InvalidVector("remove, entity above the largest", bytes("\(head) 02 80808020"), .outOfRange(.entity, 1 << 26)),
            InvalidVector("remove, entity 2^32", bytes("\(head) 02 8080808010"), .outOfRange(.entity, 1 << 32)),
            InvalidVector(
                "compare and set, entity above the largest", bytes("\(head) 04 80808020 01 00 00"), .outOfRange(.entity, 1 << 26)),
            InvalidVector(
                "set, 65 fields", bytes("\(head) 01 00 41") + (0..<65).flatMap { _ in bytes("01 00") },
                .outOfRange(.fieldCount, 65)),
            InvalidVector("event, audience 4", bytes("\(head) 03 01 04 00"), .outOfRange(.audience, 4)),
            InvalidVector("event to seats, none of them", bytes("\(head) 03 01 03 00 00"), .outOfRange(.seatCount, 0)),
            InvalidVector(
                "event to 65 seats", bytes("\(head) 03 01 03 41") + [UInt8](repeating: 1, count: 65) + [0],
                .outOfRange(.seatCount, 65)),
            InvalidVector("event to seat 0", bytes("\(head) 03 01 03 01 00 00"), .outOfRange(.seat, 0)),
            InvalidVector("event to seat 2048", bytes("\(head) 03 01 03 02 01 8010 00"), .outOfRange(.seat, 2048)),
        ]
    }

    private static var references: [InvalidVector] {
        let (head, long) = ("03 01 00 01 01", hex(Array(repeating: UInt8(ascii: "n"), count: 65)))
        return [
            InvalidVector("name empty", bytes("\(head) 01 00 01 00 00 00"), .outOfRange(.name, 0)),
            InvalidVector("name of 65 bytes", bytes("\(head) 01 00 01 00 41 \(long) 00"), .outOfRange(.name, 65)),
            InvalidVector("event name of 65 bytes", bytes("\(head) 03 00 41 \(long) 00 00"), .outOfRange(.name, 65)),
            InvalidVector("name 0 of an empty table", bytes("\(head) 01 00 01 01 00"), .outOfRange(.nameIndex, 0), context: 0),
            InvalidVector("name 3 of a table of 3", bytes("\(head) 01 00 01 04 00"), .outOfRange(.nameIndex, 3), context: 3),
            InvalidVector("event name 3 of a table of 3", bytes("\(head) 03 04 00 00"), .outOfRange(.nameIndex, 3), context: 3),
            InvalidVector(
                "compare and set, name 3 of 3", bytes("\(head) 04 00 04 00 00"), .outOfRange(.nameIndex, 3), context: 3),
            InvalidVector("name 1024", bytes("\(head) 01 00 01 8108 00"), .outOfRange(.nameIndex, 1024)),
            InvalidVector("name 2^64 − 2", bytes("\(head) 01 00 01 ffffffffffffffffff01 00"), .outOfRange(.nameIndex, .max - 1)),
        ]
    }

    private static var values: [InvalidVector] {
        let event = "03 01 00 01 01  03 01 00"  // an event to all; its value follows
        return [
            InvalidVector("value tag 8", bytes("\(event) 08"), .unknownValueTag(8)),
            InvalidVector("value tag 0xff", bytes("\(event) ff"), .unknownValueTag(255)),
            InvalidVector("NaN", bytes("\(event) 04 000000000000f87f"), .notFinite),
            InvalidVector("signalling NaN", bytes("\(event) 04 010000000000f07f"), .notFinite),
            InvalidVector("infinity", bytes("\(event) 04 000000000000f07f"), .notFinite),
            InvalidVector("minus infinity", bytes("\(event) 04 000000000000f0ff"), .notFinite),
            InvalidVector("integer not minimal", bytes("\(event) 03 8000"), .badVarint),
            InvalidVector("steps beyond 64 bits", bytes("\(event) 05 ffffffffffffffffff02"), .badVarint),
            InvalidVector("compare and set, new value tag 9", bytes("03 01 00 01 01  04 00 01 00 09"), .unknownValueTag(9)),
            InvalidVector(cut: "string longer than the message", bytes("\(event) 06 05 61")),
            InvalidVector(cut: "bytes longer than the message", bytes("\(event) 07 05 00")),
            InvalidVector("bytes of 2^63", bytes("\(event) 07 80808080808080808001"), .outOfRange(.count, 1 << 63)),
        ]
    }
}
