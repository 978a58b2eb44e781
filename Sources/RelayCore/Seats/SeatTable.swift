/// All seats of a room, found by number. Numbers are never taken out, so generations are never forgotten.
package struct SeatTable {
    package private(set) var players: [Seat] = []
    package private(set) var spectators: [Seat] = []
    /// Seats that are not vacant.
    private(set) var playersSeated = 0
    private(set) var spectatorsSeated = 0
    /// Incremented for every list of seats that an event names. A seat with this mark has been named by the current list already.
    private var targetMark: UInt64 = 0

    /// A seat that exists.
    package subscript(number: SeatNumber) -> Seat {
        number.isSpectator ? self.spectators[Int(number.rawValue) - 1024] : self.players[Int(number.rawValue) - 1]
    }

    func contains(_ number: SeatNumber) -> Bool {
        if number.isSpectator { return Int(number.rawValue) - 1024 < self.spectators.count }
        return number.rawValue > 0 && Int(number.rawValue) <= self.players.count
    }

    /// A seat whose connection is the one of this generation. Asked here for every message: a ``Membership`` would be copied for it.
    func current(_ number: SeatNumber, _ generation: UInt64) -> Seat? {
        guard self.contains(number) else { return nil }
        let seat = self[number]
        return seat.generation == generation && seat.connection != nil ? seat : nil
    }

    /// Whether somebody holds this number.
    func isSeated(_ number: SeatNumber) -> Bool { self.contains(number) && self[number].isSeated }

    /// Whether anybody is connected.
    var hasConnection: Bool { (0..<self.count).contains { self.seat(at: $0).connection != nil } }

    /// Those of a role that are not vacant.
    func seated(_ role: Role) -> Int { role == .player ? self.playersSeated : self.spectatorsSeated }

    /// How many occupants came from there, with their newest connection.
    func seated(from origin: ClientOrigin) -> Int {
        (0..<self.count).count { self.seat(at: $0).isSeated && self.seat(at: $0).origin == origin }
    }

    /// The occupants with a ticket of this player, by number.
    func seated(as player: ExactString) -> [Seat] {
        (0..<self.count).map { self.seat(at: $0) }
            .filter { $0.isSeated && $0.identity?.player.hasSameBytes(as: player.text) ?? false }
    }

    /// Counts seats that are taken or given up.
    mutating func count(_ role: Role, by difference: Int) {
        switch role {
        case .player: self.playersSeated += difference
        case .spectator: self.spectatorsSeated += difference
        }
    }

    mutating func forgetCounts() { (self.playersSeated, self.spectatorsSeated) = (0, 0) }

    /// Those of a list that are taken, each once.
    mutating func taken(of numbers: some Sequence<SeatNumber>) -> [SeatNumber] {
        self.targetMark += 1
        return numbers.filter { number in
            guard self.isSeated(number), self[number].targetMark != self.targetMark else { return false }
            self[number].targetMark = self.targetMark
            return true
        }
    }

    /// The lowest vacant number that `isUsable`, made if need be; nil if numbers ran out.
    mutating func vacantNumber(_ role: Role, isUsable: (SeatNumber) -> Bool) -> SeatNumber? {
        let seats = role == .player ? self.players : self.spectators
        let range = role == .player ? SeatNumber.players : SeatNumber.spectators
        if let seat = seats.first(where: { !$0.isSeated && isUsable($0.number) }) { return seat.number }
        guard seats.count < range.count else { return nil }
        let number = SeatNumber(rawValue: range.lowerBound + UInt16(seats.count))
        if role == .player { self.players.append(Seat(number: number)) } else { self.spectators.append(Seat(number: number)) }
        return number
    }

    /// The seat of this number for a journal to fill: one that exists, or the next of its role; nil for any other number.
    mutating func restore(_ number: SeatNumber) -> Seat? {
        if self.contains(number) { return self[number] }
        let seat = Seat(number: number)
        switch number.rawValue {
        case UInt16(self.players.count) + 1 where SeatNumber.players.contains(number.rawValue): self.players.append(seat)
        case UInt16(self.spectators.count) + 1024 where SeatNumber.spectators.contains(number.rawValue):
            self.spectators.append(seat)
        default: return nil
        }
        return seat
    }

    /// Every number that exists, players first.
    var numbers: [SeatNumber] { self.players.map(\.number) + self.spectators.map(\.number) }

    /// How many numbers exist, and the seat or the number at a position, players first: for loops that allocate nothing.
    var count: Int { self.players.count + self.spectators.count }
    func seat(at position: Int) -> Seat {
        position < self.players.count ? self.players[position] : self.spectators[position - self.players.count]
    }
    func number(at position: Int) -> SeatNumber {
        position < self.players.count
            ? SeatNumber(rawValue: UInt16(position + 1)) : SeatNumber(rawValue: UInt16(position - self.players.count + 1024))
    }
}
