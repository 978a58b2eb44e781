import RelayWire

/// The fields of one entity, as they are or as they are drawn.
struct FieldSource {
    let entity: Entity
    /// Nil: the newest values.
    var drawing: Drawing?

    init(_ entity: Entity, drawing: Drawing? = nil) { (self.entity, self.drawing) = (entity, drawing) }

    func cell(_ name: String) -> FieldCell? { self.entity.cell(name) }

    func bool(_ name: String) -> Bool? {
        switch self.cell(name)?.tag {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// A number of any type. It moves between ticks if it is drawn.
    func number(_ name: String) -> Double? {
        guard let cell = self.cell(name), let newest = self.entity.number(in: cell) else { return nil }
        guard let drawing else { return newest }
        return drawing.value(of: self.entity.id, name, at: cell.name, .linear) ?? newest
    }

    /// A number without a fraction. It steps if it is drawn.
    func integer(_ name: String) -> Int64? {
        guard let cell = self.cell(name) else { return nil }
        let newest =
            cell.tag == .integer ? Int64(bitPattern: cell.bits) : self.entity.number(in: cell).flatMap { Int64(exactly: $0) }
        guard let newest, let drawing else { return newest }
        return drawing.value(of: self.entity.id, name, at: cell.name, .step).flatMap { Int64(exactly: $0) } ?? newest
    }

    func string(_ name: String) -> String? {
        guard let cell = self.cell(name), cell.tag == .string else { return nil }
        return self.entity.table.withBytes(of: cell) { bytes in
            bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
    }

    func bytes(_ name: String) -> [UInt8]? {
        guard let cell = self.cell(name), cell.tag == .bytes else { return nil }
        return self.entity.table.withBytes(of: cell) { bytes in bytes.withUnsafeBufferPointer { Array($0) } }
    }

    /// Whether a field is this text, without a copy of it.
    func has(_ name: String, _ text: String) -> Bool {
        guard let cell = self.cell(name) else { return false }
        return self.entity.table.holds(cell, .string(text))
    }
}
