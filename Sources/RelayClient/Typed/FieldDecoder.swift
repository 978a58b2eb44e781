import RelayWire

/// Makes a flat value from an entity's fields. The fields are strangers' and may not fit: then there is no value. A type that no
/// entity can fit is a mistake of the program: it traps, and names the field.
struct FieldDecoder: Decoder {
    /// A field is absent or has a value of another type.
    struct Misfit: Error {}

    fileprivate let source: FieldReader
    /// The property that is decoded by its own type; nil for the value itself.
    fileprivate var property: String?

    static func decode<Content: RelayEntity>(_ type: Content.Type, from source: FieldReader) -> Content? {
        if let kind = Content.kind, !source.has("kind", kind) { return nil }
        do {
            return try Content(from: FieldDecoder(source: source))
        } catch {
            return nil
        }
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        if let property { refuseToRead(property) }
        return KeyedDecodingContainer(PropertyDecoder<Key>(source: self.source))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { refuseToRead(self.property ?? "a list") }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        guard let property else { refuseToRead("a single value") }
        return SingleDecoder(source: self.source, name: property)
    }
}

private func refuseToRead(_ name: String) -> Never {
    fatalError(
        "\(name): a field is a truth value, number, string or bytes: read the parts of anything else from fields of their own")
}

extension FieldReader {
    fileprivate func fitting<T>(_ value: T?) throws -> T {
        guard let value else { throw FieldDecoder.Misfit() }
        return value
    }

    fileprivate func integer<T: FixedWidthInteger>(_ name: String, as type: T.Type) throws -> T {
        try self.fitting(self.integer(name).flatMap { T(exactly: $0) })
    }

    fileprivate func other<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
        if type == [UInt8].self, let bytes = try self.fitting(self.bytes(name)) as? T { return bytes }
        return try T(from: FieldDecoder(source: self, property: name))
    }
}

/// The properties of the value.
private struct PropertyDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let source: FieldReader
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { self.source.allNames.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { self.source.cell(key.stringValue) != nil }
    func decodeNil(forKey key: Key) -> Bool { self.source.isNull(key.stringValue) }
    func decode(_: Bool.Type, forKey key: Key) throws -> Bool { try self.source.fitting(self.source.bool(key.stringValue)) }
    func decode(_: String.Type, forKey key: Key) throws -> String { try self.source.fitting(self.source.string(key.stringValue)) }
    func decode(_: Double.Type, forKey key: Key) throws -> Double { try self.source.fitting(self.source.number(key.stringValue)) }
    func decode(_: Float.Type, forKey key: Key) throws -> Float { Float(try self.decode(Double.self, forKey: key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try self.source.integer(key.stringValue, as: type) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try self.source.integer(key.stringValue, as: type) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try self.source.other(key.stringValue, as: type) }

    func nestedContainer<Nested: CodingKey>(keyedBy: Nested.Type, forKey key: Key) -> KeyedDecodingContainer<Nested> {
        refuseToRead(key.stringValue)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedDecodingContainer { refuseToRead(key.stringValue) }
    func superDecoder() -> any Decoder { refuseToRead("super") }
    func superDecoder(forKey key: Key) -> any Decoder { refuseToRead(key.stringValue) }
}

/// The one value that a property's own type is made from.
private struct SingleDecoder: SingleValueDecodingContainer {
    let source: FieldReader
    let name: String
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { self.source.isNull(self.name) }
    func decode(_: Bool.Type) throws -> Bool { try self.source.fitting(self.source.bool(self.name)) }
    func decode(_: String.Type) throws -> String { try self.source.fitting(self.source.string(self.name)) }
    func decode(_: Double.Type) throws -> Double { try self.source.fitting(self.source.number(self.name)) }
    func decode(_: Float.Type) throws -> Float { Float(try self.decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try self.source.integer(self.name, as: type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try self.source.integer(self.name, as: type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try self.source.integer(self.name, as: type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try self.source.integer(self.name, as: type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try self.source.integer(self.name, as: type) }
    func decode(_ type: UInt.Type) throws -> UInt { try self.source.integer(self.name, as: type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try self.source.integer(self.name, as: type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try self.source.integer(self.name, as: type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try self.source.integer(self.name, as: type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try self.source.integer(self.name, as: type) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try self.source.other(self.name, as: type) }
}
