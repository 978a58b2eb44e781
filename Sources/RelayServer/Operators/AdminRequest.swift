import FoundationEssentials

/// What operators ask of a relay: one for each row of the table in Protocol/ADMIN.md.
package struct AdminRequest: Sendable, Equatable {
    /// Those that the admin listener knows.
    package enum Method: String, Sendable { case get = "GET", post = "POST", delete = "DELETE" }

    package var method: Method
    /// Path and query, escaped.
    package var target: String
    /// JSON.
    package var body: String?

    private init(_ method: Method, _ target: String, _ body: Body? = nil) {
        (self.method, self.target, self.body) = (method, target, body?.text)
    }

    /// All rooms, without their seats.
    package static var rooms: Self { Self(.get, "/rooms") }

    /// A room with its seats.
    package static func room(_ name: String) -> Self { Self(.get, "/rooms?room=\(self.escaped(name))") }

    package static func open(_ room: String, reason: String?) -> Self {
        Self(.post, "/rooms/open", Body(room: room, reason: reason))
    }

    /// - Parameter generation: That of the list that the operator looked at; nil for whoever sits there.
    package static func kick(_ seat: UInt16, of room: String, generation: UInt64?, reason: String?) -> Self {
        Self(.post, "/rooms/kick", Body(room: room, seat: seat, generation: generation, reason: reason))
    }

    /// - Parameter instance: That of the room that the operator looked at; nil for whichever has the name.
    package static func close(_ room: String, instance: String? = nil, reason: String?) -> Self {
        Self(.post, "/rooms/close", Body(room: room, instance: instance, reason: reason))
    }

    package static var bans: Self { Self(.get, "/bans") }

    package static func ban(_ target: BanTarget, seconds: Int64, reason: String?) -> Self {
        var body = Body(reason: reason, seconds: seconds)
        switch target {
        case .seat(let seat, let room, let generation, let isEverywhere, let isShared):
            (body.room, body.seat, body.generation) = (room, seat, generation)
            (body.everywhere, body.shared) = (isEverywhere ? true : nil, isShared ? true : nil)
        case .player(let player, let room): (body.player, body.room) = (player, room)
        case .address(let address, let room): (body.address, body.room) = (address, room)
        }
        return Self(.post, "/bans", body)
    }

    package static func unban(_ identifier: UInt64) -> Self { Self(.delete, "/bans/\(identifier)") }

    /// The keys of all bodies. Those that are nil are left out.
    private struct Body: Encodable {
        var room: String?
        var instance: String?
        var seat: UInt16?
        var generation: UInt64?
        var reason: String?
        var player: String?
        var address: String?
        var seconds: Int64?
        var everywhere: Bool?
        var shared: Bool?

        var text: String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let json = try? encoder.encode(self) else { preconditionFailure("text and numbers are JSON") }
            return String(decoding: json, as: UTF8.self)
        }
    }

    /// Everything but the unreserved characters of RFC 3986 as `%XX`: a name is no path and has no `&`.
    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { escaped, byte in
            let character = Character(Unicode.Scalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
                escaped.append(character)
            } else {
                escaped += ["%", digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }
}
