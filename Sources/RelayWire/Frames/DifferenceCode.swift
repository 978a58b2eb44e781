/// The code of numbers in a column of packed differences: SPEC section 5, "packed differences".
@usableFromInline package enum DifferenceCode {
    /// The widths that a column can have, in bits.
    package static let widths = 1...16
    /// Bits that a width takes in the table of columns.
    @usableFromInline static let widthBits = 4
    /// Bits that the length of an escaped number takes. Numbers too large for their column are escaped.
    @usableFromInline static let lengthBits = 6

    /// The column value, all ones, after which an escaped number follows.
    @inlinable @inline(__always)
    static func escape(_ width: Int) -> UInt64 { (1 &<< UInt64(width)) &- 1 }

    @inlinable @inline(__always)
    static func zigzag(_ difference: Int64) -> UInt64 {
        UInt64(bitPattern: difference << 1) ^ UInt64(bitPattern: difference >> 63)
    }

    @inlinable @inline(__always)
    static func difference(_ zigzag: UInt64) -> Int64 { Int64(bitPattern: (zigzag &>> 1) ^ (0 &- (zigzag & 1))) }
}
