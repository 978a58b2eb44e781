import RelayCore
import RelayWire
import RelayWireJSON

/// The room that somebody wants made: the body of `POST /lobby/rooms`.
package struct NewRoom: Equatable, Sendable {
    /// For somebody who is to come. The relay makes up its text.
    package struct Invitation: Equatable, Sendable {
        package var seconds: UInt64
        /// The kind of the seat that is kept for it; nil for none.
        package var held: Role?
    }

    /// Nil for a code that the relay chooses.
    package var room: String?
    package var type: String?
    package var card = RoomCard()
    /// Secret: never logged.
    package var password: String?
    package var invitations: [Invitation] = []

    package static let maximumInvitations = 16
    package static let invitationSeconds: ClosedRange<UInt64> = 1...86_400

    /// For how long a seat may be held: nobody need be connected for it.
    package static let heldSeconds: UInt64 = 600

    package init() {}

    /// Reads a body. What is not known is a mistake: what was meant by it would not happen.
    package init(body: [UInt8]) throws(LobbyRefusal) {
        guard String(validating: body, as: UTF8.self) != nil else { throw .badRequest("The body is not UTF-8.") }
        var (json, order) = (JSONText(), NewRoom())
        do throws(JSONError) {
            try json.read(body.span)
            guard json.tokens[0].kind == .object else { throw JSONError.outOfPlace }
            try json.forEachMember(of: 0, body.span) { (key, place) throws(JSONError) in
                try order.read(try json.string(key, body.span), json, at: place, body.span)
            }
        } catch {
            throw LobbyRefusal(error)
        }
        self = order
    }

    private mutating func read(
        _ key: String, _ json: JSONText, at place: Int, _ bytes: Span<UInt8>
    ) throws(JSONError) {
        let value = json.tokens[place]
        switch key {
        case "room": self.room = try json.name(value, bytes)
        case "type": self.type = try json.string(value, of: WireLimits.typeBytes, bytes)
        case "password": self.password = try json.string(value, of: WireLimits.passwordBytes, bytes)
        case "card": self.card = try json.lobbyCard(at: place, bytes)
        case "invitations":
            guard value.count <= Self.maximumInvitations else { throw .badValue() }
            try json.forEachElement(of: place) { at throws(JSONError) in
                self.invitations.append(try json.lobbyInvitation(at: at, bytes))
            }
        default: throw .badKey()
        }
    }
}

extension JSONText {
    /// Properties and what else may stand on a card. Of properties, those that are null count, too.
    fileprivate func lobbyCard(at place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> RoomCard {
        var fields: [CardField] = []
        try self.forEachMember(of: place, bytes) { (key, value) throws(JSONError) in
            // Each is checked alone too, so that the refusal names it.
            fields.append(try self.cardField(try self.name(key, bytes), self.tokens[value], bytes))
        }
        let properties = fields.count { CardKey(rawValue: $0.name) == nil }
        guard properties <= RoomCard.maximumProperties, let card = try? RoomCard(fields) else { throw .badValue() }
        return card
    }

    /// A field that may stand on a card.
    func cardField(_ name: String, _ value: Token, _ bytes: Span<UInt8>) throws(JSONError) -> CardField {
        let field = CardField(name, try self.cardValue(value, of: CardKey(rawValue: name), bytes))
        guard (try? RoomCard([field])) != nil else { throw .badValue() }
        return field
    }

    /// Programs that know one kind of number write integers as floats, and floats as integers: one beyond 64 bits is a float, and what has to
    /// be an integer may be written `2.0`.
    private func cardValue(_ token: Token, of key: CardKey?, _ bytes: Span<UInt8>) throws(JSONError) -> Value {
        switch token.kind {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .integer:
            if let integer = try? self.integer(token, bytes) { return .integer(integer) }
            return .float(try self.number(token, bytes))
        case .float where key != nil: return .integer(try self.wholeNumber(token, bytes))
        case .float: return .float(try self.number(token, bytes))
        case .string: return .string(try self.string(token, bytes))
        case .object, .array: throw .badValue()
        }
    }

    fileprivate func lobbyInvitation(at place: Int, _ bytes: Span<UInt8>) throws(JSONError) -> NewRoom.Invitation {
        var (seconds, held): (UInt64?, Role?)
        try self.forEachMember(of: place, bytes) { (key, value) throws(JSONError) in
            switch try self.string(key, bytes) {
            case "seconds": seconds = UInt64(exactly: try self.wholeNumber(self.tokens[value], bytes))
            case "held" where self.tokens[value].kind == .null: held = nil
            case "held": held = try JSONOpening.role(try self.string(self.tokens[value], bytes))
            default: throw .badKey()
            }
        }
        let longest = held == nil ? NewRoom.invitationSeconds.upperBound : NewRoom.heldSeconds
        guard let seconds, (NewRoom.invitationSeconds.lowerBound...longest).contains(seconds) else {
            throw .badValue(JSONKey("seconds"))
        }
        return NewRoom.Invitation(seconds: seconds, held: held)
    }
}
