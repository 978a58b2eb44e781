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
    /// The player's name and id by its ticket, which its game's server has signed. Nil in rooms without tickets; a name may be empty.
    public internal(set) var name: String?
    public internal(set) var playerID: String?

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
