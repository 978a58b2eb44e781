/// Appends primitives to a buffer it owns. Headroom in front of the payload lets a transport write its own header there.
///
/// The buffer grows by doubling and never shrinks, so a reused buffer allocates nothing. The caller need not check the
/// capacity, but must bound the length of its message.
@usableFromInline package struct WireWriter: ~Copyable {
    /// Bytes kept free before the payload: the longest server header of RFC 6455, rounded up.
    @usableFromInline package static let headroom = 16

    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    @usableFromInline var end: Int

    /// Reserves space for a payload of `capacity` bytes.
    package init(capacity: Int = 256) {
        self.capacity = capacity + Self.headroom
        self.base = .allocate(capacity: self.capacity)
        self.base.initialize(repeating: 0, count: self.capacity)
        self.end = Self.headroom
    }

    deinit { self.base.deallocate() }

    /// Payload bytes written.
    @inlinable package var count: Int { self.end - Self.headroom }

    /// The payload. Valid until the next write.
    @inlinable package var payload: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.base + Self.headroom, count: self.count)
    }

    /// The start of the payload. The ``headroom`` bytes before it are free for a header. Valid until the next write.
    @inlinable package var payloadStart: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self.base + Self.headroom) }

    /// The payload as an array. Allocates.
    package var array: [UInt8] { Array(self.payload) }

    /// Discards the payload, keeps the memory.
    @inlinable package mutating func removeAll() { self.end = Self.headroom }

    /// Discards everything after the first `count` payload bytes.
    @inlinable package mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.end = Self.headroom + count
    }

    @inline(never) @usableFromInline
    mutating func grow(by count: Int) {
        let needed = self.end + count
        let next = max(self.capacity * 2, needed)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: next)
        moved.initialize(from: self.base, count: self.end)
        (moved + self.end).initialize(repeating: 0, count: next - self.end)
        self.base.deallocate()
        (self.base, self.capacity) = (moved, next)
    }

    @inlinable @inline(__always)
    mutating func reserve(_ count: Int) {
        if self.capacity - self.end < count { self.grow(by: count) }
    }

    @inlinable package mutating func u8(_ value: UInt8) {
        self.reserve(1)
        self.base[self.end] = value
        self.end += 1
    }

    @inlinable package mutating func u32(_ value: UInt32) {
        self.reserve(4)
        UnsafeMutableRawPointer(self.base + self.end).storeBytes(of: value.littleEndian, as: UInt32.self)
        self.end += 4
    }

    @inlinable package mutating func u64(_ value: UInt64) {
        self.reserve(8)
        UnsafeMutableRawPointer(self.base + self.end).storeBytes(of: value.littleEndian, as: UInt64.self)
        self.end += 8
    }

    @inlinable package mutating func f64(_ value: Double) { self.u64(value.bitPattern) }

    @inlinable package mutating func varint(_ value: UInt64) {
        self.reserve(10)
        var rest = value
        while rest >= 0x80 {
            self.base[self.end] = UInt8(truncatingIfNeeded: rest) | 0x80
            self.end += 1
            rest >>= 7
        }
        self.base[self.end] = UInt8(truncatingIfNeeded: rest)
        self.end += 1
    }

    @inlinable package mutating func varint(_ value: Int) { self.varint(UInt64(value)) }

    @inlinable package mutating func svarint(_ value: Int64) {
        self.varint(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
    }

    @inlinable package mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        self.reserve(bytes.count)
        UnsafeMutableRawPointer(self.base + self.end).copyMemory(from: source, byteCount: bytes.count)
        self.end += bytes.count
    }

    @inlinable package mutating func raw(_ bytes: [UInt8]) { bytes.withUnsafeBytes { self.raw($0) } }

    @inlinable package mutating func bytes(_ bytes: [UInt8]) {
        self.varint(bytes.count)
        self.raw(bytes)
    }

    @inlinable package mutating func string(_ string: String) {
        var string = string
        string.withUTF8 { utf8 in
            self.varint(utf8.count)
            self.raw(UnsafeRawBufferPointer(utf8))
        }
    }

    @inlinable package mutating func tick(_ tick: Tick) { self.varint(tick.rawValue) }
    @inlinable package mutating func seat(_ seat: SeatNumber) { self.varint(UInt64(seat.rawValue)) }
    @inlinable package mutating func entity(_ entity: EntityID) { self.varint(UInt64(entity.rawValue)) }
    @inlinable package mutating func nameIndex(_ index: NameIndex) { self.varint(UInt64(index.rawValue)) }

    /// Copies another writer's payload from `start` on.
    @inlinable package mutating func append(_ other: borrowing WireWriter, from start: Int = 0) {
        self.raw(UnsafeRawBufferPointer(rebasing: other.payload[start...]))
    }
}

/// The bytes of one frame, shared by every seat that gets it. A connection with an unsent remainder keeps it alive.
package final class FrameBuffer {
    package var writer: WireWriter
    package init(capacity: Int = 512) { self.writer = WireWriter(capacity: capacity) }
}
