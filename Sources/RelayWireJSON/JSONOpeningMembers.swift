import RelayWire

/// The members of a first message: SPEC sections 18 and 20. They are collected one by one, and only then compared with each other.
struct JSONOpeningMembers {
    /// What the client wants. A message has exactly one.
    private enum Wish {
        case join(String), rejoin(JSONToken)
        /// With a card, unless it is empty.
        case make(RoomCard?), find(RoomCard?)

        /// All keys that may stand beside each other.
        var keys: Set<String> {
            switch self {
            case .join: ["join", "role", "ticket", "heartbeat", "password", "invitation", "card", "existing"]
            case .make: ["make", "role", "ticket", "heartbeat", "room", "type", "password"]
            case .find: ["find", "role", "ticket", "heartbeat", "type"]
            case .rejoin: ["rejoin", "applied", "heartbeat"]
            }
        }
    }

    /// The keys by which a join becomes one that knows of the lobby.
    private static let lobbyKeys: Set<String> = ["password", "invitation", "card", "existing"]

    private(set) var acknowledgement = Acknowledgement.pings
    private var wish: Wish?
    private var role = Role.player
    private var ticket: String?
    /// Highest uplink number known to be applied.
    private var confirmed: UInt64 = 0
    private var room = ""
    private var type: String?
    private var password: String?
    private var invitation: String?
    private var card: RoomCard?
    private var isExisting = false
    /// All keys that were read, in their order.
    private var keys: [String] = []

    /// - Parameter json: An object.
    init(_ json: JSONText, _ bytes: Span<UInt8>) throws(JSONError) {
        var found = JSONOpeningMembers()
        try json.forEachMember(of: 0, bytes) { (key, place) throws(JSONError) in
            let name = try json.string(key, bytes)
            try found.read(name, json, at: place, bytes)
            found.keys.append(name)
        }
        self = found
    }

    private init() {}

    private mutating func read(
        _ key: String, _ json: JSONText, at place: Int, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        let value = json.tokens[place]
        switch key {
        case "join": try self.choose(.join(try json.name(value, bytes)))
        case "rejoin": try self.choose(.rejoin(try JSONToken(text: try json.string(value, bytes))))
        case "make": try self.choose(.make(try json.card(at: place, bytes)))
        case "find": try self.choose(.find(try json.card(at: place, bytes)))
        case "heartbeat": self.acknowledgement = try JSONOpening.acknowledgement(try json.string(value, bytes))
        case "role": self.role = try JSONOpening.role(try json.string(value, bytes))
        case "ticket": self.ticket = try json.string(value, of: 1...Int.max, bytes)
        case "applied": self.confirmed = try json.integer(value, in: 0...WireLimits.safeInteger, bytes)
        case "room": self.room = try json.name(value, bytes)
        case "type": self.type = try json.string(value, of: WireLimits.typeBytes, bytes)
        case "password": self.password = try json.string(value, of: WireLimits.passwordBytes, bytes)
        case "invitation": self.invitation = try json.string(value, of: WireLimits.invitationBytes, bytes)
        case "card": self.card = try json.card(at: place, bytes)
        case "existing":
            guard value.kind == .true else { throw .badValue() }
            self.isExisting = true
        case "ack": throw .outOfPlace
        default: throw JSONMembers.Verb(rawValue: key) == nil ? JSONError.badKey() : .outOfPlace
        }
    }

    private mutating func choose(_ wish: Wish) throws(JSONError) {
        guard self.wish == nil else { throw .badKey() }
        self.wish = wish
    }

    /// The hello or rejoin that they come to.
    func message() throws(JSONError) -> ClientMessage {
        guard let wish = self.wish else { throw .outOfPlace }
        if let stray = self.keys.first(where: { !wish.keys.contains($0) }) { throw .badKey(JSONKey(stray)) }
        switch wish {
        case .rejoin(let token):
            return .rejoin(Rejoin(room: token.room, token: token.token, epoch: 0, tick: .none, confirmed: self.confirmed))
        case .join(let room): return try self.hello(room, self.lobbyOfJoin)
        case .make(let card):
            return try self.hello(self.room, LobbyPart(.make, type: self.type, password: self.password, card: card))
        case .find(let card): return try self.hello("", LobbyPart(.quickJoin, type: self.type, card: card))
        }
    }

    /// Nil for a join as clients say it that know nothing of the lobby.
    private var lobbyOfJoin: LobbyPart? {
        guard self.keys.contains(where: { Self.lobbyKeys.contains($0) }) else { return nil }
        return LobbyPart(
            self.isExisting ? .join : .joinOrMake, password: self.password, invitation: self.invitation, card: self.card)
    }

    private func hello(_ room: String, _ lobby: LobbyPart?) throws(JSONError) -> ClientMessage {
        guard lobby?.fits(room: room) ?? true else { throw .badKey() }
        return .hello(Hello(room: room, role: self.role, ticket: self.ticket.map { Array($0.utf8) }, lobby: lobby))
    }
}

extension JSONText {
    /// The card of a room; nil for one without fields, for the binary form has no empty one.
    fileprivate func card(at place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> RoomCard? {
        var fields: [CardField] = []
        try self.forEachMember(of: place, bytes) { (key, value) throws(JSONError) in
            let field = CardField(try self.name(key, bytes), try self.value(at: value, bytes))
            // Each alone too, so that the refusal names it.
            guard (try? RoomCard([field])) != nil else { throw .badValue() }
            fields.append(field)
        }
        guard let card = try? RoomCard(fields) else { throw .badValue() }
        return card.fields.isEmpty ? nil : card
    }
}
