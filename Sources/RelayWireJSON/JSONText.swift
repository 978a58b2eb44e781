/// One JSON text (RFC 8259) as a list of tokens. Copies nothing, and allocates nothing once its list has grown.
///
/// Bounded, because peers send it: depth, members of an object, elements of an array, characters of a number. A key that is spelt the same
/// twice in an object is refused: two readers could read two different messages.
package struct JSONText {
    /// The type of a value.
    package enum Kind: UInt8, Sendable {
        case null, `false`, `true`, integer, float, string, array, object
    }

    /// A value, or the key of a member.
    package struct Token: Sendable {
        package var kind: Kind
        /// The string has escapes.
        package var isEscaped = false
        /// Bytes of a string without its quotes, or of a number.
        package var range: Range<Int> = 0..<0
        /// Elements of an array, members of an object.
        package var count = 0
        /// Index of the token behind this one and all that is in it.
        package var next = 0
    }

    package static let maximumDepth = 8
    package static let maximumCount = 64
    package static let maximumDigits = 64

    package private(set) var tokens: [Token] = []
    /// Bytes read: of a text that was refused, up to what is wrong.
    package private(set) var offset = 0

    package init() {}

    /// Reads a whole text. Token 0 is its value.
    ///
    /// - Parameter bytes: Valid UTF-8.
    package mutating func read(_ bytes: Span<UInt8>) throws(JSONError) {
        self.tokens.removeAll(keepingCapacity: true)
        self.offset = 0
        self.skipBlanks(bytes)
        try self.value(bytes, depth: 1)
        self.skipBlanks(bytes)
        guard self.offset == bytes.count else { throw .notJSON }
    }

    // MARK: Values

    private mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        guard depth <= Self.maximumDepth else { throw .notJSON }
        switch self.peek(bytes) {
        case UInt8(ascii: "{"): try self.object(bytes, depth)
        case UInt8(ascii: "["): try self.array(bytes, depth)
        case UInt8(ascii: "\""): try self.string(bytes)
        case UInt8(ascii: "n"): try self.literal("null", .null, bytes)
        case UInt8(ascii: "t"): try self.literal("true", .true, bytes)
        case UInt8(ascii: "f"): try self.literal("false", .false, bytes)
        default: try self.number(bytes)
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, _ depth: Int) throws(JSONError) {
        let place = self.open(.object)
        while try self.hasElement(at: place, closing: UInt8(ascii: "}"), bytes) {
            guard self.peek(bytes) == UInt8(ascii: "\"") else { throw .notJSON }
            let key = self.tokens.count
            try self.string(bytes)
            try self.refuseRepetition(of: key, in: place, bytes)
            self.skipBlanks(bytes)
            guard self.peek(bytes) == UInt8(ascii: ":") else { throw .notJSON }
            self.offset += 1
            self.skipBlanks(bytes)
            try self.value(bytes, depth: depth + 1)
        }
        self.tokens[place].next = self.tokens.count
    }

    private mutating func array(_ bytes: Span<UInt8>, _ depth: Int) throws(JSONError) {
        let place = self.open(.array)
        while try self.hasElement(at: place, closing: UInt8(ascii: "]"), bytes) { try self.value(bytes, depth: depth + 1) }
        self.tokens[place].next = self.tokens.count
    }

    private mutating func open(_ kind: Kind) -> Int {
        self.offset += 1
        self.tokens.append(Token(kind: kind))
        return self.tokens.count - 1
    }

    /// Goes to the next element of what was opened at `place`, and counts it; false at its end.
    private mutating func hasElement(at place: Int, closing: UInt8, _ bytes: Span<UInt8>) throws(JSONError) -> Bool {
        self.skipBlanks(bytes)
        if self.peek(bytes) == closing {
            self.offset += 1
            return false
        }
        if self.tokens[place].count > 0 {
            guard self.peek(bytes) == UInt8(ascii: ",") else { throw .notJSON }
            self.offset += 1
            self.skipBlanks(bytes)
            guard self.peek(bytes) != closing else { throw .notJSON }
        }
        self.tokens[place].count += 1
        guard self.tokens[place].count <= Self.maximumCount else { throw .notJSON }
        return true
    }

    /// Keys with escapes are not compared: of two fields that mean the same, the later one counts.
    private func refuseRepetition(of key: Int, in place: Int, _ bytes: Span<UInt8>) throws(JSONError) {
        var other = place + 1
        while other < key {
            let (one, two) = (self.tokens[other], self.tokens[key])
            if !one.isEscaped, !two.isEscaped, Self.isSame(one.range, two.range, bytes) {
                throw .badKey(JSONKey(bytes.extracting(two.range)))
            }
            other = self.tokens[other + 1].next
        }
    }

    private static func isSame(_ one: Range<Int>, _ two: Range<Int>, _ bytes: Span<UInt8>) -> Bool {
        guard one.count == two.count else { return false }
        for position in 0..<one.count where bytes[one.lowerBound + position] != bytes[two.lowerBound + position] { return false }
        return true
    }

    private mutating func literal(_ word: StaticString, _ kind: Kind, _ bytes: Span<UInt8>) throws(JSONError) {
        let count = word.utf8CodeUnitCount
        guard bytes.count - self.offset >= count else { throw .notJSON }
        for position in 0..<count where bytes[self.offset + position] != word.utf8Start[position] { throw .notJSON }
        self.append(kind, self.offset..<self.offset + count)
    }

    // MARK: Strings and numbers

    private mutating func string(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = self.offset + 1
        var (end, isEscaped) = (start, false)
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            guard bytes[end] >= 0x20 else { throw .notJSON }
            if bytes[end] == UInt8(ascii: "\\") {
                isEscaped = true
                end += 1
            }
            end += 1
        }
        guard end < bytes.count else { throw .notJSON }
        self.append(.string, start..<end, isEscaped: isEscaped)
        self.offset = end + 1
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = self.offset
        var isFloat = false
        self.skip(UInt8(ascii: "-"), bytes)
        if self.peek(bytes) == UInt8(ascii: "0") { self.offset += 1 } else { try self.digits(bytes) }
        if self.skip(UInt8(ascii: "."), bytes) {
            isFloat = true
            try self.digits(bytes)
        }
        if self.skip(UInt8(ascii: "e"), bytes) || self.skip(UInt8(ascii: "E"), bytes) {
            isFloat = true
            if !self.skip(UInt8(ascii: "+"), bytes) { self.skip(UInt8(ascii: "-"), bytes) }
            try self.digits(bytes)
        }
        guard self.offset - start <= Self.maximumDigits else { throw .notJSON }
        self.append(isFloat ? .float : .integer, start..<self.offset)
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = self.offset
        while let byte = self.peek(bytes), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { self.offset += 1 }
        guard self.offset > start else { throw .notJSON }
    }

    // MARK: Bytes

    private mutating func append(_ kind: Kind, _ range: Range<Int>, isEscaped: Bool = false) {
        self.tokens.append(Token(kind: kind, isEscaped: isEscaped, range: range, next: self.tokens.count + 1))
        self.offset = range.upperBound
    }

    private func peek(_ bytes: Span<UInt8>) -> UInt8? { self.offset < bytes.count ? bytes[self.offset] : nil }

    @discardableResult
    private mutating func skip(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard self.peek(bytes) == byte else { return false }
        self.offset += 1
        return true
    }

    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while let byte = self.peek(bytes), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.offset += 1 }
    }
}
