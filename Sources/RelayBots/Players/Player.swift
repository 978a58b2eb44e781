import RelayClient
import RelayWire

/// Names of the fields and events that a player writes, the same in every room.
enum FieldNames {
    static let sequence = "seq"
    static let payload = "data"
    static let event = "said"
}

/// A seeded random walk in multiples of 0.01, so that it looks like a game's.
struct Walk: Sendable {
    private var x = 0.0
    private var y = 0.0
    private var z = 0.0
    private var yaw = 0.0
    private static let half = 500.0

    init(_ random: inout SplitMix64) {
        (self.x, self.y) = (random.signed() * Self.half, random.signed() * Self.half)
        self.yaw = random.signed() * 180
    }

    /// Turns and moves a little, and writes the new position.
    mutating func step(_ random: inout SplitMix64, into session: inout ClientSession) {
        self.yaw = Self.rounded(self.yaw + random.signed() * 10)
        if abs(self.yaw) > 180 { self.yaw -= self.yaw > 0 ? 360 : -360 }
        self.x = Self.bounded(self.x + random.signed() * 0.3)
        self.y = Self.bounded(self.y + random.signed() * 0.3)
        self.z = Self.bounded(self.z + random.signed() * 0.05)
        session.set(.own(0), "x", self.x)
        session.set(.own(0), "y", self.y)
        session.set(.own(0), "z", self.z)
        session.set(.own(0), "yaw", self.yaw)
    }

    private static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
    private static func bounded(_ number: Double) -> Double { self.rounded(min(max(number, -self.half), self.half)) }
}

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

/// Remembers a value for each of the newest 512 of a series of ascending numbers.
package struct RecentNumbers: Sendable {
    private static let mask: UInt64 = 511
    private var values = [UInt64](repeating: 0, count: 512)
    private(set) var newest: UInt64 = 0

    package init() {}

    /// Skipped numbers have no value.
    package mutating func set(_ value: UInt64, for number: UInt64) {
        if number - self.newest > Self.mask {
            for index in self.values.indices { self.values[index] = 0 }
        } else if self.newest + 1 < number {
            for skipped in (self.newest + 1)..<number { self.values[Int(skipped & Self.mask)] = 0 }
        }
        self.values[Int(number & Self.mask)] = value
        self.newest = number
    }

    /// Nil if it is too old, skipped, or not known yet.
    @inline(__always)
    package subscript(number: UInt64) -> UInt64? {
        guard number > 0, number <= self.newest, self.newest - number <= Self.mask else { return nil }
        let value = self.values[Int(number & Self.mask)]
        return value == 0 ? nil : value
    }

    mutating func removeAll() { self = RecentNumbers() }
}
