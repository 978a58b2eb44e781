import RelayWire

/// Encodes one pending operation. Names with an index are written by index, numbers of fields with a quantum as steps.
struct OperationEncoder {
    let names: NameTable
    /// The written bytes keep their meaning as long as this many names at the start of the table stay the same.
    private(set) var namesUsed = 0

    init(names: NameTable) { self.names = names }

    /// False, with nothing written, if the target does not exist for this seat: a spectator has no entities of its own.
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
        case .compareAndSet, .compareAndSetByValue:
            guard let entity = operation.target?.resolved(for: seat) else { return false }
            let (name, expected) = self.resolve(operation.fields[0])
            writer.compareAndSet(
                entity, name, expected: expected, new: self.resolve(operation.fields[1]).1,
                numbersByValue: operation.code == .compareAndSetByValue)
            return true
        case .kick, .ban, .host, .password, .invite:
            operation.order?.write(into: &writer)
            return operation.order != nil
        }
    }

    private mutating func resolve(_ field: PendingField) -> (OutgoingName, StoredValue) {
        guard let index = self.names.index(of: field.name) else { return (.inline(field.name), field.value) }
        self.namesUsed = max(self.namesUsed, Int(index.rawValue) + 1)
        return (.index(index), self.names.quantised(field.value, at: index))
    }
}
