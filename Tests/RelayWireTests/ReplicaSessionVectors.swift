import RelayWire

/// SPEC section 15: messages that end a connection, seats that follow one another, and what only a close reader of SPEC would ask.
extension ReplicaVectors {
    // MARK: Messages that end a connection

    static var ends: [ReplicaVector] {
        let again = self.back(20)
        let messages: [(String, [UInt8])] = [
            ("a second welcome", ServerVectors.welcome { $0.tick = Tick(rawValue: 10) }), ("an empty message", []),
            ("a kind that does not exist", bytes("85")), ("a client's kind", bytes("04 0a 00")),
        ]
        let welcomed = messages.map { name, message in
            var step = ReplicaStep(message, .giveUp)
            step.opening = nil
            step.decodes = message.first == ServerMessageKind.welcome.rawValue
            return self.after("\(name) ends the connection, and the replica stays", step, again)
        }
        let firsts: [(String, [UInt8], Bool)] = [
            ("an empty message", [], false), ("a welcome that cannot be decoded", bytes("81 04"), false),
            ("a frame", self.snapshot(of: self.base), true), ("a private message", bytes("83 00 0b 00"), true),
            ("a kind that does not exist", bytes("85"), false),
        ]
        let strangers = firsts.flatMap { name, message, decodes in
            let step = { (opening: ReplicaStep.Opening) in
                ReplicaStep.undecodable(message, .giveUp, opening: opening).with { $0.decodes = decodes }
            }
            return [
                ReplicaVector(name: "instead of the first welcome: \(name)", steps: [step(.hello)] + self.start),
                self.after("instead of the welcome after a rejoin: \(name)", step(.rejoin), again),
            ]
        }
        return welcomed + strangers
    }

    // MARK: Other seats

    static var otherSeats: [ReplicaVector] {
        let two = SeatNumber(rawValue: 2)
        let other = ReplicaStep(
            ServerVectors.welcome { ($0.tick, $0.seat, $0.lastUplink, $0.token) = (Tick(rawValue: 5), two, 4, [9]) },
            .apply(ReplicaState(tick: 0))
        )
        let events = { (coding: Coding, tick: UInt64) in
            ServerVectors.frame(
                coding, coding == .snapshot ? [.names, .events] : [.events], tick, age: coding == .snapshot ? 0 : 1
            ) {
                if coding == .snapshot { ServerVectors.names(&$0, first: 0, [("hp", nil), ("x", 0.5)]) }
                $0.varint(4)
                ServerVectors.event(&$0, 3, tick: tick - 2, at: tick, from: 1, .all)
                ServerVectors.event(&$0, 4, after: 3, tick: tick, at: tick, from: 1, .others, name: 1, .float(-2.5))
                ServerVectors.event(&$0, 5, after: 4, tick: tick, at: tick, from: 2, .others)
                ServerVectors.event(&$0, 6, after: 5, tick: tick, at: tick, from: 2, .all, .bytes([0, 255]))
            }
        }
        return [
            self.after(
                "hello again: another seat, another cursor, other numbers, and nothing is kept", self.write("03 0a00 01"),
                .init(bytes("83 01 0b 09 01 01 00 08"), .hold), self.delta(11).resulting((1, 0, .noSuchEntity)),
                self.write("03 0b00 0a"), other,
                .init(bytes("83 01 06 00 01 01 00 08"), .hold),
                .init(events(.snapshot, 6), .apply(delivered: [4, 6])).resulting((1, 0, .noSuchEntity)), self.write("03 0600 05"),
                self.rejoined { ($0.tick, $0.seat, $0.resumed, $0.generation) = (Tick(rawValue: 20), two, true, 2) }
                    .sending("03 0000 05 01 0201")
            ),
            ReplicaVector(
                name: "own events are those of the own seat, not of the host",
                steps: [
                    .init(ServerVectors.welcome { ($0.tick, $0.seat) = (Tick(rawValue: 10), two) }, .apply()),
                    .init(self.snapshot(of: self.base), .apply(self.base)), .init(events(.delta, 11), .apply(delivered: [4, 6])),
                ]
            ),
            self.after(
                "a welcome that does not resume leaves nothing",
                self.rejoined(.apply(ReplicaState(tick: 0))) { ($0.tick, $0.generation) = (Tick(rawValue: 20), 2) }
            ),
        ]
    }

    // MARK: What the text leaves to be asked

    static var leftOpen: [ReplicaVector] {
        let row = { (state: SeatState, joined: UInt64) in
            RosterRow(seat: SeatNumber(rawValue: 5), state: state, cause: .broken, joined: Tick(rawValue: joined))
        }
        let unknownName = { (tick: UInt64, audience: Audience) in
            ServerVectors.frame(.delta, [.events], 11, age: 1) {
                $0.varint(1)
                ServerVectors.event(&$0, 4, tick: tick, at: 11, audience, name: 2)
            }
        }
        return [
            self.after(
                "the stride is that of the newest welcome, or heartbeat of an applied frame",
                self.rejoined(.apply(self.base { $0.stride = 2 })) {
                    ($0.tick, $0.resumed, $0.generation, $0.stride) = (Tick(rawValue: 10), true, 2, 2)
                },
                .init(self.heartbeatFrame(stride: 3, (nil, 0)), .apply(self.base { ($0.tick, $0.stride) = (11, 3) })),
                self.confirms(11, 0), .init(self.heartbeatFrame(at: 12, stride: 4, (nil, 0)), .resync(.nonsense)),
                .init(
                    self.snapshot(of: self.base { $0.tick = 13 }, heartbeat: false),
                    .apply(self.base { ($0.tick, $0.stride) = (13, 3) }))
            ),
            self.after(
                "a column that no entity has needs no name",
                .init(bytes("82 13 0b 08 05 0107200009"), self.state { $0.entities[1].fields[0] = (0, .integer(101)) })
            ),
            self.after(
                "a replaced entity takes a difference",
                .init(
                    self.difference {
                        ServerVectors.differenceLists(
                            &$0, replaced: 1,
                            { writer in
                                writer.replaced(.room(1), owner: .room, fieldCount: 1)
                                ServerVectors.field(&writer, 0, .integer(5))
                            }, packed: [(.room(1), [(0, 1)])])
                    },
                    self.state { $0.entities[1].fields = [(0, .integer(6))] })
            ),
            self.after(
                "a seat twice in the roster: in order, and the last row stands",
                .init(
                    ServerVectors.frame(.delta, [.roster], 11, age: 1) {
                        $0.seat(SeatNumber(rawValue: 1))
                        $0.varint(3)
                        for each in [row(.live, 8), row(.left, 8), row(.away, 9)] { $0.rosterRow(each) }
                    },
                    self.state { $0.roster.append(row(.away, 9)) })
            ),
            self.after(
                "an event whose name is not in the table, and that was delivered before",
                .init(unknownName(9, .all), .resync(.nonsense))),
            self.after(
                "an own event to others whose name is not in the table", .init(unknownName(11, .others), .resync(.nonsense))),
            self.after(
                "events are delivered by number, whatever their ticks", .init(self.privateEvents(12, (7, 11)), .hold),
                .init(self.eventFrame(12, (6, 12, 2, .all)), .apply(delivered: [6, 7]))
            ),
            self.after(
                "a rejoin names the tick of the replica, not the event cursor", self.back(10), self.back(11),
                .init(self.eventFrame(12, (6, 9, 2, .all), (7, 10, 2, .all)), .apply(delivered: [7]))
            ),
            self.after(
                "what is lost in both halves is one gap", .init(self.privateEvents(15, lost: 3, (9, 15)), .hold),
                .init(self.eventFrame(15, lost: 4, (8, 15, 2, .all)), .apply(delivered: [8, 9], gap: true))
            ),
            self.after(
                "a resync outstanding: a snapshot whose checksum differs ends it, and begins another",
                .init(self.empty(.delta, 12, age: 1), .resync(.baseline)),
                .init(bytes("82 06 0d 01000000 01"), .resync(.checksum)),
                .init(self.empty(.delta, 14, age: 1), .ignore), .undecodable(bytes("82 02 0f 00"), .giveUp), self.back(20)
            ),
            ReplicaVector(
                name: "the first frame is a snapshot that cannot be decoded",
                steps: [
                    self.welcome, .undecodable(bytes("82 02 0b 00"), .resync(.nonsense)),
                    .init(self.empty(.delta, 12, age: 1), .ignore),
                    .init(self.snapshot(of: self.base { $0.tick = 15 }), .apply()),
                ]
            ),
        ]
    }
}
