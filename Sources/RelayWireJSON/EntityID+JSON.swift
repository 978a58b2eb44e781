import RelayWire

// An entity's name in the JSON form: "room" or a seat's number, then a slash and its own number unless that is 0; or "card".
extension EntityID {
    package init?(jsonName: String) {
        if jsonName == Self.cardName {
            self = .card
            return
        }
        let parts = jsonName.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let space = Self.space(parts[0]), let number = parts.count == 1 ? 0 : Self.decimal(parts[1]) else { return nil }
        self.init(space, number)
    }

    private static let cardName = "card"

    private static func space(_ text: Substring) -> SeatNumber? {
        if text == "room" { return .room }
        guard let number = self.decimal(text), SeatNumber.players.contains(number) else { return nil }
        return SeatNumber(rawValue: number)
    }

    /// Digits without a leading zero, so that an entity has one name.
    private static func decimal(_ text: Substring) -> UInt16? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return text.count > 1 && text.hasPrefix("0") ? nil : UInt16(text)
    }
}

extension WireWriter {
    /// Writes an entity's name, quoted.
    package mutating func json(_ entity: EntityID) {
        if entity == .card { return self.ascii("\"card\"") }
        self.u8(UInt8(ascii: "\""))
        if entity.space == .room { self.ascii("room") } else { self.json(UInt64(entity.space.rawValue)) }
        if entity.number > 0 {
            self.u8(UInt8(ascii: "/"))
            self.json(UInt64(entity.number))
        }
        self.u8(UInt8(ascii: "\""))
    }
}
