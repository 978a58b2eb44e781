import RelayWire

/// SPEC section 5: each section of a frame, and `private`.
extension ServerVectors {
    static var names: [ValidVector] {
        [
            ValidVector(
                "names: one, in a snapshot", self.frame(.snapshot, [.names], 1) { self.names(&$0, first: 0, [("x", nil)]) }
            ),
            ValidVector(
                "names: shortest and longest, smallest and largest quantum",
                self.frame(.delta, [.names], 2, age: 1) {
                    let long = String(repeating: "n", count: 64)
                    self.names(&$0, first: 7, [("a", .leastNonzeroMagnitude), (long, .greatestFiniteMagnitude)])
                }
            ),
            ValidVector(
                "names: the last index", self.frame(.merged, [.names], 2, age: 1) { self.names(&$0, first: 1023, [("z", 1)]) }
            ),
            ValidVector(
                "names: a full table",
                self.frame(.snapshot, [.names], 2) { self.names(&$0, first: 0, (0..<1024).map { ("n\($0)", nil) }) }
            ),
        ]
    }

    static func names(_ writer: inout WireWriter, first: Int, _ entries: [(String, Double?)]) {
        writer.varint(first)
        writer.varint(entries.count)
        for (name, quantum) in entries { writer.nameEntry(name, quantum: quantum) }
    }

    static func difference(_ name: String, _ body: (inout WireWriter) -> Void) -> ValidVector {
        ValidVector(name, self.frame(.delta, [.entities], 2, age: 1, body))
    }

    static var entities: [ValidVector] {
        [
            ValidVector("entities: three empty lists in a snapshot", self.frame(.snapshot, [.entities], 2) { self.lists(&$0) }),
            ValidVector(
                "entities: three empty lists in a merged frame", self.frame(.merged, [.entities], 2, age: 1) { self.lists(&$0) }),
            self.difference("entities: the smallest and the largest removed") {
                self.differenceLists(&$0, removed: [EntityID(rawValue: 0), .maximum])
            },
            self.difference("entities: replaced without fields, largest entity and owner") {
                self.differenceLists(&$0, replaced: 1) {
                    $0.replaced(.maximum, owner: SeatNumber(rawValue: 1023), fieldCount: 0)
                }
            },
            self.difference("entities: replaced with as many fields as there are names") {
                self.differenceLists(&$0, replaced: 1) { writer in
                    writer.replaced(.room(0), owner: .room, fieldCount: 1024)
                    for index in 0..<UInt16(1024) { self.field(&writer, index, .null) }
                }
            },
            self.difference("entities: a field twice in one item of each list") {
                self.differenceLists(
                    &$0, replaced: 1,
                    { writer in
                        writer.replaced(.room(2), owner: .room, fieldCount: 2)
                        self.field(&writer, 0, .integer(1))
                        self.field(&writer, 0, .integer(2))
                    },
                    updated: 1,
                    { writer in
                        writer.absoluteUpdate(.room(1), fieldCount: 2)
                        self.field(&writer, 3, .null)
                        self.field(&writer, 3, .bool(true))
                    })
            },
            self.difference("entities: replaced with 64 fields") {
                self.differenceLists(&$0, replaced: 1) { writer in
                    writer.replaced(.room(0), owner: .room, fieldCount: 64)
                    for index in 0..<64 { self.field(&writer, UInt16(index * 16), .integer(Int64(index))) }
                }
            },
            ValidVector(
                "entities: merged updates, without fields and with the last index",
                self.frame(.merged, [.entities], 2, age: 1) {
                    self.lists(
                        &$0, updated: 2,
                        { writer in
                            writer.absoluteUpdate(.room(0), fieldCount: 0)
                            writer.absoluteUpdate(.maximum, fieldCount: 1)
                            self.field(&writer, 1023, .null)
                        })
                }
            ),
        ]
    }

    static var values: [ValidVector] {
        ClientVectors.edgeValues.map { name, value in
            ValidVector(
                "field: \(name)",
                self.frame(.snapshot, [.entities], 2) {
                    self.lists(&$0, replaced: 1) { writer in
                        writer.replaced(.room(1), owner: .room, fieldCount: 1)
                        self.field(&writer, 0, value)
                    }
                }
            )
        }
    }

    static var rosters: [ValidVector] {
        [
            ValidVector(
                "roster: no host, no rows",
                self.frame(.delta, [.roster], 2, age: 1) {
                    $0.seat(.room)
                    $0.varint(0)
                }
            ),
            ValidVector(
                "roster: every state and every cause",
                self.frame(.merged, [.roster], 100, age: 1) {
                    $0.seat(SeatNumber(rawValue: 1))
                    $0.varint(SeatState.allCases.count * LagCause.allCases.count)
                    for (index, state) in SeatState.allCases.enumerated() {
                        for cause in LagCause.allCases {
                            self.row(&$0, UInt16(1 + index * 8) + UInt16(cause.rawValue), state, cause)
                        }
                    }
                }
            ),
            ValidVector(
                "roster: every seat of a player",
                self.frame(.snapshot, [.roster], 2) {
                    $0.varint(0)
                    $0.varint(1023)
                    for seat in UInt16(1)...1023 { self.row(&$0, seat) }
                }),
            ValidVector(
                "roster: largest seat, host and joined tick",
                self.frame(.snapshot, [.roster], safe) {
                    $0.seat(SeatNumber(rawValue: 1023))
                    $0.varint(1)
                    self.row(&$0, 1023, joined: safe)
                }
            ),
        ]
    }

    static var events: [ValidVector] {
        [
            ValidVector(
                "events: from the relay",
                self.frame(.delta, [.events], 5, age: 1) {
                    $0.varint(1)
                    self.event(&$0, 1, tick: 5, at: 5, from: 0)
                }
            ),
            ValidVector(
                "events: numbers one apart and far apart, a spectator's, one of the first tick",
                self.frame(.snapshot, [.events], 300) {
                    $0.varint(3)
                    self.event(&$0, 1, tick: 1, at: 300, from: 2047, .others, name: 1023, .string("hi"))
                    self.event(&$0, 2, after: 1, tick: 1, at: 300, from: 1023)
                    self.event(&$0, 100_000, after: 2, tick: 300, at: 300, from: 0, .all, name: 0, .bytes([]))
                }
            ),
            ValidVector(
                "events: up to the largest number",
                self.frame(.merged, [.events, .lost], safe, age: 1) {
                    $0.varint(2)
                    self.event(&$0, safe - 1, tick: safe, at: safe)
                    self.event(&$0, safe, after: safe - 1, tick: safe, at: safe)
                    $0.varint(safe)
                }
            ),
        ]
    }

    static var heartbeats: [ValidVector] {
        [
            ValidVector("heartbeat: empty roster", self.heartbeat(rows: 0), context: 0),
            ValidVector("heartbeat: one row, RTT unknown", self.heartbeat(rows: 1), context: 1),
            ValidVector("heartbeat: three rows", self.heartbeat(rows: 3), context: 3),
            ValidVector("heartbeat: of a room at every second tick", self.heartbeat(rows: 1, stride: 2), context: 1),
            ValidVector("heartbeat: the largest stride", self.heartbeat(rows: 1, stride: 4), context: 1),
            ValidVector(
                "heartbeat: RTT rounded, and at its largest",
                self.frame(.delta, [.heartbeat], 9, age: 1) {
                    $0.heartbeat(checksum: 0, stride: 1)
                    for rtt: UInt64 in [0, 499, 500, 1499, 65_535_000, 65_536_000, 1 << 60] {
                        $0.heartbeatRow(rtt: rtt, lastUplink: safe)
                    }
                },
                context: 7
            ),
            ValidVector(
                "heartbeat: behind what was lost",
                self.frame(.delta, [.lost, .heartbeat], 9, age: 1) {
                    $0.varint(UInt64(5))
                    $0.heartbeat(checksum: 7, stride: 1)
                    $0.heartbeatRow(rtt: nil, lastUplink: 1)
                },
                context: 1
            ),
            ValidVector(
                "heartbeat: in a snapshot with a roster, which sets how many rows there are",
                self.frame(.snapshot, [.roster, .heartbeat], 9) {
                    $0.seat(SeatNumber(rawValue: 4))
                    $0.varint(2)
                    self.row(&$0, 9)
                    self.row(&$0, 4)
                    $0.heartbeat(checksum: 0, stride: 1)
                    $0.heartbeatRow(rtt: 20_000, lastUplink: 1)
                    $0.heartbeatRow(rtt: nil, lastUplink: 0)
                },
                context: 2
            ),
        ]
    }

    static var privates: [ValidVector] {
        let codes = ResultCode.allCases
        return [
            ValidVector("private: nothing but the newest uplink") {
                $0.privateMessage(PrivateMessage(tick: Tick(rawValue: 1), lastUplink: 0))
            },
            ValidVector("private: everything", self.everythingPrivate),
            ValidVector("private: every result code") {
                var message = PrivateMessage(tick: Tick(rawValue: 9), lastUplink: 40)
                message.results = codes.enumerated().map { OperationResult(uplink: 40, operation: UInt8($0), code: $1) }
                $0.privateMessage(message)
            },
            ValidVector("private: lost alone") {
                var message = PrivateMessage(tick: Tick(rawValue: 9), lastUplink: 40)
                message.lostThrough = Tick(rawValue: 8)
                $0.privateMessage(message)
            },
            ValidVector("private: the first event of a room, and what was lost at this tick") {
                var message = PrivateMessage(tick: Tick(rawValue: 9), lastUplink: 0)
                let head = EventHead(
                    number: 1, tick: message.tick, sender: .room, audience: .host, name: NameIndex(rawValue: 0)
                )
                message.events = [.init(head: head, value: .null)]
                message.lostThrough = message.tick
                $0.privateMessage(message)
            },
            ValidVector("private: largest numbers") {
                var message = PrivateMessage(tick: .maximum, lastUplink: safe)
                message.results = [OperationResult(uplink: safe, operation: 63, code: .tooManyFields)]
                let head = EventHead(
                    number: safe, tick: Tick(rawValue: 1), sender: SeatNumber(rawValue: 2047), audience: .seats,
                    name: NameIndex(rawValue: 1023)
                )
                message.events = [.init(head: head, value: .integer(.min))]
                message.lostThrough = Tick.none
                $0.privateMessage(message)
            },
        ]
    }
}
