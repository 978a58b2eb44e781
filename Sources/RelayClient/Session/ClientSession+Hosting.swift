import RelayWire

// What a room's host does beyond writing: acts, and the room's card (SPEC section 20).
extension ClientSession {
    private static let card = EntityTarget.room(EntityID.card.number)

    /// An act of the host. Acts are ordered with events, sent once, and never merged.
    ///
    /// - Returns: A ticket (from 1) that comes back in ``SessionEvent/result(_:)`` only if the relay refuses the act; or why it was
    ///   refused here, without a seat as after the end: an act must not reach another room.
    package mutating func act(_ order: OutgoingAct) -> (ticket: UInt64, outcome: WriteOutcome) {
        guard !self.lifecycle.isEnded, self.welcome != nil else { return (0, .refusedEnded) }
        if let refusal = order.refusal { return (0, refusal) }
        let ticket = self.results.issue()
        return (ticket, self.counted(self.pending.act(order, ticket: ticket)))
    }

    /// Writes the fields of the room's card that differ from what is there, or will be when all that is under way has arrived, each by
    /// compare and set. All or none of them are accepted; the relay judges them one by one.
    package mutating func setCard(_ card: LobbyCard) -> WriteOutcome {
        guard !self.lifecycle.isEnded, self.welcome != nil else { return .refusedEnded }
        do throws(CardFault) { _ = try card.wire() } catch { return .refusedLobby }
        let changes = self.changes(to: card)
        guard self.pending.mayAddOrdered(changes.count) else { return self.counted(.refusedFull) }
        self.inFlight.follow(Self.card, since: self.uplinks.nextNumber - 1)
        for change in changes {
            let ticket = self.results.issue()
            _ = self.pending.compareAndSet(Self.card, change.name, expected: change.expected, new: change.new, ticket: ticket)
        }
        return .accepted
    }

    /// What makes the card what it is to be. Properties that go come first: one more than there may be is refused.
    private func changes(to card: LobbyCard) -> [CardChange] {
        let (there, names) = (self.cardToCome, self.application.replica.names)
        var wanted = card.fields
        for field in there where CardKey(rawValue: field.name) == nil {
            if !wanted.contains(where: { $0.name.hasSameBytes(as: field.name) }) { wanted.append(CardField(field.name, .null)) }
        }
        let changes = wanted.compactMap { field -> CardChange? in
            let held = there.first { $0.name.hasSameBytes(as: field.name) }?.value ?? StoredValue()
            let new = StoredValue(field.value)
            return Self.isSame(held, new, field.name, names) ? nil : CardChange(name: field.name, expected: held, new: new)
        }
        return changes.filter { $0.new.tag == .null } + changes.filter { $0.new.tag != .null }
    }

    /// The fields that the card will have when all that is under way has arrived.
    private var cardToCome: [PendingField] {
        var fields: [PendingField] = []
        if let seen = self.application.replica.entity(.card) {
            fields = seen.fields.map { PendingField(name: $0.name, value: StoredValue($0.value)) }
        }
        for field in self.inFlight.unsettledFields(of: Self.card) + self.pending.comparedFields(of: Self.card) {
            if let index = fields.firstIndex(where: { $0.name.hasSameBytes(as: field.name) }) {
                fields[index].value = field.value
            } else {
                fields.append(field)
            }
        }
        return fields
    }

    /// Whether a field of the card need not be written. A number may be kept in steps.
    private static func isSame(_ held: StoredValue, _ new: StoredValue, _ name: String, _ names: NameTable) -> Bool {
        if held == new { return true }
        if name == CardKey.locked.rawValue, held.tag == .false, new.tag == .null { return true }
        return names.index(of: name).map { names.quantised(new, at: $0) == held } ?? false
    }
}

/// A compare and set of a field of the card.
private struct CardChange {
    var name: String
    var expected: StoredValue
    var new: StoredValue
}
