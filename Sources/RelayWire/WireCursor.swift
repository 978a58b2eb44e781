/// Reads primitives from a message. It stores an offset and not the bytes, so it is an ordinary escapable struct.
///
/// Every read checks the bounds first: a peer can make it throw, never trap.
@usableFromInline package struct WireCursor: Sendable {
    @usableFromInline package var offset: Int

    @inlinable package init(offset: Int = 0) { self.offset = offset }

    /// Bytes not read yet.
    @inlinable package func remaining(_ bytes: Span<UInt8>) -> Int { bytes.count - self.offset }

    @inlinable @inline(__always)
    func require(_ count: Int, _ bytes: Span<UInt8>) throws(WireError) {
        let available = bytes.count - self.offset
        guard available >= count else { throw .truncated(needed: count, available: available) }
    }

    /// One byte.
    @inlinable
    package mutating func u8(_ bytes: Span<UInt8>) throws(WireError) -> UInt8 {
        try self.require(1, bytes)
        defer { self.offset += 1 }
        return bytes[self.offset]
    }

    /// A fixed-width little-endian integer.
    @inlinable
    package mutating func fixed<Integer: FixedWidthInteger & UnsignedInteger>(
        _ type: Integer.Type, _ bytes: Span<UInt8>
    ) throws(WireError) -> Integer {
        let width = Integer.bitWidth / 8
        try self.require(width, bytes)
        var result: Integer = 0
        for position in 0..<width { result |= Integer(bytes[self.offset + position]) << Integer(8 * position) }
        self.offset += width
        return result
    }

    /// An unsigned LEB128 integer in its shortest form.
    @inlinable @inline(__always)
    package mutating func varint(_ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        // The common case is one byte.
        if self.offset < bytes.count, bytes[self.offset] < 0x80 {
            defer { self.offset += 1 }
            return UInt64(bytes[self.offset])
        }
        return try self.longVarint(bytes)
    }

    /// A `varint` of any length.
    @inlinable @inline(never)
    mutating func longVarint(_ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        guard bytes.count - self.offset >= 8 else { return try self.varintByBytes(bytes) }
        let word = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: self.offset, as: UInt64.self))
        // The first byte without its top bit is the last one.
        let ends = ~word & 0x8080_8080_8080_8080
        guard ends != 0 else { return try self.varintByBytes(bytes) }
        let bits = UInt64(ends.trailingZeroBitCount) + 1  // 8 for each byte
        let used = word & (UInt64.max >> (64 - bits))
        guard used >> (bits - 8) != 0 || bits == 8 else { throw .badVarint }
        self.offset += Int(bits / 8)
        // Seven bits of each byte, moved together: pairs, then fours, then all eight.
        let sevens = used & 0x7F7F_7F7F_7F7F_7F7F
        let pairs = (sevens & 0x007F_007F_007F_007F) | (sevens & 0x7F00_7F00_7F00_7F00) >> 1
        let fours = (pairs & 0x0000_3FFF_0000_3FFF) | (pairs & 0x3FFF_0000_3FFF_0000) >> 2
        return (fours & 0x0FFF_FFFF) | (fours >> 4 & 0x00FF_FFFF_F000_0000)
    }

    /// The same near the end of a message, or for more than eight bytes.
    @inlinable @inline(never)
    mutating func varintByBytes(_ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try self.u8(bytes)
            guard shift < 63 || byte <= 1 else { throw .badVarint }
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                guard byte != 0 || shift == 0 else { throw .badVarint }
                return result
            }
            shift += 7
        }
    }

    /// A `varint` inside a range.
    @inlinable
    package mutating func varint(
        _ bytes: Span<UInt8>, in range: ClosedRange<UInt64>, _ field: WireError.Field
    ) throws(WireError) -> UInt64 {
        let value = try self.varint(bytes)
        guard range.contains(value) else { throw .outOfRange(field, value) }
        return value
    }

    /// A zigzag integer.
    @inlinable
    package mutating func svarint(_ bytes: Span<UInt8>) throws(WireError) -> Int64 {
        let raw = try self.varint(bytes)
        return Int64(bitPattern: (raw >> 1) ^ (0 &- (raw & 1)))
    }

    /// A finite double. −0 becomes 0; NaN and infinities throw.
    @inlinable
    package mutating func f64(_ bytes: Span<UInt8>) throws(WireError) -> Double {
        let value = Double(bitPattern: try self.fixed(UInt64.self, bytes))
        guard value.isFinite else { throw .notFinite }
        return value == 0 ? 0 : value
    }

    /// The offsets of a length-prefixed byte string. Allocates nothing.
    @inlinable
    package mutating func byteRange(
        _ bytes: Span<UInt8>, count allowed: ClosedRange<Int>, _ field: WireError.Field
    ) throws(WireError) -> Range<Int> {
        let count = try self.varint(bytes, in: UInt64(allowed.lowerBound)...UInt64(allowed.upperBound), field)
        try self.require(Int(count), bytes)
        defer { self.offset += Int(count) }
        return self.offset..<self.offset + Int(count)
    }

    /// The offsets of a length-prefixed string that is valid UTF-8. Allocates nothing.
    @inlinable
    package mutating func stringRange(
        _ bytes: Span<UInt8>, count allowed: ClosedRange<Int>, _ field: WireError.Field
    ) throws(WireError) -> Range<Int> {
        let range = try self.byteRange(bytes, count: allowed, field)
        guard UTF8Check.isValid(bytes.extracting(range)) else { throw .badUTF8 }
        return range
    }

    /// A string. Allocates.
    @inlinable
    package mutating func string(
        _ bytes: Span<UInt8>, count allowed: ClosedRange<Int>, _ field: WireError.Field
    ) throws(WireError) -> String {
        let range = try self.stringRange(bytes, count: allowed, field)
        return bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// A byte string. Allocates.
    @inlinable
    package mutating func byteString(
        _ bytes: Span<UInt8>, count allowed: ClosedRange<Int>, _ field: WireError.Field
    ) throws(WireError) -> [UInt8] {
        let range = try self.byteRange(bytes, count: allowed, field)
        return bytes.extracting(range).withUnsafeBufferPointer { Array($0) }
    }

    /// One of the values that a byte can name.
    mutating func choice<Choice: RawRepresentable<UInt8>>(
        _ bytes: Span<UInt8>, _ field: WireError.Field
    ) throws(WireError) -> Choice {
        let raw = try self.u8(bytes)
        guard let choice = Choice(rawValue: raw) else { throw .outOfRange(field, UInt64(raw)) }
        return choice
    }

    /// A tick. 0 throws unless `orNone` is set.
    @inlinable
    package mutating func tick(_ bytes: Span<UInt8>, orNone: Bool = false) throws(WireError) -> Tick {
        Tick(rawValue: try self.varint(bytes, in: (orNone ? 0 : 1)...WireLimits.safeInteger, .tick))
    }

    /// A seat number within `range`.
    @inlinable
    package mutating func seat(_ bytes: Span<UInt8>, in range: ClosedRange<UInt64> = 0...2047) throws(WireError) -> SeatNumber {
        SeatNumber(rawValue: UInt16(try self.varint(bytes, in: range, .seat)))
    }

    /// An entity.
    @inlinable
    package mutating func entity(_ bytes: Span<UInt8>) throws(WireError) -> EntityID {
        EntityID(rawValue: UInt32(try self.varint(bytes, in: 0...UInt64(EntityID.maximum.rawValue), .entity)))
    }

    /// A name index below `bound`.
    @inlinable
    package mutating func nameIndex(_ bytes: Span<UInt8>, below bound: Int = WireLimits.names) throws(WireError) -> NameIndex {
        let value = try self.varint(bytes)
        guard value < UInt64(bound) else { throw .outOfRange(.nameIndex, value) }
        return NameIndex(rawValue: UInt16(value))
    }

    /// A list's count.
    @inlinable
    package mutating func count(
        _ bytes: Span<UInt8>, in range: ClosedRange<UInt64>, _ field: WireError.Field = .count
    ) throws(WireError) -> Int {
        Int(try self.varint(bytes, in: range, field))
    }

    /// Throws if bytes are left over.
    @inlinable
    package func end(_ bytes: Span<UInt8>) throws(WireError) {
        guard self.offset == bytes.count else { throw .trailingBytes(bytes.count - self.offset) }
    }
}
