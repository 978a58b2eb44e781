import RelayWire

/// What a client of the JSON form says first: in its URL, or in its first message.
package struct JSONOpening: Hashable, Sendable {
    /// A hello or a rejoin.
    package var message: ClientMessage
    package var acknowledgement: Acknowledgement

    package init(_ message: ClientMessage, acknowledgement: Acknowledgement) {
        (self.message, self.acknowledgement) = (message, acknowledgement)
    }

    /// Reads `{"join":"lobby"}`, with `role` and `ticket` if wanted, or `{"rejoin":"TOKEN"}`, with `applied`; each with an optional `heartbeat`.
    package init(decoding bytes: Span<UInt8>) throws(JSONError) {
        var json = JSONText()
        try json.read(bytes)
        var (room, token, role, ticket): (String?, JSONToken?, Role?, String?)
        var (acknowledgement, confirmed) = (Acknowledgement.pings, UInt64?.none)
        guard json.tokens[0].kind == .object else { throw .outOfPlace }
        try json.forEachMember(of: 0, bytes) { (key, place) throws(JSONError) in
            let value = json.tokens[place]
            switch try json.string(key, bytes) {
            case "join": room = try json.name(value, bytes)
            case "rejoin": token = try JSONToken(text: try json.string(value, bytes))
            case "ticket": ticket = try json.string(value, bytes)
            case "role": role = try Self.role(try json.string(value, bytes))
            case "heartbeat": acknowledgement = try Self.acknowledgement(try json.string(value, bytes))
            case "applied": confirmed = try json.integer(value, in: 0...WireLimits.safeInteger, bytes)
            case "set", "remove", "send", "do", "ack", "leave", "resync", "hidden": throw .outOfPlace
            default: throw .badKey()
            }
        }
        switch (room, token) {
        case (let room?, nil):
            guard confirmed == nil else { throw .badKey() }
            guard ticket != "" else { throw .badValue() }
            let hello = Hello(room: room, role: role ?? .player, ticket: ticket.map { Array($0.utf8) })
            self.init(.hello(hello), acknowledgement: acknowledgement)
        case (nil, let token?):
            guard role == nil, ticket == nil else { throw .badKey() }
            let rejoin = Rejoin(room: token.room, token: token.token, epoch: 0, tick: .none, confirmed: confirmed ?? 0)
            self.init(.rejoin(rejoin), acknowledgement: acknowledgement)
        case (nil, nil): throw .outOfPlace
        case (_?, _?): throw .badKey()
        }
    }

    package static func role(_ text: String) throws(JSONError) -> Role {
        switch text {
        case "player": .player
        case "spectator": .spectator
        default: throw .badValue()
        }
    }

    package static func acknowledgement(_ text: String) throws(JSONError) -> Acknowledgement {
        switch text {
        case "pong": .pings
        case "ping": .textPings
        case "2probe": .probes
        case "ack": .ticks
        default: throw .badValue()
        }
    }
}
