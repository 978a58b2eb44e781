import RelayWire

/// SPEC sections 7, 9 and 15: what a client sends, when it gives a connection up, and which of its uplinks it remembers.
extension ReplicaVectors {
    static var answers: [ReplicaVector] {
        self.confirmations + self.gaps + self.results + self.waits + self.ends + self.otherSeats + self.leftOpen
    }

    static let own = EntityID(rawValue: 1)

    /// The application removes entity 1: `03`, tick, ack delay 0, number, one operation.
    static func write(_ sent: String) -> ReplicaStep { .write(removing: self.own, sent: "\(sent) 01 0201") }

    /// A private message without results and events.
    static func confirms(_ tick: UInt64, _ number: UInt64) -> ReplicaStep {
        ReplicaStep(wire { $0.privateMessage(PrivateMessage(tick: Tick(rawValue: tick), lastUplink: number)) }, .hold)
    }

    static func delta(_ tick: UInt64) -> ReplicaStep { .init(self.empty(.delta, tick, age: 1), .apply()) }

    static func rejoined(_ decision: ReplicaStep.Decision = .apply(), _ change: (inout Welcome) -> Void) -> ReplicaStep {
        .init(ServerVectors.welcome(change), decision, afterRejoin: true)
    }

    /// The answer to a rejoin that keeps the replica.
    static func back(_ tick: UInt64, lastUplink: UInt64 = 0) -> ReplicaStep {
        self.rejoined { ($0.tick, $0.resumed, $0.generation, $0.lastUplink) = (Tick(rawValue: tick), true, tick, lastUplink) }
    }

    /// A delta of the tick after the base's, with a checksum that is right or not, and a row for each player.
    static func heartbeatFrame(
        at tick: UInt64 = 11, isRight: Bool = true, stride: UInt64 = 1, _ rows: (rtt: UInt64?, lastUplink: UInt64)...
    ) -> [UInt8] {
        ServerVectors.frame(.delta, [.heartbeat], tick, age: 1) { writer in
            writer.heartbeat(checksum: self.base.checksum &+ (isRight ? 0 : 1), stride: stride)
            for row in rows { writer.heartbeatRow(rtt: row.rtt, lastUplink: row.lastUplink) }
        }
    }

    // MARK: Uplinks

    private static var confirmations: [ReplicaVector] {
        let twoPlayers = self.base { state in
            let two = RosterRow(seat: SeatNumber(rawValue: 2), state: .live, cause: .unknown, joined: Tick(rawValue: 4))
            state.roster.insert(two, at: 0)  // rows stand in any order
        }
        let counts = ReplicaStep(self.heartbeatFrame((nil, 9), (24_000, 1)), .apply()).with { $0.heartbeatConfirms = 1 }
        return [
            self.after(
                "an uplink that is not confirmed is sent again, with another Ack", self.write("03 0a00 01"),
                self.back(20).sending("03 0000 01 01 0201"), .init(self.empty(.merged, 21, age: 11), .apply()),
                self.write("03 1500 02")
            ),
            self.after(
                "a private message confirms", self.write("03 0a00 01"), self.write("03 0a00 02"), self.confirms(11, 1),
                self.delta(11), self.back(20).sending("03 0000 02 01 0201"), self.write("03 0000 03")
            ),
            self.after(
                "what is confirmed stays so", self.write("03 0a00 01"), self.write("03 0a00 02"), self.confirms(11, 2),
                self.delta(11),
                self.confirms(12, 1), self.delta(12), self.back(20)
            ),
            self.after(
                "a welcome confirms", self.write("03 0a00 01"), self.write("03 0a00 02"),
                self.back(20, lastUplink: 1).sending("03 0000 02 01 0201"), self.back(30, lastUplink: 2),
                self.back(40, lastUplink: 2)
            ),
            ReplicaVector(
                name: "the own row of a heartbeat confirms: rows are by seat",
                steps: [
                    .init(
                        ServerVectors.welcome { ($0.tick, $0.seat) = (Tick(rawValue: 10), SeatNumber(rawValue: 2)) }, .apply()),
                    .init(self.snapshot(of: twoPlayers, heartbeat: false), .apply()), self.write("03 0a00 01"),
                    self.write("03 0a00 02"),
                    counts,
                    self.rejoined {
                        ($0.tick, $0.resumed, $0.generation, $0.seat) = (Tick(rawValue: 20), true, 2, SeatNumber(rawValue: 2))
                    }.sending("03 0000 02 01 0201"),
                ]
            ),
            self.after(
                "a private half that is refused confirms nothing", self.write("03 0a00 01"), self.confirms(12, 1),
                .init(self.heartbeatFrame((nil, 1)), .resync(.nonsense)), self.back(20).sending("03 0000 01 01 0201")
            ),
            self.after(
                "a frame whose checksum differs confirms, in both its halves", self.write("03 0a00 01"), self.write("03 0a00 02"),
                self.write("03 0a00 03"), self.confirms(11, 1),
                .init(self.heartbeatFrame(isRight: false, (nil, 2)), .resync(.checksum)).with { $0.heartbeatConfirms = 2 },
                self.back(20).sending("03 0000 03 01 0201")
            ),
            self.after(
                "numbers go on above those that another user of the token has taken", self.write("03 0a00 01"),
                self.back(20, lastUplink: 7), self.write("03 0000 08"), self.confirms(21, 9),
                .init(self.empty(.merged, 21, age: 11), .apply()), self.write("03 1500 0a")
            ),
            self.after(
                "an uplink says what was applied, although the replica is not whole", self.delta(11),
                .init(self.empty(.delta, 13, age: 1), .resync(.baseline)), self.write("03 0b00 01")
            ),
        ]
    }

    private static var gaps: [ReplicaVector] {
        let restored = self.rejoined {
            ($0.tick, $0.generation, $0.epoch, $0.uplinkGap, $0.lastUplink) = (Tick(rawValue: 12), 2, 5, true, 3)
            $0.token = [7]
        }
        return [
            self.after(
                "an uplink gap: confirmed goes back, numbers do not, and results behind it are new", self.write("03 0a00 01"),
                self.write("03 0a00 02"), self.write("03 0a00 03"), self.write("03 0a00 04"),
                .init(bytes("83 01 0b 04 02 03 3f 08 04 00 08"), .hold),
                self.delta(11).resulting((3, 63, .noSuchEntity), (4, 0, .noSuchEntity)), restored,
                .init(bytes("83 01 0d 00 03 03 3f 08 04 00 08 04 01 08"), .hold),
                .init(self.snapshot(of: self.base { $0.tick = 13 }), .apply())
                    .resulting((4, 0, .noSuchEntity), (4, 1, .noSuchEntity)),
                self.write("03 0d00 05"),
                self.back(20, lastUplink: 3).sending("03 0000 05 01 0201")
            ),
            self.after(
                "a loss of power without an uplink gap: another epoch and token, which the next rejoin names",
                self.rejoined { ($0.tick, $0.epoch, $0.token) = (Tick(rawValue: 12), 302, [1, 2]) }, self.back(20)
            ),
        ]
    }

    private static var results: [ReplicaVector] {
        let half = bytes("83 01 0b 00 01 01 3f 0d")
        return [
            self.after(
                "a result comes once, also after a rejoin", .init(half, .hold),
                self.delta(11).resulting((1, 63, .tooManyDeliveries)), self.back(20),
                .init(bytes("83 01 15 00 02 01 3f 0d 02 00 08"), .hold),
                .init(self.empty(.merged, 21, age: 10), .apply()).resulting((2, 0, .noSuchEntity))
            ),
            self.after(
                "results of a private half that is refused are not delivered, and come again", .init(half, .hold),
                .init(self.empty(.delta, 12, age: 2), .resync(.nonsense)),
                .init(bytes("83 01 0d 00 01 01 3f 0d"), .hold),
                .init(self.snapshot(of: self.base { $0.tick = 13 }), .apply()).resulting((1, 63, .tooManyDeliveries))
            ),
            self.after(
                "results of a frame that is ignored are not delivered, and come again",
                .init(self.empty(.delta, 12, age: 1), .resync(.baseline)), .init(bytes("83 01 0d 00 01 01 3f 0d"), .hold),
                .init(self.empty(.delta, 13, age: 1), .ignore), .init(bytes("83 01 0e 00 01 01 3f 0d"), .hold),
                .init(self.snapshot(of: self.base { $0.tick = 14 }), .apply()).resulting((1, 63, .tooManyDeliveries))
            ),
            self.after(
                "a frame whose checksum differs delivers results", .init(half, .hold),
                .init(self.heartbeatFrame(isRight: false, (nil, 0)), .resync(.checksum)).resulting((1, 63, .tooManyDeliveries))
            ),
        ]
    }

    // MARK: Time

    private static var waits: [ReplicaVector] {
        let misfit = ReplicaStep(self.empty(.delta, 20, age: 1), .resync(.baseline))
        return [
            self.after(
                "frames are acknowledged in time, and once", self.delta(11), self.delta(12), .wait(50, acknowledges: 12),
                .wait(50),
                self.delta(13), .wait(50, acknowledges: 13)
            ),
            self.after(
                "the oldest frame says when to acknowledge", self.delta(11), .wait(30), self.delta(12),
                .wait(20, acknowledges: 12)),
            self.after("an uplink acknowledges", self.delta(11), self.write("03 0b00 01"), .wait(50)),
            self.after("a resync acknowledges", self.delta(11), misfit, .wait(50)),
            self.after(
                "a new connection begins with nothing to acknowledge", self.delta(11), self.back(20), .wait(50),
                .init(self.empty(.merged, 21, age: 10), .apply()), .wait(50)
            ),
            self.after(
                "no frame for giveUpAfter; on the next connection an Ack of nothing has no delay", .wait(4_999),
                .wait(10, .giveUp),
                self.back(20), misfit),
            self.after(
                "a frame that is applied begins giveUpAfter anew", .wait(4_000), self.delta(11), .wait(4_999, acknowledges: 11),
                .wait(1, .giveUp)),
            self.after(
                "a frame that is refused, or ignored, begins giveUpAfter anew", .wait(4_000), misfit, .wait(4_000),
                .init(self.empty(.delta, 21, age: 1), .ignore), .wait(4_000), .undecodable(bytes("82"), .ignore), .wait(4_999),
                .wait(1, .giveUp), self.back(20)
            ),
            self.after("no frame for giveUpAfter behind a request", misfit, .wait(4_999), .wait(1, .giveUp), self.back(20)),
            self.after(
                "a private message alone does not begin giveUpAfter anew", .wait(4_000), self.confirms(11, 0),
                .wait(1_000, .giveUp)),
            ReplicaVector(name: "no frame after the welcome", steps: [self.welcome, .wait(4_999), .wait(1, .giveUp)]),
        ]
    }
}
