import RelayCore
import RelayWire
import Testing

@Suite("Entities and fields")
struct EntityTests {
    @Test("An entity is made, changed, removed and made again; everybody sees each")
    func life() {
        let harness = RoomHarness()
        let (writer, reader) = (harness.join(), harness.join())
        let id = writer.entity(3)
        harness.uplink(writer, .set(id, [(.inline("x"), .integer(5)), (.inline("name"), .string("Ann"))]))
        harness.tick()
        #expect(reader.replica.entities[id]?.fields.count == 2)
        harness.uplink(writer, .set(id, "x", .integer(6)))
        harness.tick()
        #expect(harness.room.value(id, "x") == .integer(6))
        harness.uplink(writer, .remove(id))
        harness.tick()
        #expect(reader.replica.entities.isEmpty)
        harness.uplink(writer, .set(id, "y", .bool(true)))
        harness.tick()
        #expect(reader.replica.entities[id]?.fields.values.elementsEqual([.bool(true)]) == true)
    }

    @Test("Removed and made again within one tick it is replaced whole: old fields do not survive")
    func replacedInOneTick() {
        let harness = RoomHarness()
        let (writer, reader) = (harness.join(), harness.join())
        let id = writer.entity(0)
        harness.uplink(writer, .set(id, [(.inline("old"), .integer(1)), (.inline("x"), .integer(1))]))
        harness.tick()
        harness.uplink(writer, .remove(id), .set(id, "x", .integer(2)))
        harness.tick()
        #expect(reader.replica.entities[id]?.fields == [1: .integer(2)])
    }

    struct Churn: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// + makes, − removes; one string per tick.
        var ticks: [String]
    }

    @Test(
        "A difference removes only what a replica has, and once",
        arguments: [
            Churn(testDescription: "made and removed in one tick", ticks: ["+-"]),
            Churn(testDescription: "removed, made and removed in one tick", ticks: ["+", "-+-"]),
            Churn(testDescription: "made twice in one tick", ticks: ["+-+", "-"]),
            Churn(testDescription: "four times over", ticks: ["+-+-+-+-", "+-+", "-+-+-"]),
        ]
    )
    func churn(_ row: Churn) {
        let harness = RoomHarness()
        let (writer, reader) = (harness.join(), harness.join())
        for tick in row.ticks {
            for step in tick {
                harness.uplink(writer, step == "+" ? .set(writer.entity(1), "x", .integer(1)) : .remove(writer.entity(1)))
            }
            harness.tick()
            #expect(reader.complaint == nil)
            #expect(reader.applied == harness.tickNumber)
        }
    }

    @Test("An entity handed over and removed at one tick is removed in a difference")
    func handedOverAndRemoved() {
        let harness = RoomHarness { $0.departure = .handToHost }
        let (host, leaver, reader) = (harness.join(), harness.join(), harness.join())
        harness.uplink(leaver, .set(leaver.entity(1), "x", .integer(1)))
        harness.tick()
        harness.send(leaver) { $0.leave() }
        harness.uplink(host, at: harness.now.advanced(by: 9_000_000), .remove(leaver.entity(1)))
        harness.tick()
        #expect(reader.replica.entities.isEmpty)
    }

    @Test(
        "A value of every type arrives as it was sent",
        arguments: [
            Value.null, .bool(false), .bool(true), .integer(0), .integer(.min), .integer(.max), .float(0), .float(-1.5),
            .float(.greatestFiniteMagnitude), .float(.leastNonzeroMagnitude), .string(""), .string("Zoë 🎲"), .bytes([]),
            .bytes([UInt8](repeating: 255, count: 1000)),
        ]
    )
    func values(_ value: Value) {
        let harness = RoomHarness()
        let (writer, reader) = (harness.join(), harness.join())
        harness.uplink(writer, .set(writer.entity(0), "v", value))
        harness.tick()
        #expect(reader.replica.entities[writer.entity(0)]?.fields[0] == value)
        #expect(harness.room.value(writer.entity(0), "v") == value)
    }

    @Test("Minus zero is zero: writing it over zero changes nothing")
    func minusZero() {
        let harness = RoomHarness()
        let writer = harness.join()
        var bytes = harness.uplinkBytes(writer, [.set(writer.entity(0), "v", .float(1))])
        bytes.replaceSubrange(bytes.count - 8..<bytes.count, with: [0, 0, 0, 0, 0, 0, 0, 0x80])
        harness.send(writer, bytes)
        harness.tick()
        #expect(harness.room.value(writer.entity(0), "v") == .float(0))
        let before = writer.heads.count
        harness.uplink(writer, .set(writer.entity(0), "v", .float(0)))
        harness.tick()
        #expect(writer.heads.count == before || writer.lastHead?.isHeartbeat == true)
    }

    @Test("A type change is absolute, a wrapping difference wraps, a null keeps the field")
    func typeChanges() {
        let harness = RoomHarness()
        let (writer, reader) = (harness.join(), harness.join())
        let script: [Value] = [
            .integer(.max), .integer(.min), .integer(-1), .integer(.max), .float(1), .integer(7), .null, .integer(7), .bytes([1]),
            .string("\u{1}"), .bool(true), .integer(1),
        ]
        for value in script {
            harness.uplink(writer, .set(writer.entity(0), "v", value))
            harness.tick()
            #expect(reader.replica.entities[writer.entity(0)]?.fields[0] == value)
        }
    }

    @Test("A field written twice in a tick counts its difference from the tick before")
    func twiceInOneTick() {
        let harness = RoomHarness()
        let (writer, reader) = (harness.join(), harness.join())
        let id = writer.entity(0)
        harness.uplink(writer, .set(id, "v", .integer(10)))
        harness.tick()
        harness.uplink(writer, .set(id, "v", .integer(50)), .set(id, "v", .integer(11)))
        harness.tick()
        #expect(reader.replica.entities[id]?.fields[0] == .integer(11))
        harness.uplink(writer, .set(id, "v", .null), .set(id, "v", .integer(12)))
        harness.tick()
        #expect(reader.replica.entities[id]?.fields[0] == .integer(12))
    }

    @Test("Names beyond the mask are sent absolute, names within as differences")
    func maskBound() {
        let harness = RoomHarness()
        let (writer, reader) = (harness.join(), harness.join())
        let names = (0..<60).map { "n\($0)" }
        harness.uplink(writer, .set(writer.entity(0), names.map { (.inline($0), .integer(1)) }))
        harness.tick()
        for number in [0, 54, 55, 56, 59] {
            harness.uplink(writer, .set(writer.entity(0), names[number], .integer(100)))
            harness.tick()
            #expect(reader.lastHead?.coding == 0)
            #expect(reader.replica.entities[writer.entity(0)]?.fields[number] == .integer(100))
        }
        harness.uplink(writer, .set(writer.entity(0), (0..<60).map { (.index(NameIndex(rawValue: UInt16($0))), .integer(-3)) }))
        harness.tick()
        #expect(reader.replica.entities[writer.entity(0)]?.fields.values.allSatisfy { $0 == .integer(-3) } == true)
    }

    struct QuantumRow: Sendable, CustomTestStringConvertible {
        var value: Value
        var quantum = 0.01
        /// Nil for a refusal.
        var steps: Int64?
        var code: ResultCode?
        var testDescription: String { "\(self.value) in steps of \(self.quantum)" }
    }

    @Test(
        "A quantised field holds steps, rounded to nearest, halves away from zero",
        arguments: [
            QuantumRow(value: .float(1.234), steps: 123), QuantumRow(value: .float(1.236), steps: 124),
            QuantumRow(value: .float(0.25), quantum: 0.5, steps: 1), QuantumRow(value: .float(-0.25), quantum: 0.5, steps: -1),
            QuantumRow(value: .float(0.24), quantum: 0.5, steps: 0), QuantumRow(value: .float(-0.24), quantum: 0.5, steps: 0),
            QuantumRow(value: .integer(3), steps: 300), QuantumRow(value: .quantised(steps: -77), steps: -77),
            QuantumRow(value: .quantised(steps: 1 << 53 - 1), steps: 1 << 53 - 1),
            QuantumRow(value: .quantised(steps: 1 - 1 << 53), steps: 1 - 1 << 53),
            QuantumRow(value: .quantised(steps: 1 << 53 + 1), code: .outOfRange),
            QuantumRow(value: .quantised(steps: .min), code: .outOfRange),
            QuantumRow(value: .integer(.max), code: .outOfRange),
            QuantumRow(value: .float(1e300), code: .outOfRange),
            QuantumRow(value: .float(1e300), quantum: 1e-300, code: .outOfRange),
            QuantumRow(value: .bool(true), code: .wrongType), QuantumRow(value: .string("1"), code: .wrongType),
            QuantumRow(value: .bytes([1]), code: .wrongType),
        ]
    )
    func quantised(_ row: QuantumRow) {
        let harness = RoomHarness { $0.fields = [DeclaredField(name: "q", quantum: row.quantum)] }
        let (writer, reader) = (harness.join(), harness.join())
        harness.uplink(writer, .set(writer.entity(0), "q", row.value))
        harness.tick()
        #expect(reader.replica.names.first == Replica.Name(text: "q", quantum: row.quantum))
        #expect(reader.replica.entities[writer.entity(0)]?.fields[0] == row.steps.map { .quantised(steps: $0) })
        #expect(writer.replica.results.map(\.code) == (row.code.map { [$0] } ?? []))
    }

    @Test("Null may be written to a quantised field, steps not to another")
    func quantisedEdges() {
        let harness = RoomHarness {
            $0.fields = [DeclaredField(name: "q", quantum: 0.5), DeclaredField(name: "d", quantum: nil)]
        }
        let writer = harness.join()
        harness.uplink(writer, .set(writer.entity(0), "q", .null), .set(writer.entity(0), "d", .quantised(steps: 1)))
        harness.tick()
        #expect(harness.room.value(writer.entity(0), "q") == .null)
        #expect(writer.replica.results.map(\.code) == [.wrongType])
        harness.uplink(writer, .set(writer.entity(0), "new", .quantised(steps: 1)))
        harness.tick()
        #expect(writer.replica.results.map(\.code) == [.wrongType, .wrongType])
        #expect(harness.room.nameCount == 2)
    }
}
