import RelayCore
import RelayWire
import Testing

/// A private event is written once for each receiver: its sender pays for that, nobody else.
@Suite("Private events have a price")
struct DeliveryBudgetTests {
    private func everybody(_ clients: [TestClient]) -> [SeatNumber] { clients.prefix(64).map(\.seat) }

    @Test("A seat that causes more deliveries than it may gets result 13 for what is over, and keeps its connection")
    func overBudget() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst, $0.uplinkBytes) = (30, 2, 256) }
        let clients = (0..<40).map { _ in harness.join() }
        harness.tick(2)
        let targets = self.everybody(clients)
        // 40 receivers each; the bucket holds 120.
        let op = Op.event("e", .seats, targets, .integer(1))
        harness.uplink(clients[0], op, op, op, op)
        harness.tick()
        #expect(harness.count(.deliveriesRefused) > 0)
        #expect(clients[0].closed == nil)
        #expect(clients[0].replica.results.contains { $0.code == .tooManyDeliveries })
        #expect(clients[1].replica.events.count == 4 - Int(harness.count(.deliveriesRefused)))
    }

    @Test("A refused event takes nothing from the next one: not its receivers, whoever sent it")
    func refusedThenAgain() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst, $0.uplinkBytes) = (30, 3, 256) }
        let clients = (0..<60).map { _ in harness.join() }
        let spectator = harness.join(.spectator)
        harness.tick(2)
        let op = Op.event("e", .seats, self.everybody(clients), .integer(1))
        harness.uplink(clients[0], op, op, op)
        harness.tick()
        #expect(harness.count(.deliveriesRefused) == 1)
        harness.tick(60)
        harness.uplink(spectator, op)
        harness.uplink(clients[0], op)
        harness.tick()
        #expect(clients[59].replica.events.count == 3)
    }

    @Test("A host that tells each of 64 players something of its own at every tick is within its budget")
    func honestHost() {
        let harness = RoomHarness { $0.uplinkRate = 120 }
        let clients = (0..<64).map { _ in harness.join() }
        harness.tick(2)
        let ops = clients.map { Op.event("e", .seats, [$0.seat], .integer(1)) }
        for _ in 0..<60 {
            harness.send(clients[0], harness.uplinkBytes(clients[0], ops))
            harness.tick()
        }
        #expect(harness.count(.deliveriesRefused) == 0)
        #expect(clients[63].replica.events.count == 60)
    }

    @Test("One event that the wire allows is always affordable", arguments: [256, 16_384])
    func largestEvent(_ bytes: Int) {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst, $0.uplinkBytes) = (100, 1, bytes) }
        let clients = (0..<64).map { _ in harness.join() }
        harness.tick(40)
        let value = Value.bytes([UInt8](repeating: 7, count: bytes - 200))
        harness.uplink(clients[0], .event("e", .seats, self.everybody(clients), value))
        harness.tick()
        #expect(clients[63].replica.events.count == 1)
    }

    @Test("A seat that is named twice gets the event once; one that is missing changes nothing for those who are there")
    func namedTwiceAndMissing() {
        let harness = RoomHarness()
        let (sender, target) = (harness.join(), harness.join())
        harness.tick(2)
        let missing = SeatNumber(rawValue: 9)
        harness.uplink(sender, .event("e", .seats, [target.seat, missing, target.seat], .integer(1)))
        harness.tick()
        #expect(target.replica.events.count == 1)
        #expect(sender.replica.results.isEmpty)
        harness.uplink(sender, .event("e", .seats, [missing], .integer(1)))
        harness.tick()
        #expect(sender.replica.results.map(\.code) == [.noSuchSeat])
    }

    @Test("A seat reads only its own private events, however many there are")
    func ownEventsOnly() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (1000, 1000) }
        let clients = (0..<3).map { _ in harness.join() }
        harness.tick(2)
        for round in 0..<20 {
            for (index, client) in clients.enumerated() {
                harness.uplink(clients[0], .event("e", .seats, [client.seat], .integer(Int64(100 * index + round))))
            }
            harness.tick()
        }
        for (index, client) in clients.enumerated() {
            #expect(client.replica.events.map(\.value) == (0..<20).map { .integer(Int64(100 * index + $0)) })
        }
    }
}
