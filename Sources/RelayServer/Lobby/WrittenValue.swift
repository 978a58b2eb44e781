import RelayWire

/// A value as somebody wrote it in a URL. What number it may be is found out once, not for every room.
package struct WrittenValue: Sendable {
    package let text: String
    private let integer: Int64?
    private let float: Double?

    package init(_ text: String) {
        self.text = text
        // Swift reads `nan` and `0x1p3` too.
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { "+-.0123456789eE".utf8.contains($0) }
        let (integer, float) = isNumber ? (Int64(text), Double(text)) : (nil, nil)
        self.integer = integer ?? float.flatMap { Int64(exactly: $0) }
        self.float = integer.map { Double(exactly: $0) } ?? float
    }

    fileprivate func isInteger(_ number: Int64) -> Bool { self.integer == number }
    fileprivate func isFloat(_ number: Double) -> Bool { self.float == number }
}

extension Value {
    /// Whether a text means this value: a string itself, `true`, `false`, or a number however it is spelt.
    package func isWritten(as written: WrittenValue) -> Bool {
        switch self {
        case .bool(let flag): written.text == (flag ? "true" : "false")
        case .string(let string): string.hasSameBytes(as: written.text)
        case .integer(let number): written.isInteger(number)
        case .float(let number): written.isFloat(number)
        case .null, .bytes, .quantised: false
        }
    }
}
