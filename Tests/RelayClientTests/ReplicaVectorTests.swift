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
            bench.now += 1_000_000
            let place: Comment = "step \(index)"
            try self.connect(bench, for: step, isFirst: index == 0)
            let (eventsBefore, sentBefore) = (bench.events.count, bench.sent.count)
            bench.receive(bytes(step.hex))
            let seen = Seen(bench, events: eventsBefore, sent: sentBefore)
            switch step.decision {
            case "apply":
                #expect(seen.ticked || step.after != nil, place)
                #expect(seen.resync == nil, place)
            case "resync":
                #expect(seen.resync.map(Int.init) == step.reason, place)
                #expect(!bench.isReplicaWhole, place)
            case "ignore": #expect(!seen.ticked && seen.resync == nil && !bench.isReplicaWhole, place)
            case "giveUp": #expect(!seen.ticked && !bench.isJoined && !bench.isReplicaWhole, place)
            case "hold": #expect(!seen.ticked && seen.resync == nil, place)
            default: Issue.record("unknown decision \(step.decision)")
            }
            if let delivered = step.delivered { #expect(seen.delivered == delivered, place) }
            if let gap = step.gap { #expect(seen.gap == gap, place) }
            if let state = step.state { #expect(ReplicaVector.State(bench.replica) == state, place) }
        }
    }

    /// A welcome needs the connection, and the message, that it answers.
    private func connect(_ bench: Bench, for step: ReplicaVector.Step, isFirst: Bool) throws {
        guard let after = step.after else { return }
        if isFirst {
            bench.open()
        } else if after == "hello" {
            bench.close(.seatGone)
            try #require(bench.joinAgain())
            bench.open()
        } else {
            bench.close(nil)
            bench.reconnect()
        }
        let kind = try #require(bench.sent.last?.first)
        #expect(kind == (after == "hello" ? ClientMessage.Kind.hello : .rejoin).rawValue)
    }
}

/// Bytes as the vectors write them: lowercase hexadecimal.
private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// What one step made the session do.
private struct Seen {
    var ticked = false
    var gap = false
    var delivered: [UInt64] = []
    /// The reason of the resync it sent.
    var resync: UInt8?

    init(_ bench: Bench, events: Int, sent: Int) {
        for event in bench.events[events...] {
            switch event {
            case .ticked: self.ticked = true
            case .eventsLost: self.gap = true
            case .event(let event): self.delivered.append(event.number)
            default: break
            }
        }
        self.resync = bench.sent[sent...].last { $0.first == ClientMessage.Kind.resync.rawValue }?.last
    }
}

struct ReplicaVector: Decodable, Sendable, CustomTestStringConvertible {
    struct Step: Decodable, Sendable {
        var hex: String
        var after: String?
        var decision: String
        var reason: Int?
        var state: State?
        var delivered: [UInt64]?
        var gap: Bool?
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

        private static func text(_ value: Value) -> String { "\(value)" }
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
    init(_ replica: Replica) {
        self.tick = replica.tick.rawValue
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
private struct VectorValue: Decodable {
    var value: Value

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
