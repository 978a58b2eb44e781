/// SplitMix64 (Steele, Lea & Flood 2014): the pseudo-random generator for everything that must repeat from a seed. Our own
/// implementation, so that a recorded seed survives a toolchain upgrade. Not for secrets.
@usableFromInline package struct SplitMix64: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { self.state = seed }

    /// The generator of one of many players. Neighbouring seeds and neighbouring stream numbers give unrelated streams.
    package init(seed: UInt64, stream: UInt64) {
        self.state = seed
        self.state = self.next() ^ (stream &* 0xD134_2543_DE82_EF95)
        self.state = self.next()
    }

    @usableFromInline
    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform in 0 ..< `bound`; 0 if `bound` is 0.
    package mutating func below(_ bound: UInt64) -> UInt64 { self.next().multipliedFullWidth(by: bound).high }

    /// Uniform in 0 ..< `bound`; `bound` is not negative.
    package mutating func below(_ bound: Int) -> Int { Int(self.below(UInt64(bound))) }

    /// Uniform in a range.
    package mutating func within(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    /// Uniform in a range.
    package mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    /// Uniform in −1 ..< 1.
    package mutating func signed() -> Double { Double(self.next() >> 11) * 0x1p-52 - 1 }
}
