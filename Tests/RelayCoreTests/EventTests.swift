import RelayCore
import RelayWire
import Testing

@Suite("Events")
struct EventTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var audience: Audience
        var seats: [UInt16] = []
        /// Seat 2 sends; seat 1 is the host; 1024 watches.
        var heardBy: [UInt16]
        var code: ResultCode?
    }

    @Test(
        "An event reaches its audience, once, and no bytes of a private one are shared",
        arguments: [
            Row(testDescription: "all", audience: .all, heardBy: [1, 2, 3, 1024]),
            Row(testDescription: "others: the sender's own client leaves it out", audience: .others, heardBy: [1, 2, 3, 1024]),
            Row(testDescription: "host", audience: .host, heardBy: [1]),
            Row(testDescription: "seats", audience: .seats, seats: [3], heardBy: [3]),
            Row(testDescription: "itself", audience: .seats, seats: [2], heardBy: [2]),
            Row(testDescription: "a spectator", audience: .seats, seats: [1024], heardBy: [1024]),
            Row(testDescription: "named twice", audience: .seats, seats: [3, 3, 1, 3], heardBy: [1, 3]),
            Row(testDescription: "some of them gone", audience: .seats, seats: [9, 3], heardBy: [3]),
            Row(testDescription: "none of them there", audience: .seats, seats: [9, 10], heardBy: [], code: .noSuchSeat),
        ]
    )
    func audiences(_ row: Row) {
        let harness = RoomHarness()
        let clients = [harness.join(), harness.join(), harness.join(), harness.join(.spectator)]
        let sender = clients[1]
        let payload = Array("the quick brown fox".utf8)
        harness.uplink(sender, .event("shout", row.audience, row.seats.map { SeatNumber(rawValue: $0) }, .bytes(payload)))
        harness.tick()
        harness.uplink(clients[2], .set(.room(0), "x", .integer(1)))
        harness.tick()
        let heard = clients.filter { $0.replica.events.contains { $0.value == .bytes(payload) } }.map(\.seat.rawValue)
        #expect(heard == row.heardBy)
        #expect(clients.allSatisfy { $0.replica.events.count <= 1 })
        #expect(sender.replica.results.map(\.code) == (row.code.map { [$0] } ?? []))
        for event in clients.flatMap(\.replica.events) { #expect(event.sender == sender.seat) }
    }

    @Test("A private payload is in no shared byte, whatever the coding", arguments: [Audience.host, .seats])
    func privacy(_ audience: Audience) {
        let harness = RoomHarness { $0.maximumDeletions = 3 }
        let (host, sender) = (harness.join(), harness.join())
        let stuck = harness.join()
        stuck.takesAll = false
        let payload = Array("top secret 123".utf8)
        harness.uplink(sender, .event("whisper", audience, [host.seat], .bytes(payload)))
        for round in 0..<6 {
            harness.uplink(sender, .set(.room(0), "r", .integer(Int64(round))))
            if round == 2 { harness.finish(stuck) }
            if round == 4 { harness.resync(host) }
            harness.tick()
            for coding in Coding.allCases { #expect(!harness.room.frame(coding).writer.array.contains(payload)) }
        }
        #expect(host.replica.events.count == 1)
        #expect(sender.replica.events.isEmpty)
    }

    @Test("Events to the host: none, while there is none")
    func noHost() {
        let harness = RoomHarness { $0.stallAfter = 1_000_000_000 }
        let (first, second) = (harness.join(), harness.join())
        harness.tick()
        harness.breakConnection(first)
        second.acknowledges = false
        _ = harness.tick { harness.state(second) == .stalled }
        harness.uplink(second, .say(1, .host))
        harness.tick()
        // A stalled host stays host.
        #expect(harness.room.host == second.seat)
        harness.breakConnection(second)
        let watcher = harness.join(.spectator)
        #expect(harness.room.host == .room)
        harness.uplink(watcher, .say(2, .host))
        harness.tick()
        #expect(watcher.replica.results.map(\.code) == [.spectator])
    }

    @Test("Events have one order: numbers ascend without holes over public and private ones")
    func totalOrder() {
        let harness = RoomHarness()
        let clients = [harness.join(), harness.join(), harness.join()]
        for round in 0..<20 {
            for client in clients {
                let audience: Audience = [.all, .host, .others, .seats][(round + Int(client.seat.rawValue)) % 4]
                harness.uplink(client, .say(Int64(round), audience, clients.map(\.seat)))
            }
            harness.tick()
        }
        let all = clients.flatMap(\.replica.events).map(\.number)
        #expect(Set(all) == Set(1...60))
        for client in clients {
            let numbers = client.replica.events.map(\.number)
            #expect(numbers == numbers.sorted())
            #expect(Set(numbers).count == numbers.count)
        }
    }

    // MARK: The log's bounds

    @Test("A log that is full forgets the oldest, and says so", arguments: ["entries", "bytes"])
    func publicLoss(bound: String) {
        let harness = RoomHarness {
            if bound == "entries" { $0.maximumEvents = 10 } else { $0.maximumEventBytes = 10 * (32 + 100) }
        }
        let (talker, away) = (harness.join(), harness.join())
        harness.tick()
        harness.breakConnection(away)
        harness.tick()
        for number in 0..<25 {
            harness.uplink(talker, .event("e", .all, [], .bytes([UInt8](repeating: UInt8(number), count: 100))))
            harness.tick()
        }
        #expect(harness.room.eventCount == 10)
        #expect(harness.count(.eventsForgotten) == 15)
        #expect(talker.replica.gaps.isEmpty)
        #expect(talker.replica.events.count == 25)
        let back = harness.rejoin(away)
        #expect(back.replica.events.map(\.number) == Array(16...25))
        #expect(back.replica.gaps.count == 1)
        harness.tick(40)
        #expect(back.replica.gaps.count == 1)
    }

    @Test("More events in one tick than the log holds: everybody is told")
    func lossInOneTick() {
        let harness = RoomHarness { $0.maximumEvents = 5 }
        let (talker, listener) = (harness.join(), harness.join())
        for number in 0..<8 { harness.uplink(talker, .say(Int64(number))) }
        harness.tick()
        #expect(listener.replica.events.map(\.number) == [4, 5, 6, 7, 8])
        #expect(listener.replica.gaps == [harness.tickNumber])
    }

    @Test("A forgotten private event is a gap of its receiver alone")
    func privateLoss() {
        let harness = RoomHarness { $0.maximumEvents = 5 }
        let (talker, away, other) = (harness.join(), harness.join(), harness.join())
        harness.tick()
        harness.breakConnection(away)
        harness.breakConnection(other)
        harness.tick()
        for number in 0..<7 { harness.uplink(talker, .say(Int64(number), .seats, [away.seat])) }
        harness.tick()
        let (back, otherBack) = (harness.rejoin(away), harness.rejoin(other))
        #expect(back.replica.events.map(\.number) == [3, 4, 5, 6, 7])
        #expect(back.replica.privateGaps.count == 1)
        #expect(back.replica.gaps.isEmpty)
        #expect(otherBack.replica.privateGaps.isEmpty)
        #expect(otherBack.replica.gaps.isEmpty)
    }

    @Test("A newcomer gets no event from before it sat down, a returning player all since its tick")
    func history() {
        let harness = RoomHarness()
        let (talker, leaver) = (harness.join(), harness.join())
        harness.uplink(talker, .say(1))
        harness.tick(2)
        harness.breakConnection(leaver)
        harness.uplink(talker, .say(2), .say(3, .seats, [leaver.seat]))
        harness.tick(5)
        let newcomer = harness.join()
        #expect(newcomer.replica.events.isEmpty)
        let back = harness.rejoin(leaver)
        #expect(back.replica.events.map(\.value) == [.integer(1), .integer(2), .integer(3)])
        #expect(newcomer.replica.gaps.isEmpty)
    }

    @Test("One large event stays even if it alone is over the bound of bytes")
    func largeEvent() {
        let harness = RoomHarness { $0.maximumEventBytes = 100 }
        let (talker, listener) = (harness.join(), harness.join())
        harness.uplink(talker, .event("e", .all, [], .bytes([UInt8](repeating: 1, count: 5000))))
        harness.tick()
        #expect(listener.replica.events.count == 1)
        #expect(listener.replica.gaps.isEmpty)
    }
}
