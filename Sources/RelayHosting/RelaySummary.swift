/// The relay in one line, for a first look by operators.
package struct RelaySummary: Sendable, Equatable, CustomStringConvertible {
    package var rooms = 0
    /// Connections with a seat, spectators included.
    package var players = 0
    /// 99th percentile of frame lateness since the last summary, of the worst thread: microseconds. Nil without a tick.
    package var latenessP99: UInt64?

    /// The strides of the threads that cannot hold their ticks.
    package var overloadedStrides: [UInt64] = []

    package init(rooms: Int = 0, players: Int = 0, latenessP99: UInt64? = nil, overloadedStrides: [UInt64] = []) {
        (self.rooms, self.players, self.latenessP99) = (rooms, players, latenessP99)
        self.overloadedStrides = overloadedStrides
    }

    /// Adds another part of the relay; the worst lateness counts.
    package mutating func add(_ other: RelaySummary) {
        self.rooms += other.rooms
        self.players += other.players
        self.latenessP99 = [self.latenessP99, other.latenessP99].compactMap { $0 }.max()
    }

    /// `12 rooms, 96 players, tick p99 0.4 ms late`, and under overload `, overloaded: 1 thread, every 2nd tick`.
    package var description: String {
        var text = "\(Self.count(self.rooms, "room")), \(Self.count(self.players, "player"))"
        if let late = self.latenessP99 { text += ", tick p99 \(late / 1000).\(late % 1000 / 100) ms late" }
        return [text, Self.overload(self.overloadedStrides)].compactMap { $0 }.joined(separator: ", ")
    }

    /// `overloaded: 1 thread, every 2nd tick`; nil if no thread is.
    package static func overload(_ strides: [UInt64]) -> String? {
        guard let worst = strides.max() else { return nil }
        let every = ["every tick, some skipped", "every 2nd tick", "every 3rd tick", "every 4th tick"]
        return "overloaded: \(Self.count(strides.count, "thread")), \(every[Int(min(max(worst, 1), 4)) - 1])"
    }

    private static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
}
