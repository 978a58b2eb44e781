import RelayCore
import RelayWire
import Testing

/// Strangers who come, acknowledge once and vanish must not lock a room; players who were there must not lose their seats.
@Suite("Full rooms")
struct FullRoomTests {
    private static let second = 30

    private func vanish(_ client: TestClient, _ harness: RoomHarness) {
        harness.breakConnection(client)
        harness.tick()
        #expect(harness.state(client) == .away)
    }

    @Test(
        "A newcomer takes the place of the away seat that was live shortest, whose token then gets 4014", arguments: Role.allCases
    )
    func placeTaken(_ role: Role) {
        let harness = RoomHarness { ($0.maximumPlayers, $0.maximumSpectators) = (3, 3) }
        let long = harness.join(role)
        harness.tick(20)
        let short = harness.join(role)
        harness.tick(2)
        let live = harness.join(role)
        harness.tick(2)
        self.vanish(short, harness)
        self.vanish(long, harness)
        let newcomer = harness.join(role)
        #expect(newcomer.closed == nil)
        #expect(harness.count(.holdsCutShort) == 1)
        #expect(harness.rejoin(short).closed == .seatGone)
        #expect(harness.rejoin(long).closed == nil)
        #expect(live.closed == nil)
        #expect(newcomer.closed == nil)
    }

    @Test("A seat that was live for a minute, in however many connections, is not given away")
    func earnedHold() {
        let harness = RoomHarness { ($0.maximumPlayers, $0.seatHold) = (1, 600_000_000_000) }
        var player = harness.join()
        harness.tick(30 * Self.second)
        self.vanish(player, harness)
        harness.tick(30 * Self.second)  // away: does not count
        player = harness.rejoin(player)
        harness.tick(29 * Self.second)
        player = harness.rejoin(player)  // without a break
        harness.tick(2 * Self.second)
        self.vanish(player, harness)
        #expect(harness.join().closed == .roomFull)
        #expect(harness.count(.holdsCutShort) == 0)
        #expect(harness.rejoin(player).closed == nil)
    }

    @Test("One who stays connected is never given away, not even stalled")
    func connectedSeatsStay() {
        let harness = RoomHarness { $0.maximumPlayers = 2 }
        let (live, stalled) = (harness.join(), harness.join())
        harness.tick(2)
        stalled.acknowledges = false
        _ = harness.tick(until: { harness.state(stalled) == .stalled })
        #expect(harness.join().closed == .roomFull)
        #expect(live.closed == nil && stalled.closed == nil)
    }

    @Test("A room that was locked by seats that vanished takes as many newcomers")
    func lockedRoom() {
        let harness = RoomHarness { $0.maximumPlayers = 64 }
        let strangers = (0..<64).map { _ in harness.join() }
        harness.tick(2)
        for stranger in strangers { harness.breakConnection(stranger) }
        harness.tick()
        let players = (0..<64).map { _ in harness.join() }
        #expect(players.allSatisfy { $0.closed == nil })
        #expect(harness.join().closed == .roomFull)
    }

    @Test("Where a leaver's entities stay, a place is given only if a number is left for the newcomer")
    func numbersLeft() {
        let harness = RoomHarness { ($0.maximumPlayers, $0.departure) = (1, .keep) }
        let owner = harness.join()
        harness.uplink(owner, .set(owner.entity(1), "x", .integer(1)))
        harness.tick(2)
        self.vanish(owner, harness)
        let next = harness.join()
        #expect(next.closed == nil)
        #expect(next.seat != owner.seat)
    }

    @Test("A journal's ticks, however far apart, say how long somebody was there")
    func absurdTicks() {
        let seat = Seat(number: SeatNumber(rawValue: 1))
        seat.life = .away(since: .zero)
        (seat.joined, seat.rowChanged) = (Tick(rawValue: 1), Tick(rawValue: WireLimits.safeInteger))
        seat.restoreTimeSeated(rate: 1)
        #expect(seat.timeSeated > Membership.earnsHold)
    }

    @Test("After a restart those who were connected when the relay died keep their seats; short visits that were over do not")
    func afterRestart() throws {
        let harness = RoomHarness { $0.maximumPlayers = 2 }
        let (player, visitor) = (harness.join(), harness.join())
        harness.tick(2)
        self.vanish(visitor, harness)
        var writer = WireWriter()
        harness.room.encodeSnapshot(into: &writer)
        let bytes = writer.array
        harness.room = try Room.restored(
            from: bytes.span, configuration: { _ in harness.room.configuration }, instance: harness.room.instance,
            at: harness.room.currentTick)
        harness.room.resume(epoch: 2, at: harness.liveness)
        harness.verifies = false
        #expect(harness.join().closed == nil)
        #expect(harness.join().closed == .roomFull)
        #expect(harness.rejoin(visitor, tick: 0).closed == .seatGone)
        #expect(harness.rejoin(player, tick: 0).closed == nil)
    }
}
