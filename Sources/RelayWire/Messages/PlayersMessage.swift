/// Who sits where: a row of a `players` message, which only clients get that asked for it.
package struct PlayerRow: Hashable, Sendable {
    package var seat: SeatNumber
    /// As in the roster's row: it tells successive occupants of one seat number apart.
    package var joined: Tick
    /// The issuer's name of the player, 1…64 bytes.
    package var player: String
    /// For people, 0…64 bytes.
    package var name: String

    package init(seat: SeatNumber, joined: Tick, player: String, name: String) {
        (self.seat, self.joined, self.player, self.name) = (seat, joined, player, name)
    }
}

extension WireWriter {
    /// Appends the kind and the count of rows, which follow.
    package mutating func playersHeader(count: Int) {
        self.u8(ServerMessageKind.players.rawValue)
        self.varint(count)
    }

    /// Appends a row.
    package mutating func playerRow(_ row: PlayerRow) {
        self.seat(row.seat)
        self.tick(row.joined)
        self.string(row.player)
        self.string(row.name)
    }
}

extension WireCursor {
    /// A `players` message, after its kind byte, to the end of the message.
    package mutating func players(_ bytes: Span<UInt8>) throws(WireError) -> [PlayerRow] {
        let count = try self.count(bytes, in: 1...UInt64(SeatNumber.players.count))
        var rows: [PlayerRow] = []
        for _ in 0..<count {
            let row = PlayerRow(
                seat: try self.seat(bytes, in: 1...1023), joined: try self.tick(bytes),
                player: try self.string(bytes, count: PlayerIdentity.playerBytes, .player),
                name: try self.string(bytes, count: PlayerIdentity.nameBytes, .player))
            guard PlayerIdentity.isText(row.player, count: PlayerIdentity.playerBytes),
                PlayerIdentity.isText(row.name, count: PlayerIdentity.nameBytes)
            else { throw .outOfRange(.player, UInt64(row.seat.rawValue)) }
            rows.append(row)
        }
        try self.end(bytes)
        return rows
    }
}
