import RelayHosting
import RelayWire

extension Ticket {
    /// What a ticket that is asked for cannot say.
    package struct Unusable: Error, Equatable, CustomStringConvertible {
        package var description: String
        init(_ description: String) { self.description = description }
    }

    /// A ticket as somebody asks for it on a command line.
    ///
    /// - Parameter rights: Words separated by commas.
    package init(
        player: String, name: String, room: String, rights: String, type: String? = nil
    ) throws(Unusable) {
        guard PlayerIdentity.isText(player, count: PlayerIdentity.playerBytes) else {
            throw Unusable("a player's id has 1 to 64 bytes, and no control characters")
        }
        guard PlayerIdentity.isText(name, count: PlayerIdentity.nameBytes) else {
            throw Unusable("a name has up to 64 bytes, and no control characters")
        }
        guard let rooms = RoomPattern(room) else { throw Unusable("a room's name has 1 to 64 bytes") }
        guard type.map({ WireLimits.typeBytes.contains($0.utf8.count) }) ?? true else {
            throw Unusable("a type of rooms has 1 to 32 bytes")
        }
        var known: PlayerIdentity.Rights = []
        for word in rights.split(separator: ",") {
            guard let right = PlayerIdentity.Rights.named.first(where: { $0.name == word })?.right else {
                throw Unusable("rights are create, play, spectate, host and kick")
            }
            known.insert(right)
        }
        self.init(identity: PlayerIdentity(player: player, name: name, rights: known), rooms: rooms, type: type)
    }
}
