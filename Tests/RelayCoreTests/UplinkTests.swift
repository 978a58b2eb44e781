import RelayCore
import RelayWire
import Testing

@Suite("Uplinks, exactly once")
struct UplinkTests {
    @Test("Uplinks repeated without end are a flood, though each has no effect")
    func endlessRepeats() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (10, 3) }
        let client = harness.join()
        client.acknowledges = false
        harness.uplink(client, number: 1, .say(1))
        for _ in 0..<4 { harness.uplink(client, number: 1, .say(1)) }
        harness.tick()
        #expect(client.closed == .rateLimited)
        #expect(harness.count(.uplinksRepeated) == 3)
    }

    @Test("A repeated uplink has no effect, costs nothing of what new ones may cost, and its acknowledgement counts")
    func repeats() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (10, 3) }
        let (client, listener) = (harness.join(), harness.join())
        (client.acknowledges, listener.acknowledges) = (false, false)
        let acknowledged = harness.count(.acknowledgements)
        harness.uplink(client, number: 5, .say(1))
        for _ in 0..<2 { harness.uplink(client, number: 5, ack: client.applied, .say(1)) }
        harness.uplink(client, number: 4, .say(2))
        harness.uplink(client, number: 6)
        harness.tick()
        #expect(client.closed == nil)
        #expect(listener.replica.events.map(\.value) == [.integer(1)])
        #expect(harness.count(.uplinksRepeated) == 3)
        #expect(harness.count(.acknowledgements) == acknowledged + 1)
        #expect(harness.report(client)?.lastUplink == 6)
    }

    @Test("Numbers may jump, never go back; the relay keeps the newest")
    func numbers() {
        let harness = RoomHarness()
        let client = harness.join()
        let largest = WireLimits.safeInteger
        for (number, value) in [(7, 7), (3, 3), (8, 8), (largest, 9), (largest - 1, 10)] as [(UInt64, Int64)] {
            harness.uplink(client, number: number, .say(value))
            harness.tick()
        }
        #expect(client.replica.events.map(\.value) == [.integer(7), .integer(8), .integer(9)])
        #expect(harness.report(client)?.lastUplink == largest)
    }

    @Test("Resent after a rejoin, what was applied is not applied again, what was not is")
    func acrossConnections() {
        let harness = RoomHarness()
        let (client, listener) = (harness.join(), harness.join())
        harness.uplink(client, .say(1))
        harness.tick(2)
        harness.uplink(client, .say(2))
        harness.breakConnection(client)
        harness.tick()
        harness.uplink(client, .say(3))
        let back = harness.rejoin(client)
        // The loss counted after the second; the third came too late.
        let applied = back.welcome?.lastUplink ?? 0
        #expect(applied == 2)
        for number in UInt64(1)...3 { harness.uplink(back, number: number, .say(Int64(number))) }
        harness.tick()
        #expect(listener.replica.events.map(\.value) == [.integer(1), .integer(2), .integer(3)])
    }

    @Test("Operations of one uplink apply in order; those that cannot yield results, and the others stand")
    func orderAndResults() {
        let harness = RoomHarness()
        let client = harness.join()
        let id = client.entity(0)
        harness.uplink(
            client, .set(id, "x", .integer(1)), .compare(id, "x", expected: .integer(1), new: .integer(2)), .remove(.room(4)),
            .compare(id, "x", expected: .integer(1), new: .integer(3)), .remove(id), .set(id, "y", .integer(4))
        )
        harness.tick()
        #expect(client.replica.entities[id]?.fields == [1: .integer(4)])
        let codes: [(UInt8, ResultCode)] = [(1, .succeeded), (2, .noSuchEntity), (3, .valueDiffers)]
        #expect(client.replica.results == codes.map { OperationResult(uplink: 1, operation: $0.0, code: $0.1) })
        #expect(client.replica.lastUplink == 1)
        #expect(harness.count(.operationsRefused) == 2)
    }

    @Test("A refused operation counts as applied: resent, it gets no second result")
    func refusedCounts() {
        let harness = RoomHarness()
        let client = harness.join()
        harness.uplink(client, number: 1, .remove(.room(1)))
        harness.tick()
        harness.uplink(client, number: 1, .remove(.room(1)))
        harness.tick(2)
        #expect(client.replica.results.count == 1)
        #expect(harness.report(client)?.lastUplink == 1)
    }

    @Test("Results survive a lost connection, and come again until acknowledged, then never")
    func resultsSurvive() {
        let harness = RoomHarness()
        var client = harness.join()
        harness.tick(2)
        client.acknowledges = false
        let before = client.replica
        harness.uplink(client, .remove(.room(1)))
        harness.tick()
        for _ in 0..<3 {
            // What was received since is lost with the process, say; the client comes back from where it was.
            client.replica = before
            harness.breakConnection(client)
            harness.tick()
            client = harness.rejoin(client)
            client.acknowledges = false
            #expect(client.replica.results.map(\.code) == [.noSuchEntity])
        }
        client.acknowledges = true
        harness.tick(2)
        client.replica = before
        client = harness.rejoin(client)
        #expect(client.replica.results.isEmpty)
        #expect(client.replica.privateGaps.isEmpty)
    }

    @Test("Results beyond the bound are forgotten, the oldest first, and the seat is told")
    func resultBound() {
        let harness = RoomHarness { $0.maximumResults = 4 }
        let client = harness.join()
        harness.tick(2)
        for number in 1...6 { harness.uplink(client, .remove(.room(UInt16(number)))) }
        harness.breakConnection(client)
        harness.tick()
        let lost = harness.tickNumber
        let back = harness.rejoin(client)
        #expect(back.replica.results.map(\.uplink) == [3, 4, 5, 6])
        #expect(back.replica.privateGaps == [lost])
        harness.tick(3)
        harness.uplink(back, .remove(.room(1)))
        harness.tick()
        #expect(back.replica.results.count == 5)
        #expect(back.replica.privateGaps.count == 1)
    }

    @Test("Neither an older private event nor an older result hides a later loss")
    func lossIsNotHidden() {
        let harness = RoomHarness { ($0.maximumResults, $0.maximumEvents) = (2, 3) }
        let (talker, client) = (harness.join(), harness.join())
        harness.tick(2)
        client.acknowledges = false
        client.takesAll = false
        harness.uplink(talker, .say(0, .seats, [client.seat]))
        harness.tick()
        for _ in 0..<3 {
            harness.uplink(client, .remove(.room(0)))
            harness.tick()
        }
        let lost = harness.tickNumber - 2
        for number in 0..<3 { harness.uplink(talker, .say(Int64(number))) }
        harness.tick()
        harness.breakConnection(client)
        harness.tick()
        let back = harness.rejoin(client)
        #expect(back.replica.privateGaps.max() ?? 0 >= lost)
        #expect(back.replica.results.count == 2)
    }

    // MARK: Malformed

    enum Flaw: String, Sendable, CaseIterable {
        case cutShort, trailing, unknownOperation, unknownName, unknownTag, notFinite, badText, badAudience, spectatorSpace
        case nothing, nothingButKind, tooManyOperations, numberZero
    }

    private static func spoil(_ bytes: [UInt8], _ flaw: Flaw) -> [UInt8] {
        var head = bytes
        // Kind, ack 0, hold 0, number, count: the operations stand behind.
        head[4] += 1
        switch flaw {
        case .cutShort: return Array(bytes.dropLast())
        case .trailing: return bytes + [0]
        case .unknownOperation: return head + [9]
        case .unknownName: return head + [1, 0, 1, 200, 9, 0]
        case .unknownTag: return head + [1, 0, 1, 0, 1, 65, 8]
        case .notFinite: return head + [1, 0, 1, 0, 1, 65, 4, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F]
        case .badText: return head + [1, 0, 1, 0, 1, 65, 6, 1, 0xFF]
        case .badAudience: return head + [3, 0, 1, 65, 4, 0]
        case .spectatorSpace: return head + [3, 0, 1, 65, 3, 1, 0xFF, 0x7F, 0]
        case .nothing: return []
        case .nothingButKind: return [3]
        case .tooManyOperations: return Array(bytes[..<4]) + [65] + bytes[5...]
        case .numberZero: return Array(bytes[..<3]) + [0] + bytes[4...]
        }
    }

    @Test("A malformed uplink has no effect at all: no state, event, acknowledgement or number", arguments: Flaw.allCases)
    func malformed(_ flaw: Flaw) {
        let harness = RoomHarness()
        let (client, other) = (harness.join(), harness.join())
        harness.tick(2)
        client.acknowledges = false
        let before = harness.report(client)
        let good = harness.uplinkBytes(client, [.set(client.entity(0), "x", .integer(1)), .say(1)])
        harness.send(client, Self.spoil(good, flaw))
        harness.uplink(client, .say(2))
        harness.tick()
        #expect(client.closed == .malformed)
        #expect(harness.closes(.malformed) == 1)
        #expect(harness.report(client)?.lastUplink == 0)
        #expect(harness.report(client)?.roundTrip.samples == before?.roundTrip.samples)
        #expect(other.replica.entities.isEmpty)
        #expect(harness.room.newestEvent == 0)
        #expect(harness.room.nameCount == 0)
        #expect(harness.state(client) == .away)
        harness.uplink(other, .say(3))
        harness.tick()
        #expect(other.replica.events.map(\.value) == [.integer(3)])
        #expect(harness.rejoin(client).closed == nil)
    }

    @Test("An uplink before a malformed message of the same tick stands")
    func goodThenBad() {
        let harness = RoomHarness()
        let (client, other) = (harness.join(), harness.join())
        harness.tick(2)
        harness.uplink(client, .say(1))
        harness.send(client, [])
        harness.tick()
        #expect(client.closed == .malformed)
        #expect(other.replica.events.map(\.value) == [.integer(1)])
    }

    @Test("What a disconnected player had still to be applied is not its successor's")
    func notTheSuccessors() {
        let harness = RoomHarness()
        let (witness, mute) = (harness.join(), harness.join())
        mute.acknowledges = false
        harness.tick()
        // Never acknowledged, so the offence ends the seat; somebody else takes the number at the same tick.
        harness.uplink(mute, .set(mute.entity(0), "x", .integer(1)), .remove(.room(0)), .say(1))
        harness.send(mute, [0x7F])
        harness.now = harness.now.advanced(by: 1_000_000)
        let next = harness.connect()
        harness.room.take(.join(.player, next.connection, at: harness.now))
        harness.tick()
        #expect(next.seat == mute.seat)
        #expect(harness.room.contents.isEmpty)
        #expect(next.replica.results.isEmpty)
        #expect(next.welcome?.lastUplink == 0)
        #expect(harness.room.newestEvent == 0)
        #expect(witness.complaint == nil)
    }
}
