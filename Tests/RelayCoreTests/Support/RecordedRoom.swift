import RelayCore
import RelayWire
import Testing

/// A room as a journal would hold it: a snapshot, and the record of each tick after it.
struct RecordedRoom {
    typealias Record = (tick: Tick, bytes: [UInt8])

    /// Configuration of the relay that restores the room; initially that of the relay that wrote it.
    var configuration: RoomConfiguration
    let instance: RoomInstance
    var snapshot: Record
    var records: [Record] = []

    init(_ room: inout Room) {
        var writer = WireWriter()
        room.encodeSnapshot(into: &writer)
        (self.configuration, self.instance) = (room.configuration, room.instance)
        self.snapshot = (room.currentTick, writer.array)
    }

    /// Records the tick that the room has just run.
    @discardableResult
    mutating func append(_ room: inout Room) -> Record {
        var writer = WireWriter()
        room.encodeRecord(into: &writer)
        let record = (room.currentTick, writer.array)
        self.records.append(record)
        return record
    }

    /// The room as it was after the last record.
    func restored() throws -> Room {
        try Room.restored(configuration: self.configuration, instance: self.instance) { take in
            for record in [self.snapshot] + self.records { try take(record.bytes.span, record.tick) }
        }
    }

    /// The restored room, resumed by the next relay.
    func resumed(epoch: UInt64, at liveness: Instant) throws -> Room {
        var room = try self.restored()
        room.resume(epoch: epoch, at: liveness)
        return room
    }
}

extension RoomHarness {
    /// Runs a tick of another room by this one's clocks.
    func tick(_ other: inout Room, after nanoseconds: UInt64 = 0) {
        let liveness = self.liveness.advanced(by: nanoseconds)
        other.take(.tick(other.currentTick.advanced(by: 1), now: self.now, liveness: liveness))
    }
}

extension Room {
    /// Everything that outlives the process, as bytes. Leaves the marks of what is already journaled as they are.
    mutating func contentsForJournal() -> [UInt8] {
        let recorded = self.recorded
        let seats = self.members.seats.players + self.members.seats.spectators
        let records = seats.map(\.recorded)
        var writer = WireWriter()
        self.encodeSnapshot(into: &writer)
        self.recorded = recorded
        for (seat, record) in zip(seats, records) { seat.recorded = record }
        return writer.array
    }
}

/// Players who join, write, lose their connections and rejoin, drawn from a seed.
struct RandomGame {
    let harness: RoomHarness
    private var random: SplitMix64
    private var gone: [TestClient] = []

    init(seed: UInt64, type: String = RoomConfiguration.standardType) {
        var random = SplitMix64(seed: seed)
        let tight = random.chance(50)
        let departure = DeparturePolicy.allCases[Int(random.below(3))]
        self.harness = RoomHarness(instance: seed) { configuration in
            configuration.type = type
            configuration.seatHold = 1_500_000_000
            configuration.departure = departure
            configuration.fields = [DeclaredField(name: "q", quantum: 0.01)]
            guard tight else { return }
            (configuration.maximumEvents, configuration.maximumEventBytes) = (6, 400)
            (configuration.maximumDeletions, configuration.maximumResults) = (3, 4)
        }
        self.random = random
        self.harness.verifies = false
    }

    mutating func step(_ count: Int) { for _ in 0..<count { self.step() } }

    /// Runs a tick and records it.
    mutating func step(into journal: inout RecordedRoom) -> RecordedRoom.Record {
        self.step()
        return journal.append(&self.harness.room)
    }

    /// Records the room as it is now, then runs and records `count` ticks.
    mutating func record(_ count: Int) -> RecordedRoom {
        var journal = RecordedRoom(&self.harness.room)
        for _ in 0..<count { _ = self.step(into: &journal) }
        return journal
    }

    mutating func step() {
        let players = self.harness.clients.filter(\.isConnected)
        if players.count < 6, self.random.chance(20) {
            self.harness.room.take(
                .join(
                    self.random.chance(15) ? .spectator : .player, self.harness.connect().connection,
                    at: self.harness.now))
        }
        for client in players { self.play(client) }
        if let client = self.gone.last, self.random.chance(30) {
            self.gone.removeLast()
            _ = self.harness.askBack(client, epoch: self.harness.room.epoch)
        }
        self.harness.tick(by: self.random.chance(5) ? 3 : 1)
    }

    private mutating func play(_ client: TestClient) {
        var operations: [Op] = []
        if self.random.chance(60) { operations.append(self.write(client)) }
        if self.random.chance(15) { operations.append(.remove(Self.own(client, UInt16(self.random.below(4))))) }
        if self.random.chance(20) { operations.append(self.event(client)) }
        if self.random.chance(20) {
            operations.append(.compare(.room(7), "n", expected: self.count, new: .integer(Int64(self.random.below(5)))))
        }
        if !operations.isEmpty {
            self.harness.send(client, self.harness.uplinkBytes(client, operations))
        }
        switch self.random.below(300) {
        case 0...3:
            self.harness.breakConnection(client)
            self.gone.append(client)
        case 4: self.harness.send(client) { $0.leave() }
        case 5: client.acknowledges.toggle()
        case 6: self.harness.resync(client)
        default: break
        }
    }

    /// An entity of the client's own. Spectators have none: they try the room's and are refused.
    private static func own(_ client: TestClient, _ number: UInt16) -> EntityID {
        client.seat.isSpectator ? .room(number) : client.entity(number)
    }

    private var count: Value { self.harness.room.value(.room(7), "n") ?? .null }

    private mutating func write(_ client: TestClient) -> Op {
        let number = UInt16(self.random.below(4))
        let entity = self.random.chance(80) ? Self.own(client, number) : EntityID.room(number)
        let text = [UInt8](repeating: 7, count: Int(self.random.below(20)))
        let values: [Value] = [
            .integer(Int64(self.random.below(3))), .float(1.5), .bool(true), .null, .bytes(text), .string("text"),
        ]
        let name = ["a", "b", "c", "q"][Int(self.random.below(4))]
        return .set(entity, name, name == "q" ? .quantised(steps: 5) : values[Int(self.random.below(6))])
    }

    private mutating func event(_ client: TestClient) -> Op {
        let seats = [1, 2, 3].map { SeatNumber(rawValue: $0) }
        let value = Int64(self.random.below(1000))
        switch self.random.below(4) {
        case 0: return .say(value, .host)
        case 1: return .say(value, .seats, seats)
        case 2: return .event("long", .all, [], .bytes([UInt8](repeating: 1, count: 150)))
        default: return .say(value)
        }
    }
}
