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
