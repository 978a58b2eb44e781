import Foundation
import RelayCore
import RelayWire
import Testing

/// What one seat of a room is sent, in both forms: the same room runs twice, and only the form of that seat differs.
private struct WatchedRoom {
    let harness: RoomHarness
    /// Seat 1, whose messages are kept. It acknowledges by naming ticks in either form.
    let watcher: TestClient
    /// Seat 2.
    let other: TestClient
    private let form: ClientForm
    private(set) var sent: [[UInt8]] = []

    init(_ form: ClientForm, _ script: Script) {
        self.form = form
        self.harness = RoomHarness {
            ($0.departure, $0.roomWrites, $0.maximumEvents) = (script.departure, script.roomWrites, script.maximumEvents)
            $0.fields = [DeclaredField(name: "q", quantum: 0.1), DeclaredField(name: "wide", quantum: 2.5)]
        }
        self.harness.verifies = false
        (self.watcher, self.other) = (self.harness.connect(), self.harness.connect())
        self.watcher.reads = false
        self.harness.take(.join(.player, self.watcher.connection, form: form, at: self.harness.now))
        self.harness.take(.join(.player, self.other.connection, at: self.harness.now))
        self.tick()
    }

    mutating func tick(_ count: Int = 1, acknowledging: Bool = true) {
        for _ in 0..<count {
            self.harness.tick()
            for delivery in self.harness.room.deliveries where delivery.seat == self.watcher.seat {
                if let range = delivery.privateRange { self.sent.append([UInt8](self.harness.room.privateMessage(range))) }
                self.sent.append(self.harness.room.frame(delivery.coding, as: self.form.wire).writer.array)
                if acknowledging { self.harness.acknowledge(self.watcher, self.harness.tickNumber) }
            }
        }
    }

    func write(_ operations: Op...) {
        self.harness.send(self.other, self.harness.uplinkBytes(self.other, operations))
    }

    func writeMyself(_ operations: Op...) {
        self.harness.send(self.watcher, self.harness.uplinkBytes(self.watcher, operations))
    }
}

/// One row of `Protocol/vectors/json-frames.json`.
private struct Vector: Encodable {
    struct Step: Encodable {
        var hex: String
        var text: String
    }
    var name: String
    var seat: UInt16
    var steps: [Step]
}

private struct Script {
    var name: String
    var departure = DeparturePolicy.remove
    var roomWrites = RoomWrites.anyone
    var maximumEvents = 1024
    var run: (inout WatchedRoom) -> Void

    var vector: Vector {
        var rooms = [ClientForm.binary, .json(.ticks)].map {
            WatchedRoom($0, self)
        }
        for place in rooms.indices { self.run(&rooms[place]) }
        let steps = zip(rooms[0].sent, rooms[1].sent).map { binary, text in
            Vector.Step(hex: binary.map { String(format: "%02x", $0) }.joined(), text: String(decoding: text, as: UTF8.self))
        }
        #expect(rooms[0].sent.count == rooms[1].sent.count, "\(self.name)")
        return Vector(name: self.name, seat: rooms[0].watcher.seat.rawValue, steps: steps)
    }
}

extension Script {
    private static let values: [(String, Value)] = [
        ("none", .null), ("no", .bool(false)), ("yes", .bool(true)), ("zero", .integer(0)), ("minus", .integer(-7)),
        ("safe", .integer(1 << 53 - 1)), ("unsafe", .integer(1 << 53)), ("least", .integer(.min)), ("float", .float(15)),
        ("tenth", .float(0.1)), ("tiny", .float(.leastNonzeroMagnitude)), ("huge", .float(.greatestFiniteMagnitude)),
        ("q", .quantised(steps: 3)), ("wide", .quantised(steps: -7)), ("empty", .string("")),
        ("text", .string("a\"\\\n\u{1}é🛰</script>")), ("nothing", .bytes([])), ("bytes", .bytes([0xFF, 0, 0xFE])),
        ("a\"b", .integer(1)),
    ]

    static var all: [Script] { [self.state, self.valuesOfAllKinds, self.ownersAndRoster, self.events, self.results, self.late] }

    private static var state: Script {
        Script(name: "entities come, change and go") { room in
            let (ship, shot) = (room.other.entity(0), room.other.entity(7))
            room.write(.set(ship, "x", .float(1.5)), .set(ship, "hp", .integer(100)), .set(shot, "q", .quantised(steps: 20)))
            room.tick()
            room.write(.set(ship, "hp", .integer(97)), .set(shot, "q", .quantised(steps: 19)))
            room.tick()
            room.write(.set(.room(0), "turn", .integer(2)), .set(.room(3), "turn", .integer(3)), .remove(shot))
            room.tick()
            room.write(.remove(ship), .set(ship, "hp", .integer(1)))
            room.tick()
            room.writeMyself(.set(room.watcher.entity(0), "hp", .integer(5)))
            room.tick(30)
        }
    }

    private static var valuesOfAllKinds: Script {
        Script(name: "values of every kind") { room in
            let entity = room.other.entity(65_535)
            room.write(.set(entity, Self.values.map { (.inline($0.0), $0.1) }))
            room.tick()
            for (name, value) in Self.values.reversed() { room.write(.set(entity, name, .null), .set(.room(1), name, value)) }
            room.tick()
        }
    }

    private static var ownersAndRoster: Script {
        Script(name: "the host goes away, comes back and leaves; its entities are the room's", departure: .keep) { room in
            let spectator = room.harness.connect()
            spectator.reads = false
            room.harness.take(.join(.spectator, spectator.connection, at: room.harness.now))
            room.write(.set(room.other.entity(7), "x", .float(2)))
            room.tick(2)
            room.harness.breakConnection(room.other)
            room.tick(2)
            let back = room.harness.askBack(room.other)
            room.tick(2)
            room.harness.send(back) { $0.leave() }
            room.tick(31)
            room.harness.resync(room.watcher)
            room.tick(160)
        }
    }

    private static var events: Script {
        Script(name: "events, public and private") { room in
            let me = [room.watcher.seat]
            room.write(.say(1), .say(2, .others), .say(3, .host), .say(4, .seats, me), .event("hi", .all, [], .string("<é>")))
            room.tick()
            room.writeMyself(.say(5), .say(6, .others), .say(7, .seats, me), .say(8, .seats, [SeatNumber(rawValue: 9)]))
            room.tick()
            room.tick(3)
        }
    }

    private static var results: Script {
        Script(name: "results", roomWrites: .compareAndSet) { room in
            room.writeMyself(
                .set(room.other.entity(0), "x", .integer(1)), .remove(room.watcher.entity(9)),
                .set(.room(0), "turn", .integer(1)),
                .compare(.room(0), "turn", expected: .null, new: .integer(1)),
                .compare(.room(0), "turn", expected: .integer(7), new: .integer(2)),
                .set(room.watcher.entity(0), "q", .string("?")), .set(room.watcher.entity(0), "q", .float(1e300)))
            room.tick()
            room.writeMyself(.say(1, .seats, [room.other.seat]), .remove(room.other.entity(3)))
            room.tick(2)
        }
    }

    private static var late: Script {
        Script(name: "frames that merge, events that are lost, and a snapshot", maximumEvents: 3) { room in
            let ship = room.other.entity(0)
            room.write(.set(ship, [(.inline("x"), .integer(0)), (.inline("y"), .integer(0))]))
            room.tick()
            // Nothing is acknowledged, so that the seat is behind until it acknowledges all at once.
            for number in 1...20 {
                room.write(.set(ship, "x", .integer(Int64(number))), .say(Int64(number)))
                room.tick(acknowledging: false)
            }
            room.harness.acknowledge(room.watcher, room.harness.tickNumber - 4)
            room.write(.set(ship, "y", .integer(1)))
            room.tick(3)
            room.harness.resync(room.watcher)
            room.tick(31)
        }
    }
}

/// `Protocol/vectors/json-frames.json`: what a room sends to a binary client, and the text that it sends to one of the JSON form instead.
@Suite struct JSONFrameGoldenVectorTests {
    @Test("The file is what a room sends")
    func fileIsCurrent() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try Script.all.map { "    " + String(decoding: try encoder.encode($0.vector), as: UTF8.self) }
        let text = "{\n  \"format\": \"json-frames\",\n  \"vectors\": [\n" + lines.joined(separator: ",\n") + "\n  ]\n}\n"
        let tests = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        let file = tests.appending(path: "../../Protocol/vectors/json-frames.json").standardized
        if ProcessInfo.processInfo.environment["TICKRELAY_WRITE_VECTORS"] == "1" { try Data(text.utf8).write(to: file) }
        let found = try String(contentsOf: file, encoding: .utf8)
        #expect(found == text, "json-frames.json is not what a room sends: write it anew, and look at what differs")
    }
}
