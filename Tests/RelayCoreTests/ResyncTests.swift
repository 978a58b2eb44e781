@testable import RelayCore
import RelayWire
import Testing

@Suite("Resync")
struct ResyncTests {
    @Test("A snapshot is given once per 5 s a seat; more are ignored and counted")
    func limit() {
        let harness = RoomHarness()
        let (client, other) = (harness.join(), harness.join())
        harness.tick(3)
        for _ in 0..<5 {
            harness.resync(client)
            harness.tick()
        }
        harness.resync(other)
        harness.tick()
        #expect(client.heads.filter { $0.coding == 2 }.count == 2)
        #expect(other.heads.filter { $0.coding == 2 }.count == 2)
        #expect(harness.count(.resyncs) == 2)
        #expect(harness.count(.resyncsIgnored) == 4)
        harness.tick(150)
        harness.resync(client)
        harness.tick()
        #expect(client.lastHead?.coding == 2)
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
            harness.send(second) { $0.resync(Ack(tick: Tick(rawValue: old), hold: 0), .baseline) }
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
