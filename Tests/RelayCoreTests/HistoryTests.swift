import RelayCore
import RelayWire
import Testing

@Suite("Random histories")
struct HistoryTests {
    /// Replicas fed by differences, by merged frames after random gaps, and by snapshots: the harness compares each with the
    /// room, its checksum with the room's, at every tick.
    @Test("Difference, merged frame and snapshot lead to the same replica", arguments: UInt64(0)..<40)
    func sameReplica(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let harness = RoomHarness {
            $0.fields = [DeclaredField(name: "n0", quantum: 0.25), DeclaredField(name: "n1", quantum: nil)]
            $0.maximumDeletions = 4 + Int(seed % 3) * 30
            $0.departure = DeparturePolicy.allCases[Int(seed % 3)]
        }
        let steady = harness.join()
        var writers = [steady, harness.join(), harness.join()]
        var gapped = harness.join()
        for _ in 0..<300 {
            for writer in writers where random.chance(40) {
                for _ in 0...random.below(4) { harness.uplink(writer, RandomOps.op(writer.seat, &random)) }
            }
            if random.chance(2) { Self.replace(&writers, harness, &random) }
            if random.chance(15) { gapped.takesAll.toggle() }
            if gapped.takesAll, harness.room.isUnfinished(gapped.seat) { harness.finish(gapped) }
            if random.chance(3) { gapped = Self.comeBack(gapped, harness, &random) }
            harness.tick(by: 1 + (random.chance(10) ? random.below(5) : 0))
        }
        let codings = Set(harness.clients.flatMap { $0.heads.map(\.coding) })
        #expect(codings == [0, 1, 2])
        #expect(steady.complaint == nil)
        #expect(steady.replica.entities == harness.roomContents())
    }

    private static func replace(_ writers: inout [TestClient], _ harness: RoomHarness, _ random: inout SplitMix64) {
        let index = 1 + Int(random.below(2))
        harness.send(writers[index]) { $0.leave() }
        harness.tick()
        writers[index] = harness.join()
    }

    private static func comeBack(_ client: TestClient, _ harness: RoomHarness, _ random: inout SplitMix64) -> TestClient {
        harness.breakConnection(client)
        harness.tick(Int(random.below(20)))
        let back = harness.rejoin(client)
        return back
    }

    @Test("The same inputs give the same bytes and effects", arguments: UInt64(0)..<4)
    func determinism(seed: UInt64) {
        func run() -> [UInt8] {
            var random = SplitMix64(seed: seed)
            let harness = RoomHarness(instance: seed)
            harness.records = true
            var clients = (0..<5).map { _ in harness.join() }
            harness.join(.spectator)
            for _ in 0..<200 {
                for client in clients where random.chance(50) {
                    harness.uplink(client, RandomOps.op(client.seat, &random), RandomOps.op(client.seat, &random))
                }
                if random.chance(5) {
                    let index = Int(random.below(5))
                    harness.breakConnection(clients[index])
                    clients[index] = harness.rejoin(clients[index])
                }
                harness.tick()
            }
            return harness.transcript
        }
        let first = run()
        #expect(first == run())
        #expect(first.count > 10_000)
    }

    @Test("A tick's inputs count by arrival, then seat, whatever the order they are given in", arguments: UInt64(0)..<10)
    func inputOrder(seed: UInt64) {
        func run(_ order: [Int]) -> [UInt8] {
            let harness = RoomHarness()
            harness.verifies = false
            let clients = (0..<6).map { _ in harness.join() }
            harness.records = true
            for round in 0..<8 {
                let start = harness.now
                for index in order {
                    // Two share every instant.
                    let arrival = start.advanced(by: 10_000_000 + UInt64((index / 2 + round) % 3) * 1000)
                    harness.uplink(clients[index], at: arrival, .set(.room(0), "v", .integer(Int64(index))), .say(Int64(index)))
                }
                harness.tick()
            }
            return harness.transcript
        }
        var random = SplitMix64(seed: seed)
        var order = Array(0..<6)
        for index in 1..<6 { order.swapAt(index, Int(random.below(UInt64(index + 1)))) }
        #expect(run(Array(0..<6)) == run(order))
    }

    @Test("Arrival decides before seat, seat before nothing", arguments: [false, true])
    func lastWriter(earlier: Bool) {
        let harness = RoomHarness()
        let (low, high) = (harness.join(), harness.join())
        let start = harness.now.advanced(by: 10_000_000)
        harness.uplink(high, at: earlier ? harness.now.advanced(by: 9_000_000) : start, .set(.room(0), "v", .string("high")))
        harness.uplink(low, at: start, .set(.room(0), "v", .string("low")))
        harness.tick()
        #expect(harness.room.value(.room(0), "v") == .string(earlier ? "low" : "high"))
    }

    @Test("One seat's messages keep their order even if stamps go back", arguments: [3, 200])
    func stampsGoBack(count: Int) {
        let harness = RoomHarness { $0.uplinkBurst = 1000 }
        let client = harness.join()
        for value in 0..<count {
            let arrival = harness.now.advanced(by: UInt64(20_000_000 - value * 1000))
            harness.uplink(client, at: arrival, .say(Int64(value)))
        }
        harness.tick()
        #expect(client.replica.events.map(\.value) == (0..<count).map { .integer(Int64($0)) })
        #expect(client.replica.events.map(\.number) == (1...count).map { UInt64($0) })
    }

    @Test("A connection's loss counts after everything it sent, even with an older stamp")
    func lossAfterMessages() {
        let harness = RoomHarness()
        let (client, other) = (harness.join(), harness.join())
        harness.tick()
        harness.uplink(client, at: harness.now.advanced(by: 20_000_000), .say(1))
        harness.room.take(
            .lost(
                client.seat, generation: client.generation, client.connection, at: harness.now
            ))
        harness.tick()
        #expect(other.replica.events.map(\.value) == [.integer(1)])
        #expect(harness.state(client) == .away)
    }
}
