import RelayCore
import RelayHosting
import RelayWire

extension RoomListing {
    /// What is known of a room in which nobody is.
    static func sample(_ opening: RoomOpening) -> RoomListing {
        var room = Room(
            configuration: RoomConfiguration(), instance: RoomInstance(high: 1, low: 1), tick: Tick(rawValue: 1),
            emptySince: .zero)
        room.open(opening)
        return room.listing
    }

    /// - Parameters:
    ///   - players: With those for whom seats are held.
    ///   - change: Of what the card does not say.
    static func sample(
        _ players: Int = 0, type: String = "default", _ properties: [CardField] = [], isListed: Bool = true,
        change: (inout RoomListing) -> Void = { _ in }
    ) -> RoomListing {
        var listing = Self.sample(RoomOpening())
        (listing.players, listing.type, listing.properties, listing.isListed) = (players, type, properties, isListed)
        change(&listing)
        return listing
    }
}

extension RoomRoute {
    static func sample(_ name: String) -> RoomRoute {
        RoomRoute(name: name, instance: RoomInstance(high: 1, low: 1), thread: 0)
    }
}

extension LobbyIndex {
    /// An index of these rooms.
    static func of(_ rooms: [(name: String, listing: RoomListing)]) -> LobbyIndex {
        let index = LobbyIndex()
        for room in rooms { index.publish(room.listing, of: .sample(room.name)) }
        return index
    }
}
