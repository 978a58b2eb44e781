import Foundation
import RelayClient
import RelayWire
import Testing

/// `Protocol/vectors/replica.json`: what frames do to a replica, told by the specification and not by this code.
@Suite struct ReplicaVectorTests {
    @Test("Frames do to a replica what the vectors say", arguments: try ReplicaVector.all())
    func frames(_ vector: ReplicaVector) throws {
        let bench = Bench()
        for (index, step) in vector.steps.enumerated() {
            let place: Comment = "step \(index)"
            if let after = step.after {
                let opening = try self.connect(bench, after, isFirst: index == 0)
                #expect(opening == step.opens, place)
            }
            let (eventsBefore, sentBefore) = (bench.events.count, bench.sent.count)
            let wasJoined = bench.isJoined
            self.take(step, bench)
            let seen = Seen(bench, events: eventsBefore, sent: sentBefore)
            self.check(step, seen, bench, wasJoined: wasJoined, place)
            #expect(seen.events == step.events ?? [], place)
            #expect(seen.results == step.results ?? [], place)
            #expect(seen.gaps == (step.gap == true ? 1 : 0), place)
            #expect(seen.uplinkGap == (step.uplinkGap ?? false), place)
            if let state = step.state { #expect(ReplicaVector.State(bench.replica, stride: bench.stride) == state, place) }
        }
    }

    /// The clock moves only where a step says so, and between connections.
    private func take(_ step: ReplicaVector.Step, _ bench: Bench) {
        if let hex = step.hex {
            bench.receive(bytes(hex))
            bench.advance(by: 0)  // the first acknowledgement of a connection is due at once
        }
        for removal in step.write ?? [] {
            bench.remove(.entity(EntityID(rawValue: removal.entity)))
            bench.flush()
        }
        if let milliseconds = step.wait { bench.advance(by: milliseconds * 1_000_000) }
    }

    private func check(_ step: ReplicaVector.Step, _ seen: Seen, _ bench: Bench, wasJoined: Bool, _ place: Comment) {
        switch step.decision {
        case "apply": #expect(seen.ticked || step.after != nil, place)
        case "resync":
            #expect(seen.sent.last?.suffix(2) == step.reason.map { "0\($0)" }, place)
            #expect(!bench.isReplicaWhole, place)
        case "ignore": #expect(!seen.ticked && !bench.isReplicaWhole, place)
        case "hold": #expect(!seen.ticked, place)
        case "giveUp": #expect(!seen.ticked && !bench.isJoined && bench.directives.count > 0, place)
        case nil: #expect(!seen.ticked && bench.isJoined == wasJoined, place)
        case .some(let decision): Issue.record("unknown decision \(decision)")
        }
        if step.wait == nil {
            #expect(seen.sent == step.sent ?? [], place)
        } else {
            #expect(seen.acknowledged == (step.acknowledges.map { [$0] } ?? []), place)
        }
    }

    /// A first message needs the connection that it comes on. Returns what the client sent there, in hexadecimal.
    private func connect(_ bench: Bench, _ after: String, isFirst: Bool) throws -> String? {
        if isFirst {
            bench.open()
        } else if after == "hello", bench.isJoined {
            bench.close(.seatGone)
            try #require(bench.joinAgain())
            bench.open()
        } else {
            bench.close(nil)
            bench.reconnect()
        }
        return bench.sent.last.map(hex)
    }
}

/// Bytes as the vectors write them: lowercase hexadecimal.
private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// What one step made the session do.
private struct Seen {
    var ticked = false
    var gaps = 0
    var uplinkGap = false
    var events: [ReplicaVector.Event] = []
    var results: [ReplicaVector.Result] = []
    var sent: [String]
    /// The ticks of messages that are nothing but acknowledgements; nil for any other message.
    var acknowledged: [UInt64?]

    init(_ bench: Bench, events: Int, sent: Int) {
        self.sent = bench.sent[sent...].map(hex)
        self.acknowledged = bench.sent[sent...].map {
            if case .ack(let ack)? = try? decoded($0) { ack.tick.rawValue } else { nil }
        }
        for event in bench.events[events...] {
            switch event {
            case .ticked: self.ticked = true
            case .eventsLost: self.gaps += self.events.isEmpty ? 1 : 2  // a gap is reported before the events of its frame
            case .event(let event): self.events.append(ReplicaVector.Event(event))
            case .result(let outcome): self.results.append(ReplicaVector.Result(outcome.result))
            case .uplinkGap: self.uplinkGap = true
            default: break
            }
        }
    }
}

struct ReplicaVector: Decodable, Sendable, CustomTestStringConvertible {
    struct Step: Decodable, Sendable {
        var hex: String?
        var write: [Removal]?
        var wait: UInt64?
        var after: String?
        var opens: String?
        var decision: String?
        var reason: Int?
        var sent: [String]?
        var acknowledges: UInt64?
        var gap: Bool?
        var uplinkGap: Bool?
        var events: [Event]?
        var results: [Result]?
        var state: State?
    }

    /// The only operation that these vectors write.
    struct Removal: Decodable, Sendable { var entity: UInt32 }

    struct Event: Decodable, Sendable, Equatable {
        var number: UInt64
        var tick: UInt64
        var sender: UInt16
        var audience: UInt8
        var name: String
        var value: VectorValue

        init(_ event: RoomEvent) {
            (self.number, self.tick, self.sender) = (event.number, event.tick.rawValue, event.sender.rawValue)
            (self.audience, self.name, self.value) = (event.audience.rawValue, event.name, VectorValue(event.value))
        }
    }

    struct Result: Decodable, Sendable, Equatable {
        var uplink: UInt64
        var operation: UInt8
        var code: UInt8

        init(_ result: OperationResult) {
            (self.uplink, self.operation, self.code) = (result.uplink, result.operation, result.code.rawValue)
        }
    }

    struct State: Decodable, Sendable, Equatable {
        struct Name: Decodable, Sendable, Equatable {
            var name: String
            var quantum: Double?
        }

        struct Entity: Decodable, Sendable, Equatable {
            var entity: UInt32
            var owner: UInt16
            var fields: [Field]
        }

        struct Row: Decodable, Sendable, Equatable {
            var seat: UInt16
            var state: UInt8
            var cause: UInt8
            var joined: UInt64
        }

        var tick: UInt64
        var stride: UInt64
        var names: [Name]
        var entities: [Entity]
        var host: UInt16
        var roster: [Row]
        var checksum: UInt32
    }

    /// `[name index, value]`. The value in words, because that is how both sides are compared.
    struct Field: Decodable, Sendable, Equatable {
        var name: Int
        var value: String

        init(_ name: Int, _ value: Value) { (self.name, self.value) = (name, Self.text(value)) }

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            self.name = try list.decode(Int.self)
            self.value = try Self.text(list.decode(VectorValue.self).value)
        }

        private static func text(_ value: Value) -> String { String(reflecting: value) }
    }

    var name: String
    var steps: [Step]
    var testDescription: String { self.name }

    static func all() throws -> [ReplicaVector] {
        struct File: Decodable { var vectors: [ReplicaVector] }
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let file = tests.appending(path: "../../Protocol/vectors/replica.json").standardized
        return try JSONDecoder().decode(File.self, from: Data(contentsOf: file)).vectors
    }
}

extension ReplicaVector.State {
    /// A replica as the vectors describe one.
    init(_ replica: Replica, stride: UInt64) {
        (self.tick, self.stride) = (replica.tick.rawValue, stride)
        self.names = (0..<replica.names.count).compactMap { index in
            replica.names[NameIndex(rawValue: UInt16(index))].map { Name(name: $0.name, quantum: $0.quantum) }
        }
        self.entities = replica.entities.map { entity in
            let fields = entity.fields.map { field in
                ReplicaVector.Field(Int(replica.names.index(of: field.name)?.rawValue ?? .max), field.value)
            }
            return Entity(entity: entity.id.rawValue, owner: entity.owner.rawValue, fields: fields)
        }
        self.host = replica.host?.rawValue ?? 0
        self.roster = replica.players.map {
            Row(seat: $0.seat.rawValue, state: $0.state.rawValue, cause: $0.cause.rawValue, joined: $0.joined.rawValue)
        }
        self.checksum = replica.checksum
    }
}

/// A value as the vectors write it: `null`, a truth value, or an object with one key that names the type.
struct VectorValue: Decodable, Equatable, Sendable {
    var value: Value

    init(_ value: Value) { self.value = value }

    private enum Key: CodingKey { case integer, float, steps, string, bytes }

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self.value = .null
        } else if let flag = try? single.decode(Bool.self) {
            self.value = .bool(flag)
        } else {
            self.value = try Self.typed(decoder.container(keyedBy: Key.self))
        }
    }

    private static func typed(_ object: KeyedDecodingContainer<Key>) throws -> Value {
        switch object.allKeys.first {
        case .integer: .integer(try self.integer(object, .integer))
        case .steps: .quantised(steps: try self.integer(object, .steps))
        case .float: .float(try object.decode(Double.self, forKey: .float))
        case .string: .string(try object.decode(String.self, forKey: .string))
        case .bytes: Value.bytes(RelayClientTests.bytes(try object.decode(String.self, forKey: .bytes)))
        case nil: .null
        }
    }

    /// Beyond 2^53 they are strings.
    private static func integer(_ object: KeyedDecodingContainer<Key>, _ key: Key) throws -> Int64 {
        if let number = try? object.decode(Int64.self, forKey: key) { return number }
        return Int64(try object.decode(String.self, forKey: key)) ?? 0
    }
}
