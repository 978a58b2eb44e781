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
