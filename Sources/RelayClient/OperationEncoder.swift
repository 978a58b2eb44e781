import RelayWire

/// Writes one waiting operation: names by index where the relay has given one, numbers in steps where it has given a quantum.
struct OperationEncoder {
    let names: NameTable
    /// The bytes written mean the same as long as this many names stay.
    private(set) var namesUsed = 0

    init(names: NameTable) { self.names = names }

    /// False, with nothing written, if the target has no meaning for this seat.
    mutating func encode(_ operation: PendingOperation, seat: SeatNumber, into writer: inout WireWriter) -> Bool {
        switch operation.code {
        case .event:
            let (name, value) = self.resolve(operation.fields[0])
            writer.event(name, operation.audience, seats: operation.seats, value)
            return true
        case .set:
            guard let entity = operation.target?.resolved(for: seat) else { return false }
            writer.set(entity, fieldCount: operation.fields.count)
            for field in operation.fields {
                let (name, value) = self.resolve(field)
                writer.field(name, value)
            }
            return true
        case .remove:
            guard let entity = operation.target?.resolved(for: seat) else { return false }
            writer.remove(entity)
            return true
        case .compareAndSet:
            guard let entity = operation.target?.resolved(for: seat) else { return false }
            let (name, expected) = self.resolve(operation.fields[0])
            writer.compareAndSet(entity, name, expected: expected, new: self.resolve(operation.fields[1]).1)
            return true
        }
    }

    private mutating func resolve(_ field: PendingField) -> (OutgoingName, StoredValue) {
        guard let index = self.names.index(of: field.name) else { return (.inline(field.name), field.value) }
        self.namesUsed = max(self.namesUsed, Int(index.rawValue) + 1)
        return (.index(index), self.names.quantised(field.value, at: index))
    }
}
