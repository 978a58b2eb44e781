/// A running hash of everything the simulation put out: two runs of one seed must end with the same.
struct Digest: Sendable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func mix(_ word: UInt64) {
        self.value = (self.value ^ word) &* 0x9FB2_1C65_1E98_DF25
        self.value ^= self.value >> 32
    }

    mutating func mix(_ bytes: [UInt8]) {
        self.mix(UInt64(bytes.count))
        bytes.withUnsafeBytes { raw in
            var offset = 0
            while offset + 8 <= raw.count {
                self.mix(UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                offset += 8
            }
            var rest: UInt64 = 0
            while offset < raw.count {
                rest = rest << 8 | UInt64(raw[offset])
                offset += 1
            }
            self.mix(rest)
        }
    }
}
