/// A name on the wire. Two names are equal only if their bytes are (SPEC section 3). Swift's own comparison also equates
/// canonically equivalent spellings, which no other client does.
@usableFromInline package struct ExactString: Hashable, Sendable {
    @usableFromInline package let text: String

    @inlinable package init(_ text: String) { self.text = text }

    @inlinable package static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }

    @inlinable package func hash(into hasher: inout Hasher) {
        // A native string is contiguous. Any other string falls back to its length, which is a valid if poor hash.
        let isHashed: Void? = self.text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isHashed == nil { hasher.combine(self.text.utf8.count) }
    }
}

extension String {
    /// Whether the other string has the same UTF-8, byte for byte.
    @inlinable package func hasSameBytes(as other: String) -> Bool {
        // Strings that Swift finds different also differ in bytes, and Swift's comparison is quicker.
        self == other && self.utf8.elementsEqual(other.utf8)
    }
}
