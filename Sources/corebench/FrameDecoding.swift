import RelayClient
import RelayWire

/// A client takes difference frames of a room in play, heartbeats with their checksum included, and acknowledges.
final class FrameDecoding: Scenario {
    private var session = ClientSession(room: "benchmark", seed: 1)
    private var script = Script()
    private var position = 0
    private var now: UInt64 = 1_000_000_000
    private static let warmUp = 90

    init(players: Int, frames: Int) {
        self.greet()
        // A snapshot to begin with, then what follows upon it. All of it is written beforehand.
        let room = PlayingRoom(players: players, ticks: 1 + Self.warmUp + frames, play: .oneAsksForSnapshots)
        room.run(1)
        self.script.append(room.frame(.snapshot).writer.payload)
        for _ in 0..<Self.warmUp + frames {
            room.run(1)
            self.script.append(room.frame(.delta).writer.payload)
        }
        self.run(1 + Self.warmUp)
    }

    private static let welcome = Welcome(
        resumed: false, uplinkGap: false, instance: RoomInstance(high: 1, low: 1), epoch: 1,
        seat: SeatNumber(rawValue: 1), generation: 1, tick: Tick(rawValue: Game.firstTick), rate: 30, stride: 1,
        lastUplink: 0, cause: .unknown, timing: Game.configuration.timing, uplinkBytes: 16_384, uplinkRate: 120,
        uplinkBurst: 240, roomWrites: .anyone, departure: .remove, token: [UInt8](repeating: 7, count: 58)
    )

    private func greet() {
        _ = self.session.takeDirective(at: self.now)
        self.session.connectionOpened(at: self.now)
        var writer = WireWriter()
        writer.welcome(Self.welcome)
        self.session.received(writer.array.span, at: self.now)
        self.finishInput()
        precondition(self.session.isJoined)
    }

    func run(_ count: Int) {
        for _ in 0..<count {
            self.now += Game.period
            self.script.message(self.position) { self.session.received($0, at: self.now) }
            self.finishInput()
            self.position += 1
        }
        precondition(self.session.isReplicaWhole, "a frame was refused")
    }

    private func finishInput() {
        self.session.drainOutgoing { _ in }
        while self.session.nextEvent() != nil {}
        _ = self.session.takeDirective(at: self.now)
        self.session.advance(to: self.now)
        self.session.drainOutgoing { _ in }
    }
}
