import RelayWire

/// What the decoders make of a message, as the vectors describe it: `Protocol/vectors/README.md`.
enum Describe {
    static func value(_ value: Value) -> JSON {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .integer(let number): ["integer": .signed(number)]
        case .float(let number): ["float": .float(number)]
        case .quantised(let steps): ["steps": .signed(steps)]
        case .string(let string): ["string": .string(string)]
        case .bytes(let bytes): ["bytes": .string(hex(bytes))]
        }
    }

    static func value(_ view: ValueView, _ bytes: Span<UInt8>) -> JSON {
        self.value(StoredValue(view, in: bytes).value)
    }

    static func text(_ range: Range<Int>, _ bytes: Span<UInt8>) -> JSON {
        .string(bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
    }

    // MARK: Client messages

    /// Decodes a client message. `names` is how many names the relay has given to this client.
    static func client(_ bytes: Span<UInt8>, names: Int) throws(WireError) -> JSON {
        switch try ClientMessage(decoding: bytes) {
        case .hello(let hello): self.hello(hello)
        case .rejoin(let rejoin):
            [
                "kind": "rejoin", "version": 1, "room": .string(rejoin.room), "token": .string(hex(rejoin.token)),
                "epoch": .unsigned(rejoin.epoch), "tick": .unsigned(rejoin.tick.rawValue),
                "confirmed": .unsigned(rejoin.confirmed), "flags": .signed(rejoin.wantsPlayers ? 2 : 0),
            ]
        case .uplink(let head, let offset):
            [
                "kind": "uplink", "ack": self.ack(head.ack), "number": .unsigned(head.number),
                "operations": .array(try self.operations(bytes, head, from: offset, names: names)),
            ]
        case .ack(let ack): ["kind": "ack", "ack": self.ack(ack)]
        case .resync(let ack, let reason):
            ["kind": "resync", "ack": self.ack(ack), "reason": .unsigned(UInt64(reason.rawValue))]
        case .leave: ["kind": "leave"]
        case .visibility(let ack, let isHidden):
            ["kind": "visibility", "ack": self.ack(ack), "hidden": .unsigned(isHidden ? 1 : 0)]
        }
    }

    private static func hello(_ hello: Hello) -> JSON {
        let flags: Int64 = (hello.ticket == nil ? 0 : 1) | (hello.wantsPlayers ? 2 : 0) | (hello.lobby == nil ? 0 : 4)
        let json: JSON = [
            "kind": "hello", "version": 1, "room": .string(hello.room), "role": .unsigned(UInt64(hello.role.rawValue)),
            "flags": .signed(flags),
        ]
        return json.adding("ticket", hello.ticket.map { .string(hex($0)) }).adding("lobby", hello.lobby.map(self.lobby))
    }

    static func lobby(_ lobby: LobbyPart) -> JSON {
        let card = lobby.card?.fields.map { field -> JSON in [.string(field.name), self.value(field.value)] }
        return JSON.object([]).adding("how", .unsigned(UInt64(lobby.how.rawValue)))
            .adding("type", lobby.type.map { .string($0) })
            .adding("password", lobby.password.map { .string($0) })
            .adding("invitation", lobby.invitation.map { .string($0) })
            .adding("card", card.map { .array($0) })
    }

    private static func ack(_ ack: Ack) -> JSON {
        ["tick": .unsigned(ack.tick.rawValue), "delay": .unsigned(ack.delay)]
    }

    private static func operations(
        _ bytes: Span<UInt8>, _ head: UplinkHead, from offset: Int, names: Int
    ) throws(WireError) -> [JSON] {
        let list = try OperationList(bytes, from: offset, count: head.operationCount, names: names)
        var fields = list.fields[...]
        return list.operations.map { self.operation($0, &fields, list.seats, bytes) }
    }

    private static func operation(
        _ operation: Operation, _ rest: inout ArraySlice<OperationField>, _ seats: [SeatNumber], _ bytes: Span<UInt8>
    ) -> JSON {
        switch operation {
        case .set(let entity, let count):
            var fields: [JSON] = []
            for _ in 0..<count {
                let field = rest.removeFirst()
                fields.append([self.name(field.name, bytes), self.value(field.value, bytes)])
            }
            return ["op": "set", "entity": .unsigned(UInt64(entity.rawValue)), "fields": .array(fields)]
        case .remove(let entity): return ["op": "remove", "entity": .unsigned(UInt64(entity.rawValue))]
        case .event(let name, let audience, let range, let value):
            var members: JSON = [
                "op": "event", "name": self.name(name, bytes), "audience": .unsigned(UInt64(audience.rawValue)),
            ]
            let numbers = seats[range].map { JSON.unsigned(UInt64($0.rawValue)) }
            if audience == .seats { members = members.adding("seats", .array(numbers)) }
            return members.adding("value", self.value(value, bytes))
        case .compareAndSet(let entity, let name, let expected, let new, let numbersByValue):
            return [
                "op": .string(numbersByValue ? "compareAndSetByValue" : "compareAndSet"),
                "entity": .unsigned(UInt64(entity.rawValue)), "name": self.name(name, bytes),
                "expected": self.value(expected, bytes), "new": self.value(new, bytes),
            ]
        case .act(let act): return self.act(act, bytes)
        }
    }

    private static func act(_ act: HostAct, _ bytes: Span<UInt8>) -> JSON {
        switch act {
        case .kick(let target): self.act("kick", on: target)
        case .ban(let target): self.act("ban", on: target)
        case .host(let target): self.act("host", on: target)
        case .password(let range): ["op": "password", "password": self.text(range, bytes)]
        case .invite(let range, let seconds, let held):
            [
                "op": "invite", "invitation": self.text(range, bytes), "seconds": .unsigned(seconds),
                "held": .unsigned(self.number(of: held)),
            ]
        }
    }

    /// An act about an occupant.
    static func act(_ name: String, on target: ActTarget) -> JSON {
        [
            "op": .string(name), "seat": .unsigned(UInt64(target.seat.rawValue)), "joined": .unsigned(target.joined.rawValue),
        ]
    }

    /// The seat that an invitation holds, as it stands on the wire.
    static func number(of held: Role?) -> UInt64 {
        switch held {
        case nil: 0
        case .player?: 1
        case .spectator?: 2
        }
    }

    private static func name(_ name: NameReference, _ bytes: Span<UInt8>) -> JSON {
        switch name {
        case .inline(let range): ["name": self.text(range, bytes)]
        case .index(let index): ["index": .unsigned(UInt64(index.rawValue))]
        }
    }

    // MARK: Server messages

    /// Decodes a server message. `rosterRows` is how many rows the roster has after it.
    static func server(_ bytes: Span<UInt8>, rosterRows: Int) throws(WireError) -> JSON {
        guard !bytes.isEmpty else { throw .empty }
        var cursor = WireCursor()
        let raw = try cursor.u8(bytes)
        switch ServerMessageKind(rawValue: raw) {
        case .welcome: return self.welcome(try cursor.welcome(bytes))
        case .private: return self.privateMessage(try cursor.privateMessage(bytes))
        case .players: return ["kind": "players", "rows": .array(try cursor.players(bytes).map(self.player))]
        case .frame:
            var collector = FrameCollector(rosterRows: rosterRows)
            try cursor.frame(bytes, into: &collector)
            return collector.json
        case nil: throw .unknownKind(raw)
        }
    }

    private static func welcome(_ welcome: Welcome) -> JSON {
        var instance = WireWriter()
        instance.u64(welcome.instance.low)
        instance.u64(welcome.instance.high)
        let timing = welcome.timing
        let flags: Int64 = (welcome.resumed ? 1 : 0) | (welcome.uplinkGap ? 2 : 0) | (welcome.room == nil ? 0 : 4)
        let json: JSON = [
            "kind": "welcome", "flags": .signed(flags),
            "instance": .string(hex(instance.array)), "epoch": .unsigned(welcome.epoch),
            "seat": .unsigned(UInt64(welcome.seat.rawValue)), "generation": .unsigned(welcome.generation),
            "tick": .unsigned(welcome.tick.rawValue), "rate": .unsigned(welcome.rate), "stride": .unsigned(welcome.stride),
            "lastUplink": .unsigned(welcome.lastUplink), "cause": .unsigned(UInt64(welcome.cause.rawValue)),
            "maximumAckDelay": .unsigned(timing.maximumAckDelay), "heartbeatInterval": .unsigned(timing.heartbeatInterval),
            "stallAfter": .unsigned(timing.stallAfter), "graceWindow": .unsigned(timing.graceWindow),
            "seatHold": .unsigned(timing.seatHold), "giveUpAfter": .unsigned(timing.giveUpAfter),
            "uplinkBytes": .unsigned(welcome.uplinkBytes), "uplinkRate": .unsigned(welcome.uplinkRate),
            "uplinkBurst": .unsigned(welcome.uplinkBurst), "roomWrites": .unsigned(UInt64(welcome.roomWrites.rawValue)),
            "onLeave": .unsigned(UInt64(welcome.departure.rawValue)), "token": .string(hex(welcome.token)),
        ]
        return json.adding("room", welcome.room.map { .string($0) })
    }

    private static func player(_ row: PlayerRow) -> JSON {
        [
            "seat": .unsigned(UInt64(row.seat.rawValue)), "joined": .unsigned(row.joined.rawValue), "player": .string(row.player),
            "name": .string(row.name),
        ]
    }

    private static func privateMessage(_ message: PrivateMessage) -> JSON {
        var json: JSON = [
            "kind": "private", "tick": .unsigned(message.tick.rawValue), "lastUplink": .unsigned(message.lastUplink),
        ]
        let results = message.results.map { self.result($0) }
        if !results.isEmpty { json = json.adding("results", .array(results)) }
        let events = message.events.map { self.event($0.head, self.value($0.value), at: message.tick) }
        if !events.isEmpty { json = json.adding("events", .array(events)) }
        return json.adding("lost", message.lostThrough.map { .unsigned(message.tick.rawValue - $0.rawValue) })
    }

    static func result(_ result: OperationResult) -> JSON {
        [
            "uplink": .unsigned(result.uplink), "operation": .unsigned(UInt64(result.operation)),
            "code": .unsigned(UInt64(result.code.rawValue)),
        ]
    }

    static func event(_ head: EventHead, _ value: JSON, at tick: Tick) -> JSON {
        [
            "number": .unsigned(head.number), "age": .unsigned(tick.rawValue - head.tick.rawValue),
            "sender": .unsigned(UInt64(head.sender.rawValue)), "audience": .unsigned(UInt64(head.audience.rawValue)),
            "name": .unsigned(UInt64(head.name.rawValue)), "value": value,
        ]
    }
}
