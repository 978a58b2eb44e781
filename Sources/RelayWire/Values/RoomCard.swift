extension EntityID {
    /// The entity that is the room's card: SPEC section 20.
    public static let card = EntityID.room(65_535)
}

/// The fields of a room's card that have a meaning; all others are properties.
@usableFromInline package enum CardKey: String, Sendable, CaseIterable {
    case listed, locked, seats, spectators
    /// Written by the relay alone.
    case password

    /// The bound of `seats` and `spectators`: as many numbers as there are.
    package static let seatRange: ClosedRange<Int64> = 1...1023
    package static let spectatorRange: ClosedRange<Int64> = 0...1023
}

/// Why a field may not stand on a card.
package enum CardFault: Error, Equatable, Sendable {
    /// It is the relay's to write.
    case notYours
    case wrongType
    case outOfRange
    case tooManyProperties
    /// A name stands twice.
    case repeated
}

extension CardKey {
    /// Judges a value for a field of the card.
    ///
    /// - Parameters:
    ///   - key: Nil for a property.
    ///   - bits: The integer's, of an integer.
    ///   - bytes: How many the string has.
    package static func fault(_ key: CardKey?, _ tag: ValueTag, bits: UInt64, bytes: Int) -> CardFault? {
        if tag == .null { return key == .password ? .notYours : nil }
        switch key {
        case .listed?, .locked?: return tag == .true || tag == .false ? nil : .wrongType
        case .seats?: return self.fault(self.seatRange, tag, bits)
        case .spectators?: return self.fault(self.spectatorRange, tag, bits)
        case .password?: return .notYours
        case nil:
            guard tag != .bytes else { return .wrongType }
            return tag != .string || bytes <= RoomCard.maximumStringBytes ? nil : .wrongType
        }
    }

    private static func fault(_ range: ClosedRange<Int64>, _ tag: ValueTag, _ bits: UInt64) -> CardFault? {
        guard tag == .integer else { return .wrongType }
        return range.contains(Int64(bitPattern: bits)) ? nil : .outOfRange
    }
}

/// A field of a card.
package struct CardField: Hashable, Sendable {
    /// 1 to 64 bytes.
    package var name: String
    package var value: Value
    package init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
}

/// What a room says of itself to those who look for one: SPEC section 20. Valid: made only of fields that may stand on it.
package struct RoomCard: Hashable, Sendable {
    /// In the order in which they were given. Nothing is null, and no name stands twice.
    package private(set) var fields: [CardField] = []

    package static let maximumProperties = 16
    package static let maximumStringBytes = 64
    /// Of a card in a hello.
    package static let fieldCount: ClosedRange<UInt64> = 1...20

    /// An empty one.
    package init() {}

    /// A card as somebody wants it. Fields that are null are left out.
    package init(_ fields: [CardField]) throws(CardFault) {
        var names: Set<ExactString> = []
        for field in fields {
            guard WireLimits.nameBytes.contains(field.name.utf8.count) else { throw .outOfRange }
            guard names.insert(ExactString(field.name)).inserted else { throw .repeated }
            if case .float(let number) = field.value, !number.isFinite { throw .outOfRange }
            let stored = StoredValue(field.value)
            let key = CardKey(rawValue: field.name)
            // Steps mean nothing before the room, and with it the quantum, is there.
            guard stored.tag != .quantised else { throw .wrongType }
            if let fault = CardKey.fault(key, stored.tag, bits: stored.bits, bytes: stored.blob.count) { throw fault }
        }
        self.fields = fields.filter { $0.value != .null }
        guard self.properties.count <= Self.maximumProperties else { throw .tooManyProperties }
    }

    /// All but those with a meaning.
    package var properties: [CardField] { self.fields.filter { CardKey(rawValue: $0.name) == nil } }

    /// Nil if it is not there.
    package subscript(key: CardKey) -> Value? {
        get { self.fields.first { $0.name == key.rawValue }?.value }
    }

    /// The same card, with a truth value unless it says one.
    package func with(_ key: CardKey, unlessGiven value: Bool) -> RoomCard {
        guard self[key] == nil else { return self }
        var card = self
        card.fields.append(CardField(key.rawValue, .bool(value)))
        return card
    }
}
