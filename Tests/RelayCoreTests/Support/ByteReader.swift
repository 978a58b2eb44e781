import RelayWire

/// An error that the reference replica finds in a message.
struct Nonsense: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Primitives as SPEC section 3 has them, written from its text: shares no code with what it checks.
struct ByteReader {
    var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    mutating func u8() throws -> UInt8 {
        guard let byte = self.bytes.popFirst() else { throw Nonsense("cut short") }
        return byte
    }

    mutating func take(_ count: UInt64) throws -> [UInt8] {
        guard count <= self.bytes.count else { throw Nonsense("cut short") }
        defer { self.bytes = self.bytes.dropFirst(Int(count)) }
        return Array(self.bytes.prefix(Int(count)))
    }

    mutating func little(_ count: UInt64) throws -> UInt64 {
        try self.take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try self.u8()
            if shift == 63, byte > 1 { throw Nonsense("varint beyond 64 bits") }
            value |= UInt64(byte & 127) << shift
            if byte < 128 {
                if byte == 0, shift > 0 { throw Nonsense("varint not minimal") }
                return value
            }
        }
        throw Nonsense("varint too long")
    }

    mutating func svarint() throws -> Int64 {
        let raw = try self.varint()
        return raw % 2 == 0 ? Int64(raw / 2) : -Int64(raw / 2) - 1
    }

    mutating func string() throws -> String {
        guard let string = String(validating: try self.take(try self.varint()), as: UTF8.self) else { throw Nonsense("UTF-8") }
        return string
    }

    mutating func double() throws -> Double {
        let value = Double(bitPattern: try self.little(8))
        guard value.isFinite, value.bitPattern != (-0.0).bitPattern else { throw Nonsense("not a wire number: \(value)") }
        return value
    }

    mutating func seat() throws -> SeatNumber { SeatNumber(rawValue: UInt16(try self.varint())) }
    mutating func entity() throws -> EntityID { EntityID(rawValue: UInt32(try self.varint())) }
    mutating func name() throws -> Int { Int(try self.varint()) }

    mutating func value() throws -> Value {
        switch try self.u8() {
        case 0: return .null
        case 1: return .bool(false)
        case 2: return .bool(true)
        case 3: return .integer(try self.svarint())
        case 4: return .float(try self.double())
        case 5: return .quantised(steps: try self.svarint())
        case 6: return .string(try self.string())
        case 7: return .bytes(try self.take(try self.varint()))
        default: throw Nonsense("value tag")
        }
    }

    func end() throws { if !self.bytes.isEmpty { throw Nonsense("\(self.bytes.count) bytes left over") } }
}

/// The checksum of SPEC section 6, written from its text.
enum SpecChecksum {
    static func hash(_ bytes: [UInt8]) -> UInt32 {
        var h: UInt32 = 2_166_136_261
        for byte in bytes { h = (h ^ UInt32(byte)) &* 16_777_619 }
        h ^= h >> 16
        h = h &* 0x85EB_CA6B
        h ^= h >> 13
        h = h &* 0xC2B2_AE35
        return h ^ (h >> 16)
    }

    static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

    static func content(_ value: Value) -> [UInt8] {
        switch value {
        case .null: [0]
        case .bool(let flag): [flag ? 2 : 1]
        case .integer(let number): [3] + self.little(number)
        case .float(let number): [4] + self.little(number.bitPattern)
        case .quantised(let steps): [5] + self.little(steps)
        case .string(let string): [6] + Array(string.utf8)
        case .bytes(let bytes): [7] + bytes
        }
    }

    static func sum(names: [Replica.Name], entities: [EntityID: Replica.Entity]) -> UInt32 {
        var sum: UInt32 = 0
        for (index, name) in names.enumerated() {
            sum = sum &+ self.hash(self.little(UInt32.max) + self.little(UInt16(index)) + Array(name.text.utf8))
        }
        for (id, entity) in entities {
            let head = self.little(id.rawValue)
            sum = sum &+ self.hash(head + self.little(UInt16.max) + self.little(entity.owner.rawValue))
            for (name, value) in entity.fields {
                sum = sum &+ self.hash(head + self.little(UInt16(name)) + self.content(value))
            }
        }
        return sum
    }
}
