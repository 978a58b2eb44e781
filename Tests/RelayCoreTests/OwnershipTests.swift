import RelayCore
import RelayWire
import Testing

@Suite("Ownership, room writes and departure")
struct OwnershipTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var policy = RoomWrites.anyone
        /// Seat 1 is the host, seat 2 is not.
        var byHost = false
        var op: Op
        var codes: [ResultCode]
    }

    private static let foreign = EntityID(SeatNumber(rawValue: 3), 0)
    private static let unseated = EntityID(SeatNumber(rawValue: 900), 0)

    @Test(
        "Who may write what",
        arguments: [
            Row(testDescription: "another's entity", op: .set(foreign, "x", .integer(2)), codes: [.notOwner]),
            Row(
                testDescription: "a new one in another's space", op: .set(EntityID(SeatNumber(rawValue: 3), 9), []),
                codes: [.notOwner]),
            Row(testDescription: "a space nobody has", op: .set(unseated, []), codes: [.notOwner]),
            Row(testDescription: "another's, by the host", byHost: true, op: .set(foreign, "x", .integer(2)), codes: [.notOwner]),
            Row(testDescription: "remove another's", op: .remove(foreign), codes: [.notOwner]),
            Row(testDescription: "remove nothing", op: .remove(.room(9)), codes: [.noSuchEntity]),
            Row(
                testDescription: "compare and set another's", op: .compare(foreign, "x", expected: .integer(1), new: .null),
                codes: [.notOwner]
            ),
            Row(testDescription: "the room's, by anyone", op: .set(.room(0), "x", .integer(2)), codes: []),
            Row(testDescription: "a new one of the room, by anyone", op: .set(.room(7), []), codes: []),
            Row(testDescription: "remove the room's, by anyone", op: .remove(.room(0)), codes: []),
            Row(testDescription: "host only, by another", policy: .host, op: .set(.room(0), "x", .null), codes: [.notOwner]),
            Row(
                testDescription: "host only, by the host", policy: .host, byHost: true, op: .set(.room(0), "x", .null), codes: []),
            Row(testDescription: "host only: remove by another", policy: .host, op: .remove(.room(0)), codes: [.notOwner]),
            Row(
                testDescription: "compare and set only: set", policy: .compareAndSet, byHost: true,
                op: .set(.room(0), "x", .null), codes: [.compareAndSetOnly]
            ),
            Row(
                testDescription: "compare and set only: remove", policy: .compareAndSet, op: .remove(.room(0)),
                codes: [.compareAndSetOnly]
            ),
            Row(
                testDescription: "compare and set only: compare and set", policy: .compareAndSet,
                op: .compare(.room(0), "x", expected: .integer(1), new: .integer(2)), codes: [.succeeded]
            ),
        ]
    )
    func writers(_ row: Row) {
        let harness = RoomHarness { $0.roomWrites = row.policy }
        let (host, guest, third) = (harness.join(), harness.join(), harness.join())
        harness.uplink(third, .set(third.entity(0), "x", .integer(1)))
        let start: Op =
            row.policy == .compareAndSet
            ? .compare(.room(0), "x", expected: .null, new: .integer(1)) : .set(.room(0), "x", .integer(1))
        harness.uplink(host, start)
        harness.tick()
        let (before, results) = (harness.roomContents(), host.replica.results.count)
        harness.uplink(row.byHost ? host : guest, row.op)
        harness.tick()
        #expect((row.byHost ? Array(host.replica.results.dropFirst(results)) : guest.replica.results).map(\.code) == row.codes)
        let refused = row.codes.contains { $0 != .succeeded }
        #expect((harness.roomContents() == before) == refused)
    }

    struct CompareRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var name = "x"
        var expected: Value
        var code: ResultCode
        var entity = EntityID.room(0)
    }

    @Test(
        "Compare and set succeeds iff the value is the expected one, type included; absent counts as null",
        arguments: [
            CompareRow(testDescription: "equal", expected: .integer(1), code: .succeeded),
            CompareRow(testDescription: "another number", expected: .integer(2), code: .valueDiffers),
            CompareRow(testDescription: "another type", expected: .float(1), code: .valueDiffers),
            CompareRow(testDescription: "null for a value", expected: .null, code: .valueDiffers),
            CompareRow(testDescription: "null for an absent field", name: "new", expected: .null, code: .succeeded),
            CompareRow(testDescription: "a value for an absent field", name: "new", expected: .integer(0), code: .valueDiffers),
            CompareRow(testDescription: "null for an absent entity", expected: .null, code: .succeeded, entity: .room(5)),
            CompareRow(
                testDescription: "a value for an absent entity", expected: .integer(1), code: .valueDiffers, entity: .room(5)),
            CompareRow(testDescription: "steps for a plain field", expected: .quantised(steps: 1), code: .wrongType),
            CompareRow(testDescription: "a number for a quantised field", name: "q", expected: .float(2.04), code: .succeeded),
            CompareRow(
                testDescription: "steps for a quantised field", name: "q", expected: .quantised(steps: 20), code: .succeeded),
            CompareRow(testDescription: "text for a quantised field", name: "q", expected: .string("2"), code: .wrongType),
            CompareRow(testDescription: "too many steps", name: "q", expected: .integer(.max), code: .outOfRange),
        ]
    )
    func compareAndSet(_ row: CompareRow) {
        let harness = RoomHarness { $0.fields = [DeclaredField(name: "q", quantum: 0.1)] }
        let client = harness.join()
        harness.uplink(client, .set(.room(0), [(.inline("x"), .integer(1)), (.inline("q"), .float(2))]))
        harness.tick()
        let (before, names) = (harness.roomContents(), harness.room.nameCount)
        harness.uplink(client, .compare(row.entity, row.name, expected: row.expected, new: .integer(7)))
        harness.tick()
        #expect(client.replica.results.map(\.code) == [row.code])
        if row.code == .succeeded {
            let wanted: Value = row.name == "q" ? .quantised(steps: 70) : .integer(7)
            #expect(harness.room.value(row.entity, row.name) == wanted)
        } else {
            #expect(harness.roomContents() == before)
            #expect(harness.room.nameCount == names)
        }
    }

    @Test("A compare and set whose new value cannot be written makes no entity")
    func compareAndSetRefused() {
        let harness = RoomHarness { $0.fields = [DeclaredField(name: "q", quantum: 0.1)] }
        let client = harness.join()
        harness.uplink(client, .compare(.room(1), "q", expected: .null, new: .string("no")))
        harness.tick()
        #expect(client.replica.results.map(\.code) == [.wrongType])
        #expect(harness.room.entityCount == 0)
    }

    @Test("Of two that compare and set the same value at one tick the earlier wins")
    func race() {
        let harness = RoomHarness()
        let (first, second) = (harness.join(), harness.join())
        for (client, delay) in [(first, UInt64(2_000_000)), (second, 1_000_000)] {
            let arrival = harness.now.advanced(by: delay)
            harness.uplink(
                client, at: arrival, .compare(.room(0), "turn", expected: .null, new: .integer(Int64(client.seat.rawValue))))
        }
        harness.tick()
        #expect(harness.room.value(.room(0), "turn") == .integer(2))
        #expect(first.replica.results.map(\.code) == [.valueDiffers])
        #expect(second.replica.results.map(\.code) == [.succeeded])
    }

    @Test("Results are nobody else's: the shared frame is the same for all")
    func resultsArePrivate() {
        let harness = RoomHarness()
        let (client, other) = (harness.join(), harness.join())
        harness.uplink(client, .remove(.room(1)))
        harness.tick()
        #expect(client.lastPrivate != nil)
        #expect(other.lastPrivate == nil)
        #expect(other.replica.results.isEmpty)
    }

    // MARK: Departure

    @Test("What a seat owned is removed, kept as the room's, or handed to the host", arguments: DeparturePolicy.allCases)
    func departure(_ policy: DeparturePolicy) {
        let harness = RoomHarness { $0.departure = policy }
        let (host, leaver, reader) = (harness.join(), harness.join(), harness.join())
        let id = leaver.entity(4)
        harness.uplink(leaver, .set(id, "x", .integer(1)), .set(.room(1), "y", .integer(2)))
        harness.tick()
        harness.send(leaver) { $0.leave() }
        harness.tick()
        #expect(reader.replica.entities[.room(1)] != nil)
        let owner: SeatNumber? =
            switch policy {
            case .remove: nil
            case .keep: .room
            case .handToHost: host.seat
            }
        #expect(reader.replica.entities[id]?.owner == owner)
        harness.uplink(reader, .set(id, "x", .integer(9)))
        harness.uplink(host, .set(id, "x", .integer(8)))
        harness.tick()
        #expect(reader.replica.results.map(\.code) == (policy == .keep ? [] : [.notOwner]))
    }

    @Test("With nobody left to be host, what would be handed over is the room's")
    func handedToNobody() {
        let harness = RoomHarness { $0.departure = .handToHost }
        let client = harness.join()
        harness.uplink(client, .set(client.entity(0), "x", .integer(1)))
        harness.tick()
        harness.send(client) { $0.leave() }
        harness.tick()
        #expect(harness.room.contents.map(\.owner) == [.room])
    }

    @Test("A number is given again only when its namespace is empty", arguments: DeparturePolicy.allCases)
    func numberReuse(_ policy: DeparturePolicy) {
        let harness = RoomHarness { $0.departure = policy }
        let (host, leaver) = (harness.join(), harness.join())
        harness.uplink(leaver, .set(leaver.entity(0), "x", .integer(1)))
        harness.tick()
        harness.send(leaver) { $0.leave() }
        harness.tick()
        let next = harness.join()
        #expect(next.seat.rawValue == (policy == .remove ? 2 : 3))
        #expect(next.generation == (policy == .remove ? 2 : 1))
        harness.uplink(host, .remove(leaver.entity(0)))
        harness.tick()
        #expect(harness.join().seat.rawValue == (policy == .remove ? 3 : 2))
    }

    @Test("A new occupant starts over: uplink numbers, joined tick, generation counted on")
    func newOccupant() {
        let harness = RoomHarness()
        let (stays, leaver) = (harness.join(), harness.join())
        harness.uplink(leaver, .say(1))
        harness.uplink(leaver, .say(2))
        harness.tick()
        harness.send(leaver) { $0.leave() }
        harness.tick()
        let next = harness.join()
        #expect(next.seat == leaver.seat)
        #expect(next.welcome?.lastUplink == 0)
        #expect(stays.replica.roster[next.seat]?.joined == next.welcome?.tick.rawValue)
        harness.uplink(next, .say(3))
        harness.tick()
        #expect(stays.replica.events.map(\.value) == [.integer(1), .integer(2), .integer(3)])
        #expect(next.replica.events.map(\.value) == [.integer(3)])
    }
}
