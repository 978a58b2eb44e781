/// The relay in one line: what an operator wants to see first.
public struct ArenaSummary: Sendable, Equatable, CustomStringConvertible {
    public var rooms = 0
    /// Connections with a seat, spectators included.
    public var players = 0
    /// 99th percentile of frame lateness since the last summary, of the worst thread: microseconds. Nil without a tick.
    public var latenessP99: UInt64?

    public init(rooms: Int = 0, players: Int = 0, latenessP99: UInt64? = nil) {
        (self.rooms, self.players, self.latenessP99) = (rooms, players, latenessP99)
    }

    mutating func add(_ other: ArenaSummary) {
        self.rooms += other.rooms
        self.players += other.players
        self.latenessP99 = [self.latenessP99, other.latenessP99].compactMap { $0 }.max()
    }

    /// `12 rooms, 96 players, tick p99 0.4 ms late`.
    public var description: String {
        let counts = "\(Self.count(self.rooms, "room")), \(Self.count(self.players, "player"))"
        guard let late = self.latenessP99 else { return counts }
        return "\(counts), tick p99 \(late / 1000).\(late % 1000 / 100) ms late"
    }

    private static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
}

/// Spreads those who are sent away together over the time in which they may come back: 2,000 a second.
public enum ReturnSpread {
    /// - Parameter place: From 0 on, in the order in which they are sent away.
    public static func milliseconds(place: Int) -> Int { place / 2 }
}

extension ArenaThread {
    func summarize() -> ArenaSummary {
        ArenaSummary(
            rooms: self.rooms.count, players: self.groups.reduce(0) { $0 + $1.connections },
            latenessP99: self.statistics.takeRecentLateness()
        )
    }
}
