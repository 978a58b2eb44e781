/// Where players who looked for rooms found themselves, and how long that took.
package struct LobbyReport: Encodable, Sendable {
    /// Rooms that had players when the run was judged. Those of others are not counted.
    package var rooms: Int
    package var fewestPlayers: Int
    package var medianPlayers: Int
    package var mostPlayers: Int
    /// From hello to welcome.
    var quickJoin: DurationHistogram
    /// Hellos that were refused, by the close code's name.
    package var refused: [String: Int]

    enum CodingKeys: String, CodingKey {
        case rooms, refused
        case fewestPlayers = "players_min"
        case medianPlayers = "players_median"
        case mostPlayers = "players_max"
        case quickJoin = "quick_join_ms"
    }

    package init(_ joins: QuickJoins) {
        let players = joins.playersPerRoom
        self.rooms = players.count
        (self.fewestPlayers, self.mostPlayers) = (players.first ?? 0, players.last ?? 0)
        self.medianPlayers = players.isEmpty ? 0 : players[players.count / 2]
        (self.quickJoin, self.refused) = (joins.durations, joins.refusals)
    }

    /// For people, in one line.
    package var summary: String {
        let times = "\(self.quickJoin.milliseconds(at: 50)) ms (p50), \(self.quickJoin.milliseconds(at: 99)) ms (p99)"
        let refusals = self.refused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return """
            \(self.rooms) rooms, of \(self.fewestPlayers) to \(self.mostPlayers) players, median \(self.medianPlayers); \
            \(self.quickJoin.count) quick joins, from hello to welcome \(times); refused: \(refusals.isEmpty ? "none" : refusals)
            """
    }
}
