import RelayWire

// What tokens mean. `bytes` is always the text that was read.
extension JSONText {
    /// The text of a string, without escapes.
    ///
    /// - Throws: ``JSONError/notJSON`` for an escape that does not exist, and for half of a surrogate pair.
    package func text(_ token: Token, _ bytes: Span<UInt8>) throws(JSONError) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(token.range.count)
        var offset = token.range.lowerBound
        while offset < token.range.upperBound {
            if bytes[offset] != UInt8(ascii: "\\") {
                text.append(bytes[offset])
                offset += 1
            } else {
                text += try Self.escape(bytes, &offset)
            }
        }
        return text
    }

    /// Reads one escape. The byte behind a backslash is there: else the string would not have ended.
    private static func escape(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) -> [UInt8] {
        offset += 2
        switch bytes[offset - 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [bytes[offset - 1]]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try Self.unicode(bytes, &offset)
        default: throw .notJSON
        }
    }

    private static func unicode(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) -> [UInt8] {
        var code = try self.hex(bytes, &offset)
        if (0xD800...0xDBFF).contains(code) {
            guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u") else {
                throw .notJSON
            }
            offset += 2
            let low = try self.hex(bytes, &offset)
            guard (0xDC00...0xDFFF).contains(low) else { throw .notJSON }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        // Nil for the other half of a pair.
        guard let scalar = Unicode.Scalar(code) else { throw .notJSON }
        return Array(scalar.utf8)
    }

    private static func hex(_ bytes: Span<UInt8>, _ offset: inout Int) throws(JSONError) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw .notJSON }
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[offset])).hexDigitValue, bytes[offset] < 0x80 else { throw .notJSON }
            code = code << 4 | UInt32(digit)
            offset += 1
        }
        return code
    }

    /// A string as Swift has it.
    package func string(_ token: Token, _ bytes: Span<UInt8>) throws(JSONError) -> String {
        guard token.kind == .string else { throw .badValue() }
        return String(decoding: try self.text(token, bytes), as: UTF8.self)
    }

    /// A string of so many bytes.
    package func string(_ token: Token, of count: ClosedRange<Int>, _ bytes: Span<UInt8>) throws(JSONError) -> String {
        let string = try self.string(token, bytes)
        guard count.contains(string.utf8.count) else { throw .badValue() }
        return string
    }

    /// The name of a room, a field or an event.
    package func name(_ token: Token, _ bytes: Span<UInt8>) throws(JSONError) -> String {
        guard token.kind == .string else { throw .badValue() }
        let text = try self.text(token, bytes)
        guard WireLimits.nameBytes.contains(text.count) else { throw .badName() }
        return String(decoding: text, as: UTF8.self)
    }

    /// A number without fraction and exponent, in 64 bits.
    package func integer(_ token: Token, _ bytes: Span<UInt8>) throws(JSONError) -> Int64 {
        guard token.kind == .integer, let number = Int64(Self.ascii(token.range, bytes)) else { throw .badValue() }
        return number
    }

    /// Such a number in a range.
    package func integer(_ token: Token, in range: ClosedRange<UInt64>, _ bytes: Span<UInt8>) throws(JSONError) -> UInt64 {
        guard let number = UInt64(exactly: try self.integer(token, bytes)), range.contains(number) else { throw .badValue() }
        return number
    }

    /// Any number.
    package func number(_ token: Token, _ bytes: Span<UInt8>) throws(JSONError) -> Double {
        guard token.kind == .float || token.kind == .integer else { throw .badValue() }
        guard let number = Double(Self.ascii(token.range, bytes)), number.isFinite else { throw .badValue() }
        return number
    }

    private static func ascii(_ range: Range<Int>, _ bytes: Span<UInt8>) -> String {
        bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The value of a field or an event: SPEC section 18.
    package func value(at place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> Value {
        let token = self.tokens[place]
        switch token.kind {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .integer: return .integer(try self.integer(token, bytes))
        case .float: return .float(try self.number(token, bytes))
        case .string: return .string(try self.string(token, bytes))
        case .object: return try self.wrapped(place, bytes)
        case .array: throw .badValue()
        }
    }

    /// `{"int":"9007199254740993"}` and `{"base64":"aGk="}`.
    private func wrapped(_ place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> Value {
        guard self.tokens[place].count == 1 else { throw .badValue() }
        guard self.tokens[place + 2].kind == .string else { throw .badValue() }
        let content = try self.text(self.tokens[place + 2], bytes)
        switch try self.string(self.tokens[place + 1], bytes) {
        case "int":
            guard Self.isWhole(content), let number = Int64(String(decoding: content, as: UTF8.self)) else { throw .badValue() }
            return .integer(number)
        case "base64":
            guard let bytes = Base64.decode(content.span, .padded) else { throw .badValue() }
            return .bytes(bytes)
        default: throw .badValue()
        }
    }

    /// Digits, 19 at most, with a minus before them or without.
    private static func isWhole(_ text: [UInt8]) -> Bool {
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text[...]
        return 1...19 ~= digits.count && digits.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    }

    /// Does something with the value of the member whose key is at `key`. An error then names that key, unless it names an inner one.
    package func naming<Result>(
        _ key: Int, _ bytes: Span<UInt8>, _ body: () throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        do throws(JSONError) {
            return try body()
        } catch {
            throw error.naming(JSONKey(bytes.extracting(self.tokens[key].range)))
        }
    }

    /// Calls `visit` with the key and the place of the value of each member of an object.
    package func forEachMember(
        of place: Int, _ bytes: Span<UInt8>, _ visit: (Token, Int) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard self.tokens[place].kind == .object else { throw .badValue() }
        var key = place + 1
        while key < self.tokens[place].next {
            try self.naming(key, bytes) { () throws(JSONError) in try visit(self.tokens[key], key + 1) }
            key = self.tokens[key + 1].next
        }
    }

    /// Calls `visit` with the place of each element of an array.
    package func forEachElement(of place: Int, _ visit: (Int) throws(JSONError) -> Void) throws(JSONError) {
        guard self.tokens[place].kind == .array else { throw .badValue() }
        var element = place + 1
        while element < self.tokens[place].next {
            try visit(element)
            element = self.tokens[element].next
        }
    }

    /// A number without a fraction, however it is spelt.
    package func wholeNumber(_ token: Token, _ bytes: Span<UInt8>) throws(JSONError) -> Int64 {
        guard token.kind == .float else { return try self.integer(token, bytes) }
        guard let number = Int64(exactly: try self.number(token, bytes)) else { throw .badValue() }
        return number
    }
}
