import RelayCore
import RelayWire
import Testing

/// Drives a room with virtual clocks and acts as its shell, for any number of clients.
final class RoomHarness {
    var room: Room
    let schedule: TickSchedule
    var now: Instant
    var liveness = Instant(nanoseconds: 1_000_000_000)
    /// Maximum that one step counts on the liveness clock, nanoseconds.
    var livenessStep = UInt64.max
    var clients: [TestClient] = []
    /// What the kernel says about a seat whose acknowledgement is overdue, by seat; it knows nothing of others.
    var kernels: [SeatNumber: KernelSample] = [:]
    /// Compares every replica with the room after every tick.
    var verifies = true

    var outputs: [RoomOutput] = []
    var notes: [RoomNote] = []
    /// Passwords that are to be hashed.
    var passwords: [PasswordJob] = []
    /// What became of requests, by their numbers.
    var answers: [UInt64: RequestOutcome] = [:]
    /// How many were made.
    var requests: UInt64 = 0
    /// The frame buffers delivered at the last tick.
    var buffers: Set<ObjectIdentifier> = []
    /// Everything that the room gave out, while ``records`` is set.
    var transcript: [UInt8] = []
    var records = false
    /// All inputs, if set.
    var tape: InputTape?
    private var connections: UInt64 = 0

    init(instance: UInt64 = 0, firstTick: UInt64 = 100, _ configure: (inout RoomConfiguration) -> Void = { _ in }) {
        var configuration = RoomConfiguration()
        configure(&configuration)
        self.schedule = TickSchedule(origin: Instant(nanoseconds: 5_000_000_000), rate: configuration.rate)
        self.now = self.schedule.deadline(of: Tick(rawValue: firstTick))
        self.room = Room(
            configuration: configuration, instance: RoomInstance(high: 7, low: instance), tick: Tick(rawValue: firstTick)
        )
    }

    var tickNumber: UInt64 { self.room.currentTick.rawValue }
    func closes(_ code: CloseCode) -> UInt64 { self.room.counters[code] }
    func count(_ counter: RoomCounter) -> UInt64 { self.room.counters[counter] }
    func report(_ client: TestClient) -> SeatReport? { self.room.seatReports.first { $0.number == client.seat } }
    func state(_ client: TestClient) -> SeatState? { self.report(client)?.state }
    func notes(_ kind: RoomNote.Kind) -> [RoomNote] { self.notes.filter { $0.kind == kind } }

    // MARK: Inputs

    @discardableResult
    func take(_ input: RoomInput) -> Bool {
        self.tape?.record(input)
        return self.room.take(input)
    }

    func connect(as previous: TestClient? = nil) -> TestClient {
        self.connections += 1
        let client = TestClient(ConnectionID(rawValue: self.connections))
        if let previous { (client.replica, client.lastUplink) = (previous.replica, previous.lastUplink) }
        self.clients.append(client)
        return client
    }

    /// Asks for a seat and runs a tick.
    @discardableResult
    func join(_ role: Role = .player) -> TestClient {
        let client = self.connect()
        self.take(.join(role, client.connection, at: self.now))
        self.tick()
        return client
    }

    /// Asks for that many seats at one tick.
    func joinTogether(_ count: Int) -> [TestClient] {
        let joiners = (0..<count).map { _ in self.connect() }
        for joiner in joiners { self.take(.join(.player, joiner.connection, at: self.now)) }
        self.tick()
        return joiners
    }

    /// Asks for a seat back, without running a tick.
    func askBack(
        _ previous: TestClient, generation: UInt64? = nil, tick: UInt64? = nil, epoch: UInt64 = 1, confirmed: UInt64 = 0
    ) -> TestClient {
        let client = self.connect(as: previous)
        let request = RejoinRequest(
            seat: previous.seat, generation: generation ?? previous.generation, epoch: epoch,
            tick: Tick(rawValue: tick ?? previous.replica.tick), confirmed: confirmed
        )
        self.take(.rejoin(request, client.connection, at: self.now))
        return client
    }

    func rejoin(_ previous: TestClient, generation: UInt64? = nil, tick: UInt64? = nil, epoch: UInt64 = 1) -> TestClient {
        let client = self.askBack(previous, generation: generation, tick: tick, epoch: epoch)
        self.tick()
        return client
    }

    /// Breaks a connection. The room acts on it at the next tick.
    func breakConnection(_ client: TestClient) {
        self.take(.lost(client.seat, generation: client.generation, client.connection, at: self.now))
        client.closed = .protocolError
    }

    func send(_ client: TestClient, _ message: [UInt8], at arrival: Instant? = nil, exact: Bool = true) {
        let arrival = Arrival(at: arrival ?? self.now, isExact: exact)
        message.withUnsafeBytes {
            _ = self.take(.message($0, from: client.seat, generation: client.generation, arrival: arrival))
        }
    }

    func send(_ client: TestClient, at arrival: Instant? = nil, exact: Bool = true, _ write: (inout WireWriter) -> Void) {
        var writer = WireWriter()
        write(&writer)
        self.send(client, writer.array, at: arrival, exact: exact)
    }

    func acknowledge(
        _ client: TestClient, _ tick: UInt64? = nil, hold: UInt64 = 0, at arrival: Instant? = nil, exact: Bool = true
    ) {
        self.send(client, at: arrival, exact: exact) { $0.ack(Ack(tick: Tick(rawValue: tick ?? client.applied), delay: hold)) }
    }

    /// Sends operations under the next uplink number, or under `number` if given.
    func uplink(_ client: TestClient, number: UInt64? = nil, ack: UInt64? = nil, at arrival: Instant? = nil, _ ops: Op...) {
        self.send(client, self.uplinkBytes(client, number: number, ack: ack, ops), at: arrival)
    }

    func uplinkBytes(_ client: TestClient, number: UInt64? = nil, ack: UInt64? = nil, _ ops: [Op]) -> [UInt8] {
        if number == nil { client.lastUplink += 1 }
        var writer = WireWriter()
        let ack = Ack(tick: Tick(rawValue: ack ?? 0), delay: 0)
        writer.uplinkHead(UplinkHead(ack: ack, number: number ?? client.lastUplink, operationCount: ops.count))
        for op in ops { op.write(into: &writer) }
        return writer.array
    }

    func resync(_ client: TestClient, _ reason: ResyncReason = .baseline) {
        self.send(client) { $0.resync(Ack(tick: Tick(rawValue: client.applied), delay: 0), reason) }
    }

    // MARK: Ticks

    func tick(_ count: Int = 1, by step: UInt64 = 1) {
        for _ in 0..<count { self.runTick(self.tickNumber + step) }
    }

    /// Runs ticks until a condition holds; nil if it does not within `bound`.
    func tick(until condition: () -> Bool, bound: Int = 10_000) -> Int? {
        for count in 1...bound {
            self.tick()
            if condition() { return count }
        }
        return nil
    }

    private func runTick(_ number: UInt64) {
        for client in self.clients where client.acknowledges && client.isConnected && client.applied > client.acknowledged {
            client.acknowledged = client.applied
            let arrival = self.now.advanced(by: client.latency)
            self.acknowledge(client, hold: client.hold, at: arrival)
        }
        let tick = Tick(rawValue: number)
        let next = self.schedule.deadline(of: tick)
        self.liveness = self.liveness.advanced(by: min(next.since(self.now), self.livenessStep))
        self.now = next
        self.answerForKernel()
        self.take(.tick(tick, now: self.now, liveness: self.liveness))
        self.carryOutEffects()
        self.deliver()
        self.take(.reading(at: self.now))
        if self.verifies { self.verify() }
        let broken = self.room.brokenInvariant()
        #expect(broken == nil)
    }

    private func answerForKernel() {
        for seat in self.room.overdueSeats {
            guard let sample = self.kernels[seat], let client = self.clients.last(where: { $0.seat == seat }) else { continue }
            self.take(.kernel(sample, of: seat, generation: client.generation))
        }
    }

    private func carryOutEffects() {
        self.outputs = self.room.outputs
        if self.records { self.transcript += Array("\(self.outputs)\(self.room.notes)".utf8) }
        for output in self.outputs {
            switch output {
            case .welcome(let connection, let welcome):
                guard let client = self.client(connection) else { continue }
                client.welcome = welcome
                if client.replica.cursor == 0 { client.replica.cursor = welcome.tick.rawValue - 1 }
            case .close(let connection, let code): self.client(connection)?.closed = code
            case .note(let place): self.notes.append(self.room.notes[place])
            case .hashPassword(let place): self.passwords.append(self.room.out.passwords[place])
            case .answer(let request, let outcome): self.answers[request] = outcome
            case .deliver: break
            }
        }
    }

    private func client(_ connection: ConnectionID) -> TestClient? { self.clients.first { $0.connection == connection } }

    private func deliver() {
        self.buffers = []
        for delivery in self.room.deliveries {
            guard let client = self.client(delivery.connection) else { continue }
            let buffer = self.room.frame(delivery.coding)
            self.buffers.insert(ObjectIdentifier(buffer))
            let own = delivery.privateRange.map { [UInt8](self.room.privateMessage($0)) }
            let frame = buffer.writer.array
            if self.records { self.transcript += (own ?? []) + frame }
            client.unread.append((own, frame))
            let bytes = (own?.count ?? 0) + frame.count
            self.take(.handedOver(delivery, bytes: bytes, at: self.now, liveness: self.liveness, isComplete: client.takesAll))
            if client.takesAll, client.reads { client.readAll() }
        }
    }

    /// The kernel takes the rest of an unfinished frame.
    func finish(_ client: TestClient, at now: Instant? = nil) {
        client.takesAll = true
        self.take(.remainderSent(client.seat, generation: client.generation, at: now ?? self.now))
        if client.reads { client.readAll() }
    }

    // MARK: Checks

    /// Every replica that has applied this tick's frame must equal the room.
    private func verify() {
        // Once for all clients: a room of hundreds is looked at by each of them, at every tick.
        lazy var contents = self.roomContents()
        lazy var states = self.rosterStates()
        for client in self.clients where client.isConnected && client.applied == self.tickNumber {
            #expect(client.replica.entities == contents, "seat \(client.seat) at \(self.tickNumber)")
            #expect(client.replica.checksum == self.room.checksum)
            #expect(client.replica.host == self.room.host)
            #expect(client.replica.roster.mapValues(\.state) == states, "seat \(client.seat) at \(self.tickNumber)")
        }
        for client in self.clients where client.complaint != nil && client.isConnected {
            Issue.record("seat \(client.seat) at \(self.tickNumber): \(client.complaint ?? "")")
        }
    }

    func roomContents() -> [EntityID: Replica.Entity] {
        let indices = Dictionary(
            uniqueKeysWithValues: self.room.world.names.entries.enumerated().map { (ExactString($0.element.name), $0.offset) }
        )
        var result: [EntityID: Replica.Entity] = [:]
        for entity in self.room.contents {
            let fields = entity.fields.map { (indices[ExactString($0.name)] ?? -1, $0.value) }
            result[entity.id] = Replica.Entity(owner: entity.owner, fields: Dictionary(uniqueKeysWithValues: fields))
        }
        return result
    }

    private func rosterStates() -> [SeatNumber: SeatState] {
        let players = self.room.seatReports.filter { $0.role == .player }
        return Dictionary(uniqueKeysWithValues: players.map { ($0.number, $0.state) })
    }
}

extension SplitMix64 {
    mutating func chance(_ percent: UInt64) -> Bool { self.below(100) < percent }
}
