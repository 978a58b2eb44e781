// Ends that are decided outside of the room: SPEC section 8, the last rows.
extension Room {
    /// Ends the room at once, without another tick, because the room may be one that cannot be trusted to tick. ``effects`` then
    /// close every connection, also those that wait for an answer; the shell carries them out and throws the room away.
    ///
    /// - Parameter code: 4023 or 4024.
    mutating func end(_ code: CloseCode) {
        precondition(code == .roomClosed || code == .roomEvicted)
        self.isOver = true
        self.effects.removeAll(keepingCapacity: true)
        self.deliveries.removeAll(keepingCapacity: true)
        for entry in self.inbox.entries {
            switch entry.input {
            case .join(_, let connection), .rejoin(_, let connection): self.close(connection, code)
            case .message, .operations, .lost, .leave, .kick, .done: break
            }
        }
        for position in 0..<self.seats.count {
            let seat = self.seats[self.seats.number(at: position)]
            guard seat.isSeated else { continue }
            if let connection = seat.connection { self.close(connection, code) }
            (seat.connection, seat.life) = (nil, .vacant)
        }
        (self.seats.playersSeated, self.seats.spectatorsSeated) = (0, 0)
        self.inbox.removeAll()
    }

    /// Phase 3 of a kick.
    mutating func expel(_ number: SeatNumber, generation: UInt64) {
        guard self.seats.isSeated(number), self.seats[number].generation == generation else { return }
        self.counters.count(.kicks)
        self.note(.kicked, number)
        if let connection = self.seats[number].connection { self.close(connection, .kicked) }
        self.vacate(number)
    }
}
