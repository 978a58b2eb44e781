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
