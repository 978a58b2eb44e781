import Foundation
import RelayHosting
import RelayWire
import Testing
import TickRelayClient

@Suite("Restarts and evictions over real sockets", .serialized, .timeLimit(.minutes(1)))
struct RestartTests {
    private static func scratch() -> String { NSTemporaryDirectory() + "tickrelay-restart-\(UUID().uuidString)" }

    @Test("Rooms outlive their relay: the same seats by token, at the rate they began with, whatever the next relay's is")
    func comesBack() async throws {
        let directory = Self.scratch()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try await TestRelay.start([("stateDir", directory)])
        let address = "127.0.0.1:\(first.port)"
        let writer = try await TickRelay.join(room: "lobby", at: first.address)
        let reader = try await TickRelay.join(room: "lobby", at: first.address)
        let seats = [writer.seat, reader.seat]
        writer.me[0].set("x", 1)
        let id = EntityID(try #require(writer.seat), 0)
        #expect(await eventually { reader.replica.entity(id)?.number("x") == 1 })
        let before = try #require(await first.arena.statistics().rooms.first)
        await first.stop()
        writer.me[0].set("x", 2)

        let second = try await TestRelay.start([("stateDir", directory), ("listen", address), ("tickRate", "60")])
        #expect(await eventually { reader.replica.entity(id)?.number("x") == 2 })
        #expect([writer.seat, reader.seat] == seats)
        let after = try #require(await second.arena.statistics().rooms.first)
        #expect(after.instance == before.instance && after.tick > before.tick)
        #expect(after.seats.map(\.generation) == [2, 2] && after.rate == 30)
        #expect(await second.counter("joins") == 0)
        await writer.leave()
        await reader.leave()
        await second.stop()
    }

    @Test("A room that is empty for long enough takes its file with it")
    func removesFiles() async throws {
        let directory = Self.scratch()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let relay = try await TestRelay.start([("stateDir", directory), ("emptyRoomLifetime", "100ms")])
        func files() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: directory).count { $0.hasSuffix(".room") }
        }
        let game = try await TickRelay.join(room: "short", at: relay.address)
        #expect(try await eventually { try files() == 1 })
        await game.leave()
        #expect(try await eventually { try files() == 0 })
        await relay.stop()
    }

    @Test("A room keeps its type over a restart, and what it was made with over a reload; new rooms have the new values")
    func types() async throws {
        let directory = Self.scratch()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func types(rate: Int, rooms: String) -> String {
            #"{"roomTypes": {"duel": {"rooms": "\#(rooms)", "tickRate": \#(rate), "seatsPerRoom": 2}}}"#
        }
        let first = try await TestRelay.start([("stateDir", directory)], file: types(rate: 60, rooms: "duel-*"))
        let old = try await TickRelay.join(room: "duel-1", at: first.address)
        first.arena.adopt(try TestRelay.configuration(file: types(rate: 10, rooms: "duel-*")).types)
        let new = try await TickRelay.join(room: "duel-2", at: first.address)
        let other = try await TickRelay.join(room: "lobby", at: first.address)
        func rooms(_ relay: TestRelay) async -> [String] {
            await relay.arena.statistics().rooms.map { "\($0.name) \($0.type) \($0.rate)" }
        }
        #expect(await rooms(first) == ["duel-1 duel 60", "duel-2 duel 10", "lobby default 30"])
        #expect(await eventually { [old, new, other].allSatisfy { $0.replica.tick > .none } })
        await first.stop()
        // The type claims other names by now: its rooms are still of it.
        let second = try await TestRelay.start([("stateDir", directory)], file: types(rate: 20, rooms: "match-*"))
        #expect(await rooms(second) == ["duel-1 duel 60", "duel-2 duel 10", "lobby default 30"])
        await second.stop()
    }

    private static func opening(_ room: String, _ instance: UInt64) -> PlacementRequest {
        PlacementRequest(
            room: room, instance: nil, newInstance: RoomInstance(high: 7, low: instance), creation: .byOperator)
    }

    @Test("A room of a type that operators make is not made by joining it")
    func madeByOperators() async throws {
        let relay = try await TestRelay.start(
            [], file: #"{"roomTypes": {"final": {"rooms": "final", "createdBy": "operators"}}}"#)
        await #expect(throws: JoinError.refused(.roomGone)) { _ = try await TickRelay.join(room: "final", at: relay.address) }
        #expect(await relay.arena.statistics().rooms.isEmpty)
        let opened = try await relay.arena.openRoom(Self.opening("final", 8))
        #expect(opened.type == "final")
        await #expect(throws: OpeningRefusal.exists) {
            _ = try await relay.arena.openRoom(Self.opening("final", 9))
        }
        let game = try await TickRelay.join(room: "final", at: relay.address)
        #expect(await relay.arena.statistics().rooms.map(\.instance) == [opened.instance])
        await game.leave()
        await relay.stop()
    }

    @Test("A room that was opened lasts as long as empty rooms of its type do, and no longer")
    func openedAndEmpty() async throws {
        let relay = try await TestRelay.start(
            [], file: #"{"roomTypes": {"final": {"rooms": "final", "emptyRoomLifetime": "600ms"}}}"#)
        _ = try await relay.arena.openRoom(Self.opening("final", 8))
        try await Task.sleep(for: .milliseconds(250))
        #expect(await relay.arena.statistics().rooms.count == 1)
        #expect(await eventually { await relay.arena.statistics().rooms.isEmpty })
        await relay.stop()
    }

    @Test("A room whose every tick takes longer than it may is evicted, with its code, and its name is free again")
    func evicts() async throws {
        let relay = try await TestRelay.start(tickBudget: 1)
        let game = try await TickRelay.join(room: "slow", at: relay.address)
        for await _ in game.ticks {}  // ends with the game: 4024 is no invitation to return
        #expect(await relay.counter("closed.roomEvicted") == 1)
        #expect(await relay.counter("roomsEvicted") == 1)
        #expect(await relay.arena.statistics().rooms.isEmpty)
        let again = try await TickRelay.join(room: "slow", at: relay.address)
        #expect(again.seat == SeatNumber(rawValue: 1))
        await again.leave()
        await relay.stop()
    }
}
