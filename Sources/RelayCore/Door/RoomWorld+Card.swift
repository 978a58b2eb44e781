import RelayWire

// The room's card: an entity of the room that only its host writes, and only by compare and set. SPEC section 20.
extension RoomWorld {
    private func cardValue(_ key: CardKey) -> StoredValue? {
        guard let slot = self.entities.slot(of: .card), let name = self.names.index(of: key.rawValue) else { return nil }
        let position = self.entities.position(of: name, slot: slot)
        return position.exists ? self.entities.slots[slot].fields[position.index].value : nil
    }

    /// Nil if it is not there.
    func cardFlag(_ key: CardKey) -> Bool? {
        switch self.cardValue(key)?.tag {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// Nil if it is not there.
    func cardNumber(_ key: CardKey) -> Int? {
        guard let value = self.cardValue(key), value.tag == .integer else { return nil }
        return Int(Int64(bitPattern: value.bits))
    }

    /// The properties that are not null, by name.
    var cardProperties: [CardField] {
        guard let slot = self.entities.slot(of: .card) else { return [] }
        return self.entities.slots[slot].fields.lazy
            .map { CardField(self.names.entries[Int($0.name.rawValue)].name, self.value($0)) }
            .filter { CardKey(rawValue: $0.name) == nil && $0.value != .null }
            .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Steps as the number that they are.
    private func value(_ field: Field) -> Value {
        guard field.value.tag == .quantised, let quantum = self.names.quantum(of: field.name) else { return field.value.value }
        return .float(Double(Int64(bitPattern: field.value.bits)) * quantum)
    }

    // MARK: Rules

    /// Whether somebody may not write the card at all.
    func cardRefusal(_ author: Author, comparing: Bool) -> ResultCode? {
        if author.isRelay { return nil }
        guard author.isHost else { return .notOwner }
        return comparing ? nil : .compareAndSetOnly
    }

    /// Whether a field of the card is the relay's alone to write.
    func isRelays(_ name: NameReference, _ message: Span<UInt8>) -> Bool {
        CardKey(rawValue: self.text(of: name, message)) == .password
    }

    /// Whether a flag of the card is expected to be clear, and is: false, null and nothing are the same of it.
    func isClearFlag(_ name: NameReference, _ expected: ValueView, _ message: Span<UInt8>) -> Bool {
        guard expected.tag == .false || expected.tag == .null else { return false }
        switch CardKey(rawValue: self.text(of: name, message)) {
        case .listed?: return self.cardFlag(.listed) != true
        case .locked?: return self.cardFlag(.locked) != true
        case .seats?, .spectators?, .password?, nil: return false
        }
    }

    private func text(of name: NameReference, _ message: Span<UInt8>) -> String {
        switch name {
        case .index(let index): self.names.entries[Int(index.rawValue)].name
        case .inline(let range): Self.string(message, range)
        }
    }

    /// Whether a value may not stand in this field of the card.
    func cardRefusal(_ name: NameReference, _ value: ValueView, _ slot: Int?, _ message: Span<UInt8>) -> ResultCode? {
        let text = self.text(of: name, message)
        let key = CardKey(rawValue: text)
        switch CardKey.fault(key, value.tag, bits: value.bits, bytes: value.range.count) {
        case nil: break
        case .notYours?: return .notOwner
        case .outOfRange?: return .outOfRange
        case .wrongType?, .tooManyProperties?, .repeated?: return .wrongType
        }
        guard key == nil, value.tag != .null, let slot else { return nil }
        return self.hasPlace(forProperty: text, slot) ? nil : .tooManyFields
    }

    private func hasPlace(forProperty name: String, _ slot: Int) -> Bool {
        var others = 0
        for field in self.entities.slots[slot].fields where field.value.tag != .null {
            let taken = self.names.entries[Int(field.name.rawValue)].name
            if CardKey(rawValue: taken) == nil, !taken.hasSameBytes(as: name) { others += 1 }
        }
        return others < RoomCard.maximumProperties
    }

    // MARK: The relay's own writes

    /// Writes a truth value.
    mutating func writeCard(_ key: CardKey, _ flag: Bool) -> ResultCode? {
        self.writeCard([CardField(key.rawValue, .bool(flag))])
    }

    /// Writes the card of a new room: if not all of it can be, what can.
    mutating func open(_ card: RoomCard) {
        guard self.writeCard(card.fields) != nil else { return }
        for field in card.fields { _ = self.writeCard([field]) }
    }

    /// By way of a message, as everybody writes.
    private mutating func writeCard(_ fields: [CardField]) -> ResultCode? {
        var writer = WireWriter(capacity: 256)
        writer.set(.card, fieldCount: fields.count)
        for field in fields { writer.field(.inline(field.name), StoredValue(field.value)) }
        let message = [UInt8](writer.payload)
        guard let list = try? OperationList(message.span, from: 0, count: 1, names: 0) else {
            preconditionFailure("a set of our own")
        }
        return self.set(.card, list.fields[...], message.span, by: Author(seat: .room, isHost: true, isRelay: true))
    }
}
