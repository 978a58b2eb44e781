import RelayWire

/// SPEC section 5: packed differences.
enum PackedVectors {
    /// The first entity of a player, as every game has it.
    private static func player(_ seat: UInt16) -> EntityID { EntityID(SeatNumber(rawValue: seat), 0) }

    private static func packed(_ name: String, _ packed: [ServerVectors.Differences]) -> ValidVector {
        ServerVectors.difference("packed: \(name)") { ServerVectors.differenceLists(&$0, packed: packed) }
    }

    /// A walk: every number fits into its column, all have all.
    private static let walk: [ServerVectors.Differences] = (UInt16(1)...8).map { seat in
        let step = Int64(seat)
        return (PackedVectors.player(seat), [(0, 30 - 7 * step), (1, 5 * step - 29), (2, step - 4), (3, 18 - 4 * step)])
    }

    /// A frame of tick 2 whose packed differences have these bits, the first one first. Spaces are for readers.
    private static func frame(_ headAndMask: String, _ bits: String) -> [UInt8] {
        var packed: [UInt8] = []
        for (position, bit) in bits.filter({ $0 != " " }).enumerated() {
            if position % 8 == 0 { packed.append(0) }
            if bit == "1" { packed[position / 8] |= 1 << UInt8(position % 8) }
        }
        return bytes("82 13 02 \(headAndMask)") + packed
    }

    /// What a relay of ours would not send: other widths.
    private static var foreign: [ValidVector] {
        let canonical = self.frame("08 01", "1000 0 01")
        return [
            ValidVector("packed: a width as expected", canonical),
            ValidVector(
                "packed: a width wider than needed", self.frame("08 01", "1111 0 0100000000000000"), canonical: canonical),
            ValidVector(
                "packed: a width narrower than needed", self.frame("08 01", "0000 0 1 100000 0"), canonical: canonical),
        ]
    }

    static var valid: [ValidVector] {
        [
            self.packed("entity 0, a difference of 0", [(.room(0), [(0, 0)])]),
            self.packed("a walk of eight players", self.walk),
            self.packed(
                "one of them stands, one moves in one field",
                self.walk.filter { $0.entity != self.player(3) }.map {
                    $0.entity == self.player(5) ? ($0.entity, [(2, -1)]) : $0
                }),
            self.packed(
                "a number too large for its column", self.walk.dropLast() + [(self.player(8), [(0, 3), (1, 9), (3, -720)])]),
            self.packed(
                "a difference of each of the 56 indices, largest entity", [(.maximum, (0..<56).map { ($0, Int64($0) - 28) })]),
            self.packed("the smallest and the largest difference", [(.maximum, [(0, .min), (55, .max)])]),
            self.packed(
                "each length of a number",
                [
                    (.room(7), (0..<56).map { ($0, Int64.min >> (63 - Int64($0))) }),
                    (.room(8), (0..<56).map { ($0, Int64.max >> (62 - Int64($0))) }),
                    (.room(9), (0..<56).map { ($0, 0) }),
                ]),
            self.packed("entities at each distance", (0..<26).map { (EntityID(rawValue: 1 << $0), [($0, 1), (30, -1)]) }),
            self.packed(
                "a number that is all ones in its column, among zeros",
                (0..<9).map { (EntityID(rawValue: $0), [(0, $0 == 0 ? -1 : 0)]) }),
            self.packed("entities of two bits each", (0..<10).map { (EntityID(rawValue: $0), [(0, 0)]) }),
            self.packed("a hundred entities, of 2 fields each", (0..<100).map { (.room($0), [($0 % 3, 1), (3 + $0 % 5, -2)]) }),
            ServerVectors.difference("packed: and absolute values of the same entity, and of others") {
                ServerVectors.differenceLists(
                    &$0, packed: [(.maximum, [(0, -5), (55, 6)])], updated: 2,
                    { writer in
                        writer.absoluteUpdate(.maximum, fieldCount: 2)
                        ServerVectors.field(&writer, 56, .integer(.min))
                        ServerVectors.field(&writer, 1023, .bool(true))
                        writer.absoluteUpdate(.room(1), fieldCount: 1)
                        ServerVectors.field(&writer, 0, .float(0.5))
                    })
            },
        ] + self.foreign
    }

    // MARK: Invalid

    static var invalid: [InvalidVector] {
        let diff = "82 13 02"
        let large: UInt64 = 1 << 26
        let (zeros, ones) = (String(repeating: "0", count: 25), String(repeating: "1", count: 25))
        return [
            InvalidVector("difference, an empty section", bytes("\(diff) 00"), .outOfRange(.count, 0)),
            InvalidVector("difference, an empty list of removed", bytes("\(diff) 01 00"), .outOfRange(.count, 0)),
            InvalidVector("difference, an empty list of replaced", bytes("\(diff) 02 00"), .outOfRange(.count, 0)),
            InvalidVector("difference, an empty list of updated", bytes("\(diff) 04 00"), .outOfRange(.count, 0)),
            InvalidVector(
                "difference, an absolute update without fields", bytes("\(diff) 04 01 01 00"), .outOfRange(.fieldCount, 0)),
            InvalidVector(
                "difference, an absolute update of name index 1024", bytes("\(diff) 04 01 01 01 8008 00"),
                .outOfRange(.nameIndex, 1024)),
            InvalidVector("2^26 packed", bytes("\(diff) 8080808002 01 41"), .outOfRange(.count, large)),
            InvalidVector("2^61 − 1 packed", bytes("\(diff) f8ffffffffffffffff01 01 41"), .outOfRange(.count, 1 << 61 - 1)),
            InvalidVector(cut: "five packed in one byte", bytes("\(diff) 28 01 00")),
            InvalidVector("packed, no columns", bytes("\(diff) 08 00 00"), .outOfRange(.mask, 0)),
            InvalidVector("packed, mask 2^56", bytes("\(diff) 08 808080808080808001 00"), .outOfRange(.mask, 1 << 56)),
            InvalidVector(
                "packed, mask 2^56, all there", self.frame("08 808080808080808001", "1000 0 01"), .outOfRange(.mask, 1 << 56)),
            InvalidVector("packed, bits after the last", self.frame("08 01", "1000 0 01 1"), .reservedBits(1)),
            InvalidVector("packed, some columns of one", self.frame("08 01", "1000 10 1 01"), .outOfRange(.mask, 1)),
            InvalidVector("packed, some columns, none", self.frame("08 03", "1000 1000 10 00"), .outOfRange(.mask, 0)),
            InvalidVector(
                "packed, some columns, both of two", self.frame("08 03", "1000 1000 10 11 01 01"), .outOfRange(.mask, 3)),
            InvalidVector(
                "packed, a long number that is short", self.frame("08 01", "1100 0 1111 110000 011"), .outOfRange(.difference, 14)
            ),
            InvalidVector(
                "packed, 26 zeros", self.frame("08 01", "1000 110 \(zeros)0 1 \(zeros)0 01"), .outOfRange(.entity, large)),
            InvalidVector(
                "packed, an entity after the largest", self.frame("10 01", "1000 110 \(zeros) 1 \(ones) 01 0 01"),
                .outOfRange(.entity, large)),
            InvalidVector(
                "packed, a later entity above the largest", self.frame("10 01", "1000 0 01 110 \(zeros) 1 \(ones) 01"),
                .outOfRange(.entity, large)),
            InvalidVector(
                "packed, an entity far after the largest",
                self.frame("10 01", "1000 110 \(zeros) 1 \(ones) 01 110 \(zeros) 1 \(ones) 01"),
                .outOfRange(.entity, 2 * large - 1)),
            InvalidVector(cut: "packed, zeros to the end", self.frame("08 01", "1000 110 00000 00000000 00000000")),
        ]
            + InvalidVector.around(
                "packed walk",
                ServerVectors.frame(.delta, [.entities], 2, age: 1) {
                    ServerVectors.differenceLists(&$0, packed: self.walk)
                })
    }
}
