/// A value as a replica or a room stores it. It is overwritten in place, so that a steady state allocates nothing.
@usableFromInline package struct StoredValue: Sendable, Equatable {
    @usableFromInline package var tag: ValueTag
    /// The integer's, step count's or double's bits; 0 otherwise.
    @usableFromInline package var bits: UInt64
    /// The bytes of a string or byte string; otherwise empty, with its memory kept.
    @usableFromInline package var blob: [UInt8]

    @inlinable package init() { (self.tag, self.bits, self.blob) = (.null, 0, []) }

    /// Stores an application's value. A float must be finite.
    @usableFromInline
    package init(_ value: Value) {
        switch value {
        case .null: (self.tag, self.bits, self.blob) = (.null, 0, [])
        case .bool(let flag): (self.tag, self.bits, self.blob) = (flag ? .true : .false, 0, [])
        case .integer(let number): (self.tag, self.bits, self.blob) = (.integer, UInt64(bitPattern: number), [])
        case .float(let number):
            precondition(number.isFinite, "NaN and infinities are not state")
            (self.tag, self.bits, self.blob) = (.float, (number == 0 ? 0 : number).bitPattern, [])
        case .quantised(let steps): (self.tag, self.bits, self.blob) = (.quantised, UInt64(bitPattern: steps), [])
        case .string(let string): (self.tag, self.bits, self.blob) = (.string, 0, Array(string.utf8))
        case .bytes(let bytes): (self.tag, self.bits, self.blob) = (.bytes, 0, bytes)
        }
    }

    /// Stores a view's value, copying its bytes out of `message`.
    @usableFromInline
    package init(_ view: ValueView, in message: Span<UInt8>) {
        self.init()
        self.assign(view, in: message)
    }

    /// Overwrites with a view's value. Reuses the memory.
    @usableFromInline
    package mutating func assign(_ view: ValueView, in message: Span<UInt8>) {
        (self.tag, self.bits) = (view.tag, view.bits)
        if view.tag.isBlob {
            self.blob.removeAll(keepingCapacity: true)
            message.extracting(view.range).withUnsafeBufferPointer { self.blob.append(contentsOf: $0) }
        } else if !self.blob.isEmpty {
            self.blob.removeAll(keepingCapacity: true)
        }
    }

    /// Adds to an integer or step count, wrapping.
    @inlinable package mutating func add(_ difference: Int64) { self.bits &+= UInt64(bitPattern: difference) }

    /// Whether `assign` with this view would leave the value as it is.
    @usableFromInline
    package func equals(_ view: ValueView, in message: Span<UInt8>) -> Bool {
        guard self.tag == view.tag, self.bits == view.bits else { return false }
        guard view.tag.isBlob else { return true }
        guard self.blob.count == view.range.count else { return false }
        for position in 0..<view.range.count where self.blob[position] != message[view.range.lowerBound + position] {
            return false
        }
        return true
    }

    /// Whether both are numbers, one an integer and one a float, and equal.
    package func isSameNumber(as view: ValueView) -> Bool {
        switch (self.tag, view.tag) {
        case (.integer, .float): Double(exactly: Int64(bitPattern: self.bits)) == Double(bitPattern: view.bits)
        case (.float, .integer): Double(bitPattern: self.bits) == Double(exactly: Int64(bitPattern: view.bits))
        default: false
        }
    }

    /// The application's form. Allocates for strings and bytes.
    package var value: Value {
        switch self.tag {
        case .null: .null
        case .false: .bool(false)
        case .true: .bool(true)
        case .integer: .integer(Int64(bitPattern: self.bits))
        case .float: .float(Double(bitPattern: self.bits))
        case .quantised: .quantised(steps: Int64(bitPattern: self.bits))
        case .string: .string(String(decoding: self.blob, as: UTF8.self))
        case .bytes: .bytes(self.blob)
        }
    }
}
