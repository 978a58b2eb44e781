import RelayCore
import RelayWire
import Testing

@Suite("A seat's life on the liveness clock")
struct LivenessTests {
    private static let millisecond: UInt64 = 1_000_000

    /// Writes something at every tick, so that there is a frame at every tick.
    private static func busyTick(_ harness: RoomHarness, _ writer: TestClient) {
        harness.uplink(writer, .set(writer.entity(0), "x", .integer(Int64(harness.tickNumber))))
        harness.tick()
    }

    // MARK: Behind

    struct BehindRow: Sendable, CustomTestStringConvertible {
        /// Round trip, milliseconds.
        var roundTrip: UInt64
        /// Milliseconds after which it is behind.
        var patience: UInt64
        var testDescription: String { "\(self.roundTrip) ms away: behind after \(self.patience) ms" }
    }

    @Test(
        "Behind after max(500 ms, maximumAckDelay + 4 round trips), never later than stalled; then one merged frame",
        arguments: [
            BehindRow(roundTrip: 0, patience: 500), BehindRow(roundTrip: 62, patience: 500),
            BehindRow(roundTrip: 63, patience: 502),
            BehindRow(roundTrip: 200, patience: 1050), BehindRow(roundTrip: 687, patience: 2998),
            BehindRow(roundTrip: 900, patience: 3000),
        ]
    )
    func behind(_ row: BehindRow) {
        let harness = RoomHarness { $0.rate = 60 }
        let (writer, slow) = (harness.join(), harness.join())
        slow.latency = row.roundTrip * Self.millisecond
        for _ in 0..<20 { Self.busyTick(harness, writer) }
        slow.acknowledges = false
        Self.busyTick(harness, writer)
        let oldest = harness.schedule.deadline(of: Tick(rawValue: harness.tickNumber - 1))
        while harness.notes(.behind).isEmpty, harness.now.since(oldest) < 4_000_000_000 { Self.busyTick(harness, writer) }
        let last = harness.tickNumber
        #expect(harness.now.since(oldest) > row.patience * Self.millisecond)
        #expect(harness.schedule.deadline(of: Tick(rawValue: last - 1)).since(oldest) <= row.patience * Self.millisecond)
        #expect(slow.lastHead?.tick == last - 1)
        for _ in 0..<10 where harness.state(slow) == .live {
            Self.busyTick(harness, writer)
            #expect(slow.lastHead?.tick == last - 1)
        }
        slow.acknowledges = true
        Self.busyTick(harness, writer)
        #expect(slow.lastHead?.coding == 1)
        #expect(slow.lastHead?.tick == harness.tickNumber)
        Self.busyTick(harness, writer)
        #expect(slow.lastHead?.coding == 0)
    }

    @Test("Nothing is sent to who is behind: no heartbeat, no private item, no snapshot it asked for")
    func nothingWhileBehind() {
        let harness = RoomHarness { $0.stallAfter = 60_000_000_000 }
        let (writer, slow) = (harness.join(), harness.join())
        harness.tick(2)
        slow.acknowledges = false
        for _ in 0..<20 { Self.busyTick(harness, writer) }
        let frames = slow.heads.count
        harness.resync(slow)
        slow.acknowledges = false
        harness.uplink(writer, .say(1, .seats, [slow.seat]))
        harness.send(slow) { $0.ack(Ack(tick: .none, delay: 0)) }
        let acknowledged = harness.count(.acknowledgements)
        for _ in 0..<60 { Self.busyTick(harness, writer) }
        // The resync acknowledged what it had: it was caught up, got one run of frames, and fell behind again.
        #expect(harness.count(.acknowledgements) > acknowledged)
        #expect(slow.heads.count < frames + 20)
        #expect(slow.replica.events.map(\.value) == [.integer(1)])
    }

    // MARK: Stalled, away, gone

    struct Times: Sendable, CustomTestStringConvertible {
        var rate: UInt64
        var stallAfter: UInt64
        var grace: UInt64
        var hold: UInt64
        var testDescription: String { "\(self.rate) Hz, \(self.stallAfter)/\(self.grace)/\(self.hold) ms" }
    }

    private static let times = [
        Times(rate: 1, stallAfter: 3000, grace: 10_000, hold: 20_000), Times(rate: 7, stallAfter: 1001, grace: 999, hold: 1500),
        Times(rate: 30, stallAfter: 3000, grace: 10_000, hold: 12_000), Times(rate: 30, stallAfter: 2000, grace: 0, hold: 0),
        Times(rate: 60, stallAfter: 1500, grace: 333, hold: 4444), Times(rate: 240, stallAfter: 600, grace: 250, hold: 2000),
    ]

    /// The first tick at which more than `duration` has passed since `start`, on a clock that never pauses.
    private static func firstTick(_ harness: RoomHarness, after duration: UInt64, since start: UInt64) -> UInt64 {
        let origin = harness.schedule.deadline(of: Tick(rawValue: start))
        var tick = start
        while harness.schedule.deadline(of: Tick(rawValue: tick)).since(origin) <= duration * Self.millisecond { tick += 1 }
        return tick
    }

    @Test("Stalled, dropped with 4021 and gone, each at the first tick past its time", arguments: times)
    func silentClient(_ times: Times) {
        let harness = RoomHarness {
            ($0.rate, $0.stallAfter) = (times.rate, times.stallAfter * Self.millisecond)
            ($0.graceWindow, $0.seatHold) = (times.grace * Self.millisecond, times.hold * Self.millisecond)
        }
        let (witness, silent) = (harness.join(), harness.join())
        harness.tick(3)
        harness.acknowledge(silent)
        silent.acknowledges = false
        harness.uplink(witness, .say(1))
        harness.tick()
        let oldest = harness.tickNumber
        harness.tick()
        let stall = Self.firstTick(harness, after: times.stallAfter, since: oldest)
        let drop = Self.firstTick(harness, after: times.grace, since: stall)
        let gone = Self.firstTick(harness, after: times.hold, since: drop)
        while harness.tickNumber < gone {
            harness.tick()
            let tick = harness.tickNumber
            let expected: SeatState? = tick < stall ? .live : tick < drop ? .stalled : tick < gone ? .away : nil
            #expect(
                witness.replica.roster[silent.seat]?.state == expected, "tick \(tick), stall \(stall), drop \(drop), gone \(gone)"
            )
            #expect(silent.closed == (tick < drop ? nil : .stalled))
        }
        let note = harness.notes(.stalled)
        #expect(note.map(\.oldestUnacknowledged.rawValue) == [oldest])
        #expect(note.map(\.handedOver) == [harness.schedule.deadline(of: Tick(rawValue: oldest))])
        #expect(harness.closes(.stalled) == 1)
        #expect(harness.room.counters[.holdsExpired] == 1)
    }

    @Test("A stalled player's uplinks are applied; only an advancing acknowledgement revives it")
    func revival() {
        let harness = RoomHarness()
        let (writer, stalled) = (harness.join(), harness.join())
        harness.tick(2)
        stalled.acknowledges = false
        let acknowledged = stalled.applied
        Self.busyTick(harness, writer)
        _ = harness.tick { harness.state(stalled) == .stalled }
        for ack in [0, acknowledged, acknowledged] {
            harness.uplink(stalled, ack: ack, .set(stalled.entity(0), "alive", .integer(Int64(ack))))
            harness.tick()
            #expect(harness.state(stalled) == .stalled)
            #expect(harness.room.value(stalled.entity(0), "alive") == .integer(Int64(ack)))
        }
        harness.acknowledge(stalled)
        harness.tick()
        #expect(harness.state(stalled) == .live)
        #expect(stalled.lastHead?.coding == 1)
        #expect(harness.notes(.revived).count == 1)
        #expect(writer.replica.roster[stalled.seat]?.state == .live)
    }

    @Test("Whose acknowledgements drip in is stalled once, not anew with each, and has a grace window from the last")
    func drip() {
        let harness = RoomHarness()
        let (writer, slow) = (harness.join(), harness.join())
        harness.tick(2)
        slow.acknowledges = false
        for _ in 0..<8 { Self.busyTick(harness, writer) }
        let newest = slow.applied
        _ = harness.tick { harness.state(slow) == .stalled }
        harness.tick(10)
        for tick in newest - 7..<newest {
            harness.send(slow) { $0.ack(Ack(tick: Tick(rawValue: tick), delay: 0)) }
            harness.tick(20)
            #expect(harness.state(slow) == .stalled)
        }
        #expect(harness.notes(.stalled).count == 1 && harness.notes(.revived).isEmpty)
        #expect(harness.room.counters[.stalls] == 1)
        harness.tick(270)
        #expect(slow.closed == nil, "290 ticks of its 300")
        harness.send(slow) { $0.ack(Ack(tick: Tick(rawValue: newest), delay: 0)) }
        harness.tick()
        #expect(harness.state(slow) == .live && harness.notes(.revived).count == 1)
    }

    @Test("Revived, the clocks start over: stalled again it gets the whole grace window")
    func graceStartsOver() {
        let harness = RoomHarness()
        let (writer, client) = (harness.join(), harness.join())
        harness.tick(2)
        for _ in 0..<2 {
            client.acknowledges = false
            Self.busyTick(harness, writer)
            _ = harness.tick { harness.state(client) == .stalled }
            harness.tick(299)
            #expect(client.closed == nil)
            client.acknowledges = true
            harness.tick(2)
            #expect(harness.state(client) == .live)
        }
    }

    @Test("Who never acknowledged anything is not held", arguments: ["stalled", "broken", "malformed"])
    func neverAcknowledged(_ how: String) {
        let harness = RoomHarness()
        let (witness, mute) = (harness.join(), harness.join())
        mute.acknowledges = false
        harness.uplink(mute, .set(mute.entity(0), "x", .integer(1)))
        harness.tick()
        switch how {
        case "stalled": _ = harness.tick { mute.closed == .stalled }
        case "broken": harness.breakConnection(mute)
        default: harness.send(mute, [0x03])
        }
        harness.tick()
        #expect(harness.state(mute) == nil)
        #expect(witness.replica.roster[mute.seat] == nil)
        #expect(witness.replica.entities.isEmpty)
        #expect(harness.rejoin(mute).closed == .seatGone)
    }

    @Test("Unread bytes in its socket keep a seat from stalling in that slot, and only in that")
    func unread() {
        let harness = RoomHarness()
        let (writer, client) = (harness.join(), harness.join())
        harness.tick(2)
        client.acknowledges = false
        for _ in 0..<150 {
            harness.room.take(.unread(client.seat, generation: client.generation))
            Self.busyTick(harness, writer)
        }
        #expect(harness.state(client) == .live)
        #expect(harness.report(client)?.isBehind == true)
        harness.tick()
        #expect(harness.state(client) == .stalled)
    }

    @Test("A pause of the relay kills nobody", arguments: [5, 60, 3600])
    func relayPause(seconds: UInt64) {
        let harness = RoomHarness()
        let clients = (0..<4).map { _ in harness.join() }
        for _ in 0..<10 { Self.busyTick(harness, clients[0]) }
        // The liveness clock counts a slot as at most twice its nominal length.
        harness.livenessStep = 2 * 33_333_333
        for client in clients { client.acknowledges = false }
        Self.busyTick(harness, clients[0])
        harness.tick(by: seconds * 30)
        #expect(clients.allSatisfy { harness.state($0) == .live && $0.closed == nil })
        #expect(harness.notes(.behind).isEmpty)
        for client in clients { client.acknowledges = true }
        harness.tick(30)
        #expect(clients.allSatisfy { harness.state($0) == .live && $0.applied + 30 > harness.tickNumber })
    }

    // MARK: Half a frame

    @Test("A frame that went out in parts is as old as its first byte")
    func partialHandOver() {
        let harness = RoomHarness()
        let (writer, slow) = (harness.join(), harness.join())
        harness.tick(2)
        slow.takesAll = false
        slow.acknowledges = false
        Self.busyTick(harness, writer)
        let first = harness.tickNumber
        harness.tick(60)
        harness.finish(slow)
        let stall = Self.firstTick(harness, after: 3000, since: first)
        _ = harness.tick { harness.state(slow) == .stalled }
        #expect(harness.tickNumber == stall)
    }

    @Test("A reader that never reads is stalled and dropped, costs one unfinished frame, and delays nobody")
    func neverReader() {
        let harness = RoomHarness()
        let (writer, stuck) = (harness.join(), harness.join())
        harness.tick(2)
        stuck.takesAll = false
        (stuck.acknowledges, stuck.reads) = (false, false)
        let before = stuck.unread.count
        for _ in 0..<500 where stuck.closed == nil {
            // It sends all the time.
            harness.uplink(stuck, .set(stuck.entity(0), "y", .integer(Int64(harness.tickNumber))))
            Self.busyTick(harness, writer)
            #expect(writer.applied == harness.tickNumber)
        }
        #expect(stuck.closed == .stalled)
        #expect(stuck.unread.count == before + 1)
        #expect(harness.state(stuck) == .away)
    }

    @Test("Snapshot asked for while the rest of a frame is still going out: it comes, with the events refused")
    func resyncWhileUnfinished() {
        let harness = RoomHarness()
        let (writer, slow) = (harness.join(), harness.join())
        harness.tick(2)
        slow.takesAll = false
        slow.reads = false
        harness.uplink(writer, .say(7))
        harness.tick()
        harness.resync(slow)
        harness.tick()
        harness.finish(slow)
        // It refuses the frame that was under way: it asked for a snapshot.
        slow.unread = []
        slow.reads = true
        harness.tick(2)
        #expect(slow.lastHead?.coding == 2)
        #expect(slow.replica.events.map(\.value) == [.integer(7)])
    }
}
