import RelayWire

/// Packed differences as SPEC section 5 has them, written from its text: shares no code with what it checks.
struct PackedReader {
    /// The unread rest of the message.
    private(set) var rest: ByteReader
    private var byte: UInt8 = 0
    private var bitsOfByte = 0
    private var columns: [(name: Int, width: Int)] = []
    private var next: UInt64 = 0

    /// Reads the mask and the widths.
    init(_ reader: inout ByteReader) throws {
        let mask = try reader.varint()
        guard mask > 0, mask < 1 << 56 else { throw Nonsense("mask") }
        self.rest = reader
        for name in 0..<56 where mask >> UInt64(name) & 1 == 1 {
            self.columns.append((name, Int(try self.bits(4)) + 1))
        }
    }

    private mutating func bit() throws -> UInt64 {
        if self.bitsOfByte == 0 { (self.byte, self.bitsOfByte) = (try self.rest.u8(), 8) }
        defer { (self.byte, self.bitsOfByte) = (self.byte >> 1, self.bitsOfByte - 1) }
        return UInt64(self.byte & 1)
    }

    private mutating func bits(_ count: Int) throws -> UInt64 {
        var number: UInt64 = 0
        for position in 0..<count { number |= try self.bit() << UInt64(position) }
        return number
    }

    mutating func update() throws -> (EntityID, [(Int, Int64)]) {
        var isLater = false
        var hasSome = false
        if try self.bit() == 1 {
            isLater = try self.bit() == 1
            hasSome = isLater ? try self.bit() == 1 : true
        }
        if isLater {
            var zeros = 0
            while try self.bit() == 0 { zeros += 1 }
            guard zeros <= 25 else { throw Nonsense("entity far away") }
            self.next += 1 << UInt64(zeros) + (try self.bits(zeros))
        }
        guard self.next < 1 << 26 else { throw Nonsense("entity above the largest") }
        defer { self.next += 1 }
        return (EntityID(rawValue: UInt32(self.next)), try self.differences(hasSome))
    }

    private mutating func differences(_ hasSome: Bool) throws -> [(Int, Int64)] {
        var own = self.columns
        if hasSome {
            own = []
            for column in self.columns where try self.bit() == 1 { own.append(column) }
            guard !own.isEmpty, own.count < self.columns.count else { throw Nonsense("some columns") }
        }
        return try own.map { ($0.name, try self.number($0.width)) }
    }

    private mutating func number(_ width: Int) throws -> Int64 {
        var zigzag = try self.bits(width)
        let largest: UInt64 = 1 << UInt64(width) - 1
        if zigzag == largest {
            let length = Int(try self.bits(6))
            zigzag = 1 << UInt64(length) | (try self.bits(length))
            guard zigzag >= largest else { throw Nonsense("a long number that is short") }
        }
        return zigzag % 2 == 0 ? Int64(zigzag / 2) : -Int64(zigzag / 2) - 1
    }

    func end() throws { if self.byte != 0 { throw Nonsense("padding") } }
}
