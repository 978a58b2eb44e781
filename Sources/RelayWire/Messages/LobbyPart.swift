/// What a hello wants of the lobby: SPEC section 20.
@usableFromInline package struct LobbyPart: Hashable, Sendable {
    /// How a room is found.
    @usableFromInline package enum How: UInt8, Sendable, CaseIterable {
        case joinOrMake = 0
        case join = 1
        case make = 2
        case quickJoin = 3
    }

    package var how: How
    /// Of a room that the relay names; nil for the type that needs no name.
    package var type: String?
    /// The room's: what is there, or of one that is made what it will be. Secret: never logged.
    package var password: String?
    /// What lets somebody in past lock and password. Secret: never logged.
    package var invitation: String?
    /// Of a room that is made; in a quick join its properties are also those that a room must have.
    package var card: RoomCard?

    package init(
        _ how: How, type: String? = nil, password: String? = nil, invitation: String? = nil, card: RoomCard? = nil
    ) {
        (self.how, self.type, self.password) = (how, type, password)
        (self.invitation, self.card) = (invitation, card)
    }

    /// Whether the room may be, and whether it must be, without a name.
    private var mayLackName: Bool { self.how == .make || self.how == .quickJoin }

    /// Whether it goes with a room of this name, empty for none: SPEC section 20.
    package func fits(room: String) -> Bool {
        guard room.isEmpty ? self.mayLackName : self.how != .quickJoin else { return false }
        if self.type != nil, !room.isEmpty { return false }
        switch self.how {
        case .joinOrMake: return true
        case .join: return self.card == nil
        case .make: return self.invitation == nil
        case .quickJoin: return self.invitation == nil && self.password == nil
        }
    }
}

/// Which parts of a lobby part follow.
private struct LobbyParts: OptionSet {
    var rawValue: UInt8
    static let type = LobbyParts(rawValue: 1)
    static let password = LobbyParts(rawValue: 2)
    static let invitation = LobbyParts(rawValue: 4)
    static let card = LobbyParts(rawValue: 8)
}

extension WireCursor {
    mutating func lobbyPart(_ bytes: Span<UInt8>) throws(WireError) -> LobbyPart {
        var lobby = LobbyPart(try self.choice(bytes, .lobby))
        let raw = try self.u8(bytes)
        guard raw < 16 else { throw .reservedBits(raw) }
        let parts = LobbyParts(rawValue: raw)
        if parts.contains(.type) { lobby.type = try self.string(bytes, count: WireLimits.typeBytes, .lobby) }
        if parts.contains(.password) { lobby.password = try self.string(bytes, count: WireLimits.passwordBytes, .lobby) }
        if parts.contains(.invitation) { lobby.invitation = try self.string(bytes, count: WireLimits.invitationBytes, .lobby) }
        if parts.contains(.card) { lobby.card = try self.card(bytes) }
        return lobby
    }

    private mutating func card(_ bytes: Span<UInt8>) throws(WireError) -> RoomCard {
        var fields: [CardField] = []
        for _ in 0..<(try self.count(bytes, in: RoomCard.fieldCount, .card)) {
            let name = try self.string(bytes, count: WireLimits.nameBytes, .name)
            fields.append(CardField(name, StoredValue(try self.value(bytes), in: bytes).value))
        }
        do throws(CardFault) {
            return try RoomCard(fields)
        } catch {
            throw .outOfRange(.card, UInt64(fields.count))
        }
    }
}

extension WireWriter {
    mutating func lobbyPart(_ lobby: LobbyPart) {
        var parts: LobbyParts = []
        if lobby.type != nil { parts.insert(.type) }
        if lobby.password != nil { parts.insert(.password) }
        if lobby.invitation != nil { parts.insert(.invitation) }
        let fields = lobby.card?.fields ?? []
        if !fields.isEmpty { parts.insert(.card) }
        self.u8(lobby.how.rawValue)
        self.u8(parts.rawValue)
        if let type = lobby.type { self.string(type) }
        if let password = lobby.password { self.string(password) }
        if let invitation = lobby.invitation { self.string(invitation) }
        guard !fields.isEmpty else { return }
        self.varint(fields.count)
        for field in fields {
            self.string(field.name)
            self.value(StoredValue(field.value))
        }
    }
}
