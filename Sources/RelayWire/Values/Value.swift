/// The value of a field or an event, in the form that applications use.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Finite; −0 is 0.
    case float(Double)
    /// Steps of the field's quantum.
    case quantised(steps: Int64)
    case string(String)
    case bytes([UInt8])
}

/// The tag byte of a value.
@usableFromInline package enum ValueTag: UInt8, Sendable, CaseIterable {
    case null = 0
    case `false` = 1
    case `true` = 2
    case integer = 3
    case float = 4
    case quantised = 5
    case string = 6
    case bytes = 7

    /// Whether a difference can change the value: true for integers and quantised numbers.
    @inlinable @inline(__always)
    package var isStepped: Bool { self == .integer || self == .quantised }
    /// Whether the value is stored as bytes.
    @inlinable package var isBlob: Bool { self == .string || self == .bytes }
}

/// A value inside a message: decoded and checked, not copied.
@usableFromInline package struct ValueView: Sendable {
    @usableFromInline package var tag: ValueTag
    /// The integer's, step count's or double's bits; 0 otherwise.
    @usableFromInline package var bits: UInt64
    /// The position of a string's or byte string's bytes in the message.
    @usableFromInline package var range: Range<Int>

    @inlinable package init(tag: ValueTag, bits: UInt64 = 0, range: Range<Int> = 0..<0) {
        (self.tag, self.bits, self.range) = (tag, bits, range)
    }
}

extension WireCursor {
    /// One value. Allocates nothing.
    @inlinable
    package mutating func value(_ bytes: Span<UInt8>) throws(WireError) -> ValueView {
        let raw = try self.u8(bytes)
        guard let tag = ValueTag(rawValue: raw) else { throw .unknownValueTag(raw) }
        switch tag {
        case .null, .false, .true: return ValueView(tag: tag)
        case .integer, .quantised: return ValueView(tag: tag, bits: UInt64(bitPattern: try self.svarint(bytes)))
        case .float: return ValueView(tag: tag, bits: try self.f64(bytes).bitPattern)
        case .string:
            return ValueView(tag: tag, range: try self.stringRange(bytes, count: 0...WireLimits.serverMessageBytes, .count))
        case .bytes:
            return ValueView(tag: tag, range: try self.byteRange(bytes, count: 0...WireLimits.serverMessageBytes, .count))
        }
    }
}

extension WireWriter {
    /// Appends a value: tag and content.
    @usableFromInline
    package mutating func value(_ value: StoredValue) {
        self.u8(value.tag.rawValue)
        switch value.tag {
        case .null, .false, .true: break
        case .integer, .quantised: self.svarint(Int64(bitPattern: value.bits))
        case .float: self.u64(value.bits)
        case .string, .bytes: self.bytes(value.blob)
        }
    }
}
