import RelayHosting

extension OperatorText {
    static let noSeats = "Nobody has a seat in it."

    /// `tickrelay rooms show`.
    package static func show(_ room: RelayStatistics.Room) -> String {
        let seats = room.seats.isEmpty ? [self.noSeats] : self.table(of: room.seats).lines
        return self.join(self.facts(of: room) + [""] + seats)
    }

    static func table(of seats: [RelayStatistics.Seat]) -> TextTable {
        var table = TextTable([
            .right("SEAT"), .left("ROLE"), .left("STATE"), .right("RTT"), .right("LEAST"), .right("JITTER"), .right("RETURNS"),
            .left("PLAYER"), .left("NAME"), .left("ADDRESS"),
        ])
        for seat in seats {
            table.add([
                "\(seat.seat)", seat.role, self.state(of: seat), self.duration(seat.rttMicroseconds),
                self.duration(seat.minimumRttMicroseconds), self.duration(seat.jitterMicroseconds),
                self.returns(of: seat),
                seat.player ?? self.unknown, seat.name ?? self.unknown, seat.peer ?? self.unknown,
            ])
        }
        return table
    }

    /// `live`, `live, behind (network)`, `stalled, hidden (clientFrozen)`.
    private static func state(of seat: RelayStatistics.Seat) -> String {
        let marks = (seat.behind ? ", behind" : "") + (seat.hidden ? ", hidden" : "")
        return seat.state + marks + (seat.cause.map { " (\($0))" } ?? "")
    }

    /// How often somebody took the seat again: its first connection is generation 1.
    private static func returns(of seat: RelayStatistics.Seat) -> String {
        "\(seat.generation > 0 ? seat.generation - 1 : 0)"
    }
}
