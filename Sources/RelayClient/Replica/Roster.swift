import RelayWire

/// A row of the roster: a player's seat as everybody in the room sees it.
public struct Player: Sendable, Equatable, Identifiable {
    public internal(set) var seat: SeatNumber
    public internal(set) var state: SeatState
    /// The reason why the seat is stalled or away, or last was.
    public internal(set) var cause: LagCause
    /// The tick at which this occupant joined. It tells successive occupants of one seat number apart.
    public internal(set) var joined: Tick
    /// Smoothed RTT as of the last heartbeat. Milliseconds; nil if unknown.
    public internal(set) var rtt: UInt64?
    /// Newest uplink number applied for this seat, as of the last heartbeat.
    public internal(set) var lastUplink: UInt64 = 0

    public var id: SeatNumber { self.seat }

    init(_ row: RosterRow) {
        (self.seat, self.state, self.cause, self.joined) = (row.seat, row.state, row.cause, row.joined)
    }
}

extension Player: CustomStringConvertible {
    /// Seat, state, the cause if there is one, and RTT: `3 away (broken) 24 ms`.
    public var description: String {
        let cause = self.cause == .unknown ? "" : " (\(self.cause))"
        let rtt = self.rtt.map { " \($0) ms" } ?? ""
        return "\(self.seat) \(self.state)\(cause)\(rtt)"
    }
}

/// The rows, by ascending seat. At most 1,023, because that is how many seat numbers there are.
struct Roster: Sendable {
    private(set) var players: [Player] = []

    init() {}

    var count: Int { self.players.count }

    subscript(seat: SeatNumber) -> Player? {
        let (position, isThere) = self.search(seat)
        return isThere ? self.players[position] : nil
    }

    mutating func removeAll() { self.players.removeAll(keepingCapacity: true) }

    mutating func apply(_ row: RosterRow) {
        let (position, isThere) = self.search(row.seat)
        switch (row.state, isThere) {
        case (.left, true): self.players.remove(at: position)
        case (.left, false): break
        case (.live, false), (.stalled, false), (.away, false): self.players.insert(Player(row), at: position)
        case (.live, true), (.stalled, true), (.away, true):
            if self.players[position].joined == row.joined {
                (self.players[position].state, self.players[position].cause) = (row.state, row.cause)
            } else {
                self.players[position] = Player(row)
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
