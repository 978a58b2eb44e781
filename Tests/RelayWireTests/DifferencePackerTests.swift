import RelayWire
import Testing

/// What the vectors cannot show: order, use again, and the choice of widths over many numbers.
@Suite struct DifferencePackerTests {
    private typealias Update = (entity: UInt32, differences: [(name: UInt16, difference: Int64)])

    private static func pack(_ updates: [Update], with packer: inout DifferencePacker) -> [UInt8] {
        packer.removeAll()
        for update in updates {
            packer.update(EntityID(rawValue: update.entity))
            for (name, difference) in update.differences { packer.difference(NameIndex(rawValue: name), difference) }
        }
        return wire { packer.write(into: &$0) }
    }

    private static func updates(_ random: inout RandomMessages, count: Int) -> [Update] {
        var id: UInt32 = 0
        return (0..<count).map { _ in
            id += 1 + (random.chance(3) ? UInt32(random.below(2000)) : 0)
            let names = (0..<UInt16(1 + random.below(5))).filter { _ in !random.chance(4) }
            return (id, (names.isEmpty ? [0] : names).map { ($0, Int64(bitPattern: random.next()) >> Int64(random.below(64))) })
        }
    }

    @Test("The order in which entities come makes no difference, nor what was packed before", arguments: [1, 2, 3, 17, 300])
    func order(count: Int) {
        var random = RandomMessages(seed: UInt64(count))
        var used = DifferencePacker()
        for _ in 0..<20 {
            let ascending = Self.updates(&random, count: count)
            var fresh = DifferencePacker()
            let expected = Self.pack(ascending, with: &fresh)
            var mixed = ascending
            for index in mixed.indices.reversed() { mixed.swapAt(index, Int(random.below(UInt64(index + 1)))) }
            #expect(Self.pack(mixed, with: &used) == expected)
            #expect(Self.pack(ascending.reversed(), with: &used) == expected)
        }
    }

    /// Bits of one column at a width, as SPEC section 5 counts them.
    private static func bits(_ differences: [Int64], width: UInt64) -> Int {
        differences.reduce(0) { sum, difference in
            let zigzag = difference >= 0 ? difference.magnitude &* 2 : difference.magnitude &* 2 &- 1
            let long = 6 + 63 - zigzag.leadingZeroBitCount
            return sum + Int(width) + (zigzag < 1 << width - 1 ? 0 : long)
        }
    }

    @Test("The width of a column is the cheapest, the least of equal ones", arguments: UInt64(0)..<100)
    func width(seed: UInt64) {
        var random = RandomMessages(seed: seed)
        let shift = Int64(random.below(64))
        let differences = (0..<1 + random.below(60)).map { _ in
            Int64(bitPattern: random.next()) >> (random.chance(8) ? Int64(random.below(64)) : shift)
        }
        let updates = differences.enumerated().map { (UInt32($0.offset), [(UInt16(0), $0.element)]) }
        var packer = DifferencePacker()
        let packed = Self.pack(updates, with: &packer)
        let width = UInt64(packed[1] & 15) + 1
        let costs = (UInt64(1)...16).map { Self.bits(differences, width: $0) }
        #expect(UInt64(1 + (costs.firstIndex(of: costs.min() ?? 0) ?? 0)) == width)
        // A byte of mask, the width, and a bit for each head.
        #expect(packed.count == 1 + (4 + differences.count + Self.bits(differences, width: width) + 7) / 8)
    }
}
