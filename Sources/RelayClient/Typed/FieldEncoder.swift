import RelayWire

/// One property of a typed value, as a field.
package struct EncodedField: Sendable, Equatable {
    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
}

/// Turns a flat value into fields. A type that cannot be written is a mistake of the program: it traps, and names the field.
package final class FieldEncoder: Encoder {
    fileprivate var fields: [EncodedField] = []
    /// The property that is being encoded by its own type; nil for the value itself.
    fileprivate var property: String?
    private let type: String

    private init(_ type: String) {
        self.type = type
        self.fields.reserveCapacity(8)
    }

    /// The fields of a value: its properties in their order, and its kind.
    package static func fields<Content: RelayEntity>(of value: Content) -> [EncodedField] {
        let encoder = FieldEncoder("\(Content.self)")
        do {
            try value.encode(to: encoder)
        } catch {
            fatalError("\(Content.self) cannot be written: \(error)")
        }
        if let kind = Content.kind {
            if encoder.fields.contains(where: { $0.name == "kind" }) {
                fatalError("\(Content.self).kind: the field of this name tells the types apart, so no property can have it")
            }
            encoder.fields.append(EncodedField("kind", .string(kind)))
        }
        return encoder.fields
    }

    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if self.property != nil { self.refuse() }
        return KeyedEncodingContainer(PropertyEncoder<Key>(encoder: self))
    }

    package func unkeyedContainer() -> any UnkeyedEncodingContainer { self.refuse() }

    package func singleValueContainer() -> any SingleValueEncodingContainer {
        if self.property == nil { self.refuse() }
        return SingleEncoder(encoder: self)
    }

    fileprivate func refuse(_ name: String? = nil) -> Never {
        let path = [self.type, name ?? self.property].compactMap(\.self).joined(separator: ".")
        fatalError(
            "\(path): a field is a truth value, number, string or bytes: write the parts of anything else to fields of their own")
    }

    fileprivate func add(_ name: String, _ value: Value) { self.fields.append(EncodedField(name, value)) }

    fileprivate func add(_ name: String, integer number: some BinaryInteger) {
        guard let integer = Int64(exactly: number) else { fatalError("\(self.type).\(name): \(number) has more than 64 bits") }
        self.add(name, .integer(integer))
    }

    /// A property whose type encodes itself, as enums do.
    fileprivate func add(_ name: String, encoding value: some Encodable) throws {
        if let bytes = value as? [UInt8] { return self.add(name, .bytes(bytes)) }
        self.property = name
        try value.encode(to: self)
        self.property = nil
    }
}

/// The properties of the value.
private struct PropertyEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: FieldEncoder
    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil(forKey key: Key) { self.encoder.add(key.stringValue, .null) }
    mutating func encode(_ value: Bool, forKey key: Key) { self.encoder.add(key.stringValue, .bool(value)) }
    mutating func encode(_ value: String, forKey key: Key) { self.encoder.add(key.stringValue, .string(value)) }
    mutating func encode(_ value: Double, forKey key: Key) { self.encoder.add(key.stringValue, .float(value)) }
    mutating func encode(_ value: Float, forKey key: Key) { self.encoder.add(key.stringValue, .float(Double(value))) }
    mutating func encode(_ value: Int, forKey key: Key) { self.encoder.add(key.stringValue, .integer(Int64(value))) }
    mutating func encode(_ value: Int8, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode(_ value: Int16, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode(_ value: Int32, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode(_ value: Int64, forKey key: Key) { self.encoder.add(key.stringValue, .integer(value)) }
    mutating func encode(_ value: UInt, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode(_ value: UInt8, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode(_ value: UInt16, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode(_ value: UInt32, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode(_ value: UInt64, forKey key: Key) { self.encoder.add(key.stringValue, integer: value) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try self.encoder.add(key.stringValue, encoding: value)
    }

    // Nil is written as null: without it, what was there before would stay.
    private mutating func optional<T>(_ value: T?, _ key: Key, _ encode: (inout Self, T) throws -> Void) rethrows {
        if let value { try encode(&self, value) } else { self.encodeNil(forKey: key) }
    }
    mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: String?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: Double?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: Float?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: Int8?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: Int16?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: Int32?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: Int64?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: UInt?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: UInt8?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: UInt16?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: UInt32?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent(_ value: UInt64?, forKey key: Key) { self.optional(value, key) { $0.encode($1, forKey: key) } }
    mutating func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        try self.optional(value, key) { try $0.encode($1, forKey: key) }
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested>
    {
        self.encoder.refuse(key.stringValue)
    }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { self.encoder.refuse(key.stringValue) }
    mutating func superEncoder() -> any Encoder { self.encoder.refuse("super") }
    mutating func superEncoder(forKey key: Key) -> any Encoder { self.encoder.refuse(key.stringValue) }
}

/// The one value that a property's own type encodes to.
private struct SingleEncoder: SingleValueEncodingContainer {
    let encoder: FieldEncoder
    var codingPath: [any CodingKey] { [] }
    private var name: String { self.encoder.property ?? "" }

    mutating func encodeNil() { self.encoder.add(self.name, .null) }
    mutating func encode(_ value: Bool) { self.encoder.add(self.name, .bool(value)) }
    mutating func encode(_ value: String) { self.encoder.add(self.name, .string(value)) }
    mutating func encode(_ value: Double) { self.encoder.add(self.name, .float(value)) }
    mutating func encode(_ value: Float) { self.encoder.add(self.name, .float(Double(value))) }
    mutating func encode(_ value: Int) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: Int8) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: Int16) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: Int32) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: Int64) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: UInt) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: UInt8) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: UInt16) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: UInt32) { self.encoder.add(self.name, integer: value) }
    mutating func encode(_ value: UInt64) { self.encoder.add(self.name, integer: value) }
    mutating func encode<T: Encodable>(_ value: T) throws { try self.encoder.add(self.name, encoding: value) }
}
