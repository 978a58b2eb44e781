import RelayWire

/// A rejoin token as the JSON form has it: the token and the room's name in base64url, so that a client keeps one thing.
package struct JSONToken: Equatable, Sendable {
    package var token: [UInt8]
    package var room: String

    package init(token: [UInt8], room: String) { (self.token, self.room) = (token, room) }

    package init(text: String) throws(JSONError) {
        guard text.utf8.count <= 300, let data = Base64.decode(Array(text.utf8).span, .url), let count = data.first else {
            throw .badToken
        }
        let (token, room) = (data.dropFirst().prefix(Int(count)), data.dropFirst(1 + Int(count)))
        guard WireLimits.tokenBytes.contains(Int(count)), token.count == Int(count), WireLimits.nameBytes.contains(room.count),
            let name = String(validating: room, as: UTF8.self)
        else { throw .badToken }
        (self.token, self.room) = (Array(token), name)
    }

    /// The text that a client sends back. Letters, digits, `-` and `_`.
    package var text: String {
        String(decoding: Base64.encode([UInt8(self.token.count)] + self.token + Array(self.room.utf8), .url), as: UTF8.self)
    }
}
