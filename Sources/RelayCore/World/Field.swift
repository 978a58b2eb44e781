import RelayWire

/// A field of an entity.
struct Field {
    let name: NameIndex
    var changed: Tick
    var value: StoredValue
    /// Tag and bits before the first change of tick ``changed``: the base of the difference.
    var baseTag: ValueTag?
    var baseBits: UInt64
    /// This field's part of the checksum.
    var term: UInt32

    /// The difference that turns the base into the value, if one can.
    var difference: Int64? {
        Self.difference(self.name, from: (self.baseTag, self.baseBits), to: (self.value.tag, self.value.bits))
    }

    /// The same of a field that stays in its array: taken out whole, its bytes would be retained and released.
    @inline(__always)
    static func difference(
        _ name: NameIndex, from base: (tag: ValueTag?, bits: UInt64), to value: (tag: ValueTag, bits: UInt64)
    ) -> Int64? {
        guard base.tag == value.tag, value.tag.isStepped, name.rawValue < UInt16(WireLimits.maskBits) else { return nil }
        return Int64(bitPattern: value.bits &- base.bits)
    }
}
