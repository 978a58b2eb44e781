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
}

extension [Field] {
    /// The difference that turns a field's base into its value, if one can. Reads the field in place: a copy of it would retain its bytes.
    @inline(__always)
    func difference(at index: Int) -> Int64? {
        guard self[index].baseTag == self[index].value.tag, self[index].value.tag.isStepped,
            self[index].name.rawValue < UInt16(WireLimits.maskBits)
        else { return nil }
        return Int64(bitPattern: self[index].value.bits &- self[index].baseBits)
    }
}
