import RelayWire

/// An entity of a replica, with its fields by name.
public struct Entity: Sendable, Identifiable {
    let table: EntityTable
    let position: Int
    let names: NameTable

    public var id: EntityID { self.table.id(at: self.position) }
    /// The seat that may write it; ``SeatNumber/room`` for an entity of the room.
    public var owner: SeatNumber { self.table.owner(at: self.position) }
    /// Number of fields; at most 64 in a room with default settings.
    public var fieldCount: Int { self.table.fieldCount(at: self.position) }

    /// A field's value; nil if there is no such field. Strings and bytes are copied.
    public subscript(name: String) -> Value? { self.cell(name).map(self.table.value) }

    /// A number in the units of its field: an integer, a float, or steps times their quantum. Nil for any other value.
    public func number(_ name: String) -> Double? {
        self.cell(name).flatMap(self.names.number)
    }

    /// A string; nil for any other value.
    public func string(_ name: String) -> String? { if case .string(let string) = self[name] { string } else { nil } }

    /// A truth value; nil for any other value.
    public func bool(_ name: String) -> Bool? { if case .bool(let flag) = self[name] { flag } else { nil } }

    /// Bytes; nil for any other value.
    public func bytes(_ name: String) -> [UInt8]? { if case .bytes(let bytes) = self[name] { bytes } else { nil } }

    /// Every field's name and value, in the order in which the room learned the names.
    public var fields: some Sequence<(name: String, value: Value)> {
        (0..<self.fieldCount).lazy.map {
            let cell = self.table.field($0, at: self.position)
            return (name: self.names[cell.name]?.name ?? "", value: self.table.value(of: cell))
        }
    }

    func cell(_ name: String) -> FieldCell? {
        self.names.index(of: name).flatMap { self.table.field($0, at: self.position) }
    }
}

extension Entity: CustomStringConvertible {
    /// Id and fields: `3/7 [x: 1.5, name: Ada]`.
    public var description: String {
        let fields = self.fields.map { name, value in
            if case .quantised = value, let number = self.number(name) { return "\(name): \(number)" }
            return "\(name): \(value)"
        }
        return "\(self.id) [\(fields.joined(separator: ", "))]"
    }
}

extension NameTable {
    /// A number in the units of its field; nil for any other value.
    func number(in cell: FieldCell) -> Double? {
        switch cell.tag {
        case .integer: Double(Int64(bitPattern: cell.bits))
        case .float: Double(bitPattern: cell.bits)
        case .quantised: self[cell.name]?.quantum.map { Double(Int64(bitPattern: cell.bits)) * $0 }
        case .null, .false, .true, .string, .bytes: nil
        }
    }
}
