/// The checksum of records and headers, eight bytes at a time. Each step is a bijection of the state: a difference within one
/// such step is always found, any other but for one in 2^64.
package struct JournalChecksum {
    package private(set) var value: UInt64

    package init(seed: UInt64) { self.value = seed ^ 0x9E37_79B9_7F4A_7C15 }

    @inline(__always)
    package mutating func mix(_ word: UInt64) {
        self.value = (self.value ^ word) &* 0xD6E8_FEB8_6659_FD93
        self.value ^= self.value >> 32
    }

    /// Mixes bytes, the last ones filled up with zeros. The caller must mix a count that can vary.
    package mutating func mix(_ bytes: UnsafeRawBufferPointer) {
        let whole = bytes.count & ~7
        for offset in stride(from: 0, to: whole, by: 8) {
            self.mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
        }
        guard whole < bytes.count else { return }
        var last: UInt64 = 0
        for offset in (whole..<bytes.count).reversed() { last = last << 8 | UInt64(bytes[offset]) }
        self.mix(last)
    }

    /// A 32-bit number and its check in one word, so that one store changes both.
    static func word(_ number: UInt32, seed: UInt64) -> UInt64 {
        var checksum = Self(seed: seed)
        checksum.mix(UInt64(number))
        return UInt64(number) | checksum.value & 0xFFFF_FFFF_0000_0000
    }

    /// The number in such a word; nil if the check does not match.
    static func number(in word: UInt64, seed: UInt64) -> UInt32? {
        let number = UInt32(truncatingIfNeeded: word)
        return self.word(number, seed: seed) == word ? number : nil
    }
}
