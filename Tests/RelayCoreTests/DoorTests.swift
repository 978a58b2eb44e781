import RelayCore
import RelayWire
import Testing

@Suite("The door: locks, passwords, invitations, bans, and the card")
struct DoorTests {
    private static let secret = "an invitation of sixteen bytes or more"
    private static let hash = PasswordHash(bytes: [1, 2, 3])

    /// Asks for a seat with all that somebody may show.
    private static func come(
        to harness: RoomHarness, as role: Role = .player, player: String? = nil, rights: PlayerIdentity.Rights = [.play, .host],
        from origin: UInt64? = nil, invitation: String? = nil, proven: PasswordHash? = nil
    ) -> TestClient {
        let client = harness.connect()
        let identity = player.map { PlayerIdentity(player: $0, name: "", rights: rights) }
        harness.room.introduce(
            Introduction(
                identity: identity, origin: origin.map { ClientOrigin(high: 0, low: $0) }, invitation: invitation,
                provenPassword: proven),
            as: client.connection)
        harness.take(.join(role, client.connection, at: harness.now))
        harness.tick()
        return client
    }

    // MARK: Coming in

    @Test("A locked room takes nobody without an invitation, and each invitation lets one in, once")
    func locked() {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        #expect(harness.results(of: host, .compare(.card, "locked", expected: .null, new: .bool(true))) == [.succeeded])
        #expect(Self.come(to: harness).closed == .roomLocked)
        #expect(harness.results(of: host, .invite(Self.secret, seconds: 60)).isEmpty)
        #expect(Self.come(to: harness, invitation: "one that nobody has made").closed == .roomLocked)
        #expect(Self.come(to: harness, invitation: Self.secret).closed == nil)
        #expect(Self.come(to: harness, invitation: Self.secret).closed == .roomLocked)
        #expect(harness.count(.invitationsUsed) == 1)
    }

    @Test("Of listed and locked, false and nothing are the same to a compare and set; of other fields they are not")
    func clearFlags() {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        func write(_ name: String, _ expected: Value, _ new: Value) -> [ResultCode] {
            harness.results(of: host, .compare(.card, name, expected: expected, new: new))
        }
        for name in ["listed", "locked"] {
            #expect(write(name, .bool(false), .bool(true)) == [.succeeded])
            #expect(write(name, .bool(false), .bool(true)) == [.valueDiffers])
            #expect(write(name, .null, .bool(true)) == [.valueDiffers])
            #expect(write(name, .bool(true), .bool(false)) == [.succeeded])
            #expect(write(name, .null, .null) == [.succeeded])
            #expect(write(name, .bool(false), .bool(false)) == [.succeeded])
        }
        #expect(write("ranked", .bool(false), .bool(true)) == [.valueDiffers])
        #expect(harness.results(of: host, .compare(.room(0), "locked", expected: .bool(false), new: .null)) == [.valueDiffers])
    }

    @Test("A rejoin passes lock and password")
    func rejoinPasses() {
        let harness = RoomHarness()
        let (host, guest) = (harness.join(), harness.join())
        harness.tick(2)
        #expect(harness.results(of: host, .compare(.card, "locked", expected: .null, new: .bool(true))) == [.succeeded])
        harness.breakConnection(guest)
        harness.tick()
        #expect(harness.rejoin(guest).closed == nil)
    }

    @Test("While a password is being hashed the room is locked; then it lets in who showed that one, and nobody else")
    func password() {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        #expect(harness.results(of: host, .password("first"), .password("second")).isEmpty)
        #expect(harness.passwords.map(\.password) == ["first", "second"])
        #expect(harness.room.value(.card, "password") == .bool(false))
        #expect(Self.come(to: harness).closed == .roomLocked)
        harness.room.take(PasswordHash(bytes: [9]), job: 1)
        harness.tick()
        #expect(harness.room.value(.card, "password") == .bool(false), "a newer one was set meanwhile")
        harness.room.take(Self.hash, job: 2)
        harness.tick()
        #expect(harness.room.value(.card, "password") == .bool(true))
        #expect(Self.come(to: harness).closed == .wrongPassword)
        #expect(Self.come(to: harness, proven: PasswordHash(bytes: [9])).closed == .wrongPassword)
        #expect(Self.come(to: harness, proven: Self.hash).closed == nil)
        #expect(harness.results(of: host, .password("")).isEmpty)
        #expect(Self.come(to: harness).closed == nil)
    }

    @Test("A seat that is held counts as taken for all but who shows the invitation, and is free again when its time is over")
    func held() {
        let harness = RoomHarness { $0.maximumPlayers = 2 }
        let host = harness.join()
        harness.tick(2)
        #expect(harness.results(of: host, .invite(Self.secret, seconds: 1, held: .player)).isEmpty)
        #expect(harness.results(of: host, .invite(Self.secret + "2", seconds: 1, held: .player)) == [.noMoreRoom])
        #expect(harness.room.listing.vacancies(.player) == 0)
        #expect(Self.come(to: harness).closed == .roomFull)
        let invited = Self.come(to: harness, invitation: Self.secret)
        #expect(invited.closed == nil && harness.room.listing.held == 0)
        harness.send(invited) { $0.leave() }
        harness.tick()
        #expect(harness.results(of: host, .invite(Self.secret, seconds: 1, held: .player)).isEmpty)
        harness.tick(29)
        #expect(harness.room.listing.held == 1 && harness.room.holdsSeat)
        harness.tick(2)
        #expect(harness.room.listing.held == 0 && !harness.room.holdsSeat)
        #expect(Self.come(to: harness).closed == nil)
    }

    @Test("A seat held for a newcomer on its way is promised once, and not where the door is shut")
    func hold() {
        let harness = RoomHarness { $0.maximumPlayers = 2 }
        let host = harness.join()
        harness.tick(2)
        func newcomer(_ text: String, _ player: String? = nil) -> Introduction {
            Introduction(
                identity: player.map { PlayerIdentity(player: $0, name: "", rights: .play) }, invitation: text)
        }
        func isHeld(_ text: String, _ role: Role = .player) -> Bool {
            harness.room.hold(role, for: newcomer(text), seconds: 10)
        }
        #expect(isHeld("a"))
        #expect(!isHeld("b"), "there is one seat")
        #expect(Self.come(to: harness).closed == .roomFull)
        #expect(Self.come(to: harness, invitation: "a").closed == nil)
        #expect(harness.results(of: host, .compare(.card, "locked", expected: .null, new: .bool(true))) == [.succeeded])
        #expect(!isHeld("c", .spectator), "it is locked")
    }

    @Test("The card's seats bound the room, and nobody has to go")
    func seats() {
        let harness = RoomHarness()
        let host = harness.join()
        _ = harness.joinTogether(3)
        harness.tick(2)
        #expect(harness.results(of: host, .compare(.card, "seats", expected: .null, new: .integer(2))) == [.succeeded])
        #expect(harness.room.seated == 4)
        #expect(Self.come(to: harness).closed == .roomFull)
        #expect(Self.come(to: harness, as: .spectator).closed == nil)
        #expect(harness.results(of: host, .compare(.card, "spectators", expected: .null, new: .integer(1))) == [.succeeded])
        #expect(Self.come(to: harness, as: .spectator).closed == .roomFull)
    }

    @Test(
        "What a room is made with may not hold more seats than it has",
        arguments: [(nil, 4), (2, 2), (9, 4)] as [(Int64?, Int)])
    func places(wanted: Int64?, places: Int) throws {
        var configuration = RoomConfiguration()
        configuration.maximumPlayers = 4
        let card = try RoomCard(wanted.map { [CardField("seats", .integer($0))] } ?? [])
        let invitations = (0..<3).map { RoomOpening.Invitation(text: "\($0)", seconds: 1, held: $0 < 2 ? .player : nil) }
        let opening = RoomOpening(card: card, invitations: invitations)
        #expect(opening.places(.player, in: configuration) == places)
        #expect(opening.held(.player) == 2 && opening.held(.spectator) == 0)
    }

    @Test("Where a room has more players than places, who is turned away costs nobody who is away the seat")
    func knocking() {
        let harness = RoomHarness()
        let host = harness.join()
        let others = harness.joinTogether(3)
        harness.tick(2)
        #expect(harness.results(of: host, .compare(.card, "seats", expected: .null, new: .integer(1))) == [.succeeded])
        for other in others { harness.breakConnection(other) }
        harness.tick()
        for _ in 0..<5 { #expect(Self.come(to: harness).closed == .roomFull) }
        for other in others { #expect(harness.rejoin(other).closed == nil) }
    }

    @Test("Seats for newcomers on their way are none of the host's invitations, have a bound of their own, and are not journaled")
    func onTheirWay() throws {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        var journal = RecordedRoom(&harness.room)
        var held = 0
        for number in 0..<40 where harness.room.hold(.player, for: Introduction(invitation: "\(number)"), seconds: 10) {
            held += 1
        }
        #expect(held == 32)
        #expect(harness.results(of: host, .invite(Self.secret, seconds: 600)).isEmpty)
        journal.append(&harness.room)
        let room = try journal.resumed(epoch: 2, at: harness.liveness)
        #expect(room.listing.held == 0)
    }

    // MARK: Kick, ban, host

    @Test("Host and moderator kick and ban; others, and acts on oneself or on an earlier occupant, do nothing")
    func kick() throws {
        let harness = RoomHarness()
        let host = Self.come(to: harness, player: "host")
        let moderator = Self.come(to: harness, as: .spectator, player: "moderator", rights: [.spectate, .kick])
        let victim = Self.come(to: harness, player: "victim")
        let other = Self.come(to: harness, player: "other")
        harness.tick(2)
        #expect(harness.results(of: other, .act(.kick, victim)) == [.notOwner])
        #expect(harness.results(of: host, .act(.kick, host)) == [.noSuchSeat])
        #expect(harness.results(of: host, .act(.kick, victim, joined: Tick(rawValue: 5))) == [.noSuchSeat])
        #expect(harness.results(of: host, .act(.kick, victim)).isEmpty)
        #expect(victim.closed == .kicked)
        #expect(harness.results(of: host, .act(.kick, victim)) == [.noSuchSeat])
        let again = Self.come(to: harness, player: "victim")
        #expect(again.closed == nil, "a kick keeps nobody out")
        harness.tick()
        #expect(harness.results(of: moderator, .act(.ban, again)).isEmpty)
        #expect(again.closed == .kicked)
        #expect(Self.come(to: harness, player: "victim", invitation: "x").closed == .kicked)
        #expect(harness.count(.hostKicks) == 2 && harness.count(.hostBans) == 1)
    }

    @Test("A ban by ticket takes every seat of that player, and one who is banned does not come back by token")
    func banTakesAll() {
        let harness = RoomHarness()
        let host = Self.come(to: harness, player: "host")
        let (first, second) = (Self.come(to: harness, player: "twice"), Self.come(to: harness, player: "twice"))
        let other = Self.come(to: harness, player: "other")
        harness.tick(2)
        harness.breakConnection(second)
        harness.tick()
        #expect(harness.results(of: host, .act(.ban, first)).isEmpty)
        #expect(first.closed == .kicked && harness.room.seated == 2 && other.closed == nil)
        #expect(harness.rejoin(second).closed == .seatGone)
        #expect(harness.count(.kicks) == 2)
    }

    @Test("Player ids are bytes: a ban of one spelling is none of another")
    func banByBytes() {
        let harness = RoomHarness()
        let host = Self.come(to: harness, player: "host")
        let composed = Self.come(to: harness, player: "\u{E9}")
        harness.tick(2)
        #expect(harness.results(of: host, .act(.ban, composed)).isEmpty)
        #expect(Self.come(to: harness, player: "e\u{301}").closed == nil)
        #expect(Self.come(to: harness, player: "\u{E9}").closed == .kicked)
    }

    @Test("While one password replaces another the card says that none is in force; without a hash the one before stands")
    func replacingPassword() {
        let harness = RoomHarness()
        harness.room.open(RoomOpening(password: Self.hash))
        let host = Self.come(to: harness, proven: Self.hash)
        harness.tick(2)
        #expect(harness.room.value(.card, "password") == .bool(true))
        #expect(harness.results(of: host, .password("new")).isEmpty)
        #expect(harness.room.value(.card, "password") == .bool(false))
        harness.room.take(nil, job: 1)
        harness.tick()
        #expect(harness.room.value(.card, "password") == .bool(true))
        #expect(Self.come(to: harness, proven: Self.hash).closed == nil)
    }

    @Test("Without tickets a ban is by address, never by one that another seat has, and meets rejoins too")
    func banByOrigin() {
        let harness = RoomHarness()
        let host = Self.come(to: harness)
        let (alone, first, second) = (
            Self.come(to: harness, from: 1), Self.come(to: harness, from: 2), Self.come(to: harness, from: 2)
        )
        harness.tick(2)
        #expect(harness.results(of: host, .act(.ban, first)) == [.cannotBeBanned])
        #expect(harness.results(of: host, .act(.ban, second)) == [.cannotBeBanned])
        #expect(harness.results(of: host, .act(.ban, alone)).isEmpty)
        #expect(Self.come(to: harness, from: 1).closed == .kicked)
        #expect(Self.come(to: harness, from: 3).closed == nil)
        let local = Self.come(to: harness)
        harness.tick(2)
        #expect(harness.results(of: host, .act(.ban, local)) == [.cannotBeBanned], "it has no address that says anything")
        harness.breakConnection(second)
        harness.tick()
        let back = harness.askBack(second)
        harness.room.introduce(Introduction(origin: ClientOrigin(high: 0, low: 1)), as: back.connection)
        harness.tick()
        #expect(back.closed == .kicked)
    }

    @Test("The host hands the room over to somebody live, who may be host")
    func handOver() {
        let harness = RoomHarness()
        let host = Self.come(to: harness, player: "host")
        let (next, unfit) = (
            Self.come(to: harness, player: "next"), Self.come(to: harness, player: "unfit", rights: .play)
        )
        harness.tick(2)
        #expect(harness.results(of: next, .act(.host, unfit)) == [.notOwner])
        #expect(harness.results(of: host, .act(.host, unfit)) == [.noSuchSeat])
        #expect(harness.results(of: host, .act(.host, next)).isEmpty)
        #expect(harness.room.host == next.seat)
        #expect(harness.results(of: host, .act(.host, host)) == [.notOwner])
    }

    @Test("Bounds: 64 invitations, 256 bans; what is withdrawn makes room")
    func bounds() {
        let harness = RoomHarness()
        let host = harness.join()
        harness.tick(2)
        for number in 0..<64 {
            #expect(harness.results(of: host, .invite(Self.secret + "\(number)", seconds: 600)).isEmpty)
        }
        #expect(harness.results(of: host, .invite(Self.secret, seconds: 600)) == [.noMoreRoom])
        #expect(harness.results(of: host, .invite(Self.secret + "7", seconds: 0)).isEmpty)
        #expect(harness.results(of: host, .invite(Self.secret, seconds: 600)).isEmpty)
        #expect(harness.results(of: host, .invite(Self.secret, seconds: 3601, held: .player)) == [.outOfRange])
        for number in 0..<257 {
            let victim = Self.come(to: harness, player: "p\(number)")
            harness.tick()
            #expect(harness.results(of: host, .act(.ban, victim)) == (number < 256 ? [] : [.noMoreRoom]))
        }
    }

    // MARK: The journal

    @Test("Password, invitations, held seats and bans outlive the process; a password that is being hashed does not")
    func journaled() throws {
        let harness = RoomHarness()
        harness.room.open(
            RoomOpening(
                card: try RoomCard([CardField("listed", .bool(true)), CardField("map", .string("dust"))]),
                password: Self.hash, invitations: [.init(text: Self.secret, seconds: 600, held: .spectator)]))
        var journal = RecordedRoom(&harness.room)
        let host = Self.come(to: harness, player: "host", proven: Self.hash)
        journal.append(&harness.room)
        let victim = Self.come(to: harness, player: "victim", proven: Self.hash)
        for _ in 0..<3 {
            journal.append(&harness.room)
            harness.tick()
        }
        journal.append(&harness.room)
        for ops: [Op] in [[.act(.ban, victim)], [.invite(Self.secret + "2", seconds: 60, held: .player)]] {
            harness.send(host, harness.uplinkBytes(host, ops))
            harness.tick()
            journal.append(&harness.room)
        }
        let before = harness.room.listing
        harness.send(host, harness.uplinkBytes(host, [.password("other")]))
        harness.tick()
        journal.append(&harness.room)
        #expect(harness.room.listing.isLocked)
        harness.room = try journal.resumed(epoch: 2, at: harness.liveness)
        harness.verifies = false
        #expect(harness.room.listing == before && harness.room.hasCard)
        #expect(harness.room.value(.card, "password") == .bool(true), "the one before is in force again")
        #expect(Self.come(to: harness, player: "victim", proven: Self.hash).closed == .kicked)
        #expect(Self.come(to: harness, player: "new").closed == .wrongPassword)
        #expect(Self.come(to: harness, player: "new", proven: Self.hash).closed == nil)
        #expect(Self.come(to: harness, as: .spectator, player: "s", rights: .spectate, invitation: Self.secret).closed == nil)
        #expect(harness.room.listing.heldForSpectators == 0 && harness.room.listing.held == 1)
    }
}
