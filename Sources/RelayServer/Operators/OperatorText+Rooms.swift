import RelayHosting

extension OperatorText {
    static let noRooms = "There are no rooms."

    /// `tickrelay rooms list`.
    package static func list(_ rooms: [RelayStatistics.Room]) -> String {
        guard !rooms.isEmpty else { return self.noRooms }
        return self.join(self.table(of: rooms).lines + [self.totals(of: rooms)])
    }

    /// A terminal of 100 columns cuts off the last four: they do not say whether players are well.
    static func table(of rooms: [RelayStatistics.Room]) -> TextTable {
        var table = TextTable([
            .left("ROOM"), .right("PLAYERS"), .right("SPECTATORS"), .right("BEHIND"), .right("STALLED"), .right("AWAY"),
            .left("LOBBY"), .right("RTT"), .right("WORST"), .right("RATE"), .right("ENTITIES"), .right("STATE"), .right("TICK"),
            .left("TYPE"),
        ])
        for room in rooms {
            table.add([
                self.short(room.name), "\(room.playerCount)", "\(room.spectators)", "\(room.totals.behind)",
                "\(room.totals.stalled)",
                "\(room.totals.away)", self.restrictions(of: room.card), self.duration(room.medianRttMicroseconds),
                self.duration(room.worstRttMicroseconds), self.rate(of: room), "\(room.entities)",
                self.bytes(room.stateBytes), "\(room.tick)", room.type,
            ])
        }
        return table
    }

    /// `3 rooms, 24 players, 1 stalled`.
    static func totals(of rooms: [RelayStatistics.Room]) -> String {
        let players = rooms.reduce(0) { $0 + $1.playerCount }
        let stalled = rooms.reduce(0) { $0 + $1.totals.stalled }
        return "\(self.count(rooms.count, "room")), \(self.count(players, "player")), \(stalled) stalled"
    }

    /// `30 Hz`; `30 Hz ÷ 2` while the thread is overloaded and runs every second tick.
    private static func rate(of room: RelayStatistics.Room) -> String {
        "\(room.rate) Hz" + (room.stride > 1 ? " ÷ \(room.stride)" : "")
    }

    /// The room's own facts, a line each.
    static func facts(of room: RelayStatistics.Room) -> [String] {
        let totals = room.totals
        let people = [self.count(room.playerCount, "player"), self.count(room.spectators, "spectator")]
        let states = "\(totals.live) live, \(totals.stalled) stalled, \(totals.away) away; \(totals.behind) behind"
        let roundTrips =
            "median \(self.duration(room.medianRttMicroseconds)), worst \(self.duration(room.worstRttMicroseconds))"
        return [
            "room         \(room.name)",
            "type         \(room.type)",
            "instance     \(room.instance)",
            "seats        \(people.joined(separator: ", ")): \(states)",
            "lobby        \(self.lobby(of: room.card))",
            "round trips  \(roundTrips)",
            "tick         \(room.tick), at \(self.rate(of: room)), on thread \(room.thread)",
            "entities     \(room.entities), \(self.bytes(room.stateBytes)) of state, \(room.eventLog) in the event log",
        ].map(\.forTerminal)
    }
}

extension OperatorText {
    /// `listed, locked; 4 seats, 1 held; map=dust`.
    private static func lobby(of card: RelayStatistics.Card?) -> String {
        guard let card else { return "not listed, open to all who know its name" }
        let restrictions = self.restrictions(of: card, unlisted: "not listed")
        let properties = card.properties.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let parts = [restrictions, "\(self.count(card.seats, "seat")), \(card.held) held"] + properties
        return parts.joined(separator: "; ")
    }

    /// A name that leaves the other columns their place: strangers choose names. `--json` and `show` have all of it.
    private static func short(_ name: String) -> String {
        name.count <= self.longestName ? name : name.prefix(self.longestName - 1) + "…"
    }
    private static let longestName = 24

    /// `listed, locked, password`: those that are true of a card. Empty for none, and without a card.
    private static func restrictions(of card: RelayStatistics.Card?, unlisted: String? = nil) -> String {
        guard let card else { return "" }
        let words = [card.listed ? "listed" : unlisted, card.locked ? "locked" : nil, card.password ? "password" : nil]
        return words.compactMap(\.self).joined(separator: ", ")
    }
}

extension RelayStatistics.Room {
    /// Seats that somebody has.
    package var seatCount: Int { self.totals.live + self.totals.stalled + self.totals.away }
    /// Those of players.
    package var playerCount: Int { max(0, self.seatCount - self.spectators) }
}
