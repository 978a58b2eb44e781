import RelayWire
import Testing

/// Far from the end of a message a varint is read at once, near it byte by byte: both must say the same.
@Suite("Varints, wherever they stand")
struct VarintTests {
    static let values: [UInt64] =
        (0..<64).flatMap { (bit: UInt64) -> [UInt64] in
            let power = UInt64(1) << bit
            return [power - 1, power, power + 1]
        } + [UInt64.max, UInt64.max - 1]

    private func read(_ bytes: [UInt8]) -> Result<[UInt64], WireError> {
        var cursor = WireCursor()
        return Result { () throws(WireError) in [try cursor.varint(bytes.span), UInt64(cursor.offset)] }
    }

    @Test("Every length is read as written, and no byte more", arguments: [0x00, 0x01, 0x7F, 0x80, 0xFF] as [UInt8])
    func roundTrip(follower: UInt8) {
        for value in Self.values {
            var writer = WireWriter()
            writer.varint(value)
            let bytes = writer.array
            for count in 0..<12 {
                let found = self.read(bytes + [UInt8](repeating: follower, count: count))
                #expect(found == .success([value, UInt64(bytes.count)]), "\(value), then \(count) bytes")
            }
        }
    }

    @Test("A longer form than needed is malformed, wherever it stands")
    func overlong() {
        for value in Self.values where value < 1 << 56 {
            var writer = WireWriter()
            writer.varint(value)
            var bytes = writer.array
            bytes[bytes.count - 1] |= 0x80
            bytes.append(0)
            for count in 0..<12 {
                #expect(self.read(bytes + [UInt8](repeating: 1, count: count)) == .failure(.badVarint), "\(value), \(count)")
            }
        }
    }

    @Test("Bytes by chance are read alike in both places")
    func chance() {
        var random = SplitMix64(seed: 17)
        for _ in 0..<20_000 {
            let length = Int(random.below(UInt64(11))) + 1
            var bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) | 0x80 }
            bytes[length - 1] &= 0x7F
            #expect(self.read(bytes) == self.read(bytes + [1, 2, 3, 4, 5, 6, 7, 8]))
        }
    }
}
