import RelayCore
import RelayWire
import Testing

/// What one player sends must cost nobody else anything, and nothing for ever.
@Suite("The inbox under floods")
struct InboxTests {
    @Test("A bystander whose message is read behind a flood that fills the inbox is heard, and keeps its connection")
    func bystander() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (100_000, 1_000_000) }
        let flooders = (0..<4).map { _ in harness.join() }
        let bystander = harness.join()
        harness.tick(2)
        let filler = [ClientMessage.Kind.ack.rawValue] + [UInt8](repeating: 0, count: 16_000)
        while !harness.room.intake.inbox.isFull { for flooder in flooders { harness.send(flooder, filler) } }
        harness.uplink(bystander, .say(7))
        harness.send(flooders[0], filler)
        harness.tick()
        #expect(bystander.closed == nil)
        #expect(harness.report(bystander)?.lastUplink == 1)
        #expect(harness.count(.inboxOverflows) > 0)
        #expect(flooders[0].closed != nil)
    }

    @Test("Messages are charged when they are read: over the burst they take no place, and only their sender is closed")
    func chargedWhenRead() {
        let harness = RoomHarness()
        let (flooder, other) = (harness.join(), harness.join())
        harness.tick(2)
        for _ in 0..<2_000 { harness.acknowledge(flooder, 0) }
        harness.uplink(other, .say(1))
        #expect(harness.room.inboxCount <= 240 + 4 + 1)
        #expect(harness.count(.messagesOverBudget) == 1)
        #expect(harness.count(.messagesAfterLoss) > 1_700)
        harness.tick()
        #expect(flooder.closed == .rateLimited)
        #expect(other.closed == nil)
        #expect(harness.report(other)?.lastUplink == 1)
    }

    @Test(
        "Nothing is looked at behind a message that ends the connection, and it ends as that message says",
        arguments: [([], .malformed), ([0], .unknownKind), ([6], .left), ([1, 1, 1, 65, 0, 0], .outOfPlace)]
            as [([UInt8], CloseCode)]
    )
    func behindTheLast(message: [UInt8], code: CloseCode) {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(2)
        harness.send(client, message)
        for _ in 0..<2_000 { harness.send(client, message) }
        #expect(harness.room.inboxCount == 1)
        #expect(harness.count(.messagesAfterLast) == 2_000)
        harness.tick()
        #expect(client.closed == code)
    }

    @Test(
        "Inputs come in order of arrival, then seat, then as they came, however they are mixed",
        arguments: 0..<50 as Range<UInt64>)
    func order(seed: UInt64) {
        var (random, inbox) = (SplitMix64(seed: seed), Inbox())
        let connections = 1 + random.below(40) as Int
        for connection in 0..<connections {
            var arrival: UInt64 = random.below(1_000)
            for _ in 0..<random.below(60) as Range<Int> {
                arrival += random.below(2) * random.below(100)
                inbox.add(
                    .leave(generation: UInt64(inbox.entries.count)), seat: SeatNumber(rawValue: UInt16(connection / 2)),
                    at: Instant(nanoseconds: arrival)
                )
            }
        }
        let expected = inbox.entries.enumerated().sorted {
            ($0.element.arrival, $0.element.seat, $0.offset) < ($1.element.arrival, $1.element.seat, $1.offset)
        }
        inbox.sort()
        let found = inbox.entries.map { if case .leave(let came) = $0.input { Int(came) } else { -1 } }
        #expect(found == expected.map(\.offset))
    }

    @Test("A pause of ours is no flood of theirs: what came meanwhile is charged over the whole of it")
    func pause() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (60, 20) }
        let client = harness.join()
        harness.tick(2)
        // Five seconds without a read, in which the client went on sending at its rate.
        harness.now = harness.now.advanced(by: 5_000_000_000)
        harness.room.take(.reading(at: harness.now))
        for _ in 0..<300 { harness.acknowledge(client, 0) }
        #expect(harness.count(.messagesOverBudget) == 0)
        for _ in 0..<100 { harness.acknowledge(client, 0) }
        #expect(harness.count(.messagesOverBudget) > 0)
    }

    @Test("However many reads it takes: a backlog from our pause is no flood either")
    func pauseOfManyReads() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (60, 20) }
        let client = harness.join()
        harness.tick(2)
        harness.tick(1, by: 150)  // five seconds without a read
        for _ in 0..<3 {
            for _ in 0..<90 { harness.acknowledge(client, 0) }
            harness.tick()
        }
        #expect(harness.count(.messagesOverBudget) == 0)
        #expect(client.closed == nil)
    }

    @Test("Lasting overload is no licence: of pauses in a row one counts")
    func pausesInARow() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (120, 240) }
        let client = harness.join()
        for _ in 0..<30 { harness.tick(1, by: 18) }  // 0.6 s each
        for _ in 0..<300 { harness.acknowledge(client, 0) }
        #expect(harness.count(.messagesOverBudget) == 0)
        for _ in 0..<100 { harness.acknowledge(client, 0) }
        #expect(harness.count(.messagesOverBudget) == 1)
    }

    @Test("A long pause counts until its backlog has had time to be read, though short ones follow")
    func shortPausesBehindALongOne() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (60, 20) }
        let client = harness.join()
        harness.tick(2)
        harness.tick(1, by: 150)  // five seconds without a read
        for _ in 0..<3 {
            for _ in 0..<100 { harness.acknowledge(client, 0) }
            harness.tick(1, by: 12)  // 0.4 s
        }
        #expect(harness.count(.messagesOverBudget) == 0)
        #expect(client.closed == nil)
    }

    @Test(
        "A full room that kept within its budget while we stood still loses nobody, and neither does one that ticks once a second"
    )
    func fullRoomAfterAPause() {
        for (rate, ticks) in [(30, 150), (1, 1)] as [(UInt64, UInt64)] {
            let harness = RoomHarness {
                $0.rate = rate
                $0.heartbeatInterval = 1_000_000_000
            }
            harness.verifies = false  // 512 replicas, which are not what this asks about
            let clients = harness.joinTogether(512)
            harness.tick(2)
            harness.now = harness.now.advanced(by: ticks * 1_000_000_000 / rate)
            harness.room.take(.reading(at: harness.now))
            for client in clients {
                for number in 0..<ticks * 30 / rate {
                    let fields = (0..<4).map { (OutgoingName.inline("f\($0)"), Value.integer(Int64(number))) }
                    harness.uplink(client, .set(client.entity(1), fields))
                }
            }
            harness.tick()
            #expect(clients.allSatisfy { $0.closed == nil })
            #expect(harness.count(.inboxOverflows) == 0)
        }
    }

    @Test("What uplinks are decoded to is bounded: over it each sender has its share, and one who keeps to it is heard")
    func operations() {
        let harness = RoomHarness()
        let flooders = (0..<64).map { _ in harness.join() }
        let bystander = harness.join()
        harness.tick(2)
        // Within everybody's budget of messages: 64 × 200 × 64 operations of two bytes.
        let removes = (0..<64).map { _ in Op.remove(EntityID(.room, 1)) }
        for flooder in flooders { for _ in 0..<200 { harness.send(flooder, harness.uplinkBytes(flooder, removes)) } }
        harness.uplink(bystander, .event("chat", .all, [], .string(String(repeating: "x", count: 4_000))))
        harness.tick()
        #expect(bystander.closed == nil)
        #expect(harness.report(bystander)?.lastUplink == 1)
        #expect(flooders.contains { $0.closed == nil })
        #expect(flooders.contains { $0.closed == .rateLimited })
        #expect(flooders.allSatisfy { $0.closed == nil || $0.closed == .rateLimited })
        #expect(harness.count(.inboxOverflows) > 0)
        // The list of 800,000 operations was 100 MiB alone.
        #expect(harness.room.intake.inbox.capacity < 80 << 20)
    }

    @Test("A socket that is kept full saves no budget: only our own pauses do")
    func fullSocket() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (60, 20) }
        let client = harness.join()
        for _ in 0..<300 {
            harness.room.take(.unread(client.seat, generation: client.generation))
            harness.tick()
        }
        for _ in 0..<40 { harness.acknowledge(client, 0) }
        #expect(harness.count(.messagesOverBudget) == 1)
    }

    @Test("A slow room's ordinary reads are no pauses of ours: they save nobody a budget", arguments: [1, 2, 3] as [UInt64])
    func slowRoom(rate: UInt64) {
        let harness = RoomHarness {
            ($0.rate, $0.uplinkRate, $0.uplinkBurst) = (rate, 60, 20)
            $0.heartbeatInterval = 1_000_000_000
        }
        let client = harness.join()
        harness.tick(60)
        for _ in 0..<200 { harness.acknowledge(client, 0) }
        #expect(harness.count(.messagesOverBudget) == 1)
    }

    @Test("Memory that a flood took is given back")
    func memory() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (100_000, 1_000_000) }
        let clients = (0..<8).map { _ in harness.join() }
        harness.tick(2)
        let quiet = harness.room.intake.inbox.capacity
        for client in clients { for _ in 0..<2_000 { harness.acknowledge(client, 0) } }
        #expect(harness.room.intake.inbox.capacity > 1 << 20)
        harness.tick(3 * Inbox.window)
        #expect(harness.room.intake.inbox.capacity <= max(2 * quiet, 64 << 10))
    }

    @Test("A room that nobody is in keeps no working memory")
    func emptyRoom() {
        let harness = RoomHarness { ($0.uplinkRate, $0.uplinkBurst) = (100_000, 1_000_000) }
        let client = harness.join()
        harness.tick(2)
        for _ in 0..<2_000 { harness.acknowledge(client, 0) }
        harness.send(client) { $0.leave() }
        harness.tick()
        harness.take(.idle)
        #expect(harness.room.intake.inbox.capacity == 0)
        #expect(harness.join().closed == nil)
    }
}
