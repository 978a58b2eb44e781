import RelayWire

/// SPEC section 6: what frames do to a replica; section 10: which events they deliver.
extension ReplicaVectors {
    static func merged(
        removed: [EntityID] = [], updated: Int = 0, _ updatedItems: (inout WireWriter) -> Void = { _ in }
    ) -> [UInt8] {
        ServerVectors.frame(.merged, [.entities], 11, age: 1) {
            ServerVectors.lists(&$0, removed: removed, updated: updated, updatedItems)
        }
    }

    static func difference(_ body: (inout WireWriter) -> Void) -> [UInt8] {
        ServerVectors.frame(.delta, [.entities], 11, age: 1, body)
    }

    private static func differences(_ entity: EntityID, _ differences: (UInt16, Int64)...) -> [UInt8] {
        self.difference { ServerVectors.differenceLists(&$0, packed: [(entity, differences)]) }
    }

    static func state(_ change: (inout ReplicaState) -> Void) -> ReplicaStep.Decision {
        .apply(
            self.base {
                $0.tick = 11
                change(&$0)
            })
    }

    static var contents: [ReplicaVector] { self.updates + self.lists + self.rosters }

    private static var updates: [ReplicaVector] {
        [
            self.after(
                "differences are added to an integer and to steps",
                .init(
                    self.differences(.room(1), (0, -250), (1, 9)),
                    self.state { $0.entities[1].fields = [(0, .integer(-150)), (1, .quantised(steps: 5))] })
            ),
            self.after(
                "differences wrap at 64 bits",
                .init(
                    self.differences(.room(1), (0, .max), (1, .min)),
                    self.state { $0.entities[1].fields = [(0, .integer(.min + 99)), (1, .quantised(steps: .max - 3))] })
            ),
            self.after(
                "absolute values after differences: another type, and a new field",
                .init(
                    self.difference {
                        ServerVectors.differenceLists(
                            &$0, packed: [(.room(1), [(1, 4)])], updated: 2,
                            { writer in
                                writer.absoluteUpdate(.room(1), fieldCount: 1)
                                ServerVectors.field(&writer, 0, .string("hundred"))
                                writer.absoluteUpdate(EntityID(rawValue: 1), fieldCount: 1)
                                ServerVectors.field(&writer, 0, .null)
                            })
                    },
                    self.state {
                        $0.entities[0].fields = [(0, .null)]
                        $0.entities[1].fields = [(0, .string("hundred")), (1, .quantised(steps: 0))]
                    })
            ),
            self.after(
                "merged update: absolute values, the others stay",
                .init(
                    self.merged(
                        updated: 1,
                        { writer in
                            writer.absoluteUpdate(.room(1), fieldCount: 1)
                            ServerVectors.field(&writer, 0, .float(-0.0))
                        }),
                    self.state { $0.entities[1].fields[0] = (0, .float(0)) })
            ),
        ]
    }

    private static var lists: [ReplicaVector] {
        [
            self.after(
                "replaced forgets the fields and the owner that were there",
                .init(
                    self.difference {
                        ServerVectors.differenceLists(&$0, replaced: 1) { writer in
                            writer.replaced(.room(1), owner: SeatNumber(rawValue: 7), fieldCount: 1)
                            ServerVectors.field(&writer, 1, .quantised(steps: 1))
                        }
                    },
                    self.state { $0.entities[1] = .init(entity: 1024, owner: 7, fields: [(1, .quantised(steps: 1))]) })
            ),
            self.after(
                "removed",
                .init(
                    self.difference { ServerVectors.differenceLists(&$0, removed: [.room(1)]) },
                    self.state { $0.entities.removeLast() })),
            self.after(
                "removal of an unknown entity is no error, merged",
                .init(self.merged(removed: [.room(9)]), self.state { _ in })
            ),
            self.after(
                "removal of an unknown entity is no error, difference: it came and went in one tick",
                .init(self.difference { ServerVectors.differenceLists(&$0, removed: [.room(9)]) }, self.state { _ in })
            ),
            self.after(
                "names are appended, known ones repeated, and used in the same frame",
                .init(
                    ServerVectors.frame(.merged, [.names, .entities], 11, age: 11) {
                        ServerVectors.names(&$0, first: 1, [("x", 0.5), ("label", nil)])
                        ServerVectors.lists(
                            &$0, updated: 1,
                            { writer in
                                writer.absoluteUpdate(EntityID(rawValue: 1), fieldCount: 1)
                                ServerVectors.field(&writer, 2, .bytes([0, 255]))
                            })
                    },
                    self.state {
                        $0.names.append(("label", nil))
                        $0.entities[0].fields = [(2, .bytes([0, 255]))]
                    })
            ),
        ]
    }

    private static func row(_ seat: UInt16, _ state: SeatState, joined: UInt64) -> RosterRow {
        RosterRow(seat: SeatNumber(rawValue: seat), state: state, cause: .unknown, joined: Tick(rawValue: joined))
    }

    private static func roster(host: UInt16, heartbeat: UInt32? = nil, rowsAfter: Int = 0, _ rows: RosterRow...) -> [UInt8] {
        ServerVectors.frame(.delta, heartbeat == nil ? [.roster] : [.roster, .heartbeat], 11, age: 1) {
            $0.seat(SeatNumber(rawValue: host))
            $0.varint(rows.count)
            for row in rows { $0.rosterRow(row) }
            if let heartbeat { self.heartbeat(&$0, heartbeat, rows: rowsAfter) }
        }
    }

    private static var rosters: [ReplicaVector] {
        [
            self.after(
                "roster rows not mentioned are unchanged, and a heartbeat has rows for all",
                .init(
                    self.roster(host: 1, heartbeat: self.base.checksum, rowsAfter: 2, self.row(5, .away, joined: 11)),
                    self.state { $0.roster.append(self.row(5, .away, joined: 11)) })
            ),
            self.after(
                "a row in state left is removed, and a heartbeat has no row for it",
                .init(
                    self.roster(host: 0, heartbeat: self.base.checksum, rowsAfter: 0, self.row(1, .left, joined: 3)),
                    self.state { ($0.host, $0.roster) = (0, []) })
            ),
            self.after(
                "another occupant of the same seat",
                .init(
                    self.roster(host: 1, self.row(1, .live, joined: 11)),
                    self.state { $0.roster = [self.row(1, .live, joined: 11)] })
            ),
            self.after(
                "checksum differs at a heartbeat",
                .init(
                    ServerVectors.frame(.delta, [.heartbeat], 11, age: 1) {
                        self.heartbeat(&$0, self.base.checksum &+ 1, rows: 1)
                    },
                    .resync(.checksum)),
                .init(self.empty(.delta, 12, age: 1), .ignore)
            ),
        ]
    }

    static var nonsense: [ReplicaVector] {
        [
            self.after("difference for an unknown entity", .init(self.differences(.room(9), (0, 1)), .resync(.nonsense))),
            self.after(
                "difference to an absent field", .init(self.differences(EntityID(rawValue: 1), (0, 1)), .resync(.nonsense))),
            ReplicaVector(
                name: "difference to a field that is no number",
                steps: [
                    self.welcome,
                    .init(self.snapshot(of: self.base { $0.entities[1].fields[0] = (0, .bool(true)) }), .apply()),
                    .init(self.differences(.room(1), (0, 1)), .resync(.nonsense)),
                ]
            ),
            self.after(
                "merged update of an unknown entity",
                .init(self.merged(updated: 1, { $0.absoluteUpdate(.room(9), fieldCount: 0) }), .resync(.nonsense))
            ),
            self.after(
                "field whose name is not in the table",
                .init(
                    self.merged(
                        updated: 1,
                        { writer in
                            writer.absoluteUpdate(.room(1), fieldCount: 1)
                            ServerVectors.field(&writer, 2, .null)
                        }), .resync(.nonsense))
            ),
            self.after(
                "a known name with another quantum",
                .init(
                    ServerVectors.frame(.merged, [.names], 11, age: 1) { ServerVectors.names(&$0, first: 1, [("x", 0.25)]) },
                    .resync(.nonsense))
            ),
            self.after(
                "a name a second time",
                .init(
                    ServerVectors.frame(.merged, [.names], 11, age: 1) { ServerVectors.names(&$0, first: 2, [("x", 0.5)]) },
                    .resync(.nonsense))
            ),
            self.after(
                "names with a hole before them",
                .init(
                    ServerVectors.frame(.merged, [.names], 11, age: 1) { ServerVectors.names(&$0, first: 3, [("z", nil)]) },
                    .resync(.nonsense))
            ),
        ]
    }

    // MARK: Events

    static func eventFrame(
        _ tick: UInt64, lost: UInt64? = nil, _ events: (number: UInt64, tick: UInt64, sender: UInt16, Audience)...
    ) -> [UInt8] {
        ServerVectors.frame(.merged, lost == nil ? [.events] : [.events, .lost], tick, age: tick) {
            $0.varint(events.count)
            var previous: UInt64 = 0
            for (number, eventTick, sender, audience) in events {
                ServerVectors.event(&$0, number, after: previous, tick: eventTick, at: tick, from: sender, audience, name: 0)
                previous = number
            }
            if let lost { $0.varint(lost) }
        }
    }

    static func privateEvents(_ tick: UInt64, lost: UInt64? = nil, _ events: (number: UInt64, tick: UInt64)...) -> [UInt8] {
        wire {
            var message = PrivateMessage(tick: Tick(rawValue: tick), lastUplink: 0)
            message.lostThrough = lost.map { Tick(rawValue: tick - $0) }
            message.events = events.map {
                let head = EventHead(
                    number: $0.number, tick: Tick(rawValue: $0.tick), sender: SeatNumber(rawValue: 2), audience: .seats,
                    name: NameIndex(rawValue: 0)
                )
                return .init(head: head, value: .null)
            }
            $0.privateMessage(message)
        }
    }

    static var events: [ReplicaVector] {
        [
            self.after(
                "events up to the event cursor were delivered before",
                .init(
                    self.eventFrame(12, (4, 9, 2, .all), (5, 10, 2, .all), (6, 11, 2, .all), (7, 12, 0, .all)),
                    .apply(delivered: [6, 7])),
                .init(
                    self.eventFrame(13, (6, 11, 2, .all), (7, 12, 2, .all), (8, 13, 2, .all)), .apply(delivered: [8]))
            ),
            self.after(
                "own events to others are left out, own events to all are not",
                .init(
                    self.eventFrame(11, (4, 11, 1, .others), (5, 11, 1, .all), (6, 11, 2, .others)),
                    .apply(delivered: [5, 6]))
            ),
            self.after(
                "lost up to the event cursor is no gap",
                .init(self.eventFrame(15, lost: 5, (9, 15, 2, .all)), .apply(delivered: [9]))
            ),
            self.after(
                "lost beyond the event cursor is a gap",
                .init(self.eventFrame(15, lost: 4, (9, 15, 2, .all)), .apply(delivered: [9], gap: true))
            ),
            self.after(
                "a private message and its frame are one, in the order of numbers",
                .init(self.privateEvents(11, (5, 11), (7, 11)), .hold),
                .init(self.eventFrame(11, (4, 11, 2, .all), (6, 11, 2, .all)), .apply(delivered: [4, 5, 6, 7]))
            ),
            self.after(
                "lost in a private message is a gap", .init(self.privateEvents(15, lost: 4, (9, 15)), .hold),
                .init(self.empty(.delta, 15, age: 5), .apply(delivered: [9], gap: true))
            ),
            self.after(
                "event whose name is not in the table",
                .init(
                    ServerVectors.frame(.delta, [.events], 11, age: 1) {
                        $0.varint(1)
                        ServerVectors.event(&$0, 4, tick: 11, at: 11, name: 2)
                    }, .resync(.nonsense))
            ),
            ReplicaVector(
                name: "after a hello, events from the welcome's tick on",
                steps: [
                    self.welcome,
                    .init(
                        ServerVectors.frame(.snapshot, [.names, .events, .lost], 12) {
                            ServerVectors.names(&$0, first: 0, [("shot", nil)])
                            $0.varint(2)
                            ServerVectors.event(&$0, 1, tick: 9, at: 12)
                            ServerVectors.event(&$0, 2, after: 1, tick: 10, at: 12)
                            $0.varint(UInt64(3))
                        }, .apply(delivered: [2])),
                ]
            ),
            self.after(
                "the event cursor is never later than the welcome: the room was restored",
                self.welcomeBack(tick: 8, resumed: false),
                .init(
                    ServerVectors.frame(.snapshot, [.names, .events], 9) {
                        ServerVectors.names(&$0, first: 0, [("shot", nil)])
                        $0.varint(2)
                        ServerVectors.event(&$0, 2, tick: 7, at: 9)
                        ServerVectors.event(&$0, 3, after: 2, tick: 8, at: 9)
                    }, .apply(delivered: [3]))
            ),
            self.after(
                "events of a frame whose checksum differs are delivered",
                .init(
                    ServerVectors.frame(.delta, [.events, .heartbeat], 11, age: 1) {
                        $0.varint(1)
                        ServerVectors.event(&$0, 4, tick: 11, at: 11, from: 2)
                        self.heartbeat(&$0, self.base.checksum &+ 1, rows: 1)
                    }, .resync(.checksum, delivered: [4])),
                .init(self.empty(.delta, 12, age: 1), .ignore)
            ),
            self.after(
                "a private message and a frame of another tick make no sense", .init(self.privateEvents(11, (5, 11)), .hold),
                .init(self.empty(.delta, 12, age: 2), .resync(.nonsense))
            ),
            self.after(
                "the event cursor outlives a replica that is dropped",
                .init(self.eventFrame(12, (6, 12, 2, .all)), .apply(delivered: [6])),
                self.welcomeBack(tick: 20, resumed: false),
                .init(
                    ServerVectors.frame(.snapshot, [.names, .events], 20) {
                        ServerVectors.names(&$0, first: 0, [("shot", nil)])
                        $0.varint(2)
                        ServerVectors.event(&$0, 6, tick: 12, at: 20)
                        ServerVectors.event(&$0, 7, after: 6, tick: 13, at: 20)
                    }, .apply(delivered: [7]))
            ),
        ]
    }
}
