import RelayWire

/// The rows, by ascending seat. At most 1,023, because that is how many seat numbers there are.
struct Roster: Sendable {
    private(set) var players: [Player] = []
    /// Who sits where, as said before the rows that it goes with. At most one entry for each seat number.
    private var identities: [SeatNumber: PlayerRow] = [:]

    init() {}

    var count: Int { self.players.count }

    subscript(seat: SeatNumber) -> Player? {
        let (position, isThere) = self.search(seat)
        return isThere ? self.players[position] : nil
    }

    /// Forgets the rows. Who sits where stays known: it is said before the snapshot that brings new rows.
    mutating func removeAll() { self.players.removeAll(keepingCapacity: true) }

    /// Forgets who sits where: another room may follow.
    mutating func forgetIdentities() { self.identities = [:] }

    mutating func apply(_ identity: PlayerRow) {
        self.identities[identity.seat] = identity
        let (position, isThere) = self.search(identity.seat)
        if isThere { self.players[position] = self.named(self.players[position]) }
    }

    private func named(_ player: Player) -> Player {
        guard let identity = self.identities[player.seat], identity.joined == player.joined else { return player }
        var player = player
        (player.name, player.playerID) = (identity.name, identity.player)
        return player
    }

    mutating func apply(_ row: RosterRow) {
        let (position, isThere) = self.search(row.seat)
        switch (row.state, isThere) {
        case (.left, true): self.players.remove(at: position)
        case (.left, false): break
        case (.live, false), (.stalled, false), (.away, false): self.players.insert(self.named(Player(row)), at: position)
        case (.live, true), (.stalled, true), (.away, true):
            if self.players[position].joined == row.joined {
                (self.players[position].state, self.players[position].cause) = (row.state, row.cause)
            } else {
                self.players[position] = self.named(Player(row))
            }
        }
    }

    /// Stores one row of a heartbeat. Returns the row's seat.
    mutating func heartbeat(_ position: Int, rtt: UInt64?, lastUplink: UInt64) -> SeatNumber {
        (self.players[position].rtt, self.players[position].lastUplink) = (rtt, lastUplink)
        return self.players[position].seat
    }

    private func search(_ seat: SeatNumber) -> (position: Int, isThere: Bool) {
        var low = 0
        var high = self.players.count
        while low < high {
            let middle = (low + high) / 2
            if self.players[middle].seat < seat { low = middle + 1 } else { high = middle }
        }
        return (low, low < self.players.count && self.players[low].seat == seat)
    }
}
