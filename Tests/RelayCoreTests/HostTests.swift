import RelayCore
import RelayWire
import Testing

@Suite("Host and spectators")
struct HostTests {
    @Test(
        "The first player is host; the role moves to the longest seated when it goes away or gone",
        arguments: ["away", "gone", "dropped"])
    func migration(_ how: String) {
        let harness = RoomHarness()
        let players = (0..<4).map { _ in harness.join() }
        harness.tick(2)
        #expect(players.allSatisfy { $0.replica.host == players[0].seat })
        switch how {
        case "away": harness.breakConnection(players[0])
        case "gone": harness.send(players[0]) { $0.leave() }
        default:
            players[0].acknowledges = false
            _ = harness.tick { players[0].closed == .stalled }
        }
        harness.tick()
        #expect(players[3].replica.host == players[1].seat)
        harness.breakConnection(players[1])
        harness.tick()
        #expect(players[3].replica.host == players[2].seat)
    }

    @Test("Tenure is by the tick of sitting down, not by number; at one tick the lower number")
    func tenure() {
        let harness = RoomHarness()
        let (first, second, third) = (harness.join(), harness.join(), harness.join())
        harness.tick(2)
        harness.send(second) { $0.leave() }
        harness.tick()
        let newcomer = harness.join()
        #expect(newcomer.seat == second.seat)
        harness.send(first) { $0.leave() }
        harness.tick()
        #expect(harness.room.host == third.seat)
        let pair = [harness.connect(), harness.connect()]
        for client in pair { harness.room.take(.join(.player, client.connection, at: harness.now)) }
        harness.tick()
        for client in [third, newcomer] { harness.send(client) { $0.leave() } }
        harness.tick()
        #expect(harness.room.host == pair.map(\.seat).min())
    }

    @Test("A returning host does not regain the role")
    func returning() {
        let harness = RoomHarness()
        let (host, guest) = (harness.join(), harness.join())
        harness.tick(2)
        harness.breakConnection(host)
        harness.tick(2)
        let back = harness.rejoin(host)
        #expect(back.replica.host == guest.seat)
        harness.tick(60)
        #expect(harness.room.host == guest.seat)
        // But it is next: nobody has been seated longer.
        let third = harness.join()
        harness.send(guest) { $0.leave() }
        harness.tick()
        #expect(third.replica.host == back.seat)
    }

    @Test("A stalled host stays host; a stalled guest does not become it; the first to revive does")
    func stalled() {
        let harness = RoomHarness()
        let (host, guest) = (harness.join(), harness.join())
        harness.tick(2)
        guest.acknowledges = false
        harness.uplink(host, .say(1))
        _ = harness.tick { harness.state(guest) == .stalled }
        host.acknowledges = false
        harness.uplink(guest, .say(1))
        harness.tick(20)
        #expect(harness.room.host == host.seat)
        harness.breakConnection(host)
        harness.tick()
        #expect(harness.room.host == .room)
        harness.uplink(guest, .say(5, .host))
        harness.tick()
        harness.acknowledge(guest)
        harness.tick()
        #expect(harness.room.host == guest.seat)
        #expect(guest.replica.host == guest.seat)
        #expect(guest.replica.results.map(\.code) == [.noSuchSeat])
    }

    @Test("With nobody live there is no host; the first back is it")
    func empty() {
        let harness = RoomHarness()
        let (first, second) = (harness.join(), harness.join())
        let watcher = harness.join(.spectator)
        harness.tick(2)
        harness.breakConnection(first)
        harness.breakConnection(second)
        harness.tick()
        #expect(watcher.replica.host == .room)
        let back = harness.rejoin(second)
        #expect(watcher.replica.host == back.seat)
    }

    // MARK: Spectators

    @Test("A spectator sees everything, has no row, and is never host")
    func spectatorSees() {
        let harness = RoomHarness()
        let watcher = harness.join(.spectator)
        #expect(watcher.seat.rawValue == 1024)
        #expect(harness.room.host == .room)
        let player = harness.join()
        harness.uplink(player, .set(player.entity(0), "x", .integer(1)), .say(5))
        harness.tick(40)
        #expect(watcher.replica.entities == harness.roomContents())
        #expect(watcher.replica.events.count == 1)
        #expect(player.replica.roster.keys.sorted() == [player.seat])
        #expect(watcher.replica.roster.keys.sorted() == [player.seat])
        #expect(player.replica.heartbeatRows.map(\.seat) == [player.seat])
        #expect(harness.room.host == player.seat)
    }

    @Test("Whatever a spectator writes yields result 9 and nothing else")
    func spectatorWrites() {
        let harness = RoomHarness()
        let (player, watcher) = (harness.join(), harness.join(.spectator))
        let ops: [Op] = [
            .set(.room(0), "x", .integer(1)), .set(player.entity(0), []), .remove(.room(0)), .say(1),
            .say(1, .seats, [player.seat]),
            .compare(.room(0), "y", expected: .null, new: .integer(1)),
        ]
        for op in ops { harness.uplink(watcher, op) }
        harness.tick()
        #expect(watcher.replica.results.map(\.code) == ops.map { _ in .spectator })
        #expect(harness.room.contents.isEmpty)
        #expect(harness.room.newestEvent == 0)
        #expect(harness.room.nameCount == 0)
        #expect(harness.report(watcher)?.lastUplink == UInt64(ops.count))
    }

    @Test("Spectators come and go without a frame for the others; numbers of both kinds are given again")
    func spectatorNumbers() {
        let harness = RoomHarness()
        let player = harness.join()
        harness.tick(2)
        _ = harness.tick { harness.room.wasHeartbeat }
        let frames = player.heads.count
        let first = harness.join(.spectator)
        let second = harness.join(.spectator)
        harness.send(first) { $0.leave() }
        harness.tick(2)
        let third = harness.join(.spectator)
        #expect([first, second, third].map(\.seat.rawValue) == [1024, 1025, 1024])
        #expect(third.generation == 2)
        #expect(player.heads.count == frames)
    }

    @Test("A spectator that falls silent is stalled, dropped and forgotten like anybody")
    func silentSpectator() {
        let harness = RoomHarness { ($0.graceWindow, $0.seatHold) = (1_000_000_000, 1_000_000_000) }
        harness.join()
        let watcher = harness.join(.spectator)
        harness.tick(2)
        watcher.acknowledges = false
        _ = harness.tick { watcher.closed == .stalled }
        #expect(watcher.closed == .stalled)
        _ = harness.tick { harness.state(watcher) == nil }
        #expect(harness.room.seated == 1)
    }
}
