import RelayClient
import RelayWire
import Testing

/// A value drawn from a history, with made-up ticks: the cases of the browser SDK's test, and more.
struct DrawnCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var points: [(tick: UInt64, value: Double)] = [(10, 100), (11, 110)]
    var tick: Double
    var kind = Interpolation.linear
    var newest: UInt64 = 11
    var ahead = 0.0
    var drawn: Double?

    static let all: [DrawnCase] = [
        DrawnCase(testDescription: "between two ticks: between their values", tick: 10.5, drawn: 105),
        DrawnCase(testDescription: "before the first: the first", tick: 9, drawn: 100),
        DrawnCase(testDescription: "behind the newest frame: stands still", tick: 11.5, drawn: 110),
        DrawnCase(
            testDescription: "behind the newest frame, a motion is continued as far as allowed", tick: 13, ahead: 1, drawn: 120),
        DrawnCase(testDescription: "newer frames without this value: it stands still", tick: 41, newest: 41, drawn: 110),
        DrawnCase(
            testDescription: "newer frames without this value: there is no motion to continue", tick: 42, newest: 41, ahead: 2,
            drawn: 110),
        DrawnCase(testDescription: "a step waits for its tick", tick: 10.9, kind: .step, drawn: 100),
        DrawnCase(testDescription: "a step whose tick is due", tick: 11, kind: .step, drawn: 110),
        DrawnCase(
            testDescription: "an angle goes the shorter way round", points: [(10, 3), (11, -3)], tick: 10.5, kind: .angle,
            drawn: .pi),
        DrawnCase(testDescription: "a single value", points: [(10, 100)], tick: 12, drawn: 100),
        DrawnCase(testDescription: "no value", points: [], tick: 12, drawn: nil),
        DrawnCase(
            testDescription: "after a rest, it moves in the last tick only", points: [(10, 100), (30, 110)], tick: 20, newest: 30,
            drawn: 100),
        DrawnCase(
            testDescription: "after a rest, in its last tick", points: [(10, 100), (30, 110)], tick: 29.5, newest: 30, drawn: 105),
        DrawnCase(
            testDescription: "a slow sender's values are one motion", points: [(10, 100), (13, 130)], tick: 11, newest: 13,
            drawn: 110),
        DrawnCase(
            testDescription: "a value again is no change", points: [(10, 100), (11, 100), (12, 110)], tick: 10.5, newest: 12,
            drawn: 100 + 10.0 / 4),
    ]
}

/// The names of ``snapshot(tick:checksum:)``.
private struct Ship: RelayEntity, Equatable {
    var x: Double
    var s: String
}
private struct Score: RelayEntity, Equatable {
    var x: Int
}
private struct Jumper: RelayEntity, Equatable {
    static var interpolate: [String: Interpolation] { ["x": .step] }
    var x: Double
}

/// A session in seat 2, which sees seat 1's entity move, and the renderer beside it.
private final class Stage {
    let bench = Bench()
    var renderer = Renderer(delay: 100, maximumExtrapolation: 0)

    init() {
        self.bench.join(.sample(seat: 2))
        self.receive(snapshot(tick: 10))
    }

    var milliseconds: Double { Double(self.bench.now) / 1e6 }

    func receive(_ message: [UInt8]) {
        self.bench.receive(message)
        self.renderer.observe(self.bench.session, at: self.milliseconds)
    }

    /// The next tick of 30 a second, with x of seat 1's entity.
    func tick(_ tick: UInt64, x: Double, isNew: Bool = false) {
        self.bench.now += 33_333_333
        self.receive(
            frame(.merged, tick: tick, baseline: tick - 1, .entities) { writer in
                writer.varint(0)
                if isNew {
                    writer.varint(1)
                    writer.replaced(player1, owner: SeatNumber(rawValue: 1), fieldCount: 2)
                    writer.indexedField(NameIndex(rawValue: 0), StoredValue(.float(x)))
                    writer.indexedField(NameIndex(rawValue: 2), StoredValue(.string("new")))
                    writer.varint(0)
                } else {
                    writer.varint(0)
                    writer.varint(1)
                    writer.absoluteUpdate(player1, fieldCount: 1)
                    writer.indexedField(NameIndex(rawValue: 0), StoredValue(.float(x)))
                }
            })
    }

    func view(in milliseconds: Double = 0) -> RoomView {
        self.renderer.view(self.bench.session, at: self.milliseconds + milliseconds)
    }
}

@Suite("Drawing between ticks")
struct RenderingTests {
    @Test("A number is drawn from the values around its tick", arguments: DrawnCase.all)
    func draws(_ example: DrawnCase) throws {
        var track = Track()
        for point in example.points { track.record(point.value, at: Tick(rawValue: point.tick), resting: 3, keeping: 64) }
        let drawn = track.value(at: example.tick, example.kind, newest: Tick(rawValue: example.newest), ahead: example.ahead)
        #expect((drawn == nil) == (example.drawn == nil))
        if let drawn, let expected = example.drawn { #expect(abs(drawn - expected) < 1e-9) }
    }

    @Test("A history is bounded, and keeps the newest")
    func isBounded() {
        var track = Track()
        for tick in 1...1_000 { track.record(Double(tick), at: Tick(rawValue: UInt64(tick)), resting: 3, keeping: 64) }
        #expect(track.points.count <= 128)
        #expect(track.value(at: 999.5, .linear, newest: Tick(rawValue: 1_000), ahead: 0) == 999.5)
    }

    @Test("In steady arrival the automatic delay is one and a half ticks; with jitter it is as much longer as frames were late")
    func adapts() {
        var clock = RenderClock()
        clock.restart(rate: 50)
        for tick in 1...100 { clock.arrived(Tick(rawValue: UInt64(tick)), stride: 1, at: Double(tick) * 20) }
        #expect(abs(clock.delayInForce - 30) < 0.001)
        #expect(abs(clock.tick(at: 2_000) - 98.5) < 0.001)
        clock.arrived(Tick(rawValue: 101), stride: 1, at: 2_060)
        #expect(abs(clock.delayInForce - 70) < 0.001)
        for tick in 102...400 { clock.arrived(Tick(rawValue: UInt64(tick)), stride: 1, at: Double(tick) * 20) }
        #expect(clock.delayInForce < 50)
    }

    @Test("An outage does not lengthen the delay, and a stride does")
    func outage() {
        var clock = RenderClock()
        clock.restart(rate: 50)
        for tick in 1...100 { clock.arrived(Tick(rawValue: UInt64(tick)), stride: 1, at: Double(tick) * 20) }
        clock.arrived(Tick(rawValue: 101), stride: 1, at: 2_020 + 900)
        #expect(clock.delayInForce < 31)
        clock.arrived(Tick(rawValue: 150), stride: 4, at: 3_000)
        #expect(clock.delayInForce >= 119.9)
    }

    @Test("Another delay is reached gradually: the drawn time runs at most a tenth faster or slower, and never back")
    func slews() {
        var clock = RenderClock(delay: 100)
        clock.restart(rate: 50)
        for tick in 1...10 { clock.arrived(Tick(rawValue: UInt64(tick)), stride: 1, at: Double(tick) * 20) }
        var before = clock.tick(at: 200)
        #expect(abs(before - 5) < 0.001)
        clock.delay = 200
        for image in 1...120 {
            let tick = clock.tick(at: 200 + Double(image) * 16)
            #expect(tick >= before && tick - before <= 16 * 1.11 / 20 && tick - before >= 16 * 0.89 / 20)
            before = tick
        }
        #expect(abs(before - (200 + 120 * 16 - 200) / 20) < 0.001)
    }

    @Test("Nothing is drawn before the first frame")
    func nothing() {
        var clock = RenderClock()
        #expect(clock.tick(at: 1_000) == 0)
    }

    @Test("Floats move, integers step, texts are the newest, and a type may let a float step")
    func view() throws {
        let stage = Stage()
        stage.tick(11, x: 0)
        _ = stage.view().entities(of: Ship.self)  // asks for x to be recorded
        for tick in UInt64(12)...20 { stage.tick(tick, x: Double(tick - 11)) }
        // 100 ms are three ticks: at tick 20, 17 is drawn, and 50 ms later 18.5.
        #expect(abs(stage.view(in: 50).tick - 18.5) < 0.01)
        let ship = try #require(stage.view(in: 50).entity(player1, as: Ship.self))
        #expect(abs(ship.x - 7.5) < 0.01 && ship.s == "hi")
        #expect(stage.view(in: 50).entities(of: Score.self).map(\.x) == [7])
        #expect(stage.view(in: 50).entities(of: Jumper.self).map(\.x) == [7])
        #expect(stage.view(in: 1_000).entities(of: Ship.self).map(\.x) == [9])
    }

    @Test("Our own entities are not delayed")
    func own() throws {
        let stage = Stage()
        stage.bench.close(nil)
        stage.bench.reconnect()
        stage.bench.receive { $0.welcome(.sample(instance: 2, seat: 1)) }
        stage.receive(snapshot(tick: 10))
        for tick in UInt64(11)...20 {
            _ = stage.view().entities(of: Ship.self)
            stage.tick(tick, x: Double(tick))
        }
        #expect(stage.view().entity(player1, as: Ship.self)?.x == 20)
    }

    @Test("An entity that is made anew is elsewhere at once")
    func teleports() throws {
        let stage = Stage()
        _ = stage.view().entities(of: Ship.self)
        for tick in UInt64(11)...20 { stage.tick(tick, x: Double(tick)) }
        stage.tick(21, x: 500, isNew: true)
        let ship = try #require(stage.view().entity(player1, as: Ship.self))
        #expect(ship.x == 500 && ship.s == "new")
    }

    @Test("A snapshot goes on with what was drawn")
    func snapshots() throws {
        let stage = Stage()
        _ = stage.view().entities(of: Ship.self)
        for tick in UInt64(11)...14 { stage.tick(tick, x: 5) }
        stage.bench.now += 33_333_333
        stage.receive(snapshot(tick: 15))
        for tick in UInt64(16)...18 { stage.tick(tick, x: 5 + Double(tick - 15)) }
        // Tick 15.5 is drawn, between 5 and 6.
        let ship = try #require(stage.view(in: 16.666_667).entity(player1, as: Ship.self))
        #expect(abs(ship.x - 5.5) < 0.01)
    }
}
