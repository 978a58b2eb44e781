import RelayWire

/// SPEC section 5: messages that decode.
enum ServerVectors {
    static var all: [ValidVector] {
        self.welcomes + self.headers + self.names + self.entities + self.values + self.rosters + self.events + self.heartbeats
            + PackedVectors.valid
            + self.privates + self.players
    }

    static func players(_ rows: [PlayerRow]) -> [UInt8] {
        wire {
            $0.playersHeader(count: rows.count)
            for row in rows { $0.playerRow(row) }
        }
    }

    static func player(_ seat: UInt16, joined: UInt64 = 40, _ player: String, _ name: String) -> PlayerRow {
        PlayerRow(seat: SeatNumber(rawValue: seat), joined: Tick(rawValue: joined), player: player, name: name)
    }

    private static var players: [ValidVector] {
        let (long, wide) = (String(repeating: "n", count: 64), String(repeating: "🛰", count: 16))
        return [
            ValidVector("players, one", self.players([self.player(1, "u-1", "Ann")])),
            ValidVector("players, no name", self.players([self.player(3, joined: 300, "u-3", "")])),
            ValidVector("players, in any order", self.players([self.player(7, "a", "b"), self.player(2, "c", "d")])),
            ValidVector(
                "players, everything at its largest",
                self.players([self.player(1023, joined: safe, long, wide), self.player(1, wide, long)])),
            ValidVector(
                "players, names that are markup, or join what stands beside them",
                self.players([self.player(1, "<b>&\"", "\u{1F468}\u{200D}\u{1F680} e\u{301} \\")])),
        ]
    }

    /// One message of each kind, with something in every field. The frames say so themselves where they end.
    static var representatives: [(name: String, bytes: [UInt8])] {
        [
            ("welcome", self.welcome { $0.lastUplink = 300 }),
            ("delta", self.delta),
            ("merged", self.merged),
            ("snapshot", self.snapshot),
            ("heartbeat", self.heartbeat(rows: 2)),
            ("private", self.everythingPrivate),
            ("players", self.players([self.player(300, "u", "né"), self.player(2, joined: 5, "v", "")])),
        ]
    }

    // MARK: Parts

    static func welcome(_ change: (inout Welcome) -> Void = { _ in }) -> [UInt8] {
        var welcome = Welcome(
            resumed: false, uplinkGap: false, instance: RoomInstance(high: 0x0F0E_0D0C_0B0A_0908, low: 0x0706_0504_0302_0100),
            epoch: 1, seat: SeatNumber(rawValue: 1), generation: 1, tick: Tick(rawValue: 1), rate: 20, stride: 1,
            lastUplink: 0, cause: .unknown,
            timing: .init(
                maximumAckDelay: 50, heartbeatInterval: 1000, stallAfter: 3000, graceWindow: 10_000, seatHold: 60_000,
                giveUpAfter: 5000
            ),
            uplinkBytes: 16_384, uplinkRate: 120, uplinkBurst: 240, roomWrites: .anyone, departure: .remove,
            token: [UInt8](0..<58)
        )
        change(&welcome)
        return wire { $0.welcome(welcome) }
    }

    static func frame(
        _ coding: Coding, _ sections: FrameSections, _ tick: UInt64, age: UInt64 = 0,
        _ body: (inout WireWriter) -> Void = { _ in }
    ) -> [UInt8] {
        wire {
            let now = Tick(rawValue: tick)
            $0.frameHeader(FrameHeader(coding: coding, sections: sections, tick: now, baseline: Tick(rawValue: tick - age)))
            body(&$0)
        }
    }

    static func event(
        _ writer: inout WireWriter, _ number: UInt64, after previous: UInt64 = 0, tick: UInt64, at now: UInt64,
        from sender: UInt16 = 1, _ audience: Audience = .all, name: UInt16 = 0, _ value: Value = .null
    ) {
        let head = EventHead(
            number: number, tick: Tick(rawValue: tick), sender: SeatNumber(rawValue: sender), audience: audience,
            name: NameIndex(rawValue: name)
        )
        writer.event(head, at: Tick(rawValue: now), after: previous, stored(value))
    }

    static func row(
        _ writer: inout WireWriter, _ seat: UInt16, _ state: SeatState = .live, _ cause: LagCause = .unknown, joined: UInt64 = 1
    ) {
        writer.rosterRow(RosterRow(seat: SeatNumber(rawValue: seat), state: state, cause: cause, joined: Tick(rawValue: joined)))
    }

    static func field(_ writer: inout WireWriter, _ name: UInt16, _ value: Value) {
        writer.indexedField(NameIndex(rawValue: name), stored(value))
    }

    /// One entity's packed differences, by name index.
    typealias Differences = (entity: EntityID, differences: [(UInt16, Int64)])

    /// An entities section of a difference.
    static func differenceLists(
        _ writer: inout WireWriter, removed: [EntityID] = [], replaced: Int = 0,
        _ replacedItems: (inout WireWriter) -> Void = { _ in },
        packed: [Differences] = [], updated: Int = 0, _ updatedItems: (inout WireWriter) -> Void = { _ in }
    ) {
        var lists: DifferenceLists = []
        if !removed.isEmpty { lists.insert(.removed) }
        if replaced > 0 { lists.insert(.replaced) }
        if updated > 0 { lists.insert(.absolute) }
        writer.differenceHead(lists, packed: packed.count)
        if !removed.isEmpty { writer.varint(removed.count) }
        for entity in removed { writer.entity(entity) }
        if replaced > 0 { writer.varint(replaced) }
        replacedItems(&writer)
        if !packed.isEmpty { self.pack(&writer, packed) }
        if updated > 0 { writer.varint(updated) }
        updatedItems(&writer)
    }

    private static func pack(_ writer: inout WireWriter, _ updates: [Differences]) {
        var packer = DifferencePacker()
        for update in updates {
            packer.update(update.entity)
            for (name, difference) in update.differences { packer.difference(NameIndex(rawValue: name), difference) }
        }
        packer.write(into: &writer)
    }

    /// An entities section out of three lists, in a merged frame or a snapshot.
    static func lists(
        _ writer: inout WireWriter, removed: [EntityID] = [], replaced: Int = 0,
        _ replacedItems: (inout WireWriter) -> Void = { _ in },
        updated: Int = 0, _ updatedItems: (inout WireWriter) -> Void = { _ in }
    ) {
        writer.varint(removed.count)
        for entity in removed { writer.entity(entity) }
        writer.varint(replaced)
        replacedItems(&writer)
        writer.varint(updated)
        updatedItems(&writer)
    }

    private static func twoNames(_ writer: inout WireWriter, first: Int) {
        writer.varint(first)
        writer.varint(2)
        writer.nameEntry("position", quantum: 0.01)
        writer.nameEntry("größe", quantum: nil)
    }

    static var delta: [UInt8] {
        self.frame(.delta, [.names, .entities, .roster, .events, .lost], 300, age: 2) {
            self.twoNames(&$0, first: 3)
            self.differenceLists(
                &$0, removed: [.room(5), .room(300)], replaced: 1,
                { writer in
                    writer.replaced(EntityID(SeatNumber(rawValue: 2), 1), owner: SeatNumber(rawValue: 2), fieldCount: 1)
                    self.field(&writer, 3, .quantised(steps: -500))
                },
                packed: [(.room(1), [(0, -1), (2, 1000)])],
                updated: 1,
                { writer in
                    writer.absoluteUpdate(.room(2), fieldCount: 1)
                    self.field(&writer, 4, .string("new"))
                })
            writeRosterAndEvents(&$0)
            $0.varint(UInt64(150))
        }
    }

    static var merged: [UInt8] {
        self.frame(.merged, [.names, .entities, .roster, .events, .lost], 300, age: 200) {
            self.twoNames(&$0, first: 0)
            self.lists(
                &$0, removed: [.room(5)], replaced: 1,
                { writer in writer.replaced(.room(6), owner: .room, fieldCount: 0) },
                updated: 1,
                { writer in
                    writer.absoluteUpdate(.room(1), fieldCount: 2)
                    self.field(&writer, 0, .quantised(steps: 7))
                    self.field(&writer, 1, .bytes([1, 2]))
                })
            writeRosterAndEvents(&$0)
            $0.varint(UInt64(0))
        }
    }

    static var snapshot: [UInt8] {
        self.frame(.snapshot, [.names, .entities, .roster, .events, .lost], 300) {
            self.twoNames(&$0, first: 0)
            self.lists(
                &$0, replaced: 1,
                { writer in
                    writer.replaced(.room(1), owner: SeatNumber(rawValue: 200), fieldCount: 2)
                    self.field(&writer, 0, .quantised(steps: 7))
                    self.field(&writer, 1, .float(0.25))
                })
            writeRosterAndEvents(&$0)
            $0.varint(UInt64(300))
        }
    }

    private static func writeRosterAndEvents(_ writer: inout WireWriter) {
        writer.seat(SeatNumber(rawValue: 200))
        writer.varint(2)
        self.row(&writer, 200, joined: 130)
        self.row(&writer, 3, .stalled, .network, joined: 7)
        writer.varint(2)
        self.event(&writer, 1000, tick: 299, at: 300, from: 3, .others, name: 1, .integer(5))
        self.event(&writer, 1002, after: 1000, tick: 300, at: 300, from: 0)
    }

    static func heartbeat(rows: Int, stride: UInt64 = 1) -> [UInt8] {
        self.frame(.delta, [.heartbeat], 300, age: 1) {
            $0.heartbeat(checksum: 0xDEAD_BEEF, stride: stride)
            for row in 0..<rows { $0.heartbeatRow(rtt: row == 0 ? nil : UInt64(row) * 150_000, lastUplink: UInt64(row) * 300) }
        }
    }

    static var everythingPrivate: [UInt8] {
        wire {
            var message = PrivateMessage(tick: Tick(rawValue: 300), lastUplink: 901)
            message.results = [
                OperationResult(uplink: 900, operation: 0, code: .succeeded),
                OperationResult(uplink: 901, operation: 63, code: .tooManyFields),
            ]
            let head = { (number: UInt64, tick: UInt64, audience: Audience) in
                EventHead(
                    number: number, tick: Tick(rawValue: tick), sender: SeatNumber(rawValue: 200), audience: audience,
                    name: NameIndex(rawValue: 9)
                )
            }
            message.events = [
                .init(head: head(1001, 150, .host), value: .string("psst")),
                .init(head: head(1003, 300, .seats), value: .null),
            ]
            message.lostThrough = Tick(rawValue: 100)
            $0.privateMessage(message)
        }
    }

    // MARK: Vectors

    static var welcomes: [ValidVector] {
        let named: [(String, (inout Welcome) -> Void)] = [
            ("welcome to a new seat", { _ in }),
            ("welcome to a spectator", { $0.seat = SeatNumber(rawValue: 1024) }),
            ("welcome back, resumed", { ($0.resumed, $0.generation, $0.lastUplink, $0.cause) = (true, 2, 17, .network) }),
            ("welcome back, uplink gap", { ($0.uplinkGap, $0.epoch, $0.cause) = (true, 2, .broken) }),
            ("welcome back, resumed with an uplink gap", { ($0.resumed, $0.uplinkGap) = (true, true) }),
            (
                "welcome, shortest token, no grace and no hold",
                {
                    ($0.token, $0.timing.graceWindow, $0.timing.seatHold) = ([0], 0, 0)
                }
            ),
            (
                "welcome, everything at its smallest",
                {
                    ($0.instance, $0.rate, $0.token) = (RoomInstance(high: 0, low: 0), 1, [9])
                    ($0.uplinkBytes, $0.uplinkRate, $0.uplinkBurst) = (1, 1, 1)
                    $0.timing = .init(
                        maximumAckDelay: 1, heartbeatInterval: 1, stallAfter: 1, graceWindow: 0, seatHold: 0, giveUpAfter: 1)
                }
            ),
            (
                "welcome, everything at its largest",
                {
                    $0.instance = RoomInstance(high: .max, low: .max)
                    ($0.resumed, $0.uplinkGap, $0.epoch, $0.seat, $0.generation) = (
                        true, true, safe, SeatNumber(rawValue: 2047), safe
                    )
                    ($0.tick, $0.rate, $0.stride, $0.lastUplink, $0.cause) = (.maximum, 240, 4, safe, .broken)
                    let longest: UInt64 = 1 << 40
                    $0.timing = .init(
                        maximumAckDelay: longest, heartbeatInterval: longest, stallAfter: longest, graceWindow: longest,
                        seatHold: longest,
                        giveUpAfter: longest)
                    ($0.uplinkBytes, $0.uplinkRate, $0.uplinkBurst) = (safe, safe, safe)
                    ($0.roomWrites, $0.departure) = (.compareAndSet, .handToHost)
                    $0.token = [UInt8](repeating: 0xFF, count: 128)
                }
            ),
        ]
        return named.map { ValidVector($0.0, self.welcome($0.1)) }
            + LagCause.allCases.map { cause in ValidVector("welcome, cause \(cause.rawValue)", self.welcome { $0.cause = cause })
            }
            + WireLimits.strides.map { stride in ValidVector("welcome, stride \(stride)", self.welcome { $0.stride = stride }) }
            + RoomWrites.allCases.map { writes in
                ValidVector("welcome, roomWrites \(writes.rawValue)", self.welcome { $0.roomWrites = writes })
            }
            + DeparturePolicy.allCases.map { policy in
                ValidVector("welcome, onLeave \(policy.rawValue)", self.welcome { $0.departure = policy })
            } + LobbyVectors.welcomes
    }

    private static var headers: [ValidVector] {
        [
            ValidVector("empty delta of tick 1", self.frame(.delta, [], 1, age: 1)),
            ValidVector("empty delta, age equal to the tick", self.frame(.delta, [], 300, age: 300)),
            ValidVector("empty merged frame", self.frame(.merged, [], 300, age: 299)),
            ValidVector("empty merged frame, largest tick and age", self.frame(.merged, [], safe, age: safe)),
            ValidVector("snapshot of an empty room", self.frame(.snapshot, [], 1)),
            ValidVector("snapshot, largest tick", self.frame(.snapshot, [], safe)),
            ValidVector("lost of this tick", self.frame(.delta, [.lost], 9, age: 1) { $0.varint(UInt64(0)) }),
            ValidVector("lost of all time", self.frame(.snapshot, [.lost], 9) { $0.varint(UInt64(9)) }),
            ValidVector("delta with everything but a heartbeat", self.delta),
            ValidVector("merged frame with everything but a heartbeat", self.merged),
            ValidVector("snapshot with everything but a heartbeat", self.snapshot),
        ]
    }
}
