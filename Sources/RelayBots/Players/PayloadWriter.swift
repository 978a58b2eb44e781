import RelayClient
import RelayWire

/// One field of `count` bytes: 8 of sequence number, 8 of the time of writing (nanoseconds, monotonic), both little-endian,
/// and noise.
///
/// Two arrays take turns: while the session holds one, the other is ours alone and is changed without a copy.
struct PayloadWriter: Sendable {
    static let bytes = 16...15_000

    private var current: [UInt8]
    private var other: [UInt8]

    init(count: Int, _ random: inout SplitMix64) {
        self.current = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        self.other = self.current
        self.other[0] ^= 1  // an array of its own
    }

    mutating func write(_ sequence: UInt64, at now: UInt64, into session: inout ClientSession) {
        swap(&self.current, &self.other)
        self.current.withUnsafeMutableBytes { bytes in
            bytes.storeBytes(of: sequence.littleEndian, toByteOffset: 0, as: UInt64.self)
            bytes.storeBytes(of: now.littleEndian, toByteOffset: 8, as: UInt64.self)
        }
        session.set(.own(0), FieldNames.payload, .bytes(self.current))
    }

    /// The sequence number in a value that ``write(_:at:into:)`` made.
    @inline(__always)
    static func sequence(of bytes: Span<UInt8>) -> UInt64 {
        guard bytes.count >= 16 else { return 0 }
        return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }
}
