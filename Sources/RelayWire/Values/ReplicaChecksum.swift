/// The terms of the replica checksum (SPEC section 6). The checksum is their wrapping sum.
@usableFromInline package enum ReplicaChecksum {
    @inlinable @inline(__always)
    static func mix(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 16_777_619 }

    @inlinable @inline(__always)
    static func mix<Integer: FixedWidthInteger>(_ hash: UInt32, littleEndian value: Integer) -> UInt32 {
        var hash = hash
        var rest = value
        for _ in 0..<Integer.bitWidth / 8 {
            hash = self.mix(hash, UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
        return hash
    }

    @inlinable @inline(__always)
    static func mix(_ hash: UInt32, _ bytes: Span<UInt8>) -> UInt32 {
        var hash = hash
        for index in bytes.indices { hash = self.mix(hash, bytes[index]) }
        return hash
    }

    @inlinable @inline(__always)
    static func finish(_ hash: UInt32) -> UInt32 {
        var hash = hash
        hash ^= hash >> 16
        hash = hash &* 0x85EB_CA6B
        hash ^= hash >> 13
        hash = hash &* 0xC2B2_AE35
        hash ^= hash >> 16
        return hash
    }

    @inlinable static func start(_ first: UInt32, _ second: UInt16) -> UInt32 {
        self.mix(self.mix(2_166_136_261, littleEndian: first), littleEndian: second)
    }

    /// The term of a name in the name table.
    package static func term(name: String, at index: NameIndex) -> UInt32 {
        self.finish(self.mix(self.start(.max, index.rawValue), Array(name.utf8).span))
    }

    /// The term of an entity's existence and owner.
    package static func term(entity: EntityID, owner: SeatNumber) -> UInt32 {
        self.finish(self.mix(self.start(entity.rawValue, .max), littleEndian: owner.rawValue))
    }

    /// The term of one field.
    package static func term(entity: EntityID, name: NameIndex, value: StoredValue) -> UInt32 {
        self.term(entity: entity, name: name, tag: value.tag, bits: value.bits, blob: value.blob.span)
    }

    /// The term of one field, from the parts of its value as ``StoredValue`` names them.
    package static func term(entity: EntityID, name: NameIndex, tag: ValueTag, bits: UInt64, blob: Span<UInt8>) -> UInt32 {
        let hash = self.mix(self.start(entity.rawValue, name.rawValue), tag.rawValue)
        switch tag {
        case .null, .false, .true: return self.finish(hash)
        case .integer, .quantised, .float: return self.finish(self.mix(hash, littleEndian: bits))
        case .string, .bytes: return self.finish(self.mix(hash, blob))
        }
    }
}
