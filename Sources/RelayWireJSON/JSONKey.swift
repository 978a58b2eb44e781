/// A key of a peer's message, as it may be shown: short, ASCII, and what cannot be seen as `\\u{1b}`.
package struct JSONKey: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// The longest that is shown, in bytes.
    private static let maximumBytes = 24

    /// - Parameter spelling: The bytes between its quotes; valid UTF-8.
    package init(_ spelling: Span<UInt8>) {
        // No more than could be shown: a key may be as long as a message.
        let start = spelling.extracting(first: 4 * Self.maximumBytes)
        self.init(start.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
    }

    package init(_ text: String) {
        var shown = ""
        for scalar in text.unicodeScalars {
            let isPlain = (0x20...0x7E).contains(scalar.value) && scalar != "\"" && scalar != "\\"
            let next = isPlain ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
            guard shown.utf8.count + next.utf8.count <= Self.maximumBytes else {
                shown += "..."
                break
            }
            shown += next
        }
        self.description = shown
    }
}
