/// The outputs of a tick, and what they add up to. Memory is kept from tick to tick.
package struct Outbox {
    package private(set) var outputs: [RoomOutput] = []
    package private(set) var notes: [RoomNote] = []
    /// Passwords that a host has set. Secret.
    package private(set) var passwords: [PasswordJob] = []
    private(set) var counters = RoomCounters()

    /// Begins a tick.
    mutating func removeAll() {
        self.outputs.removeAll(keepingCapacity: true)
        if !self.notes.isEmpty { self.notes.removeAll(keepingCapacity: true) }
        if !self.passwords.isEmpty { self.passwords = [] }
    }

    mutating func releaseMemory() { (self.outputs, self.notes) = ([], []) }

    mutating func count(_ counter: RoomCounter) { self.counters.count(counter) }

    mutating func welcome(_ connection: ConnectionID, _ welcome: SeatWelcome) {
        self.outputs.append(.welcome(connection, welcome))
    }

    mutating func close(_ connection: ConnectionID, _ code: CloseCode) {
        self.counters.count(code)
        self.outputs.append(.close(connection, code))
    }

    mutating func hash(_ job: PasswordJob) {
        self.outputs.append(.hashPassword(self.passwords.count))
        self.passwords.append(job)
    }

    mutating func answer(_ request: UInt64, _ outcome: RequestOutcome) {
        self.outputs.append(.answer(request: request, outcome))
    }

    mutating func deliver(_ delivery: Delivery) { self.outputs.append(.deliver(delivery)) }

    /// Writes a line about a seat, or about somebody without one.
    mutating func note(_ kind: RoomNote.Kind, _ seat: Seat?, at moment: Moment) {
        self.add(RoomNote(kind, seat, at: moment))
    }

    /// Counts a verdict on a seat and writes it down.
    mutating func noteLag(_ lag: Lag, _ seat: Seat, _ evidence: LagEvidence, at moment: Moment) {
        self.counters.count(lag, seat.cause)
        guard let kind = lag.noteKind else { return }
        var note = RoomNote(kind, seat, at: moment)
        note.evidence = evidence
        self.add(note)
    }

    /// Writes a line about a tick that is late.
    mutating func noteLateTick(_ evidence: LagEvidence, at moment: Moment) {
        var note = RoomNote(.late, nil, at: moment)
        (note.cause, note.evidence) = (.lateTick, evidence)
        self.add(note)
    }

    private mutating func add(_ note: RoomNote) {
        self.outputs.append(.note(self.notes.count))
        self.notes.append(note)
    }
}

extension Lag {
    fileprivate var noteKind: RoomNote.Kind? {
        switch self {
        case .none, .asked: nil
        case .behind: .behind
        case .stalled: .stalled
        case .dropped: .dropped
        }
    }
}

extension RoomNote {
    fileprivate init(_ kind: Kind, _ seat: Seat?, at moment: Moment) {
        let oldest = seat?.sending.inFlight.oldest
        self.init(
            kind: kind, seat: seat?.number ?? .room, generation: seat?.generation ?? 0, tick: moment.tick,
            cause: seat?.cause ?? .unknown, oldestUnacknowledged: oldest?.tick ?? .none,
            handedOver: oldest?.handedOver ?? .zero,
            acknowledgementAge: oldest.map { moment.liveness.since($0.liveness) } ?? 0, identity: seat?.identity
        )
    }
}
