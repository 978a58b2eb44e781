import RelayWire

/// Reads the fields of one entity after the other, as they are or as they are drawn.
///
/// An object, because a decoder is copied for each property. It remembers where each name stands in the room's table: the entities of a
/// pass are asked for the same names in the same order.
final class FieldReader {
    private struct Known {
        var name: String
        var index: NameIndex?
    }

    private let table: EntityTable
    private let names: NameTable
    private let drawing: Drawing?
    private var known: [Known] = []
    /// The place in `known` at which the next name is expected.
    private var expected = 0
    private var position = 0
    /// Whether the entity is drawn, and not shown as it is.
    private var isDrawn = false

    /// - Parameter drawing: Nil: the newest values.
    init(_ replica: Replica, drawing: Drawing? = nil) {
        (self.table, self.names, self.drawing) = (replica.table, replica.names, drawing)
    }

    init(_ entity: Entity) {
        (self.table, self.names, self.drawing) = (entity.table, entity.names, nil)
        self.position = entity.position
    }

    var count: Int { self.table.count }
    var id: EntityID { self.table.id(at: self.position) }
    var owner: SeatNumber { self.table.owner(at: self.position) }

    /// Turns to another entity.
    func move(to position: Int, isDrawn: Bool) { (self.position, self.expected, self.isDrawn) = (position, 0, isDrawn) }

    func owner(at position: Int) -> SeatNumber { self.table.owner(at: position) }

    func cell(_ name: String) -> FieldCell? { self.index(of: name).flatMap { self.table.field($0, at: self.position) } }

    private func index(of name: String) -> NameIndex? {
        for place in [self.expected, max(0, self.expected - 1)] where place < self.known.count {
            guard self.known[place].name == name else { continue }
            self.expected = place + 1
            return self.known[place].index
        }
        let index = self.names.index(of: name)
        if self.expected == self.known.count { self.known.append(Known(name: name, index: index)) }
        self.expected += 1
        return index
    }

    func bool(_ name: String) -> Bool? {
        switch self.cell(name)?.tag {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// A number of any type. It moves between ticks if it is drawn.
    func number(_ name: String) -> Double? {
        guard let cell = self.cell(name), let newest = self.names.number(in: cell) else { return nil }
        guard self.isDrawn, let drawing else { return newest }
        return drawing.value(of: self.id, name, at: cell.name, .linear) ?? newest
    }

    /// A number without a fraction. It steps if it is drawn.
    func integer(_ name: String) -> Int64? {
        guard let cell = self.cell(name) else { return nil }
        let newest =
            cell.tag == .integer ? Int64(bitPattern: cell.bits) : self.names.number(in: cell).flatMap { Int64(exactly: $0) }
        guard self.isDrawn, let newest, let drawing else { return newest }
        return drawing.value(of: self.id, name, at: cell.name, .step).flatMap { Int64(exactly: $0) } ?? newest
    }

    func string(_ name: String) -> String? {
        guard let cell = self.cell(name), cell.tag == .string else { return nil }
        return self.table.withBytes(of: cell) { bytes in bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }

    func bytes(_ name: String) -> [UInt8]? {
        guard let cell = self.cell(name), cell.tag == .bytes else { return nil }
        return self.table.withBytes(of: cell) { bytes in bytes.withUnsafeBufferPointer { Array($0) } }
    }

    func isNull(_ name: String) -> Bool { self.cell(name).map { $0.tag == .null } ?? true }

    /// Whether a field is this text, without a copy of it.
    func has(_ name: String, _ text: String) -> Bool { self.cell(name).map { self.table.holds($0, .string(text)) } ?? false }

    var allNames: [String] {
        (0..<self.table.fieldCount(at: self.position)).compactMap {
            self.names[self.table.field($0, at: self.position).name]?.name
        }
    }
}
