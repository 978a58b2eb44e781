import RelayHosting

extension OperatorText {
    /// `tickrelay rooms bans`.
    package static func bans(_ bans: [OperatorAnswers.Ban]) -> String {
        guard !bans.isEmpty else { return "Nobody is banned." }
        var table = TextTable([.left("ID"), .left("WHOM"), .left("WHERE"), .left("UNTIL"), .left("BY"), .left("REASON")])
        for ban in bans {
            table.add([
                "\(ban.id)", self.whom(ban), self.place(ban), self.moment(ban.until), ban.by, ban.reason ?? self.unknown,
            ])
        }
        return self.join(table.lines)
    }

    /// `tickrelay rooms kick`.
    package static func kicked(_ seats: [SeatOccupant]) -> String {
        guard !seats.isEmpty else { return "Nobody was kicked." }
        return self.join(seats.map { self.kicked($0).forTerminal })
    }

    private static func kicked(_ seat: SeatOccupant) -> String {
        let who = [seat.player.map { "player \($0)" }, seat.name, seat.peer].compactMap(\.self).filter { !$0.isEmpty }
        return "Kicked seat \(seat.seat) of \(seat.room)" + (who.isEmpty ? "." : ": \(who.joined(separator: ", ")).")
    }

    /// `tickrelay rooms open`.
    package static func opened(_ room: OpenedRoom) -> String {
        "Opened \(room.room), of type \(room.type).".forTerminal
    }

    /// `tickrelay rooms close`.
    package static func closed(_ room: ClosedRoom) -> String {
        "Closed \(room.room) with \(self.count(room.seats, "seat")).".forTerminal
    }

    /// What `tickrelay rooms close` asks before.
    package static func closeQuestion(room: String, seats: Int) -> String {
        "Close \(room) with \(self.count(seats, "seat"))? [y/N] ".forTerminal
    }

    /// `tickrelay rooms ban`.
    package static func banned(_ answer: OperatorAnswers.BanAnswer) -> String {
        let ban = answer.ban
        let line = "Banned \(self.whom(ban)) (\(self.place(ban))) until \(self.moment(ban.until)): ban \(ban.id)."
        return self.join([line.forTerminal, self.kicked(answer.kicked)])
    }

    /// `tickrelay rooms unban`.
    package static func lifted(_ ban: OperatorAnswers.Ban) -> String {
        "Lifted ban \(ban.id) of \(self.whom(ban)) (\(self.place(ban))).".forTerminal
    }

    private static func whom(_ ban: OperatorAnswers.Ban) -> String {
        ban.player.map { "player \($0)" } ?? ban.address.map { "address \($0)" } ?? self.unknown
    }

    /// The word `room` before it: a room may be called everywhere.
    private static func place(_ ban: OperatorAnswers.Ban) -> String { ban.room.map { "room \($0)" } ?? "everywhere" }
}
