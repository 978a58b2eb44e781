import RelayWire

/// SPEC section 5: messages that a client gives a connection up for.
enum InvalidServerVectors {
    static var all: [InvalidVector] {
        self.kinds + self.cuts + self.welcomes + self.headers + self.names + self.entities + self.rosters + self.events
            + self.privates + self.players + PackedVectors.invalid + InvalidLobbyVectors.welcomes
    }

    private static var players: [InvalidVector] {
        let long = hex(Array(repeating: UInt8(ascii: "n"), count: 65))
        func player(_ name: String, _ text: String, _ seat: UInt64 = 1) -> InvalidVector {
            InvalidVector("players, \(name)", bytes("84 01 01 01 \(text)"), .outOfRange(.player, seat))
        }
        let hidden: [(String, String)] = [
            ("a NUL", "01 00"), ("a line end", "01 0a"), ("DEL", "01 7f"), ("a C1 control", "02 c285"),
            ("a line separator", "03 e280a8"), ("a paragraph separator", "03 e280a9"), ("an Arabic letter mark", "02 d89c"),
            ("a left-to-right mark", "03 e2808e"), ("an override", "03 e280ae"), ("an isolate", "03 e281a6"),
        ]
        return [
            InvalidVector("players, no row", bytes("84 00"), .outOfRange(.count, 0)),
            InvalidVector("players, 1,024 rows", bytes("84 8008"), .outOfRange(.count, 1024)),
            InvalidVector("players, seat 0", bytes("84 01 00 01 0161 00"), .outOfRange(.seat, 0)),
            InvalidVector("players, a spectator's seat", bytes("84 01 8008 01 0161 00"), .outOfRange(.seat, 1024)),
            InvalidVector("players, joined 0", bytes("84 01 01 00 0161 00"), .outOfRange(.tick, 0)),
            InvalidVector(cut: "players, a row less than counted", bytes("84 02 01 01 0161 00")),
            InvalidVector("players, a row more than counted", bytes("84 01 01 01 0161 00 02 01 0162 00"), .trailingBytes(5)),
            InvalidVector("players, id not UTF-8", bytes("84 01 01 01 01ff 00"), .badUTF8),
            InvalidVector("players, name not UTF-8", bytes("84 01 01 01 0161 02c080"), .badUTF8),
            player("id empty", "00 00", 0), player("id of 65 bytes", "41 \(long) 00", 65),
            player("name of 65 bytes", "0161 41 \(long)", 65),
        ]
            + hidden.flatMap { name, text in [player("id: \(name)", "\(text) 00"), player("name: \(name)", "0161 \(text)")] }
    }

    private static var kinds: [InvalidVector] {
        let unknown: [UInt8] = [0x00, 0x01, 0x03, 0x06, 0x7F, 0x80, 0x85, 0xFF]
        return [InvalidVector("empty message", [], .empty)]
            + unknown.map { InvalidVector("kind 0x\(hex([$0]))", [$0], .unknownKind($0)) }
    }

    private static var cuts: [InvalidVector] {
        ServerVectors.representatives.flatMap { name, bytes in
            InvalidVector.around(name, bytes, context: name == "heartbeat" ? 2 : nil)
        } + [
            InvalidVector(cut: "heartbeat, a row less than the roster", ServerVectors.heartbeat(rows: 2), context: 3),
            InvalidVector(
                "heartbeat, a row more than the roster", ServerVectors.heartbeat(rows: 2), .trailingBytes(4), context: 1),
            InvalidVector(
                "heartbeat, stride 0", ServerVectors.heartbeat(rows: 1, stride: 0), .outOfRange(.stride, 0), context: 1),
            InvalidVector(
                "heartbeat, stride 5", ServerVectors.heartbeat(rows: 1, stride: 5), .outOfRange(.stride, 5), context: 1),
        ]
    }

    // MARK: Welcome

    private static var welcomes: [InvalidVector] {
        let instance = "000102030405060708090a0b0c0d0e0f"
        /// A welcome with one of its numbers, counted from epoch, replaced.
        func with(_ position: Int, _ number: String) -> [UInt8] {
            // epoch seat generation tick rate stride lastUplink cause | six durations | bytes rate burst | writes leave | token
            var numbers = [
                "01", "01", "01", "01", "14", "01", "00", "00", "01", "01", "01", "00", "00", "01", "01", "01", "01", "00", "00",
                "01 aa",
            ]
            numbers[position] = number
            return bytes("81 00 \(instance) \(numbers.joined())")
        }
        let big = "8080808080808010"  // 2^53
        let long = hex([UInt8](repeating: 7, count: 129))
        let zeros: [(String, Int, WireError.Field)] = [
            ("epoch", 0, .epoch), ("seat", 1, .seat), ("generation", 2, .generation), ("tick", 3, .tick), ("rate", 4, .rate),
            ("stride", 5, .stride), ("maximumAckDelay", 8, .duration), ("heartbeatInterval", 9, .duration),
            ("stallAfter", 10, .duration),
            ("giveUpAfter", 13, .duration), ("uplinkBytes", 14, .count), ("uplinkRate", 15, .count), ("uplinkBurst", 16, .count),
        ]
        let aboves: [(String, Int, WireError.Field)] = [
            ("epoch", 0, .epoch), ("generation", 2, .generation), ("tick", 3, .tick), ("lastUplink", 6, .uplinkNumber),
            ("uplinkBytes", 14, .count),
        ]
        return [
            InvalidVector("welcome, flags 8", bytes("81 08"), .reservedBits(8)),
            InvalidVector("welcome, flags 8, all there", [0x81, 8] + ServerVectors.welcome()[2...], .reservedBits(8)),
            InvalidVector("welcome, flags 0x80", bytes("81 80"), .reservedBits(0x80)),
            InvalidVector("welcome, seat 2048", with(1, "8010"), .outOfRange(.seat, 2048)),
            InvalidVector("welcome, rate 241", with(4, "f101"), .outOfRange(.rate, 241)),
            InvalidVector("welcome, stride 5", with(5, "05"), .outOfRange(.stride, 5)),
            InvalidVector("welcome, cause 8", with(7, "08"), .outOfRange(.cause, 8)),
            InvalidVector("welcome, roomWrites 3", with(17, "03"), .outOfRange(.roomWrites, 3)),
            InvalidVector("welcome, onLeave 3", with(18, "03"), .outOfRange(.onLeave, 3)),
            InvalidVector("welcome, graceWindow above 2^40", with(11, "818080808020"), .outOfRange(.duration, 1 << 40 + 1)),
            InvalidVector("welcome, token empty", with(19, "00"), .outOfRange(.token, 0)),
            InvalidVector("welcome, token of 129 bytes", with(19, "8101" + long), .outOfRange(.token, 129)),
        ] + zeros.map { InvalidVector("welcome, \($0) 0", with($1, "00"), .outOfRange($2, 0)) }
            + aboves.map { InvalidVector("welcome, \($0) 2^53", with($1, big), .outOfRange($2, safe + 1)) }
    }

    // MARK: Frames

    private static var headers: [InvalidVector] {
        [
            InvalidVector("frame of tick 0", bytes("82 02 00"), .outOfRange(.tick, 0)),
            InvalidVector("frame of tick 2^53", bytes("82 02 8080808080808010"), .outOfRange(.tick, safe + 1)),
            InvalidVector("frame, tick not minimal", bytes("82 02 8100"), .badVarint),
            InvalidVector("delta, age 0", bytes("82 00 05 00"), .outOfRange(.age, 0)),
            InvalidVector("delta, age 1, which has a coding of its own", bytes("82 00 05 01"), .outOfRange(.age, 1)),
            InvalidVector("delta to the tick before, with an age", bytes("82 03 05 01"), .trailingBytes(1)),
            InvalidVector("delta to the tick before tick 0", bytes("82 03 00"), .outOfRange(.tick, 0)),
            InvalidVector("delta of tick 1, any age", bytes("82 00 01 01"), .outOfRange(.age, 1)),
            InvalidVector("merged, age 0", bytes("82 01 05 00"), .outOfRange(.age, 0)),
            InvalidVector("delta, age above the tick", bytes("82 00 05 06"), .outOfRange(.age, 6)),
            InvalidVector("merged, age 2^64 − 1", bytes("82 01 05 ffffffffffffffffff01"), .outOfRange(.age, .max)),
            InvalidVector("snapshot with an age", bytes("82 02 05 01"), .trailingBytes(1)),
            InvalidVector("lost, age above the tick", bytes("82 82 05 06"), .outOfRange(.age, 6)),
        ]
    }

    private static var names: [InvalidVector] {
        let (diff, snapshot) = ("82 0b 05", "82 0a 05")
        let long = hex([UInt8](repeating: 0x6E, count: 65))
        return [
            InvalidVector("names of a snapshot that start at 1", bytes("\(snapshot) 01 01 01 78 00"), .outOfRange(.nameIndex, 1)),
            InvalidVector("names from 1024", bytes("\(diff) 8008 01 01 78 00"), .outOfRange(.nameIndex, 1024)),
            InvalidVector("no names", bytes("\(diff) 00 00"), .outOfRange(.count, 0)),
            InvalidVector("1025 names", bytes("\(diff) 00 8108"), .outOfRange(.count, 1025)),
            InvalidVector("two names from 1023", bytes("\(diff) ff07 02 01 78 00 01 79 00"), .outOfRange(.count, 2)),
            InvalidVector("a name of no bytes", bytes("\(diff) 00 01 00 00"), .outOfRange(.name, 0)),
            InvalidVector("a name of 65 bytes", bytes("\(diff) 00 01 41 \(long) 00"), .outOfRange(.name, 65)),
            InvalidVector("a name that is not UTF-8", bytes("\(diff) 00 01 01 ff 00"), .badUTF8),
            InvalidVector("quantised 2", bytes("\(diff) 00 01 01 78 02"), .reservedBits(2)),
            InvalidVector("quantised 2, a quantum behind it", bytes("\(diff) 00 01 01 78 02 000000000000e03f"), .reservedBits(2)),
            InvalidVector("quantum 0", bytes("\(diff) 00 01 01 78 01 0000000000000000"), .outOfRange(.quantum, 0)),
            InvalidVector("quantum −0", bytes("\(diff) 00 01 01 78 01 0000000000000080"), .outOfRange(.quantum, 0)),
            InvalidVector(
                "quantum −1", bytes("\(diff) 00 01 01 78 01 000000000000f0bf"), .outOfRange(.quantum, (-1.0).bitPattern)),
            InvalidVector("quantum infinite", bytes("\(diff) 00 01 01 78 01 000000000000f07f"), .notFinite),
            InvalidVector("quantum NaN", bytes("\(diff) 00 01 01 78 01 000000000000f87f"), .notFinite),
        ]
    }

    private static var entities: [InvalidVector] {
        let (merged, snapshot) = ("82 11 05 01", "82 12 05")
        let above = "80808020"  // 2^26
        let tooMany: UInt64 = 1 << 63
        return [
            InvalidVector("snapshot with a removed entity", bytes("\(snapshot) 01 01 00 00"), .outOfRange(.count, 1)),
            InvalidVector("snapshot with an updated entity", bytes("\(snapshot) 00 00 01 01 00"), .outOfRange(.count, 1)),
            InvalidVector(
                "removed, entity above the largest", bytes("\(merged) 01 \(above) 00 00"), .outOfRange(.entity, 1 << 26)),
            InvalidVector(
                "replaced, entity above the largest", bytes("\(merged) 00 01 \(above) 00 00 00"), .outOfRange(.entity, 1 << 26)),
            InvalidVector("replaced, owner is a spectator", bytes("\(merged) 00 01 01 8008 00 00"), .outOfRange(.seat, 1024)),
            InvalidVector("replaced, 1025 fields", bytes("\(merged) 00 01 01 00 8108"), .outOfRange(.fieldCount, 1025)),
            InvalidVector(
                "replaced, 1025 fields, all there",
                bytes("\(merged) 00 01 01 00 8108" + String(repeating: "0000", count: 1025) + "00"),
                .outOfRange(.fieldCount, 1025)),
            InvalidVector(
                "replaced, name index 1024", bytes("\(merged) 00 01 01 00 01 8008 00 00"), .outOfRange(.nameIndex, 1024)),
            InvalidVector("replaced, value tag 8", bytes("\(merged) 00 01 01 00 01 00 08 00"), .unknownValueTag(8)),
            InvalidVector("replaced, NaN", bytes("\(merged) 00 01 01 00 01 00 04 000000000000f87f 00"), .notFinite),
            InvalidVector("replaced, string not UTF-8", bytes("\(merged) 00 01 01 00 01 00 06 02 c0af 00"), .badUTF8),
            InvalidVector("2^63 removed", bytes("\(merged) 80808080808080808001"), .outOfRange(.count, tooMany)),
            InvalidVector("2^63 replaced", bytes("\(merged) 00 80808080808080808001"), .outOfRange(.count, tooMany)),
            InvalidVector("2^63 updated", bytes("\(merged) 00 00 80808080808080808001"), .outOfRange(.count, tooMany)),
            InvalidVector(
                "merged update, entity above the largest", bytes("\(merged) 00 00 01 \(above) 00"), .outOfRange(.entity, 1 << 26)),
            InvalidVector("merged update, 1025 fields", bytes("\(merged) 00 00 01 01 8108"), .outOfRange(.fieldCount, 1025)),
        ]
    }

    private static var rosters: [InvalidVector] {
        let diff = "82 23 05"
        return [
            InvalidVector("host is a spectator", bytes("\(diff) 8008 00"), .outOfRange(.seat, 1024)),
            InvalidVector("1024 roster rows", bytes("\(diff) 00 8008"), .outOfRange(.count, 1024)),
            InvalidVector(
                "1024 roster rows, all there", bytes("\(diff) 00 8008" + String(repeating: "01010001", count: 1024)),
                .outOfRange(.count, 1024)),
            InvalidVector("roster row of seat 0", bytes("\(diff) 00 01 00 01 00 01"), .outOfRange(.seat, 0)),
            InvalidVector("roster row of a spectator", bytes("\(diff) 00 01 8008 01 00 01"), .outOfRange(.seat, 1024)),
            InvalidVector("roster row, state 0", bytes("\(diff) 00 01 01 00 00 01"), .outOfRange(.state, 0)),
            InvalidVector("roster row, state 5", bytes("\(diff) 00 01 01 05 00 01"), .outOfRange(.state, 5)),
            InvalidVector("roster row, cause 8", bytes("\(diff) 00 01 01 01 08 01"), .outOfRange(.cause, 8)),
            InvalidVector("roster row, joined 0", bytes("\(diff) 00 01 01 01 00 00"), .outOfRange(.tick, 0)),
            InvalidVector(
                "heartbeat, RTT above the largest", bytes("82 07 05 00000000 01 818004 00"), .outOfRange(.duration, 65_537),
                context: 1
            ),
            InvalidVector(
                "heartbeat, uplink number 2^53", bytes("82 07 05 00000000 01 00 8080808080808010"),
                .outOfRange(.uplinkNumber, safe + 1),
                context: 1
            ),
        ]
    }

    private static var events: [InvalidVector] {
        let diff = "82 43 05"
        return [
            InvalidVector("no events", bytes("\(diff) 00"), .outOfRange(.count, 0)),
            InvalidVector("event number 0", bytes("\(diff) 01 00 00 01 00 00 00"), .outOfRange(.count, 0)),
            InvalidVector(
                "the same event number twice", bytes("\(diff) 02 07 00 01 00 00 00 00 00 01 00 00 00"), .outOfRange(.count, 0)),
            InvalidVector(
                "event number 2^53", bytes("\(diff) 01 8080808080808010 00 01 00 00 00"), .outOfRange(.count, safe + 1)),
            InvalidVector(
                "event numbers up to 2^53", bytes("\(diff) 02 ffffffffffffff0f 00 01 00 00 00 01 00 01 00 00 00"),
                .outOfRange(.count, 1)
            ),
            InvalidVector("event older than tick 0", bytes("\(diff) 01 01 06 01 00 00 00"), .outOfRange(.age, 6)),
            InvalidVector("event from seat 2048", bytes("\(diff) 01 01 00 8010 00 00 00"), .outOfRange(.seat, 2048)),
            InvalidVector("shared event to the host", bytes("\(diff) 01 01 00 01 02 00 00"), .outOfRange(.audience, 2)),
            InvalidVector("shared event to seats", bytes("\(diff) 01 01 00 01 03 00 00"), .outOfRange(.audience, 3)),
            InvalidVector("event, audience 4", bytes("\(diff) 01 01 00 01 04 00 00"), .outOfRange(.audience, 4)),
            InvalidVector("event, name index 1024", bytes("\(diff) 01 01 00 01 00 8008 00"), .outOfRange(.nameIndex, 1024)),
            InvalidVector("event, value tag 8", bytes("\(diff) 01 01 00 01 00 00 08"), .unknownValueTag(8)),
        ]
    }

    // MARK: Private

    private static var privates: [InvalidVector] {
        [
            InvalidVector("private, flags 8", bytes("83 08 05 00"), .reservedBits(8)),
            InvalidVector("private of tick 0", bytes("83 00 00 00"), .outOfRange(.tick, 0)),
            InvalidVector(
                "private, newest uplink 2^53", bytes("83 00 05 8080808080808010"), .outOfRange(.uplinkNumber, safe + 1)),
            InvalidVector("private, no results", bytes("83 01 05 00 00"), .outOfRange(.count, 0)),
            InvalidVector("private, result of uplink 0", bytes("83 01 05 00 01 00 00 00"), .outOfRange(.uplinkNumber, 0)),
            InvalidVector("private, result of operation 64", bytes("83 01 05 00 01 01 40 00"), .outOfRange(.operation, 64)),
            InvalidVector("private, result code 16", bytes("83 01 05 00 01 01 00 10"), .outOfRange(.code, 16)),
            InvalidVector("private, no events", bytes("83 02 05 00 00"), .outOfRange(.count, 0)),
            InvalidVector("private, event number 0", bytes("83 02 05 00 01 00 00 01 02 00 00"), .outOfRange(.count, 0)),
            InvalidVector("private event to all", bytes("83 02 05 00 01 01 00 01 00 00 00"), .outOfRange(.audience, 0)),
            InvalidVector("private event to others", bytes("83 02 05 00 01 01 00 01 01 00 00"), .outOfRange(.audience, 1)),
            InvalidVector("private event older than tick 0", bytes("83 02 05 00 01 01 06 01 02 00 00"), .outOfRange(.age, 6)),
            InvalidVector(
                "private event number 2^53", bytes("83 02 05 00 01 8080808080808010 00 01 02 00 00"),
                .outOfRange(.count, safe + 1)),
            InvalidVector("private event from seat 2048", bytes("83 02 05 00 01 01 00 8010 02 00 00"), .outOfRange(.seat, 2048)),
            InvalidVector("private event, audience 4", bytes("83 02 05 00 01 01 00 01 04 00 00"), .outOfRange(.audience, 4)),
            InvalidVector(
                "private event, name index 1024", bytes("83 02 05 00 01 01 00 01 02 8008 00"), .outOfRange(.nameIndex, 1024)),
            InvalidVector("private event, value tag 8", bytes("83 02 05 00 01 01 00 01 02 00 08"), .unknownValueTag(8)),
            InvalidVector("private, lost age above the tick", bytes("83 04 05 00 06"), .outOfRange(.age, 6)),
            InvalidVector(cut: "private, 2^53 − 1 results and no more", bytes("83 01 05 00 ffffffffffffff0f")),
        ]
    }
}
