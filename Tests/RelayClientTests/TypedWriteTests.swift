import RelayClient
import RelayWire
import Testing

/// The names of ``snapshot(tick:checksum:)``: `x` is plain, `q` has steps of 0.5, `s` is a text.
private struct Ship: RelayEntity, Equatable {
    var x = 5.0
    var q = 1.5
    var s = "hi"
}

private struct Nothing: RelayEntity {}

private struct Sign: RelayEntity {
    var s: String
    var x: Double
    var q: Double
}

private struct Target: RelayEntity {
    var t: Int?
}

extension Bench {
    fileprivate func write(_ value: some RelayEntity, to target: EntityTarget = .own(0)) -> WriteOutcome {
        self.session.write(target, FieldEncoder.fields(of: value))
    }

    /// Writes and flushes. Returns the names and values that left, and `empty` for an operation without fields.
    fileprivate func sends(_ value: some RelayEntity, to target: EntityTarget = .own(0)) throws -> [String] {
        #expect(self.write(value, to: target) == .accepted)
        self.flush()
        return try self.takeSent().flatMap { try fields(in: $0) }
    }

    /// A frame by which our uplinks up to this one are confirmed, with the fields of an entity as the relay has them.
    fileprivate func confirm(_ uplink: UInt64, tick: UInt64, _ entity: EntityID = player1, _ values: [(UInt16, Value)] = []) {
        self.receive { $0.privateMessage(PrivateMessage(tick: Tick(rawValue: tick), lastUplink: uplink)) }
        self.see(tick: tick, entity, values)
    }

    /// A frame with the fields of an entity as the relay has them.
    fileprivate func see(tick: UInt64, _ entity: EntityID = player1, _ values: [(UInt16, Value)]) {
        self.receive(
            frame(.merged, tick: tick, baseline: 10, values.isEmpty ? [] : .entities) { writer in
                guard !values.isEmpty else { return }
                writer.varint(0)
                writer.varint(0)
                writer.varint(1)
                writer.absoluteUpdate(entity, fieldCount: values.count)
                for (name, value) in values { writer.indexedField(NameIndex(rawValue: name), StoredValue(value)) }
            })
        _ = self.takeSent()
    }
}

private func fields(in message: [UInt8]) throws -> [String] {
    guard case .uplink(let head, let offset) = try ClientMessage(decoding: message.span) else { return [] }
    let list = try OperationList(message.span, from: offset, count: head.operationCount, names: 3)
    if list.fields.isEmpty { return list.operations.map { _ in "empty" } }
    return list.fields.map { field in
        let value = StoredValue(field.value, in: message.span).value
        switch field.name {
        case .index(let index): return "\(["x", "q", "s"][Int(index.rawValue)])=\(value)"
        case .inline(let range): return "\(String(decoding: message[range], as: UTF8.self))=\(value)"
        }
    }
}

/// What a write of one value sends, on what has been before.
struct TypedWriteCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    fileprivate var before: @Sendable (Bench) throws -> Void
    fileprivate var written: Ship
    fileprivate var target: EntityTarget
    var sent: [String]

    fileprivate init(
        _ name: String, _ written: Ship, to target: EntityTarget = .own(0), sends sent: [String],
        after before: @escaping @Sendable (Bench) throws -> Void = { _ in }
    ) {
        (self.testDescription, self.before, self.written, self.target, self.sent) = (name, before, written, target, sent)
    }

    static let all: [TypedWriteCase] = [
        TypedWriteCase("what the relay has does not travel, be it an integer or a float", Ship(), sends: []),
        TypedWriteCase("what differs travels", Ship(x: 6), sends: ["x=6.0"]),
        TypedWriteCase("less than a step is no difference", Ship(q: 1.6), sends: []),
        TypedWriteCase("a step is one", Ship(q: 1.8), sends: ["q=4 steps"]),
        TypedWriteCase("what is under way does not travel again", Ship(x: 6), sends: []) { _ = try $0.sends(Ship(x: 6)) },
        TypedWriteCase("back to what the replica still shows, while something else is under way", Ship(), sends: ["x=5.0"]) {
            _ = try $0.sends(Ship(x: 6))
        },
        TypedWriteCase("back to it before the flush: the last write counts", Ship(), sends: ["x=5.0"]) {
            _ = $0.write(Ship(x: 6))
        },
        TypedWriteCase("a new entity that is under way", Ship(), to: .own(1), sends: []) {
            _ = try $0.sends(Ship(), to: .own(1))
        },
        TypedWriteCase("a new entity that waits, changed again", Ship(x: 6), to: .own(1), sends: ["x=6.0", "q=3 steps", "s=hi"]) {
            _ = $0.write(Ship(), to: .own(1))
        },
        TypedWriteCase("confirmed and shown: the replica counts", Ship(x: 6), sends: []) {
            _ = try $0.sends(Ship(x: 6))
            $0.confirm(1, tick: 12, player1, [(0, .float(6))])
        },
        TypedWriteCase("refused by the relay: it travels again", Ship(x: 6), sends: ["x=6.0"]) {
            _ = try $0.sends(Ship(x: 6))
            $0.confirm(1, tick: 12)
        },
        TypedWriteCase("behind a single write of the same field", Ship(), sends: ["x=5.0"]) {
            _ = try $0.sends(Ship())
            $0.set(.own(0), "x", 7)
            $0.flush()
        },
        TypedWriteCase(
            "behind a single write before the first typed one: nothing is known of it", Ship(),
            sends: ["x=5.0", "q=3 steps", "s=hi"]
        ) {
            $0.set(.own(0), "x", 7)
            $0.flush()
        },
        TypedWriteCase("behind a single write by the entity's id", Ship(), sends: ["x=5.0"]) {
            _ = try $0.sends(Ship())
            $0.set(.entity(player1), "x", 7)
            $0.flush()
        },
        TypedWriteCase("behind a compare and set: nothing is known", Ship(), sends: ["x=5.0", "q=3 steps", "s=hi"]) {
            _ = try $0.sends(Ship())
            _ = $0.compareAndSet(.own(0), "x", expected: .integer(5), new: .integer(9))
            $0.flush()
        },
        TypedWriteCase("behind a remove: all of it", Ship(), sends: ["x=5.0", "q=3 steps", "s=hi"]) {
            _ = try $0.sends(Ship())
            $0.remove(.own(0))
            $0.flush()
        },
        TypedWriteCase("a lost connection forgets nothing: what is resent is not written anew", Ship(x: 6), sends: []) {
            _ = try $0.sends(Ship(x: 6))
            $0.close(nil)
            $0.reconnect()
            $0.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: 2)) }
            $0.advance(by: 100_000_000)
        },
        TypedWriteCase("confirmed by a welcome, the replica is behind it until the next frame", Ship(), sends: ["x=5.0"]) {
            _ = try $0.sends(Ship(x: 6))
            $0.close(nil)
            $0.reconnect()
            $0.receive { $0.welcome(.sample(tick: 20, resumed: true, generation: 2, lastUplink: 1)) }
        },
        TypedWriteCase(
            "the relay lost what it had confirmed: nothing is known", Ship(x: 6), sends: ["x=6.0", "q=1.5", "s=hi"]
        ) {
            _ = try $0.sends(Ship(x: 6))
            $0.confirm(1, tick: 12, player1, [(0, .float(6))])
            $0.close(nil)
            $0.reconnect()
            $0.receive { $0.welcome(.sample(tick: 20, gap: true, generation: 2)) }
        },
        TypedWriteCase("the room's entity, not there: all of it", Ship(), to: .room(0), sends: ["x=5.0", "q=3 steps", "s=hi"]),
        TypedWriteCase(
            "the room's entity, changed by somebody else while ours is under way: ours again", Ship(x: 6), to: .room(0),
            sends: ["x=6.0"]
        ) {
            $0.makeRoomEntity()
            _ = try $0.sends(Ship(x: 6), to: .room(0))
            $0.see(tick: 13, .room(0), [(0, .integer(1))])
        },
        TypedWriteCase("the room's entity, seen as written: nothing more", Ship(x: 6), to: .room(0), sends: []) {
            $0.makeRoomEntity()
            _ = try $0.sends(Ship(x: 6), to: .room(0))
            $0.see(tick: 13, .room(0), [(0, .float(6))])
        },
    ]
}

extension Bench {
    /// The room's entity 0 with the values of a ``Ship``.
    fileprivate func makeRoomEntity() {
        self.receive(
            frame(.merged, tick: 12, baseline: 10, .entities) { writer in
                writer.varint(0)
                writer.varint(1)
                writer.replaced(.room(0), owner: .room, fieldCount: 3)
                writer.indexedField(NameIndex(rawValue: 0), StoredValue(.integer(5)))
                writer.indexedField(NameIndex(rawValue: 1), StoredValue(.quantised(steps: 3)))
                writer.indexedField(NameIndex(rawValue: 2), StoredValue(.string("hi")))
                writer.varint(0)
            })
        _ = self.takeSent()
    }
}

@Suite("Typed writes")
struct TypedWriteTests {
    @Test("Of a typed value only that travels which the relay neither has nor is about to get", arguments: TypedWriteCase.all)
    func sendsChanges(_ example: TypedWriteCase) throws {
        let bench = Bench()
        bench.joinWithSnapshot()
        _ = bench.takeSent()
        try example.before(bench)
        _ = bench.takeSent()
        bench.now += 50_000_000
        #expect(try bench.sends(example.written, to: example.target) == example.sent)
    }

    @Test("A write before the seat is taken leaves with the first flush after it")
    func waitsForASeat() throws {
        let bench = Bench()
        #expect(bench.write(Ship(x: 1)) == .accepted)
        #expect(bench.write(Ship(x: 2)) == .accepted)
        bench.join()
        bench.receive(snapshot(tick: 10))
        _ = bench.takeSent()
        bench.flush()
        #expect(try bench.takeSent().flatMap { try fields(in: $0) } == ["x=2.0", "q=3 steps", "s=hi"])
    }

    @Test("Nil is written as null over a value, and not at all where nothing is")
    func writesNil() throws {
        let bench = Bench()
        bench.joinWithSnapshot()
        _ = bench.takeSent()
        #expect(try bench.sends(Target(t: nil)) == [])
        #expect(try bench.sends(Target(t: 3)) == ["t=3"])
        #expect(try bench.sends(Target(t: nil)) == ["t=null"])
    }

    @Test("A value without fields makes its entity, once it is not there")
    func writesNothing() throws {
        let bench = Bench()
        bench.joinWithSnapshot()
        _ = bench.takeSent()
        #expect(try bench.sends(Nothing()) == [])
        #expect(try bench.sends(Nothing(), to: .own(1)) == ["empty"])
    }

    @Test("A number that is not finite refuses the whole value")
    func refusesInfinity() throws {
        let bench = Bench()
        bench.joinWithSnapshot()
        #expect(bench.write(Ship(x: 6, q: .infinity)) == .refusedNotFinite)
        #expect(bench.pendingOperations == 0)
    }

    @Test("A set that is too long for an uplink goes in parts, and what of them still waits is not forgotten")
    func splits() throws {
        let bench = Bench()
        bench.joinWithSnapshot(.sample(uplinkBytes: 100, burst: 2))
        _ = bench.takeSent()
        let text = String(repeating: "a", count: 60)
        #expect(try bench.sends(Sign(s: text, x: 6, q: 2)) == ["s=\(text)"])
        #expect(bench.write(Sign(s: text, x: 5, q: 2)) == .accepted)
        for _ in 1...5 {
            bench.now += 200_000_000
            bench.flush()
        }
        let sent = try bench.takeSent().flatMap { try fields(in: $0) }
        #expect(sent.last { $0.hasPrefix("x=") } == "x=5.0")
    }
}
