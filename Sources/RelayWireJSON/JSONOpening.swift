import RelayWire

/// What a client of the JSON form says first: in its URL, or in its first message.
package struct JSONOpening: Hashable, Sendable {
    /// A hello or a rejoin.
    package var message: ClientMessage
    package var acknowledgement: Acknowledgement

    package init(_ message: ClientMessage, acknowledgement: Acknowledgement) {
        (self.message, self.acknowledgement) = (message, acknowledgement)
    }

    /// Reads `{"join":"lobby"}`, `{"make":{…}}`, `{"find":{…}}` or `{"rejoin":"TOKEN"}`, each with what may stand beside it.
    package init(decoding bytes: Span<UInt8>) throws(JSONError) {
        var json = JSONText()
        try json.read(bytes)
        guard json.tokens[0].kind == .object else { throw .outOfPlace }
        let members = try JSONOpeningMembers(json, bytes)
        self.init(try members.message(), acknowledgement: members.acknowledgement)
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
