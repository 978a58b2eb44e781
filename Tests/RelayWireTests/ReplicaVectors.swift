import RelayWire

/// What a replica holds after a step, written by hand: the vectors' own judgement.
struct ReplicaState {
    struct Item {
        var entity: UInt32
        var owner: UInt16
        var fields: [(UInt16, Value)]
    }

    var tick: UInt64
    /// As of the newest welcome or heartbeat.
    var stride: UInt64 = 1
    var names: [(String, Double?)] = []
    /// By ascending entity.
    var entities: [Item] = []
    var host: UInt16 = 0
    /// By ascending seat.
    var roster: [RosterRow] = []

    var checksum: UInt32 {
        var sum: UInt32 = 0
        for (index, name) in self.names.enumerated() {
            sum &+= ReplicaChecksum.term(name: name.0, at: NameIndex(rawValue: UInt16(index)))
        }
        for item in self.entities {
            let id = EntityID(rawValue: item.entity)
            sum &+= ReplicaChecksum.term(entity: id, owner: SeatNumber(rawValue: item.owner))
            for (name, value) in item.fields {
                sum &+= ReplicaChecksum.term(entity: id, name: NameIndex(rawValue: name), value: stored(value))
            }
        }
        return sum
    }

    /// Entities as replica and checksum vectors both have them.
    var entitiesJSON: JSON {
        .array(
            self.entities.map { item in
                let fields = item.fields.map { name, value -> JSON in [.unsigned(UInt64(name)), Describe.value(value)] }
                return [
                    "entity": .unsigned(UInt64(item.entity)), "owner": .unsigned(UInt64(item.owner)), "fields": .array(fields),
                ]
            })
    }

    var json: JSON {
        let names = self.names.map { name, quantum -> JSON in
            ["name": .string(name), "quantum": quantum.map { .float($0) } ?? .null]
        }
        let roster = self.roster.map { row -> JSON in
            [
                "seat": .unsigned(UInt64(row.seat.rawValue)), "state": .unsigned(UInt64(row.state.rawValue)),
                "cause": .unsigned(UInt64(row.cause.rawValue)), "joined": .unsigned(row.joined.rawValue),
            ]
        }
        return [
            "tick": .unsigned(self.tick), "stride": .unsigned(self.stride), "names": .array(names), "entities": self.entitiesJSON,
            "host": .unsigned(UInt64(self.host)), "roster": .array(roster), "checksum": .unsigned(UInt64(self.checksum)),
        ]
    }
}

enum ReplicaVectors {
    static var all: [ReplicaVector] {
        self.baselines + self.contents + self.nonsense + self.events + self.precedences + self.outstanding + self.halves
            + self.privateEventRows + self.repetitions + self.strangers + self.answers
    }

    /// The most rows that a heartbeat of these sequences has. A frame does not say how many its own has.
    static let maximumRows = 2

    // MARK: Parts

    /// Two names, entity 1024 of the room with an integer and steps, entity 1 of seat 1, and a roster of one, at tick 10.
    static let base = ReplicaState(
        tick: 10, names: [("hp", nil), ("x", 0.5)],
        entities: [
            .init(entity: 1, owner: 1, fields: []),
            .init(entity: 1024, owner: 0, fields: [(0, .integer(100)), (1, .quantised(steps: -4))]),
        ],
        host: 1, roster: [RosterRow(seat: SeatNumber(rawValue: 1), state: .live, cause: .unknown, joined: Tick(rawValue: 3))]
    )

    /// ``base`` with a change.
    static func base(_ change: (inout ReplicaState) -> Void) -> ReplicaState {
        var state = self.base
        change(&state)
        return state
    }

    static func snapshot(of state: ReplicaState, heartbeat: Bool = true) -> [UInt8] {
        ServerVectors.frame(
            .snapshot, heartbeat ? [.names, .entities, .roster, .heartbeat] : [.names, .entities, .roster], state.tick
        ) {
            ServerVectors.names(&$0, first: 0, state.names)
            ServerVectors.lists(
                &$0, replaced: state.entities.count,
                { writer in
                    for item in state.entities {
                        writer.replaced(
                            EntityID(rawValue: item.entity), owner: SeatNumber(rawValue: item.owner),
                            fieldCount: item.fields.count)
                        for (name, value) in item.fields { ServerVectors.field(&writer, name, value) }
                    }
                })
            $0.seat(SeatNumber(rawValue: state.host))
            $0.varint(state.roster.count)
            for row in state.roster { $0.rosterRow(row) }
            if heartbeat { self.heartbeat(&$0, state.checksum, rows: state.roster.count) }
        }
    }

    static func heartbeat(_ writer: inout WireWriter, _ checksum: UInt32, rows: Int) {
        writer.heartbeat(checksum: checksum, stride: 1)
        for _ in 0..<rows { writer.heartbeatRow(rtt: nil, lastUplink: 0) }
    }

    static let welcome = ReplicaStep(ServerVectors.welcome { $0.tick = Tick(rawValue: 10) }, .apply())
    static var start: [ReplicaStep] { [self.welcome, ReplicaStep(self.snapshot(of: self.base), .apply(self.base))] }

    /// The answer to a rejoin.
    static func welcomeBack(tick: UInt64, resumed: Bool) -> ReplicaStep {
        let welcome = ServerVectors.welcome {
            ($0.tick, $0.resumed, $0.generation) = (Tick(rawValue: tick), resumed, 2)
        }
        return ReplicaStep(welcome, .apply(), afterRejoin: true)
    }

    static func after(_ name: String, _ steps: ReplicaStep...) -> ReplicaVector {
        ReplicaVector(name: name, steps: self.start + steps)
    }

    static func empty(_ coding: Coding, _ tick: UInt64, age: UInt64 = 0) -> [UInt8] {
        ServerVectors.frame(coding, [], tick, age: age)
    }

    // MARK: Which frames fit

    private static var baselines: [ReplicaVector] {
        let at = { (tick: UInt64) in self.base { $0.tick = tick } }
        return [
            self.after("delta from the tick of the replica", .init(self.empty(.delta, 11, age: 1), .apply(at(11)))),
            self.after(
                "delta from an earlier baseline: nothing changed since",
                .init(self.empty(.delta, 13, age: 8), .apply(at(13)))),
            self.after("merged from an earlier baseline", .init(self.empty(.merged, 11, age: 11), .apply(at(11)))),
            self.after(
                "baseline later than the replica, then deltas are ignored until a snapshot",
                .init(self.empty(.delta, 12, age: 1), .resync(.baseline)),
                .init(self.empty(.delta, 13, age: 1), .ignore),
                .init(self.empty(.merged, 14, age: 14), .ignore),
                .init(self.snapshot(of: at(15)), .apply(at(15))), .init(self.empty(.delta, 16, age: 1), .apply(at(16)))
            ),
            self.after("merged, baseline later than the replica", .init(self.empty(.merged, 20, age: 9), .resync(.baseline))),
            self.after(
                "ticks ascend on a connection: the same again", .init(self.empty(.merged, 10, age: 1), .resync(.nonsense))),
            self.after(
                "ticks ascend on a connection: an earlier delta", .init(self.empty(.merged, 9, age: 1), .resync(.nonsense))),
            self.after("ticks ascend on a connection: an earlier snapshot", .init(self.empty(.snapshot, 9), .resync(.nonsense))),
            self.after(
                "resumed, then a delta that is not later than the replica", self.welcomeBack(tick: 11, resumed: true),
                .init(self.empty(.merged, 10, age: 9), .resync(.baseline))
            ),
            self.after(
                "not resumed, then a snapshot of an earlier tick: the room was restored",
                self.welcomeBack(tick: 5, resumed: false),
                .init(self.empty(.snapshot, 5), .apply(ReplicaState(tick: 5)))
            ),
            self.after("snapshot replaces everything", .init(self.empty(.snapshot, 12), .apply(ReplicaState(tick: 12)))),
            self.after(
                "welcome that resumes keeps the replica", self.welcomeBack(tick: 29, resumed: true),
                .init(self.empty(.merged, 30, age: 20), .apply(at(30)))
            ),
            self.after(
                "welcome that does not resume drops the replica", self.welcomeBack(tick: 29, resumed: false),
                .init(self.empty(.merged, 30, age: 20), .resync(.baseline))
            ),
            ReplicaVector(
                name: "a delta before the first snapshot",
                steps: [self.welcome, .init(self.empty(.merged, 10, age: 10), .resync(.baseline))]
            ),
        ]
    }
}
