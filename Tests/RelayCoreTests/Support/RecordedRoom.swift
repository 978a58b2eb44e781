@testable import RelayCore
import RelayWire
import Testing

/// What a journal would have of a room: a snapshot, and the record of each tick after it.
struct RecordedRoom {
    var snapshot: [UInt8]
    var tick: Tick
    var records: [(tick: Tick, bytes: [UInt8])] = []

    init(_ room: inout Room) {
        var writer = WireWriter()
        room.encodeSnapshot(into: &writer)
        (self.snapshot, self.tick) = (writer.array, room.currentTick)
    }

    mutating func append(_ room: inout Room) {
        var writer = WireWriter()
        room.encodeRecord(into: &writer)
        self.records.append((room.currentTick, writer.array))
    }

    /// The room as it was after the last record, or after an earlier tick.
    func restored(_ configuration: RoomConfiguration, _ instance: RoomInstance) throws(RestoreError) -> Room {
        var room = try Room.restored(from: self.snapshot.span, configuration: configuration, instance: instance, at: self.tick)
        for (tick, bytes) in self.records { try room.replay(bytes.span, at: tick) }
        return room
    }
}

extension Room {
    /// All that outlives the process, as bytes; what the journal is known to have stays as it is.
    mutating func contentsForJournal() -> [UInt8] {
        let recorded = self.recorded
        let seats = self.seats.players + self.seats.spectators
        let records = seats.map(\.recorded)
        var writer = WireWriter()
        self.encodeSnapshot(into: &writer)
        self.recorded = recorded
        for (seat, record) in zip(seats, records) { seat.recorded = record }
        return writer.array
    }
}

/// Players who come, write, break and return, as a seed says.
struct RandomGame {
    let harness: RoomHarness
    private var random: SplitMix64
    private var gone: [TestClient] = []

    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let tight = random.chance(50)
        let departure = DeparturePolicy.allCases[Int(random.below(3))]
        self.harness = RoomHarness(instance: seed) { configuration in
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

    mutating func step() {
        let players = self.harness.clients.filter(\.isConnected)
        if players.count < 6, self.random.chance(20) {
            self.harness.room.join(
                self.random.chance(15) ? .spectator : .player, connection: self.harness.connect().connection,
                arrival: self.harness.now)
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

    /// Spectators have none: they try the room's, and are refused.
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
