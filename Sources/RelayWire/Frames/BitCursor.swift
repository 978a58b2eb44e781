/// Reads bits, the least significant of each byte first, through a 64-bit buffer.
///
/// Like ``WireCursor`` it stores an offset and not the bytes, and every read checks the bounds first.
@usableFromInline
struct BitCursor {
    /// The next byte to load.
    @usableFromInline var offset: Int
    @usableFromInline var buffer: UInt64 = 0
    /// Valid bits in the buffer. The bits above are 0 or equal to the bits that the next refill loads there.
    @usableFromInline var available = 0

    @inlinable init(offset: Int) { self.offset = offset }

    /// Loads until the buffer has at least 56 bits, or all that are left.
    @inlinable @inline(__always)
    mutating func refill(_ bytes: Span<UInt8>) {
        if bytes.count &- self.offset >= 8 {
            let word = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: self.offset, as: UInt64.self))
            self.buffer |= word &<< UInt64(self.available)
            self.offset &+= (63 &- self.available) &>> 3
            self.available |= 56
        } else {
            self.refillFromLastBytes(bytes)
        }
    }

    @inlinable
    mutating func refillFromLastBytes(_ bytes: Span<UInt8>) {
        while self.available < 56, self.offset < bytes.count {
            self.buffer |= UInt64(bytes[self.offset]) &<< UInt64(self.available)
            self.offset &+= 1
            self.available &+= 8
        }
    }

    /// The next `width` bits as a number; `width` in 0…56.
    @inlinable @inline(__always)
    mutating func take(_ width: Int, _ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        if self.available < width {
            self.refill(bytes)
            guard self.available >= width else { throw .truncated(needed: 1, available: 0) }
        }
        let value = self.buffer & ((1 &<< UInt64(width)) &- 1)
        self.buffer &>>= UInt64(width)
        self.available &-= width
        return value
    }

    /// Like `take`, for a width of up to 63.
    @inlinable
    mutating func takeLong(_ width: Int, _ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        let low = try self.take(min(width, 32), bytes)
        return low | (try self.take(max(width &- 32, 0), bytes)) &<< 32
    }

    /// An Elias gamma number, 1…2^26 − 1: n zeros, a one, and n low bits.
    @inlinable
    mutating func gamma(_ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        if self.available < 52 { self.refill(bytes) }
        let zeros = self.buffer.trailingZeroBitCount
        guard zeros < self.available else { throw .truncated(needed: 1, available: 0) }
        guard zeros < EntityID.bitWidth else { throw .outOfRange(.entity, 1 &<< UInt64(zeros)) }
        _ = try self.take(zeros &+ 1, bytes)
        return try self.take(zeros, bytes) | 1 &<< UInt64(zeros)
    }

    /// The offset of the next whole byte. Throws unless the bits that fill up the last byte are 0.
    @inlinable
    func end() throws(WireError) -> Int {
        let padding = UInt8(truncatingIfNeeded: self.buffer & ((1 &<< UInt64(self.available & 7)) &- 1))
        guard padding == 0 else { throw .reservedBits(padding) }
        return self.offset &- self.available &>> 3
    }
}

/// Appends bits to a ``WireWriter``, the least significant of each byte first.
struct BitWriter {
    private var buffer: UInt64 = 0
    /// Bits in the buffer; fewer than 32 between two calls.
    private var count = 0

    /// Appends `value` as `width` bits; it must fit into them. `width` in 0…32.
    @inline(__always)
    mutating func put(_ value: UInt64, _ width: Int, into writer: inout WireWriter) {
        self.buffer |= value &<< UInt64(self.count)
        self.count &+= width
        guard self.count >= 32 else { return }
        writer.u32(UInt32(truncatingIfNeeded: self.buffer))
        self.buffer &>>= 32
        self.count &-= 32
    }

    /// Like `put`, for a width of up to 64.
    mutating func putLong(_ value: UInt64, _ width: Int, into writer: inout WireWriter) {
        self.put(value & 0xFFFF_FFFF, min(width, 32), into: &writer)
        if width > 32 { self.put(value >> 32, width - 32, into: &writer) }
    }

    /// An Elias gamma number, as ``BitCursor/gamma(_:)`` reads it. `value` in 1..<2^32.
    mutating func putGamma(_ value: UInt64, into writer: inout WireWriter) {
        let low = 63 - value.leadingZeroBitCount
        self.put(0, low, into: &writer)
        self.put(1, 1, into: &writer)
        self.put(value & ((1 << UInt64(low)) - 1), low, into: &writer)
    }

    /// Fills up the last byte with zeros.
    mutating func finish(into writer: inout WireWriter) {
        while self.count > 0 {
            writer.u8(UInt8(truncatingIfNeeded: self.buffer))
            self.buffer &>>= 8
            self.count -= 8
        }
        (self.buffer, self.count) = (0, 0)
    }
}
