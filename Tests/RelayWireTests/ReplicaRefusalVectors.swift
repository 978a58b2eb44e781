import RelayWire

/// SPEC section 15: the order of the checks, frames that cannot be decoded, private halves, and what stands twice.
extension ReplicaVectors {
    /// A private message with events of names other than 0, or of other senders.
    private static func privateMessage(
        _ tick: UInt64, _ events: (number: UInt64, tick: UInt64, sender: UInt16, name: UInt16)...
    ) -> [UInt8] {
        wire {
            var message = PrivateMessage(tick: Tick(rawValue: tick), lastUplink: 0)
            message.events = events.map {
                let head = EventHead(
                    number: $0.number, tick: Tick(rawValue: $0.tick), sender: SeatNumber(rawValue: $0.sender), audience: .seats,
                    name: NameIndex(rawValue: $0.name)
                )
                return .init(head: head, value: .null)
            }
            $0.privateMessage(message)
        }
    }

    private static func at(_ tick: UInt64) -> ReplicaState { self.base { $0.tick = tick } }

    /// With a byte too many.
    private static func spoilt(_ message: [UInt8]) -> [UInt8] { message + [0] }

    /// A private message of tick 11 that cannot be decoded.
    private static var brokenHalf: ReplicaStep { .undecodable(self.spoilt(self.privateEvents(11, (5, 11))), .hold) }

    // MARK: The order of the checks

    static var precedences: [ReplicaVector] {
        let misfit = self.empty(.delta, 12, age: 1)
        let half = ReplicaStep(self.privateEvents(12, (5, 12)), .hold)
        return [
            self.after(
                "the baseline is judged before a private half that cannot be decoded", self.brokenHalf,
                .init(misfit, .resync(.baseline))
            ),
            self.after(
                "the baseline is judged before a private half of another tick", .init(self.privateEvents(11, (5, 11)), .hold),
                .init(misfit, .resync(.baseline))
            ),
            self.after("the baseline is judged before two private halves", half, half, .init(misfit, .resync(.baseline))),
            self.after(
                "nothing is read behind a baseline that does not fit", .undecodable(self.spoilt(misfit), .resync(.baseline))),
            self.after(
                "the head is judged before all else: an age of 0 in a merged delta", self.brokenHalf,
                .undecodable(bytes("82 01 0c 00"), .resync(.nonsense))
            ),
            self.after(
                "a checksum is judged last: the private half is of another tick", .init(self.privateEvents(12, (5, 12)), .hold),
                .init(
                    ServerVectors.frame(.delta, [.heartbeat], 11, age: 1) {
                        self.heartbeat(&$0, self.base.checksum &+ 1, rows: 1)
                    },
                    .resync(.nonsense))
            ),
        ]
    }

    // MARK: Frames that cannot be decoded

    static var outstanding: [ReplicaVector] {
        let asks = ReplicaStep(self.empty(.delta, 12, age: 1), .resync(.baseline))
        let helps = ReplicaStep(self.snapshot(of: self.at(15)), .apply(self.at(15)))
        return [
            self.after(
                "a delta that cannot be decoded", .undecodable(self.spoilt(self.empty(.delta, 11, age: 1)), .resync(.nonsense)),
                .init(self.empty(.delta, 11, age: 1), .ignore), helps
            ),
            self.after(
                "a snapshot that cannot be decoded", .undecodable(self.spoilt(self.empty(.snapshot, 11)), .resync(.nonsense)),
                .init(self.empty(.delta, 12, age: 1), .ignore), helps
            ),
            self.after(
                "a frame whose head cannot be read", .undecodable(bytes("82 02 00"), .resync(.nonsense)),
                .init(self.empty(.delta, 12, age: 1), .ignore), helps
            ),
            self.after(
                "a resync outstanding: a delta that cannot be decoded is ignored", asks,
                .undecodable(self.spoilt(self.empty(.delta, 13, age: 1)), .ignore),
                .undecodable(self.spoilt(self.empty(.merged, 14, age: 14)), .ignore), helps
            ),
            self.after(
                "a resync outstanding: a head that cannot be read is ignored, whatever its coding bits say", asks,
                .undecodable(bytes("82"), .ignore), .undecodable(bytes("82 03"), .ignore),
                .undecodable(bytes("82 01 0d 00"), .ignore), .undecodable(bytes("82 02 00"), .ignore), helps
            ),
            self.after(
                "a resync outstanding: what cannot be decoded is ignored with its private half", asks,
                .undecodable(self.spoilt(self.privateEvents(13, (5, 13))), .hold), .init(self.empty(.delta, 13, age: 1), .ignore),
                helps
            ),
            self.after(
                "a resync outstanding: the events of a private half that is ignored come with the snapshot's", asks,
                .init(self.privateEvents(13, (5, 13)), .hold), .init(self.empty(.delta, 13, age: 1), .ignore),
                .init(self.privateEvents(15, (5, 13)), .hold),
                .init(self.snapshot(of: self.at(15)), .apply(self.at(15), delivered: [5]))
            ),
        ]
    }

    // MARK: Private halves

    private static var half: ReplicaStep { .init(self.privateEvents(11, (5, 11)), .hold) }
    /// The frame of tick 11, whose private half is no good.
    private static var refused: ReplicaStep { .init(self.empty(.delta, 11, age: 1), .resync(.nonsense)) }
    /// The snapshot that makes good for it, with what the private half brought and more.
    private static var madeGood: [ReplicaStep] {
        [
            .init(self.privateEvents(12, (5, 11), (7, 12)), .hold),
            .init(self.snapshot(of: self.at(12)), .apply(self.at(12), delivered: [5, 7])),
        ]
    }

    static var halves: [ReplicaVector] { self.brokenHalves + self.doubleHalves + self.staleHalves }

    private static var brokenHalves: [ReplicaVector] {
        let messages: [(String, [UInt8])] = [
            ("nothing but its kind", bytes("83")), ("flags 8", bytes("83 08 0b 00")), ("tick 0", bytes("83 00 00 00")),
            ("result code 16", bytes("83 01 0b 00 01 01 00 10")),
        ]
        let vectors = messages.map { name, message -> ReplicaVector in
            self.after("a private message that cannot be decoded: \(name)", .undecodable(message, .hold), self.refused)
        }
        let spoilt = ReplicaVector(
            name: "a private message that cannot be decoded spoils one frame, and none of its events is delivered",
            steps: self.start + [self.brokenHalf, self.refused] + self.madeGood
        )
        return vectors + [spoilt]
    }

    private static var doubleHalves: [ReplicaVector] {
        [
            ReplicaVector(
                name: "two private messages in a row, both of the frame's tick",
                steps: self.start + [self.half, self.half, self.refused] + self.madeGood
            ),
            self.after(
                "two private messages in a row, the first of the frame's tick", self.half,
                .init(self.privateEvents(12, (6, 12)), .hold), self.refused
            ),
            self.after(
                "two private messages in a row, the second of the frame's tick", .init(self.privateEvents(10, (4, 10)), .hold),
                self.half, self.refused
            ),
            self.after(
                "two private messages in a row, the first cannot be decoded", self.brokenHalf, self.half, self.refused),
            self.after(
                "two private messages in a row, the second cannot be decoded", self.half, self.brokenHalf, self.refused),
        ]
    }

    private static var staleHalves: [ReplicaVector] {
        [
            self.after(
                "a private message does not outlive its connection", self.half, self.welcomeBack(tick: 11, resumed: true),
                .init(self.empty(.merged, 12, age: 2), .apply(self.at(12), delivered: []))
            ),
            self.after(
                "a private message that cannot be decoded does not outlive its connection", self.brokenHalf,
                self.welcomeBack(tick: 11, resumed: true), .init(self.empty(.merged, 12, age: 2), .apply(self.at(12)))
            ),
        ]
    }

    static var privateEventRows: [ReplicaVector] {
        [
            self.after(
                "a private event whose name is not in the table is left out, and the rest stands",
                .init(self.privateMessage(11, (5, 11, 2, 0), (7, 11, 2, 2), (8, 11, 2, 1)), .hold),
                .init(self.eventFrame(11, (6, 11, 2, .all)), .apply(delivered: [5, 6, 8]))
            ),
            self.after(
                "a private event may use a name that its frame brings", .init(self.privateMessage(11, (5, 11, 2, 2)), .hold),
                .init(
                    ServerVectors.frame(.merged, [.names], 11, age: 1) { ServerVectors.names(&$0, first: 2, [("psst", nil)]) },
                    .apply(delivered: [5]))
            ),
            self.after(
                "private events are delivered by number among the public ones, in whatever order they stand",
                .init(self.privateEvents(11, (9, 11), (5, 11), (7, 11)), .hold),
                .init(
                    self.eventFrame(11, (4, 11, 2, .all), (6, 11, 2, .all), (10, 11, 2, .all)),
                    .apply(delivered: [4, 5, 6, 7, 9, 10]))
            ),
            self.after(
                "private events up to the event cursor were delivered before",
                .init(self.privateEvents(11, (3, 10), (5, 11)), .hold),
                .init(self.empty(.delta, 11, age: 1), .apply(delivered: [5]))
            ),
            self.after(
                "own private events are delivered", .init(self.privateMessage(11, (5, 11, 1, 0)), .hold),
                .init(self.empty(.delta, 11, age: 1), .apply(delivered: [5]))
            ),
        ]
    }

    // MARK: What stands twice

    static var repetitions: [ReplicaVector] { self.repeatedNames + self.repeatedFields + self.repeatedEntities }

    private static func names(_ coding: Coding, first: Int, _ entries: [(String, Double?)]) -> ReplicaStep {
        let frame = ServerVectors.frame(coding, [.names], 11, age: coding == .snapshot ? 0 : 1) {
            ServerVectors.names(&$0, first: first, entries)
        }
        return ReplicaStep(frame, .resync(.nonsense))
    }

    private static var repeatedNames: [ReplicaVector] {
        [
            self.after("a name twice in one names section", self.names(.merged, first: 2, [("z", nil), ("z", nil)])),
            self.after(
                "a name twice in one names section, with another quantum",
                self.names(.merged, first: 2, [("z", nil), ("z", 0.5)])),
            self.after(
                "a name twice in one names section, others between",
                self.names(.delta, first: 2, [("z", nil), ("y", nil), ("z", nil)])),
            self.after(
                "a name twice in one names section, the first time where it is known",
                self.names(.merged, first: 1, [("x", 0.5), ("x", 0.5)])),
            self.after("a name twice in the names of a snapshot", self.names(.snapshot, first: 0, [("x", nil), ("x", nil)])),
        ]
    }

    private static var repeatedFields: [ReplicaVector] {
        [
            self.after(
                "a field twice in one item: the last value stands, in a delta",
                .init(
                    self.difference {
                        ServerVectors.differenceLists(&$0, updated: 1, { self.hpTwice(&$0) })
                    },
                    self.state { $0.entities[1].fields[0] = (0, .integer(7)) })
            ),
            self.after(
                "a field twice in one item: the last value stands, in a merged delta",
                .init(
                    self.merged(updated: 1, { self.hpTwice(&$0) }),
                    self.state { $0.entities[1].fields[0] = (0, .integer(7)) })
            ),
            self.after(
                "a field twice in one item: the last value stands, in a replaced entity",
                .init(
                    self.difference {
                        ServerVectors.differenceLists(&$0, replaced: 1) { writer in
                            writer.replaced(.room(1), owner: .room, fieldCount: 3)
                            ServerVectors.field(&writer, 1, .quantised(steps: 1))
                            ServerVectors.field(&writer, 0, .bool(true))
                            ServerVectors.field(&writer, 1, .null)
                        }
                    },
                    self.state { $0.entities[1].fields = [(0, .bool(true)), (1, .null)] })
            ),
            self.after(
                "a difference and an absolute value of one field: the absolute one stands",
                .init(
                    self.difference {
                        ServerVectors.differenceLists(&$0, packed: [(.room(1), [(0, 5)])], updated: 1, { self.hpTwice(&$0) })
                    },
                    self.state { $0.entities[1].fields[0] = (0, .integer(7)) })
            ),
        ]
    }

    /// An update of the base's second entity that names a field twice.
    private static func hpTwice(_ writer: inout WireWriter) {
        writer.absoluteUpdate(.room(1), fieldCount: 2)
        ServerVectors.field(&writer, 0, .string("six"))
        ServerVectors.field(&writer, 0, .integer(7))
    }

    private static var repeatedEntities: [ReplicaVector] {
        [
            self.after(
                "an entity removed twice, then replaced twice: in order, and the last stands",
                .init(
                    self.difference {
                        ServerVectors.differenceLists(
                            &$0, removed: [.room(1), .room(1)], replaced: 2,
                            { writer in
                                writer.replaced(.room(1), owner: .room, fieldCount: 1)
                                ServerVectors.field(&writer, 0, .integer(1))
                                writer.replaced(.room(1), owner: SeatNumber(rawValue: 1), fieldCount: 1)
                                ServerVectors.field(&writer, 1, .quantised(steps: 2))
                            })
                    },
                    self.state { $0.entities[1] = .init(entity: 1024, owner: 1, fields: [(1, .quantised(steps: 2))]) })
            ),
            self.after(
                "an entity updated twice: in order",
                .init(
                    self.merged(
                        updated: 2,
                        { writer in
                            writer.absoluteUpdate(.room(1), fieldCount: 2)
                            ServerVectors.field(&writer, 0, .integer(1))
                            ServerVectors.field(&writer, 1, .null)
                            writer.absoluteUpdate(.room(1), fieldCount: 1)
                            ServerVectors.field(&writer, 0, .integer(2))
                        }),
                    self.state { $0.entities[1].fields = [(0, .integer(2)), (1, .null)] })
            ),
        ]
    }
}
