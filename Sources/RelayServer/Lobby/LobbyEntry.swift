import NIOCore
import RelayCore
import RelayHosting
import RelayWire
import RelayWireJSON

/// A room as lists show it, encoded once for all who see it.
package final class LobbyEntry: Sendable {
    private let room: FoundRoom
    /// One JSON object, on one line.
    package let json: ByteBuffer
    /// The same behind a comma.
    let following: ByteBuffer

    package init(_ room: FoundRoom) {
        self.room = room
        self.following = ByteBuffer(bytes: Self.encode(room.route.name, room.listing))
        var json = self.following
        json.moveReaderIndex(forwardBy: 1)
        self.json = json
    }

    package var name: String { self.room.route.name }
    package var listing: RoomListing { self.room.listing }
    /// Of the index, when the room last changed.
    var revision: UInt64 { self.room.revision }

    /// Whether it stands before another one in lists.
    func precedes(_ other: LobbyEntry) -> Bool { self.room.precedes(other.room) }

    /// The name as a JSON string.
    var nameJSON: [UInt8] {
        var writer = WireWriter()
        writer.json(self.name)
        return writer.array
    }

    private static func encode(_ name: String, _ listing: RoomListing) -> [UInt8] {
        var writer = WireWriter(capacity: 512)
        writer.ascii(",{\"room\":")
        writer.json(name)
        writer.ascii(",\"type\":")
        writer.json(listing.type)
        writer.lobby("players", listing.players)
        writer.lobby("seats", listing.seats)
        writer.lobby("spectators", listing.spectators)
        writer.lobby("spectatorSeats", listing.spectatorSeats)
        writer.lobby("held", listing.held)
        writer.lobby("locked", listing.isLocked)
        writer.lobby("password", listing.password != nil)
        writer.ascii(",\"properties\":{")
        for (position, property) in listing.properties.enumerated() {
            if position > 0 { writer.u8(UInt8(ascii: ",")) }
            writer.json(property.name)
            writer.u8(UInt8(ascii: ":"))
            writer.lobby(property.value)
        }
        writer.ascii("}}")
        return writer.array
    }
}

extension WireWriter {
    private mutating func lobby(key: StaticString) {
        self.ascii(",\"")
        self.ascii(key)
        self.ascii("\":")
    }

    fileprivate mutating func lobby(_ key: StaticString, _ number: Int) {
        self.lobby(key: key)
        self.json(UInt64(max(0, number)))
    }

    fileprivate mutating func lobby(_ key: StaticString, _ flag: Bool) {
        self.lobby(key: key)
        if flag { self.ascii("true") } else { self.ascii("false") }
    }

    /// Integers are plain numbers here, all 64 bits of them.
    fileprivate mutating func lobby(_ value: Value) {
        guard case .integer(let number) = value else { return self.json(StoredValue(value), quantum: nil) }
        if number < 0 { self.u8(UInt8(ascii: "-")) }
        self.json(number.magnitude)
    }
}
