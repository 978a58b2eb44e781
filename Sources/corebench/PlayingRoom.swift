import RelayCore
import RelayWire

/// A room in play: what reaches it from its players, its tick, and the hand-over of the frames.
final class PlayingRoom: Scenario {
    enum Play {
        /// Everybody sends a step at each tick, and acknowledges the frame before.
        case everybody
        /// Nobody writes anything; frames come with heartbeats only, and are acknowledged.
        case nobody
        /// As everybody, but the kernel takes the last seat's frames in part, and the rest after the next tick: each of its
        /// frames is a merged one.
        case oneReadsSlowly
        /// As everybody, but the last seat writes nothing and asks for a snapshot at each tick.
        case oneAsksForSnapshots
    }

    // The benchmark's own accesses are not checked: they are no part of what is measured.
    @exclusivity(unchecked) private var room: Room
    private let play: Play
    @exclusivity(unchecked) private var script = Script()
    @exclusivity(unchecked) private var scriptPosition = 0
    @exclusivity(unchecked) private var tick = Game.firstTick
    private let last: Int
    /// The newest frame each seat has whole, and the newest it has acknowledged; by seat number.
    @exclusivity(unchecked) private var newest: [Tick]
    @exclusivity(unchecked) private var acknowledged: [Tick]
    /// The frame of which the slow reader has not taken everything.
    @exclusivity(unchecked) private var cut: Tick?

    /// Ticks until nothing grows any more.
    private static let warmUp = 150

    init(players: Int, ticks: Int, play: Play = .everybody) {
        (self.play, self.last) = (play, players)
        self.newest = Array(repeating: .none, count: players + 1)
        self.acknowledged = self.newest
        var configuration = Game.configuration
        configuration.resyncInterval = 0
        let before = Tick(rawValue: Game.firstTick - 1)
        self.room = Room(configuration: configuration, instance: RoomInstance(high: 1, low: 1), tick: before)
        for player in 1...players {
            self.room.take(.join(.player, ConnectionID(rawValue: UInt64(player)), at: .zero))
        }
        self.writeScript(ticks: ticks + Self.warmUp)
        self.run(Self.warmUp)
    }

    // MARK: What is sent

    private func writeScript(ticks: Int) {
        // Nothing is sent before the second tick: nobody has heard anything.
        var players = (1...UInt16(self.last)).map { Player(seat: SeatNumber(rawValue: $0)) }
        var writer = WireWriter()
        for position in 0..<ticks * self.last {
            writer.removeAll()
            self.write(&players[position % self.last], isFirst: position / self.last == 1, into: &writer)
            self.script.append(writer.payload)
        }
    }

    private func write(_ player: inout Player, isFirst: Bool, into writer: inout WireWriter) {
        // The tick is put in when it is known.
        let ack = Ack(tick: Tick(rawValue: Game.firstTick), delay: 15_000)
        switch self.play {
        case .oneAsksForSnapshots where Int(player.seat.rawValue) == self.last: writer.resync(ack, .baseline)
        case .nobody where !isFirst: writer.ack(ack)
        default: player.step(acknowledging: ack, into: &writer)
        }
    }

    private func receive(before now: Instant) {
        self.room.take(.reading(at: now))
        for player in 1...self.last {
            defer { self.scriptPosition += 1 }
            let heard = self.newest[player]
            guard heard > .none, self.play != .nobody || heard > self.acknowledged[player] else { continue }
            self.acknowledged[player] = heard
            self.script.acknowledge(heard, in: self.scriptPosition)
            // The last player's is the first to come.
            let arrival = Arrival(at: Instant(nanoseconds: now.nanoseconds - UInt64(player) * 1000), isExact: true)
            self.script.message(self.scriptPosition) {
                let seat = SeatNumber(rawValue: UInt16(player))
                let isHeard = $0.withUnsafeBytes { self.room.take(.message($0, from: seat, generation: 1, arrival: arrival)) }
                precondition(isHeard, "A script that the room refuses measures nothing.")
            }
        }
    }

    // MARK: Ticks

    func run(_ count: Int) {
        for _ in 0..<count { self.runTick() }
        self.checkPlay(after: Int(self.tick - Game.firstTick))
    }

    private func runTick() {
        let now = Game.instant(self.tick)
        self.finishCut(before: now)
        self.receive(before: now)
        self.room.take(.tick(Tick(rawValue: self.tick), now: now, liveness: now))
        for index in self.room.out.outputs.indices {
            if case .deliver(let delivery) = self.room.out.outputs[index] { self.handOver(delivery, at: now) }
        }
        self.tick += 1
    }

    private func handOver(_ delivery: Delivery, at now: Instant) {
        let isCut = self.play == .oneReadsSlowly && Int(delivery.seat.rawValue) == self.last
        self.room.take(.handedOver(delivery, bytes: 200, at: now, liveness: now, isComplete: !isCut))
        if isCut {
            self.cut = self.room.currentTick
        } else {
            self.newest[Int(delivery.seat.rawValue)] = self.room.currentTick
        }
    }

    /// The slow reader takes the rest once another tick has gone by.
    private func finishCut(before now: Instant) {
        guard let cut = self.cut, cut < self.room.currentTick else { return }
        self.room.take(.remainderSent(SeatNumber(rawValue: UInt16(self.last)), generation: 1, at: now))
        self.newest[self.last] = cut
        self.cut = nil
    }

    // MARK: What came out

    func frame(_ coding: Coding) -> FrameBuffer { self.room.frame(coding) }

    /// That a scenario is what it says shows in what the room has counted.
    private func checkPlay(after ticks: Int) {
        let (frames, last) = (UInt64(ticks * self.last), UInt64(ticks))
        let counters = self.room.counters
        precondition(counters[.stalls] == 0 && counters[.disconnects] == 0 && counters[.operationsRefused] == 0)
        switch self.play {
        case .everybody: precondition(counters[.framesDelta] + UInt64(self.last) >= frames)
        case .nobody: precondition(counters[.framesDelta] * 10 < frames && counters[.uplinks] == UInt64(self.last))
        case .oneReadsSlowly: precondition(counters[.framesMerged] * 2 + 4 >= last)
        case .oneAsksForSnapshots: precondition(counters[.framesSnapshot] >= last)
        }
    }
}
