/// Validates UTF-8 strictly and in pieces: no overlong forms, no surrogates, nothing above U+10FFFF.
///
/// - Source: Unicode 16.0, table 3-7, well-formed byte sequences.
package struct UTF8Validator: Sendable {

    package init() {}
    /// Continuation bytes still missing, and the range that the next one must lie in.
    private var missing: UInt8 = 0
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    /// Whether the bytes so far do not end inside a code point.
    package var isComplete: Bool { self.missing == 0 }

    /// Whether a whole string is valid.
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var validator = UTF8Validator()
        return validator.accepts(bytes) && validator.isComplete
    }

    /// Whether these bytes may follow those accepted so far. After false the validator must not be used again.
    package mutating func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if self.missing == 0, bytes.count &- index >= 8,
                bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
            {
                index &+= 8
                continue
            }
            guard self.accepts(bytes[index]) else { return false }
            index &+= 1
        }
        return true
    }

    @inline(__always)
    private mutating func accepts(_ byte: UInt8) -> Bool {
        guard self.missing == 0 else {
            guard self.lower <= byte, byte <= self.upper else { return false }
            (self.missing, self.lower, self.upper) = (self.missing &- 1, 0x80, 0xBF)
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: self.missing = 1
        case 0xE0: (self.missing, self.lower) = (2, 0xA0)
        case 0xED: (self.missing, self.upper) = (2, 0x9F)
        case 0xE1...0xEF: self.missing = 2
        case 0xF0: (self.missing, self.lower) = (3, 0x90)
        case 0xF1...0xF3: self.missing = 3
        case 0xF4: (self.missing, self.upper) = (3, 0x8F)
        default: return false
        }
        return true
    }
}

/// Strict UTF-8 for the wire's strings: no overlong forms, no surrogates, nothing above U+10FFFF.
@usableFromInline package enum UTF8Check {
    /// Whether `bytes` are valid UTF-8. O(n), allocates nothing.
    @usableFromInline package static func isValid(_ bytes: Span<UInt8>) -> Bool {
        bytes.withUnsafeBytes { UTF8Validator.isValid($0) }
    }
}
