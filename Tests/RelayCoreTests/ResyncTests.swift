import RelayCore
import RelayWire
import Testing

@Suite("Resync")
struct ResyncTests {
    @Test("A snapshot is given once per 5 s a seat; the next one waits until they are over, and more requests are ignored")
    func limit() {
        let harness = RoomHarness()
        let (client, other) = (harness.join(), harness.join())
        harness.tick(3)
        harness.resync(client)
        harness.tick()
        harness.resync(client)
        client.acknowledges = false
        for _ in 0..<3 {
            harness.tick()
            harness.resync(client)
        }
        harness.tick()
        harness.resync(other)
        harness.tick()
        #expect(client.snapshots == 2)
        #expect(other.snapshots == 2)
        #expect(harness.count(.resyncs) == 2)
        #expect(harness.count(.resyncsIgnored) == 3)
        harness.tick(150)
        #expect(client.snapshots == 3)
        #expect(harness.count(.resyncs) == 3)
    }

    @Test("Waiting for a snapshot is no silence, however long: heartbeats alone, nobody stalled, and it comes by itself")
    func waiting() {
        let harness = RoomHarness { ($0.stallAfter, $0.graceWindow) = (1_000_000_000, 1_000_000_000) }
        let (writer, client) = (harness.join(), harness.join())
        harness.tick(3)
        harness.resync(client)
        harness.tick()
        let granted = harness.tickNumber
        harness.tick(15)
        harness.resync(client)
        client.acknowledges = false
        let asked = harness.tickNumber
        for value in 0..<200 where client.snapshots < 3 && client.closed == nil {
            harness.uplink(writer, .set(writer.entity(1), "x", .integer(Int64(value))))
            harness.tick()
        }
        #expect(client.closed == nil)
        #expect(harness.notes(.stalled).isEmpty && harness.notes(.behind).isEmpty)
        #expect(harness.tickNumber == granted + 150)
        let meanwhile = client.heads.filter { $0.tick > asked && $0.coding != 2 }
        #expect(meanwhile.count == 4 || meanwhile.count == 5)
        #expect(meanwhile.allSatisfy { $0.isHeartbeat })
        client.acknowledges = true
        harness.tick(60)
        harness.uplink(writer, .say(1))
        harness.tick()
        #expect(client.applied == harness.tickNumber)
    }

    @Test("An acknowledgement says that what was asked for is there: nothing is waited for any more")
    func crossing() {
        let harness = RoomHarness()
        let (writer, client) = (harness.join(), harness.join())
        harness.tick(3)
        harness.resync(client)
        harness.tick(2)
        (client.acknowledges, client.reads) = (false, false)
        harness.uplink(writer, .say(1))
        harness.tick()
        harness.resync(client)
        harness.tick()
        (client.acknowledges, client.reads) = (true, true)
        client.readAll()
        harness.tick()
        for value in 0..<150 {
            harness.uplink(writer, .set(writer.entity(1), "x", .integer(Int64(value))))
            harness.tick()
            #expect(client.applied == harness.tickNumber)
        }
        #expect(client.snapshots == 2)
    }

    @Test("Who acknowledges nothing does not live on by asking, though the kernel takes every frame", arguments: [1, 30, 155])
    func deafAsker(period: Int) {
        let harness = RoomHarness { $0.uplinkBurst = 1000 }
        let deaf = harness.join()
        harness.tick(2)
        (deaf.reads, deaf.acknowledges) = (false, false)
        for tick in 0..<(40 * 30) where deaf.closed == nil {
            if tick % period == 0 { harness.resync(deaf) }
            harness.tick()
        }
        #expect(deaf.closed == .stalled)
    }

    @Test("A new connection may ask at once, and waits like the old one")
    func afterRejoin() {
        let harness = RoomHarness { ($0.stallAfter, $0.graceWindow) = (1_000_000_000, 1_000_000_000) }
        let first = harness.join()
        harness.tick(3)
        harness.resync(first)
        harness.tick(2)
        harness.breakConnection(first)
        harness.tick()
        let second = harness.askBack(first)
        harness.tick()
        second.acknowledges = false
        harness.send(second) { $0.resync(Ack(tick: .none, delay: 0), .nonsense) }
        harness.tick(100)
        #expect(second.closed == nil)
        #expect(harness.notes(.stalled).isEmpty)
        harness.tick(60)
        #expect(second.snapshots == 1)
    }

    @Test("Each reason asks; a different checksum is counted", arguments: ResyncReason.allCases)
    func reasons(_ reason: ResyncReason) {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(2)
        harness.resync(client, reason)
        harness.tick()
        #expect(client.lastHead?.coding == 2)
        #expect(harness.count(.checksumsDiverged) == (reason == .checksum ? 1 : 0))
    }

    @Test("A snapshot brings the events of frames that were refused", arguments: [true, false])
    func refusedEvents(appliedBefore: Bool) {
        let harness = RoomHarness()
        let talker = harness.join()
        var client = harness.join()
        harness.tick(2)
        if !appliedBefore {
            // Nothing is ever applied on the second connection.
            harness.breakConnection(client)
            harness.tick()
            client = harness.askBack(client)
        }
        client.reads = false
        harness.tick()
        harness.uplink(talker, .say(1), .say(2, .seats, [client.seat]))
        harness.tick(2)
        client.unread = []
        client.reads = true
        harness.resync(client)
        harness.tick()
        #expect(client.lastHead?.coding == 2)
        #expect(client.replica.events.map(\.value) == [.integer(1), .integer(2)])
    }

    @Test("Granted, it ends the wait for what was written before: late acknowledgements of that are ignored, not refused")
    func waitEnds() {
        let harness = RoomHarness()
        let (writer, client) = (harness.join(), harness.join())
        harness.tick(2)
        client.acknowledges = false
        for value in 0..<10 {
            harness.uplink(writer, .set(writer.entity(0), "x", .integer(Int64(value))))
            harness.tick()
        }
        let written = client.applied
        client.applied = 0
        harness.resync(client)
        harness.tick()
        #expect(client.lastHead?.coding == 2)
        harness.acknowledge(client, written)
        harness.tick()
        #expect(client.closed == nil)
        // The snapshot itself is waited for.
        _ = harness.tick { harness.state(client) == .stalled }
        #expect(harness.notes(.stalled).map(\.oldestUnacknowledged.rawValue) == [client.heads.last { $0.coding == 2 }?.tick])
    }

    @Test("Granted, it makes a stalled seat live, which gets its snapshot at once")
    func revives() {
        let harness = RoomHarness()
        let (writer, client) = (harness.join(), harness.join())
        harness.tick(2)
        client.acknowledges = false
        harness.uplink(writer, .say(1))
        _ = harness.tick { harness.state(client) == .stalled }
        client.applied = 0
        harness.resync(client)
        harness.tick()
        #expect(harness.state(client) == .live)
        #expect(client.lastHead?.coding == 2)
        #expect(client.applied == harness.tickNumber)
    }

    @Test("Who does not read cannot live on by asking: with a frame half out it is stalled and dropped all the same")
    func neverReader() {
        let harness = RoomHarness { $0.uplinkBurst = 1000 }
        let (writer, stuck) = (harness.join(), harness.join())
        harness.tick(2)
        harness.acknowledge(stuck)
        (stuck.takesAll, stuck.reads, stuck.acknowledges) = (false, false, false)
        harness.uplink(writer, .say(1))
        harness.tick()
        stuck.applied = 0
        for _ in 0..<(14 * 30) where stuck.closed == nil {
            harness.resync(stuck)
            harness.tick()
        }
        #expect(stuck.closed == .stalled)
        #expect(harness.notes(.stalled).count == 1)
        #expect(harness.notes(.revived).isEmpty)
    }

    @Test("A frame half out when a snapshot was asked for is not waited for either, once it is out")
    func halfOut() {
        let harness = RoomHarness()
        let (writer, slow) = (harness.join(), harness.join())
        harness.tick(2)
        (slow.takesAll, slow.acknowledges) = (false, false)
        slow.reads = false
        harness.uplink(writer, .say(7))
        harness.tick()
        harness.resync(slow)
        harness.tick(30)
        #expect(harness.report(slow)?.isBehind == true)
        harness.finish(slow)
        slow.unread = []
        slow.reads = true
        harness.tick()
        #expect(harness.report(slow)?.isBehind == false)
        #expect(slow.lastHead?.coding == 2)
        #expect(slow.replica.events.map(\.value) == [.integer(7)])
    }

    @Test("Naming an old tick brings no private event of the number's previous occupant", arguments: ["resync", "rejoin"])
    func previousOccupant(_ how: String) {
        let harness = RoomHarness()
        let (talker, first) = (harness.join(), harness.join())
        harness.tick(2)
        let old = harness.tickNumber
        harness.uplink(talker, .event("secret", .seats, [first.seat], .string("for the first")))
        harness.tick()
        harness.send(first) { $0.leave() }
        harness.tick()
        var second = harness.join()
        #expect(second.seat == first.seat)
        harness.tick(2)
        second.replica.cursor = 0
        if how == "resync" {
            harness.send(second) { $0.resync(Ack(tick: Tick(rawValue: old), delay: 0), .baseline) }
            harness.tick()
        } else {
            second = harness.rejoin(second, tick: old)
            #expect(second.welcome?.resumed == false)
        }
        #expect(second.lastHead?.coding == 2)
        #expect(second.replica.events.isEmpty)
        #expect(second.lastPrivate == nil)
    }
}
