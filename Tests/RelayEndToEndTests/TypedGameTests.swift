import Testing
import TickRelayClient

private struct Ship: RelayEntity, Equatable {
    var x: Double
    var y: Double
    var name: String
}

private struct Round: RelayEntity, Equatable {
    static var kind: String? { "round" }
    var number: Int
}

@Suite("Typed games over real sockets", .serialized, .timeLimit(.minutes(1)))
struct TypedGameTests {
    @Test("What one game writes as a value another reads as one, the room's own too")
    func travels() async throws {
        try await TestRelay.with { relay in
            let ada = try await TickRelay.join(room: "typed", at: relay.address)
            let bob = try await TickRelay.join(room: "typed", at: relay.address)
            let ship = Ship(x: 1.5, y: 2, name: "Ada")
            ada.me.write(ship)
            ada.me[1].set("x", 1)  // no ship: it has no name
            ada.room.write(Round(number: 3))
            let seen = await eventually { bob.replica.entityCount == 3 }
            #expect(seen)
            let ships = bob.replica.entities(of: Ship.self)
            #expect(ships.map(\.value) == [ship] && ships.first?.owner == ada.seat)
            #expect(bob.replica.entity(.room(0), as: Round.self)?.number == 3)
            await ada.leave()
            await bob.leave()
        }
    }

    @Test("A value that does not change costs nothing, and one field of it costs one")
    func costs() async throws {
        try await TestRelay.with { relay in
            let game = try await TickRelay.join(room: "typed", at: relay.address)
            game.me.write(Ship(x: 1, y: 2, name: "Ada"))
            let seen = await eventually { game.replica.entities(of: Ship.self).count == 1 }
            #expect(seen)
            let before = game.statistics.uplinksSent
            for _ in 0..<100 { game.me.write(Ship(x: 1, y: 2, name: "Ada")) }
            try await Task.sleep(for: .milliseconds(100))
            #expect(game.statistics.uplinksSent == before)
            game.me.write(Ship(x: 1, y: 3, name: "Ada"))
            let moved = await eventually { game.replica.entities(of: Ship.self).first?.y == 3 }
            #expect(moved)
            #expect(game.statistics.uplinksSent == before + 1)
            await game.leave()
        }
    }

    @Test("A value goes on over lost connections")
    func survives() async throws {
        try await TestRelay.with { relay in
            let proxy = try await CuttingProxy.start(to: relay.port)
            let ada = try await TickRelay.join(room: "typed", at: "ws://127.0.0.1:\(proxy.port)")
            let bob = try await TickRelay.join(room: "typed", at: relay.address)
            for step in 1...30 {
                ada.me.write(Ship(x: Double(step), y: 0, name: "Ada"))
                if step.isMultiple(of: 10) { try await proxy.cut() }
                try await Task.sleep(for: .milliseconds(20))
            }
            let seen = await eventually { bob.replica.entities(of: Ship.self).first?.value == Ship(x: 30, y: 0, name: "Ada") }
            #expect(seen)
            await ada.leave()
            await bob.leave()
            try await proxy.stop()
        }
    }

    @Test("A view draws others a little late, between their ticks, and never outside of them")
    func draws() async throws {
        try await TestRelay.with { relay in
            let ada = try await TickRelay.join(room: "typed", at: relay.address)
            let bob = try await TickRelay.join(room: "typed", at: relay.address)
            ada.me.write(Ship(x: 0, y: 0, name: "Ada"))
            let seen = await eventually { bob.replica.entities(of: Ship.self).count == 1 }
            #expect(seen)
            var drawn: [Double] = []
            for step in 1...60 {
                ada.me.write(Ship(x: Double(step), y: 0, name: "Ada"))
                try await Task.sleep(for: .milliseconds(8))
                drawn += bob.view().entities(of: Ship.self).map(\.x)
            }
            #expect(drawn.count == 60)
            #expect(drawn.contains { $0 != $0.rounded() }, "no value between two ticks")
            #expect(drawn.allSatisfy { (0...60).contains($0) })
            #expect(bob.interpolationDelay > .zero)
            let arrived = await eventually { bob.view().entities(of: Ship.self).first?.x == 60 }
            #expect(arrived)
            await ada.leave()
            await bob.leave()
        }
    }

    @Test("Quality tells of a lost connection and of its return, with the cause, and ends with the game")
    func quality() async throws {
        try await TestRelay.with { relay in
            let proxy = try await CuttingProxy.start(to: relay.port)
            let game = try await TickRelay.join(room: "typed", at: "ws://127.0.0.1:\(proxy.port)")
            #expect(game.quality.state == .connected)
            let changes = game.qualityChanges
            let heard = Task {
                var states: [Quality.State] = []
                var last: Quality?
                for await quality in changes {
                    if states.last != quality.state { states.append(quality.state) }
                    last = quality
                    if states.count == 3 { break }
                }
                return (states, last)
            }
            let isMeasured = await eventually { game.quality.rtt != nil }
            #expect(isMeasured)
            try await proxy.cut()
            let (states, last) = await heard.value
            #expect(states == [.connected, .reconnecting, .connected])
            // The relay reads of the torn socket, or of the rejoin, whichever comes first: SPEC section 8.
            #expect(last?.lastEnd == .broken || last?.lastEnd == .replaced)
            #expect(last?.cause == .unknown)
            await game.leave()
            #expect(game.quality.state == .ended)
            for await quality in game.qualityChanges { #expect(quality.state == .ended) }
            try await proxy.stop()
        }
    }
}
