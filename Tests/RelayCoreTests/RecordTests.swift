import RelayCore
import RelayWire
import Testing

@Suite("Journal")
struct RecordTests {
    @Test(
        "At every tick the journal has the room: the restored one equals the live one, byte for byte",
        arguments: UInt64(0)..<32)
    func restoredEqualsLive(seed: UInt64) throws {
        var game = RandomGame(seed: seed)
        let harness = game.harness
        var journal = RecordedRoom(&harness.room)
        var mirror = try journal.restored()
        for _ in 0..<500 {
            let record = game.step(into: &journal)
            try mirror.replay(record.bytes.span, at: record.tick)
            #expect(mirror.contentsForJournal() == harness.room.contentsForJournal(), "tick \(harness.tickNumber)")
            #expect(mirror.checksum == harness.room.checksum)
            #expect(mirror.rosterRows == harness.room.rosterRows)
        }
        var again = try journal.restored()
        #expect(again.contentsForJournal() == mirror.contentsForJournal(), "a snapshot, then all records at once")
        #expect(harness.count(.joins) > 5 && harness.count(.events) > 50 && harness.count(.operationsRefused) > 10)
    }

    @Test(
        "A restored room goes on: same seats, deltas for whoever has its ticks, events exactly once",
        arguments: UInt64(100)..<116)
    func goesOn(seed: UInt64) throws {
        var game = RandomGame(seed: seed)
        let harness = game.harness
        for round in 1...4 {
            let journal = game.record(60)
            let connected = harness.clients.filter(\.isConnected)
            let epoch = harness.room.epoch
            let room = try journal.resumed(epoch: epoch + 1, at: harness.liveness)
            #expect(room.currentTick == harness.room.currentTick.advanced(by: 1))
            #expect(room.newestEvent == harness.room.newestEvent)
            #expect(room.rosterRows.allSatisfy { $0.state == .away } && room.host == .room)
            harness.room = room
            for client in connected { client.closed = .internalError }
            let back = connected.map { client in
                harness.askBack(client, epoch: epoch, confirmed: client.lastUplink + (client === connected[0] ? 1 : 0))
            }
            harness.verifies = true
            harness.tick()
            for (client, before) in zip(back, connected) {
                let welcome = try #require(client.welcome)
                #expect(welcome.seat == before.seat && welcome.generation == before.generation + 1, "round \(round)")
                #expect(welcome.resumed || before.complaint != nil || before.replica.tick < forgottenBefore(harness))
                #expect(welcome.lastUplink >= before.replica.lastUplink)
                #expect(welcome.uplinkGap == (before === connected[0]))
                #expect(Set(client.replica.events.map(\.number)).count == client.replica.events.count, "an event came twice")
            }
            harness.verifies = false
        }
    }

    /// Bytes that formats from 2 on have before the epoch, for a type of this name: 0, the format, the name.
    private static func head(of type: String, format: UInt8 = 3) -> [UInt8] {
        [0, format, UInt8(type.utf8.count)] + Array(type.utf8)
    }

    /// What a door without a password, invitations and bans takes in a snapshot. It stands before the checksum.
    private static let emptyDoor: [UInt8] = [0, 0, 0]

    @Test("A snapshot has the room's type and door; one of format 2 has no door, one of format 1 no type either: all are read")
    func formats() throws {
        var game = RandomGame(seed: 5, type: "duel")
        var journal = game.record(100)
        let configuration = journal.configuration
        let head = Self.head(of: "duel")
        #expect(Array(journal.snapshot.bytes.prefix(head.count)) == head)
        var asked: [String?] = []
        func restore(_ journal: RecordedRoom) throws -> Room {
            try Room.restored(instance: journal.instance) {
                asked.append($0)
                return configuration
            } from: { take in
                for record in [journal.snapshot] + journal.records { try take(record.bytes.span, record.tick) }
            }
        }
        var newer = try restore(journal)
        let door = journal.snapshot.bytes.count - 4 - Self.emptyDoor.count
        #expect(Array(journal.snapshot.bytes[door...].prefix(Self.emptyDoor.count)) == Self.emptyDoor)
        journal.snapshot.bytes.removeSubrange(door..<door + Self.emptyDoor.count)
        journal.snapshot.bytes[1] = 2
        var older = try restore(journal)
        journal.snapshot.bytes.removeFirst(head.count)
        var oldest = try restore(journal)
        #expect(asked == ["duel", "duel", nil] && older.contentsForJournal() == newer.contentsForJournal())
        #expect(oldest.contentsForJournal() == newer.contentsForJournal())
    }

    @Test(
        "A snapshot of a later format, or with a type that cannot be, is refused",
        arguments: [
            ([0, 4], true), ([0, 0], true), ([0, 1], true), ([0, 3, 0], false), ([0, 3, 33], false), ([0], false),
            ([0, 3, 1, 0xFF], false),
        ]
            as [([UInt8], Bool)])
    func laterFormat(head: [UInt8], isNewer: Bool) throws {
        var game = RandomGame(seed: 6)
        var journal = game.record(10)
        journal.snapshot.bytes.replaceSubrange(0..<Self.head(of: RoomConfiguration.standardType).count, with: head)
        let error = #expect(throws: RestoreError.self) { _ = try journal.restored().seated }
        if isNewer { #expect(error == .newerFormat(UInt64(head[1]))) }
    }

    private func forgottenBefore(_ harness: RoomHarness) -> UInt64 { harness.room.world.entities.forgottenThrough.rawValue + 1 }

    @Test("A client ahead of what was committed, or of an epoch that nobody knows, gets a snapshot")
    func ahead() throws {
        let harness = RoomHarness()
        let client = harness.join()
        harness.tick(3)
        var journal = RecordedRoom(&harness.room)
        harness.tick(2)
        let record = journal.append(&harness.room)  // two ticks in one record: nothing was recorded in between
        harness.uplink(client, .set(client.entity(0), "x", .integer(1)))
        harness.tick(2)
        for (epoch, tick, resumes) in [
            (UInt64(1), harness.room.currentTick, false), (1, record.tick, true), (7, journal.snapshot.tick, false),
            (8, record.tick, false),
        ] {
            let request = RejoinRequest(
                seat: client.seat, generation: 1, epoch: epoch, tick: tick, confirmed: client.lastUplink)
            let welcome = try #require(try Self.welcome(request, journal, harness))
            #expect(welcome.resumed == resumes, "epoch \(epoch), tick \(tick)")
            #expect(welcome.uplinkGap, "the write came after the last commit")
        }
    }

    /// What the next relay says to a rejoin.
    private static func welcome(
        _ request: RejoinRequest, _ journal: RecordedRoom, _ harness: RoomHarness
    ) throws -> SeatWelcome? {
        var room = try journal.resumed(epoch: 9, at: harness.liveness)
        room.take(.rejoin(request, ConnectionID(rawValue: 99), at: harness.now))
        harness.tick(&room)
        for case .welcome(_, let welcome) in room.outputs { return welcome }
        return nil
    }

    @Test("A relay with a shorter event log forgets the oldest, and says so")
    func smallerBounds() throws {
        let harness = RoomHarness()
        let client = harness.join()
        for number in Int64(1)...20 {
            harness.uplink(client, .say(number), .say(number, .seats, [client.seat]))
            harness.tick()
        }
        var journal = RecordedRoom(&harness.room)
        journal.configuration.maximumEvents = 10
        let room = try journal.resumed(epoch: 2, at: harness.liveness)
        #expect(room.eventCount == 10 && room.newestEvent == 40)
        #expect(room.events.publicForgottenThrough == harness.room.currentTick.before(5))
        #expect(room.members.seats[client.seat].privateForgottenThrough == harness.room.currentTick.before(5))
    }

    @Test("Holds begin anew with the restore, and end")
    func holds() throws {
        let harness = RoomHarness { $0.seatHold = 2_000_000_000 }
        harness.join()
        harness.tick(3)
        var room = try RecordedRoom(&harness.room).resumed(epoch: 2, at: harness.liveness)
        #expect(room.emptySince == nil && room.seated == 1)
        for (milliseconds, seated) in [(UInt64(1_999), 1), (2_000, 1), (2_001, 0)] {
            harness.tick(&room, after: milliseconds * 1_000_000)
            #expect(room.seated == seated, "after \(milliseconds) ms")
        }
        #expect(room.emptySince != nil)
    }

    @Test(
        "Bytes that are cut short or changed throw or make a room that can be ticked; they never trap",
        arguments: UInt64(0)..<40)
    func hostile(seed: UInt64) throws {
        var game = RandomGame(seed: seed)
        game.step(80)
        let journal = game.record(20)
        var random = SplitMix64(seed: seed)
        var refused = 0
        for round in 0..<600 {
            var damaged = journal
            Self.damage(&damaged, round, &random)
            do {
                try Self.play(damaged, game.harness)
            } catch is RestoreError {
                refused += 1
            }
        }
        #expect(refused > 300)
    }

    /// The next relay takes the room for what the bytes say, and ticks it.
    private static func play(_ journal: RecordedRoom, _ harness: RoomHarness) throws {
        var room = try journal.restored()
        room.resume(epoch: room.epoch == 77 ? 78 : 77, at: harness.liveness)
        room.take(.join(.player, ConnectionID(rawValue: 5), at: harness.now))
        for step in UInt64(1)...40 { harness.tick(&room, after: step * 100_000_000) }
    }

    private static func damage(_ journal: inout RecordedRoom, _ round: Int, _ random: inout SplitMix64) {
        func change(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
            guard !bytes.isEmpty else { return }
            let position = Int(random.below(UInt64(bytes.count)))
            switch round % 4 {
            case 0: bytes[position] ^= 1 << UInt8(random.below(8))
            case 1: bytes[position] = UInt8(random.below(256))
            case 2: bytes.removeSubrange(position...)
            default: bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0x7F], at: position)
            }
        }
        if random.chance(50) {
            change(&journal.snapshot.bytes, &random)
        } else {
            let index = Int(random.below(UInt64(journal.records.count)))
            change(&journal.records[index].bytes, &random)
        }
    }

    @Test("A record that is missing is a contradiction, not another room")
    func missing() throws {
        var game = RandomGame(seed: 3)
        game.step(100)
        var journal = game.record(40)
        journal.records.remove(at: 5)
        #expect(throws: RestoreError.self) { try journal.restored().seated }
        journal.records.swapAt(0, 1)
        #expect(throws: RestoreError.self) { try journal.restored().seated }
    }

    @Test("Of nothing there is no room")
    func nothing() {
        let harness = RoomHarness()
        #expect(throws: RestoreError.self) {
            try Room.restored(configuration: harness.room.configuration, instance: harness.room.instance) { _ in }.seated
        }
    }
}

extension Tick {
    fileprivate func before(_ count: UInt64) -> Tick { Tick(rawValue: self.rawValue - count) }
}
