import Foundation
import RelayWire
import Testing
import TickRelayClient

@Suite("Games over real sockets", .serialized, .timeLimit(.minutes(1)))
struct GameTests {
    @Test("What one player sets, another sees, with the owner's seat in the roster")
    func stateTravels() async throws {
        try await TestRelay.with { relay in
            let writer = try await TickRelay.join(room: "lobby", at: relay.address)
            let reader = try await TickRelay.join(room: "lobby", at: relay.address)
            writer.me[0].set("x", 1.5)
            writer.me[0].set("name", "Ada")
            let seat = try #require(writer.seat)
            let id = EntityID(seat, 0)
            let seen = await eventually { reader.replica.entity(id)?.string("name") == "Ada" }
            #expect(seen)
            #expect(reader.replica.entity(id)?.number("x") == 1.5)
            #expect(reader.replica.entity(id)?.owner == seat)
            #expect(reader.replica.players.map(\.seat).contains(seat))
            #expect(reader.replica.host == seat)
            await writer.leave()
            let removed = await eventually { reader.replica.entity(id) == nil && reader.replica.players.count == 1 }
            #expect(removed, "a leaver's entities and row must go")
            await reader.leave()
        }
    }

    @Test("Events arrive in one order, once each, and private ones only at their target")
    func eventsTravel() async throws {
        try await TestRelay.with { relay in
            let sender = try await TickRelay.join(room: "chat", at: relay.address)
            let target = try await TickRelay.join(room: "chat", at: relay.address)
            let other = try await TickRelay.join(room: "chat", at: relay.address)
            let seat = try #require(target.seat)
            for number in 1...20 { sender.send("count", number) }
            sender.send("whisper", "psst", toSeats: [seat])
            sender.send("end")
            let counted = (1...20).map { Value.integer($0) }
            let atTarget = try await Self.events(of: target, until: "end")
            let atOther = try await Self.events(of: other, until: "end")
            #expect(atTarget.map(\.value) == counted + [.string("psst"), .null])
            #expect(atOther.map(\.value) == counted + [.null])
            for game in [sender, target, other] { await game.leave() }
        }
    }

    private static func events(of game: Game, until last: String) async throws -> [RoomEvent] {
        var events: [RoomEvent] = []
        for await tick in game.ticks {
            #expect(!tick.missedEvents)
            events += tick.events
            if tick.events.contains(where: { $0.name == last }) { break }
        }
        return events
    }

    @Test("A game that asks a relay without the room is sent to the one that has it, and plays there")
    func elsewhere() async throws {
        try await TestRelay.with { relay in
            try await SignpostHosting.with(url: relay.address) { signpost, address in
                let sent = try await TickRelay.join(room: "moved", at: address)
                let direct = try await TickRelay.join(room: "moved", at: relay.address)
                sent.me[0].set("x", 1.5)
                let seat = try #require(sent.seat)
                let seen = await eventually { direct.replica.entity(EntityID(seat, 0))?.number("x") == 1.5 }
                #expect(seen)
                #expect(signpost.requests == 1)
                await sent.leave()
                await direct.leave()
            }
        }
    }

    @Test("A game goes to another host only if its application has allowed that", arguments: [false, true])
    func otherHost(isAllowed: Bool) async throws {
        // 127.0.0.1 by another name.
        try await SignpostHosting.with(url: "ws://unused:1") { other, otherAddress in
            let url = otherAddress.replacingOccurrences(of: "127.0.0.1", with: "localhost")
            try await SignpostHosting.with(url: url) { signpost, address in
                var options = GameOptions()
                options.joinTimeout = .milliseconds(800)
                if isAllowed { options.session.allowedHosts = ["LocalHost"] }
                let error = await #expect(throws: JoinError.self) {
                    _ = try await TickRelay.join(room: "moved", at: address, options: options)
                }
                if !isAllowed { #expect(error == .elsewhere(url)) }
                #expect(signpost.requests >= 1)
                #expect((other.requests > 0) == isAllowed)
            }
        }
    }

    @Test("A consumer of ticks that is cancelled ends its own wait, not another's")
    func cancelledConsumer() async throws {
        try await TestRelay.with { relay in
            let game = try await TickRelay.join(room: "ticks", at: relay.address)
            let late = Task { for await _ in game.ticks { break } }
            late.cancel()
            await late.value
            var ticks = 0
            for await _ in game.ticks {
                ticks += 1
                if ticks == 3 { break }
                let cancelled = Task { for await _ in game.ticks { break } }
                cancelled.cancel()
                await cancelled.value
            }
            #expect(ticks == 3)
            await game.leave()
        }
    }

    @Test("A cut connection comes back into the same seat, and what was written meanwhile is applied exactly once")
    func comesBack() async throws {
        try await TestRelay.with { relay in
            let proxy = try await CuttingProxy.start(to: relay.port)
            let unstable = try await TickRelay.join(room: "train", at: "ws://127.0.0.1:\(proxy.port)")
            let witness = try await TickRelay.join(room: "train", at: relay.address)
            let seat = try #require(unstable.seat)
            // Before its first acknowledgement arrives nobody has a seat to come back to.
            let held = await eventually { await relay.counter("acknowledgements") >= 2 }
            try #require(held)
            for round in 1...5 {
                unstable.send("step", round)
                unstable.me[0].set("round", round)
                try await proxy.cut()
                unstable.send("afterCut", round)
                let isBack = await eventually {
                    unstable.state == .playing && witness.replica.player(seat)?.state == .live
                        && witness.replica.entity(EntityID(seat, 0))?.number("round") == Double(round)
                }
                #expect(
                    isBack,
                    "round \(round): \(unstable.state), \(String(describing: witness.replica.player(seat))), \(String(describing: witness.replica.entity(EntityID(seat, 0)).map { Array($0.fields) }))"
                )
            }
            unstable.send("end")
            let events = try await Self.events(of: witness, until: "end")
            #expect(events.filter { $0.name == "step" }.map(\.value) == (1...5).map { .integer($0) })
            #expect(events.filter { $0.name == "afterCut" }.map(\.value) == (1...5).map { .integer($0) })
            #expect(unstable.seat == seat)
            #expect(unstable.statistics.divergences == 0 && witness.statistics.divergences == 0)
            #expect(await relay.counter("rejoins") >= 5)
            await unstable.leave()
            await witness.leave()
            try await proxy.stop()
        }
    }

    @Test("A compare and set has one winner, and the loser is told")
    func compareAndSet() async throws {
        try await TestRelay.with([("roomWrites", "compareAndSet")]) { relay in
            let first = try await TickRelay.join(room: "ball", at: relay.address)
            #expect(first.roomWrites == .compareAndSet && first.departure == .remove)
            let second = try await TickRelay.join(room: "ball", at: relay.address)
            _ = first.room[0].compareAndSet("holder", expected: Value.null, new: "first")
            _ = second.room[0].compareAndSet("holder", expected: Value.null, new: "second")
            var codes: [ResultCode] = []
            for game in [first, second] {
                for await tick in game.ticks {
                    codes += tick.results.map(\.result.code)
                    if !tick.results.isEmpty { break }
                }
            }
            #expect(codes.contains(.succeeded) && codes.contains(.valueDiffers))
            await first.leave()
            await second.leave()
        }
    }

    @Test("A room that is full refuses with 4010")
    func fullRoom() async throws {
        try await TestRelay.with([("seatsPerRoom", "1")]) { relay in
            let only = try await TickRelay.join(room: "tiny", at: relay.address)
            var options = GameOptions()
            options.joinTimeout = .seconds(2)
            await #expect(throws: JoinError.self) {
                try await TickRelay.join(room: "tiny", at: relay.address, options: options)
            }
            #expect(await relay.counter("closed.roomFull") >= 1)
            await only.leave()
        }
    }

    @Test("A spectator sees the room and is seen by nobody")
    func spectator() async throws {
        try await TestRelay.with { relay in
            let player = try await TickRelay.join(room: "arena", at: relay.address)
            let spectator = try await TickRelay.join(room: "arena", at: relay.address, role: .spectator)
            player.me[0].set("hp", 100)
            let seat = try #require(player.seat)
            let seen = await eventually { spectator.replica.entity(EntityID(seat, 0))?.number("hp") == 100 }
            #expect(seen)
            #expect(player.replica.players.count == 1)
            #expect(try #require(spectator.seat).isSpectator)
            await spectator.leave()
            await player.leave()
        }
    }

    @Test("A drained relay tells everybody, and loses nobody's descriptor")
    func drain() async throws {
        let relay = try await TestRelay.start()
        let game = try await TickRelay.join(room: "late", at: relay.address)
        await relay.stop()
        let noticed = await eventually { game.state == .reconnecting }
        #expect(noticed)
        #expect(relay.arena.connectionCount == 0)
        let rooms = await relay.arena.summary().rooms
        #expect(rooms <= 1)
        await game.leave()
    }
}
