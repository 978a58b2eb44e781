import RelayWire

// JSON texts, into the same buffers as the binary form.
extension WireWriter {
    /// Writes a part of the text that is the same each time.
    package mutating func ascii(_ text: StaticString) {
        self.raw(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func json(_ number: UInt64) {
        guard number > 9 else { return self.u8(UInt8(ascii: "0") + UInt8(number)) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var (rest, start) = (number, 20)
            while rest > 0 {
                start -= 1
                digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            self.raw(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[start...]))
        }
    }

    package mutating func json(_ number: Int) { self.json(UInt64(number)) }

    /// Writes a finite number, always with a fraction or an exponent, so that it stays a float.
    package mutating func json(_ number: Double) {
        precondition(number.isFinite)
        var text = number.description
        text.withUTF8 { self.raw(UnsafeRawBufferPointer($0)) }
    }

    /// Writes a string: quoted, with escapes for quotes, backslashes and control characters.
    ///
    /// - Parameter utf8: Valid.
    package mutating func json(_ utf8: [UInt8]) { utf8.withUnsafeBytes { self.json(utf8: $0) } }

    package mutating func json(_ text: String) {
        var text = text
        text.withUTF8 { self.json(utf8: UnsafeRawBufferPointer($0)) }
    }

    private mutating func json(utf8: UnsafeRawBufferPointer) {
        self.u8(UInt8(ascii: "\""))
        // Nearly all texts are written as they are.
        if utf8.contains(where: Self.isEscaped) { for byte in utf8 { self.escaped(byte) } } else { self.raw(utf8) }
        self.u8(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escaped(_ byte: UInt8) {
        guard Self.isEscaped(byte) else { return self.u8(byte) }
        self.u8(UInt8(ascii: "\\"))
        guard byte < 0x20 else { return self.u8(byte) }
        self.ascii("u00")
        self.u8(UInt8(ascii: "0") + byte >> 4)
        self.u8((byte & 15 < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10) + byte & 15)
    }

    /// Writes a field's or an event's value: SPEC section 18.
    ///
    /// - Parameter quantum: Of the field's name, if it has one.
    package mutating func json(_ value: StoredValue, quantum: Double?) {
        switch value.tag {
        case .null: self.ascii("null")
        case .false: self.ascii("false")
        case .true: self.ascii("true")
        case .integer: self.json(integer: Int64(bitPattern: value.bits))
        case .float: self.json(Double(bitPattern: value.bits))
        case .quantised: self.json(steps: Int64(bitPattern: value.bits), quantum: quantum ?? 1)
        case .string: self.json(value.blob)
        case .bytes:
            self.ascii("{\"base64\":\"")
            self.raw(Base64.encode(value.blob, .padded))
            self.ascii("\"}")
        }
    }

    private mutating func json(integer: Int64) {
        let isSafe = integer.magnitude <= WireLimits.safeInteger
        if !isSafe { self.ascii("{\"int\":\"") }
        if integer < 0 { self.u8(UInt8(ascii: "-")) }
        self.json(integer.magnitude)
        if !isSafe { self.ascii("\"}") }
    }

    /// Writes a quantised number. Divides where one divided by the quantum is whole, so that 3 steps of 0.1 are 0.3.
    private mutating func json(steps: Int64, quantum: Double) {
        let parts = (1 / quantum).rounded()
        let isWhole = parts >= 1 && parts.magnitude < 1e15 && (parts * quantum - 1).magnitude < 1e-12
        let number = isWhole ? Double(steps) / parts : Double(steps) * quantum
        self.json(number.isFinite ? number : 0)
    }
}
