import RelayCore
import RelayWire
import Testing

@Suite("Players with tickets")
struct IdentityTests {
    private static var takers: ClientForm {
        var form = ClientForm.binary
        form.takesPlayers = true
        return form
    }

    private static func identity(_ name: String, _ rights: PlayerIdentity.Rights = .play) -> PlayerIdentity {
        PlayerIdentity(player: "id of \(name)", name: name, rights: rights)
    }

    private static func join(
        _ harness: RoomHarness, _ identity: PlayerIdentity?, as role: Role = .player, form: ClientForm = takers
    ) -> TestClient {
        let client = harness.connect()
        if let identity { harness.room.introduce(Introduction(identity: identity), as: client.connection) }
        harness.take(.join(role, client.connection, form: form, at: harness.now))
        harness.tick()
        return client
    }

    /// What a seat was told at the last tick about who sits where; nil if nothing.
    private static func told(_ harness: RoomHarness, _ client: TestClient) throws -> [PlayerRow]? {
        guard let delivery = harness.room.deliveries.first(where: { $0.connection == client.connection }),
            delivery.players > 0
        else { return nil }
        let bytes = [UInt8](harness.room.playersMessage(delivery.players))
        #expect(bytes.first == 0x84)
        var cursor = WireCursor(offset: 1)
        return try cursor.players(bytes.span)
    }

    @Test("Who asks is told of everybody at first, then of newcomers alone")
    func tells() throws {
        let harness = RoomHarness()
        let first = Self.join(harness, Self.identity("A"))
        #expect(try Self.told(harness, first)?.map(\.name) == ["A"])
        let second = Self.join(harness, Self.identity("B"))
        #expect(try Self.told(harness, first)?.map(\.name) == ["B"])
        #expect(try Self.told(harness, second)?.map(\.name) == ["A", "B"])
        #expect(try Self.told(harness, second)?.map(\.player) == ["id of A", "id of B"])
        #expect(
            try Self.told(harness, second)?.map(\.joined) == [Tick(rawValue: harness.tickNumber - 1), harness.room.currentTick])
        harness.tick(40)
        #expect(try Self.told(harness, first) == nil)
        let third = Self.join(harness, Self.identity("C"))
        #expect(try Self.told(harness, first)?.map(\.name) == ["C"])
        #expect(try Self.told(harness, third)?.map(\.name) == ["A", "B", "C"])
    }

    @Test("Who does not ask gets the bytes that it always got, and who came without a ticket is not told of")
    func stranger() throws {
        let harness = RoomHarness()
        let plain = Self.join(harness, Self.identity("A"), form: .binary)
        #expect(try Self.told(harness, plain) == nil)
        let asking = Self.join(harness, nil)
        #expect(try Self.told(harness, plain) == nil)
        #expect(try Self.told(harness, asking)?.map(\.name) == ["A"])
        let without = RoomHarness()
        _ = Self.join(without, nil)
        let other = Self.join(without, nil)
        #expect(try Self.told(without, other) == nil)
    }

    @Test("A spectator is told of players, and is itself no row")
    func spectators() throws {
        let harness = RoomHarness()
        let player = Self.join(harness, Self.identity("A"))
        let spectator = Self.join(harness, Self.identity("S", .spectate), as: .spectator)
        #expect(try Self.told(harness, spectator)?.map(\.name) == ["A"])
        #expect(try Self.told(harness, player) == nil)
        #expect(harness.report(spectator)?.identity?.name == "S")
    }

    @Test("A rejoin is told of who came meanwhile, or of everybody with its snapshot; its own name stays")
    func rejoins() throws {
        let harness = RoomHarness { $0.maximumDeletions = 4 }
        let gone = Self.join(harness, Self.identity("A"))
        harness.tick(3)
        harness.breakConnection(gone)
        harness.tick()
        _ = Self.join(harness, Self.identity("B"))
        let back = harness.connect(as: gone)
        let request = RejoinRequest(
            seat: gone.seat, generation: gone.generation, epoch: 1, tick: Tick(rawValue: gone.replica.tick), confirmed: 0)
        harness.take(.rejoin(request, back.connection, form: Self.takers, at: harness.now))
        harness.tick()
        #expect(try Self.told(harness, back)?.map(\.name) == ["B"])
        let again = harness.connect(as: back)
        let fresh = RejoinRequest(seat: back.seat, generation: back.generation, epoch: 1, tick: .none, confirmed: 0)
        harness.take(.rejoin(fresh, again.connection, form: Self.takers, at: harness.now))
        harness.tick()
        #expect(try Self.told(harness, again)?.map(\.name) == ["A", "B"])
        #expect(harness.report(again)?.identity == Self.identity("A"))
    }

    @Test("A seat's next occupant has its own name, or none")
    func successors() throws {
        let harness = RoomHarness()
        let witness = Self.join(harness, Self.identity("W"))
        for identity in [Self.identity("A"), nil, Self.identity("B")] {
            let client = Self.join(harness, identity)
            #expect(client.seat == SeatNumber(rawValue: 2))
            #expect(harness.report(client)?.identity == identity)
            #expect(try Self.told(harness, witness)?.map(\.name) == identity.map { [$0.name] })
            harness.send(client) { $0.leave() }
            harness.tick()
        }
    }

    @Test("Only who has the right becomes host; without such a player there is none")
    func hosts() {
        let harness = RoomHarness()
        let guest = Self.join(harness, Self.identity("A"))
        harness.tick(2)
        #expect(harness.room.host == .room)
        let able = Self.join(harness, Self.identity("B", [.play, .host]))
        #expect(harness.room.host == able.seat)
        harness.tick(2)
        harness.send(able) { $0.leave() }
        harness.tick()
        #expect(harness.room.host == .room)
        let unticketed = Self.join(harness, nil)
        #expect(harness.room.host == unticketed.seat)
        #expect(guest.closed == nil)
    }

    @Test("Names and rights are in the journal: in the snapshot, in records, and gone with the occupant")
    func journal() throws {
        let harness = RoomHarness()
        let first = Self.join(harness, Self.identity("A", [.play, .host]))
        harness.tick(2)
        var journal = RecordedRoom(&harness.room)
        let second = Self.join(harness, Self.identity("B"))
        journal.append(&harness.room)
        harness.send(second) { $0.leave() }
        harness.tick()
        journal.append(&harness.room)
        let third = Self.join(harness, nil)
        journal.append(&harness.room)
        #expect(third.seat == second.seat)
        _ = Self.join(harness, Self.identity("D", [.play, .kick]))
        journal.append(&harness.room)
        var restored = try journal.resumed(epoch: 2, at: harness.liveness)
        #expect(
            restored.seatReports.map(\.identity) == [
                Self.identity("A", [.play, .host]), nil, Self.identity("D", [.play, .kick]),
            ])
        let back = RejoinRequest(seat: first.seat, generation: first.generation, epoch: 1, tick: .none, confirmed: 0)
        restored.take(.rejoin(back, ConnectionID(rawValue: 99), form: Self.takers, at: harness.now))
        harness.tick(&restored)
        #expect(restored.host == first.seat)
        let number = try #require(restored.deliveries.first?.players)
        let bytes = [UInt8](restored.playersMessage(number))
        var cursor = WireCursor(offset: 1)
        #expect(try cursor.players(bytes.span).map(\.name) == ["A", "D"])
    }

    @Test(
        "Names that no ticket can have make a journal unusable: clients would give up at each return",
        arguments: ["a\nb", "\u{202E}b"])
    func journalOfStrangeNames(_ text: String) throws {
        for identity in [
            PlayerIdentity(player: text, name: "", rights: .play), PlayerIdentity(player: "p", name: text, rights: .play),
        ] {
            let harness = RoomHarness()
            _ = Self.join(harness, identity)
            harness.verifies = false
            harness.tick()
            let journal = RecordedRoom(&harness.room)
            #expect(throws: RestoreError.self) { _ = try journal.restored() }
        }
    }

    @Test("In the JSON form id and name stand in the roster, as text that is no markup of JSON")
    func json() {
        let harness = RoomHarness()
        harness.verifies = false
        let name = "\"}{<b>\\\u{1F680}"
        _ = Self.join(harness, Self.identity(name), form: .json(.ticks))
        let text = String(decoding: harness.room.frame(.snapshot, as: .json).writer.array, as: UTF8.self)
        #expect(text.contains(#""player":"id of \"}{<b>\\🚀","name":"\"}{<b>\\🚀"}"#), "\(text)")
    }

    @Test("The log says who took a seat")
    func notes() {
        let harness = RoomHarness()
        _ = Self.join(harness, Self.identity("A"))
        #expect(harness.room.notes.first { $0.kind == .joined }?.identity == Self.identity("A"))
    }
}
