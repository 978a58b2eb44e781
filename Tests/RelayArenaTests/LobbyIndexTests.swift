import RelayCore
import RelayHosting
import RelayWire
import Testing

@Suite("The index of rooms")
struct LobbyIndexTests {
    private static func route(_ name: String, _ instance: UInt64 = 1) -> RoomRoute {
        RoomRoute(name: name, instance: RoomInstance(high: 0, low: instance), thread: 0)
    }

    private static func listing(
        players: Int = 0, seats: Int = 4, held: Int = 0, isListed: Bool = true, isLocked: Bool = false,
        password: PasswordHash? = nil, _ properties: [CardField] = [], type: String = "default"
    ) -> RoomListing {
        RoomListing(
            type: type, players: players, seats: seats, spectators: 0, spectatorSeats: 1, held: held, heldForSpectators: 0,
            isListed: isListed, isLocked: isLocked, password: password, properties: properties)
    }

    @Test("Who asks what changed is told each room once, in the order of the changes")
    func changes() throws {
        let index = LobbyIndex()
        for name in ["c", "a", "b"] { index.publish(Self.listing(), of: Self.route(name)) }
        let before = index.snapshot.revision
        index.publish(Self.listing(players: 1), of: Self.route("b"))
        index.publish(Self.listing(players: 1), of: Self.route("c"))
        index.publish(Self.listing(players: 2), of: Self.route("b"))
        index.remove(Self.route("a"))
        let changes = try #require(index.changes(since: before))
        #expect(changes.changed.map(\.route.name) == ["b", "c"] && changes.changed[0].listing.players == 2)
        #expect(changes.gone == ["a"])
        #expect(try #require(index.changes(since: changes.revision)).changed.isEmpty)
    }

    @Test("The end of a room is not that of the next one with its name")
    func nextOfName() {
        let index = LobbyIndex()
        index.publish(Self.listing(), of: Self.route("a", 1))
        index.publish(Self.listing(), of: Self.route("a", 2))
        index.remove(Self.route("a", 1))
        #expect(index.room("a")?.route.instance.low == 2)
        index.remove(Self.route("a", 2))
        #expect(index.room("a") == nil)
    }

    @Test("Who has seen nothing for thousands of changes is to look at the whole list")
    func forgets() {
        let index = LobbyIndex()
        for number in 0..<10_000 { index.publish(Self.listing(players: number), of: Self.route("a")) }
        #expect(index.changes(since: 0) == nil)
        #expect(index.changes(since: index.snapshot.revision)?.changed.isEmpty == true)
    }

    @Test("A quick join goes to the fullest room that would do, held seats included, then by the bytes of the name")
    func quickJoin() {
        let index = LobbyIndex()
        let dust = [CardField("map", .string("dust")), CardField("level", .integer(2))]
        let rooms: [(String, RoomListing)] = [
            ("b", Self.listing(players: 1, dust)), ("a", Self.listing(players: 1, dust)),
            ("held", Self.listing(players: 1, held: 1, dust)), ("full", Self.listing(players: 3, held: 1, dust)),
            ("unlisted", Self.listing(players: 2, isListed: false, dust)),
            ("locked", Self.listing(players: 2, isLocked: true, dust)),
            ("password", Self.listing(players: 2, password: PasswordHash(bytes: [1]), dust)),
            ("other map", Self.listing(players: 2, [CardField("map", .string("sand"))])),
            ("other type", Self.listing(players: 2, dust, type: "duel")),
        ]
        for (name, listing) in rooms { index.publish(listing, of: Self.route(name)) }
        func found(_ properties: [CardField], only pattern: String? = nil) -> [String] {
            let wish = RoomWish(
                role: .player, type: "default", properties: properties, rooms: pattern.flatMap { RoomPattern($0) })
            return index.rooms(for: wish, atMost: 8).map(\.route.name)
        }
        #expect(found([CardField("map", .string("dust"))]) == ["held", "a", "b"])
        #expect(found([CardField("level", .float(2))]) == ["held", "a", "b"])
        #expect(found([CardField("level", .bool(true))]).isEmpty)
        #expect(found([], only: "b*") == ["b"])
    }
}
