import RelayWire
import RelayWireJSON

/// SPEC section 18: each welcome of the binary vectors as text.
enum JSONWelcomeVectors {
    static var all: [JSON] {
        get throws(WireError) {
            var vectors: [JSON] = []
            for (place, vector) in ServerVectors.welcomes.enumerated() {
                var cursor = WireCursor()
                _ = try cursor.u8(vector.bytes.span)
                var writer = WireWriter(capacity: 512)
                let welcome = try cursor.welcome(vector.bytes.span)
                let room = welcome.room ?? Self.rooms[place % Self.rooms.count]
                writer.jsonWelcome(welcome, room: room)
                vectors.append([
                    "name": .string(vector.name), "room": .string(room), "hex": .string(hex(vector.bytes)),
                    "text": .string(String(decoding: writer.array, as: UTF8.self)),
                ])
            }
            return vectors
        }
    }

    private static let rooms = ["lobby", "größe 🛰", "\u{0}\"\\\n/<", String(repeating: "n", count: 64)]
}
