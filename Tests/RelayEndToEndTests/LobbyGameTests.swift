import Testing
import TickRelayClient

/// Why this fails; nil if it does not.
private func failure(_ join: () async throws(JoinError) -> Game) async -> JoinError? {
    do throws(JoinError) {
        let game = try await join()
        await game.leave()
        return nil
    } catch {
        return error
    }
}

@Suite("Games that find their room by the lobby", .serialized, .timeLimit(.minutes(1)))
struct LobbyGameTests {
    @Test("Quick joins that ask for the same meet in one room; who asks for something else is alone")
    func quickJoin() async throws {
        try await TestRelay.with { relay in
            let first = try await TickRelay.quickJoin(where: ["map": "dust"], seats: 2, at: relay.address)
            let card = try #require(first.card)
            #expect(card.listed == true && card.seats == 2 && card.properties == ["map": .string("dust")])
            // What is listed is true to within a second.
            try await Task.sleep(for: .milliseconds(1_200))
            let second = try await TickRelay.quickJoin(where: ["map": "dust"], at: relay.address)
            let other = try await TickRelay.quickJoin(where: ["map": "mill"], at: relay.address)
            #expect(second.roomName == first.roomName)
            #expect(other.roomName != first.roomName)
            for game in [first, second, other] { await game.leave() }
        }
    }

    @Test("A room that is made has a code, and opens to its password, to an invitation once, or not at all")
    func doors() async throws {
        try await TestRelay.with { relay in
            let host = try await TickRelay.create(password: "swordfish", at: relay.address)
            let code = host.roomName
            #expect(await eventually { host.card?.hasPassword == true })
            for password in [nil, "shark"] {
                let refused = await failure { () async throws(JoinError) in
                    try await TickRelay.join(room: code, at: relay.address, password: password)
                }
                #expect(refused == .refused(.wrongPassword))
            }
            let typed = TickRelay.code(code.lowercased())
            let friend = try await TickRelay.join(room: typed, at: relay.address, password: "swordfish")
            var card = try #require(host.card)
            card.locked = true
            #expect(host.setCard(card) == .accepted)
            #expect(await eventually { friend.card?.locked == true })
            let locked = await failure { () async throws(JoinError) in
                try await TickRelay.join(room: code, at: relay.address, password: "swordfish")
            }
            #expect(locked == .refused(.roomLocked))
            let invitation = try #require(host.invite())
            // The tick at which it is good has come when this is seen.
            host.send("invited")
            for await tick in friend.ticks where tick.events.contains(where: { $0.name == "invited" }) { break }
            let guest = try await TickRelay.join(room: code, at: relay.address, invitation: invitation)
            for game in [host, friend, guest] { await game.leave() }
        }
    }

    @Test("A host kicks and hands over; whoever is not host is refused, by ticket; nobody on this machine can be banned")
    func acts() async throws {
        try await TestRelay.with { relay in
            let host = try await TickRelay.create(room: "mine", at: relay.address)
            let heir = try await TickRelay.join(room: "mine", at: relay.address)
            let nuisance = try await TickRelay.join(room: "mine", at: relay.address)
            #expect(await eventually { host.replica.players.count == 3 && nuisance.replica.players.count == 3 })
            func player(_ game: Game) throws -> Player {
                let seat = try #require(game.seat)
                return try #require(host.replica.player(seat))
            }
            let refused = try #require(nuisance.kick(try player(heir)))
            #expect(try await Self.result(of: refused, in: nuisance) == .notOwner)
            let banned = try #require(host.ban(try player(nuisance)))
            #expect(try await Self.result(of: banned, in: host) == .cannotBeBanned)
            host.kick(try player(nuisance))
            #expect(await eventually { nuisance.state == .ended(.kicked) })
            host.handOver(to: try player(heir))
            #expect(await eventually { host.replica.host == heir.seat })
            for game in [host, heir] { await game.leave() }
        }
    }

    private static func result(of ticket: UInt64, in game: Game) async throws -> ResultCode? {
        for await tick in game.ticks {
            if let outcome = tick.results.first(where: { $0.ticket == ticket }) { return outcome.result.code }
        }
        return nil
    }

    @Test("A name that is taken, and a room that is not there, are errors at once")
    func names() async throws {
        try await TestRelay.with { relay in
            let host = try await TickRelay.create(room: "mine", at: relay.address)
            let taken = await failure { () async throws(JoinError) in
                try await TickRelay.create(room: "mine", at: relay.address)
            }
            #expect(taken == .refused(.nameTaken))
            let missing = await failure { () async throws(JoinError) in
                try await TickRelay.join(room: "other", at: relay.address, existingOnly: true)
            }
            #expect(missing == .refused(.roomGone))
            await host.leave()
        }
    }

    @Test("What the relay could not read is refused before anybody is asked")
    func refused() async {
        let nowhere = "ws://127.0.0.1:1"
        let long = String(repeating: "x", count: 65)
        let errors = [
            await failure { () async throws(JoinError) in try await TickRelay.join(room: "", at: nowhere) },
            await failure { () async throws(JoinError) in try await TickRelay.create(room: "", at: nowhere) },
            await failure { () async throws(JoinError) in try await TickRelay.create(room: long, at: nowhere) },
            await failure { () async throws(JoinError) in try await TickRelay.join(room: "r", at: nowhere, password: "") },
            await failure { () async throws(JoinError) in try await TickRelay.create(password: long, at: nowhere) },
            await failure { () async throws(JoinError) in try await TickRelay.join(room: "r", at: nowhere, invitation: "short") },
            await failure { () async throws(JoinError) in try await TickRelay.quickJoin(type: long, at: nowhere) },
            await failure { () async throws(JoinError) in try await TickRelay.quickJoin(seats: 0, at: nowhere) },
            await failure { () async throws(JoinError) in try await TickRelay.quickJoin(where: ["locked": true], at: nowhere) },
        ]
        #expect(
            errors == [
                .badRoomName, .badRoomName, .badRoomName, .badPassword, .badPassword, .badInvitation, .badRoomType, .badCard,
                .badCard,
            ])
    }
}
