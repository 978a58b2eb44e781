/// The columns of one frame's packed differences: the field and the width of each.
@usableFromInline
struct DifferenceColumns {
    /// Width in the high byte, name index in the low one.
    @usableFromInline var columns = InlineArray<56, UInt16>(repeating: 0)
    @usableFromInline var count: Int
    /// A bit for each column.
    @usableFromInline var all: UInt64

    /// Reads the table that follows a mask of name indices.
    @inlinable
    init(mask: UInt64, _ bits: inout BitCursor, _ bytes: Span<UInt8>) throws(WireError) {
        self.count = mask.nonzeroBitCount
        self.all = (1 &<< UInt64(self.count)) &- 1
        var names = mask
        for position in 0..<self.count {
            let width = try bits.take(DifferenceCode.widthBits, bytes) &+ 1
            self.columns[position] = UInt16(truncatingIfNeeded: width &<< 8 | UInt64(names.trailingZeroBitCount))
            names &= names &- 1
        }
    }
}

extension WireCursor {
    /// Reads the packed differences of `count` entities.
    @inlinable
    mutating func packedDifferences<Visitor: FrameVisitor>(
        _ bytes: Span<UInt8>, count: UInt64, _ visitor: inout Visitor
    ) throws(WireError) {
        let mask = try self.varint(bytes, in: 1...1 << UInt64(WireLimits.maskBits) - 1, .mask)
        // An update takes at least two bits: its head and one column. So the count is bounded before any visit.
        let available = self.remaining(bytes)
        guard count <= UInt64(available) * 4 else { throw .truncated(needed: Int(count + 3) / 4, available: available) }
        var bits = BitCursor(offset: self.offset)
        let columns = try DifferenceColumns(mask: mask, &bits, bytes)
        var next: UInt64 = 0
        for _ in 0..<count {
            let own = try Self.updateHead(&bits, bytes, columns, &next)
            guard next <= UInt64(EntityID.maximum.rawValue) else { throw .outOfRange(.entity, next) }
            try visitor.updated(EntityID(rawValue: UInt32(truncatingIfNeeded: next)))
            next &+= 1
            try Self.row(&bits, bytes, columns, own, &visitor)
        }
        self.offset = try bits.end()
    }

    /// Advances `next` to the updated entity. Returns its columns, one bit each.
    @inlinable @inline(__always)
    static func updateHead(
        _ bits: inout BitCursor, _ bytes: Span<UInt8>, _ columns: borrowing DifferenceColumns, _ next: inout UInt64
    ) throws(WireError) -> UInt64 {
        if try bits.take(1, bytes) == 0 { return columns.all }
        return try self.unusualHead(&bits, bytes, columns, &next)
    }

    @inlinable
    static func unusualHead(
        _ bits: inout BitCursor, _ bytes: Span<UInt8>, _ columns: borrowing DifferenceColumns, _ next: inout UInt64
    ) throws(WireError) -> UInt64 {
        let skips = try bits.take(1, bytes) == 1
        let hasOwnColumns = skips ? try bits.take(1, bytes) == 1 : true
        if skips { next &+= try bits.gamma(bytes) }
        guard hasOwnColumns else { return columns.all }
        let own = try bits.take(columns.count, bytes)
        guard own != 0, own != columns.all else { throw .outOfRange(.mask, own) }
        return own
    }

    /// One entity's differences.
    @inlinable @inline(__always)
    static func row<Visitor: FrameVisitor>(
        _ bits: inout BitCursor, _ bytes: Span<UInt8>, _ columns: borrowing DifferenceColumns, _ own: UInt64,
        _ visitor: inout Visitor
    ) throws(WireError) {
        var rest = own
        while rest != 0 {
            let column = columns.columns[rest.trailingZeroBitCount]
            rest &= rest &- 1
            let escape = DifferenceCode.escape(Int(column &>> 8))
            var zigzag = try bits.take(Int(column &>> 8), bytes)
            if zigzag == escape { zigzag = try self.escaped(&bits, bytes, atLeast: escape) }
            try visitor.difference(NameIndex(rawValue: column & 0xFF), DifferenceCode.difference(zigzag))
        }
    }

    /// An escaped number: its length, then the bits below its highest one. `least` is the smallest that needs an escape.
    @inlinable
    static func escaped(_ bits: inout BitCursor, _ bytes: Span<UInt8>, atLeast least: UInt64) throws(WireError) -> UInt64 {
        let length = Int(try bits.take(DifferenceCode.lengthBits, bytes))
        let zigzag = try bits.takeLong(length, bytes) | 1 &<< UInt64(length)
        guard zigzag >= least else { throw .outOfRange(.difference, zigzag) }
        return zigzag
    }
}
