/// A name on the wire: two are the same only if their bytes are (SPEC section 3). Swift's own comparison takes spellings that
/// look alike for equal, which no other client does.
public struct ExactString: Hashable, Sendable {
    public let text: String

    @inlinable public init(_ text: String) { self.text = text }

    @inlinable public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }

    @inlinable public func hash(into hasher: inout Hasher) {
        // A name is a native string, so its bytes lie in one piece; should one not, its length is hash enough.
        let isHashed: Void? = self.text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isHashed == nil { hasher.combine(self.text.utf8.count) }
    }
}

extension String {
    /// Whether the other string has the same UTF-8, byte for byte.
    @inlinable public func hasSameBytes(as other: String) -> Bool {
        // What Swift finds different is, and it finds out quicker.
        self == other && self.utf8.elementsEqual(other.utf8)
    }
}
