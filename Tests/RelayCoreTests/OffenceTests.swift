import RelayCore
import RelayWire
import Testing

@Suite("Offences and bounds of what comes in")
struct OffenceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var message: [UInt8]
        var code: CloseCode
    }

    static let rows = [
        Row(testDescription: "empty", message: [], code: .malformed),
        Row(testDescription: "unknown kind 0", message: [0], code: .unknownKind),
        Row(testDescription: "unknown kind 8", message: [8], code: .unknownKind),
        Row(testDescription: "a kind of the relay's", message: [0x82, 0, 1], code: .unknownKind),
        Row(testDescription: "unknown kind 255", message: [255], code: .unknownKind),
        Row(testDescription: "ack cut short", message: [4, 0], code: .malformed),
        Row(testDescription: "ack with trailing bytes", message: [4, 0, 0, 0], code: .malformed),
        Row(testDescription: "hold without an ack", message: [4, 0, 1], code: .malformed),
        Row(testDescription: "varint not minimal", message: [4, 0x80, 0, 0], code: .malformed),
        Row(testDescription: "resync without a reason", message: [5, 0, 0], code: .malformed),
        Row(testDescription: "resync with reason 4", message: [5, 0, 0, 4], code: .malformed),
        Row(testDescription: "leave with a field", message: [6, 0], code: .malformed),
        Row(testDescription: "second hello", message: [1, 1, 1, 65, 0, 0], code: .outOfPlace),
        Row(testDescription: "rejoin on a seated connection", message: [2, 1, 1, 65, 1, 0, 1, 0, 0, 0], code: .outOfPlace),
        Row(testDescription: "second hello of a wrong version", message: [1, 2, 1, 65, 0, 0], code: .outOfPlace),
        Row(testDescription: "ack of the future", message: [4, 0xFF, 0xFF, 0x7F, 0], code: .badAcknowledgement),
    ]

    @Test("An offence closes its connection with its code and a counter; the seat is held and the room goes on", arguments: rows)
    func offences(_ row: Row) {
        let harness = RoomHarness()
        let (offender, other) = (harness.join(), harness.join())
        harness.tick(2)
        harness.send(offender, row.message)
        harness.uplink(offender, .say(1))
        harness.uplink(other, .say(2))
        harness.tick()
        #expect(offender.closed == row.code)
        for code in CloseCode.allCases { #expect(harness.closes(code) == (code == row.code ? 1 : 0)) }
        #expect(other.replica.events.map(\.value) == [.integer(2)])
        #expect(other.replica.roster[offender.seat]?.state == .away)
        harness.tick(5)
        #expect(harness.rejoin(offender).closed == nil)
    }

    // MARK: Rate

    struct RateRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rate: UInt64
        var burst: UInt64
        /// Messages at each tick, 30 a second.
        var messages: [Int]
        var closed: Bool
    }

    @Test(
        "A bucket of burst messages, refilled at rate a second, also between two reads; an empty one is refused with 4004",
        arguments: [
            RateRow(testDescription: "the whole burst at once", rate: 120, burst: 240, messages: [240], closed: false),
            RateRow(testDescription: "and what a tick refills", rate: 120, burst: 240, messages: [243], closed: false),
            RateRow(testDescription: "one more", rate: 120, burst: 240, messages: [245], closed: true),
            RateRow(
                testDescription: "refilled by four a tick", rate: 120, burst: 240, messages: [240, 4, 4, 4, 4, 4], closed: false),
            RateRow(testDescription: "five a tick is one too many", rate: 120, burst: 240, messages: [244, 4, 5], closed: true),
            RateRow(
                testDescription: "the rate, for ever", rate: 120, burst: 4, messages: Array(repeating: 4, count: 300),
                closed: false),
            RateRow(
                testDescription: "never more than the burst is saved", rate: 30, burst: 3, messages: [0, 0, 0, 0, 0, 4, 2],
                closed: true),
            RateRow(testDescription: "a burst of one", rate: 30, burst: 1, messages: [1, 1, 1, 1, 0, 1], closed: false),
            RateRow(testDescription: "two in a burst of one", rate: 30, burst: 1, messages: [3], closed: true),
        ]
    )
    func rate(_ row: RateRow) {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (row.rate, row.burst) }
        let (client, other) = (harness.join(), harness.join())
        client.acknowledges = false
        for (round, count) in row.messages.enumerated() {
            // Acknowledgements and uplinks cost the same.
            for number in 0..<count {
                if (round + number) % 2 == 0 { harness.acknowledge(client, 0) } else { harness.uplink(client, .say(1)) }
            }
            harness.tick()
        }
        #expect(client.closed == (row.closed ? .rateLimited : nil))
        #expect(harness.closes(.rateLimited) == (row.closed ? 1 : 0))
        #expect(other.closed == nil)
    }

    @Test("Who was refused for its rate comes back by token, with its bucket as it left it")
    func backAfterRateLimit() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (30, 10) }
        let client = harness.join()
        harness.tick(2)
        for _ in 0..<20 { harness.uplink(client, .say(1)) }
        harness.tick()
        #expect(client.closed == .rateLimited)
        let applied = harness.report(client)?.lastUplink ?? 0
        #expect(applied == UInt64(harness.room.newestEvent))
        let back = harness.rejoin(client)
        #expect(back.welcome?.lastUplink == applied)
        for _ in 0..<5 { harness.uplink(back, .say(1)) }
        harness.tick()
        #expect(back.closed == .rateLimited)
    }

    // MARK: Room for what waits

    @Test("Messages for which the inbox has no room close their sender, and nothing after them counts")
    func inboxOverflow() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (100_000, 100_000) }
        let (flooder, other) = (harness.join(), harness.join())
        harness.tick(2)
        harness.uplink(other, number: 1, .say(1))
        let filler = harness.uplinkBytes(
            flooder, number: 1, [.event("e", .all, [], .bytes([UInt8](repeating: 0, count: 16_000)))])
        var sent = 0
        while harness.count(.inboxOverflows) == 0, sent < 10_000 {
            harness.send(flooder, filler)
            sent += 1
        }
        #expect(sent < 10_000)
        #expect(harness.room.intake.inbox.bytes.count <= Inbox.maximumBytes + 16_384)
        harness.uplink(flooder, number: 99, .say(99))
        harness.tick()
        #expect(flooder.closed == .rateLimited)
        #expect(harness.report(flooder)?.lastUplink == 1)
        #expect(harness.room.inboxCount == 0)
        #expect(other.closed == nil)
        #expect(other.replica.events.count == 2)
        harness.tick()
        let back = harness.rejoin(flooder)
        harness.uplink(back, number: 2, .say(2))
        harness.tick()
        #expect(back.closed == nil)
        #expect(harness.report(back)?.lastUplink == 2)
    }

    @Test("Bytes under a seat or generation that is not current are counted and ignored")
    func stale() {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(2)
        let bytes: [UInt8] = [6]
        for (seat, generation) in [(1, 0), (1, 2), (2, 1), (0, 1), (1024, 1), (65_535, 1)] as [(UInt16, UInt64)] {
            let seat = SeatNumber(rawValue: seat)
            let arrival = Arrival(at: harness.now, isExact: true)
            bytes.withUnsafeBytes { _ = harness.room.take(.message($0, from: seat, generation: generation, arrival: arrival)) }
            harness.room.take(.lost(seat, generation: generation, client.connection, at: harness.now))
            harness.room.take(.unread(seat, generation: generation))
            harness.room.take(.remainderSent(seat, generation: generation, at: harness.now))
        }
        harness.tick()
        #expect(harness.count(.staleMessages) == 6)
        #expect(harness.state(client) == .live)
    }

    @Test("A full room refuses with 4010, for players and spectators each", arguments: Role.allCases)
    func roomFull(_ role: Role) {
        let harness = RoomHarness { ($0.maximumPlayers, $0.maximumSpectators) = (3, 2) }
        let bound = role == .player ? 3 : 2
        let seated = (0..<bound).map { _ in harness.join(role) }
        #expect(seated.allSatisfy { $0.closed == nil })
        #expect(harness.join(role).closed == .roomFull)
        #expect(harness.closes(.roomFull) == 1)
        #expect(harness.join(role == .player ? .spectator : .player).closed == nil)
        harness.send(seated[0]) { $0.leave() }
        harness.tick()
        #expect(harness.join(role).seat == seated[0].seat)
    }
}
