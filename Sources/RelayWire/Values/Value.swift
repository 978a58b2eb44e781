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
