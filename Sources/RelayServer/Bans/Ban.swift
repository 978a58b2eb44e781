import FoundationEssentials

/// Somebody whom an operator keeps out, for a time.
package struct Ban: Hashable, Sendable {
    /// Who is meant.
    package enum Subject: Hashable, Sendable {
        /// The id in tickets.
        case player(String)
        case address(AddressRange)
    }

    /// Given in turn; again only where bans end with the process.
    package var id: UInt64
    package var subject: Subject
    /// The name of the one room in which it counts; nil for all.
    package var room: String?
    /// When it begins and ends: seconds since 1970.
    package var made: Int64
    package var until: Int64
    /// How the operator proved to be one: ``Operator/proof``.
    package var by: String
    /// For operators alone.
    package var reason: String?

    package init(
        id: UInt64, _ subject: Subject, room: String? = nil, made: Int64, until: Int64, by: String, reason: String? = nil
    ) {
        (self.id, self.subject, self.room, self.made, self.until) = (id, subject, room, made, until)
        (self.by, self.reason) = (by, reason)
    }

    func counts(in room: String, at now: Int64) -> Bool {
        now < self.until && (self.room.map { $0.utf8.elementsEqual(room.utf8) } ?? true)
    }

    /// Whether it is about this occupant of a seat, wherever it counts. Compares bytes: Unicode takes some different ids for equal.
    ///
    /// - Parameter address: Only evaluated for a ban by address.
    package func names(player: String?, address: @autoclosure () -> IPAddress?) -> Bool {
        switch self.subject {
        case .player(let banned): player.map { $0.utf8.elementsEqual(banned.utf8) } ?? false
        case .address(let banned): address().map { banned.contains($0) } ?? false
        }
    }

    /// The end in words: `2026-11-22T21:00:00Z`.
    package var end: String { Date(timeIntervalSince1970: Double(self.until)).formatted(.iso8601) }
}

extension Ban: Codable {
    private enum CodingKeys: String, CodingKey { case id, player, address, room, made, until, by, reason }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let (player, address) = (
            try container.decodeIfPresent(String.self, forKey: .player),
            try container.decodeIfPresent(String.self, forKey: .address)
        )
        switch (player, address.flatMap { AddressRange($0) }) {
        case (let player?, nil): self.subject = .player(player)
        case (nil, let range?): self.subject = .address(range)
        default: throw DecodingError.dataCorruptedError(forKey: .player, in: container, debugDescription: "player or address")
        }
        self.id = try container.decode(UInt64.self, forKey: .id)
        self.room = try container.decodeIfPresent(String.self, forKey: .room)
        (self.made, self.until) = (
            try container.decode(Int64.self, forKey: .made), try container.decode(Int64.self, forKey: .until)
        )
        self.by = try container.decode(String.self, forKey: .by)
        self.reason = try container.decodeIfPresent(String.self, forKey: .reason)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.id, forKey: .id)
        switch self.subject {
        case .player(let player): try container.encode(player, forKey: .player)
        case .address(let range): try container.encode("\(range)", forKey: .address)
        }
        try container.encodeIfPresent(self.room, forKey: .room)
        try container.encode(self.made, forKey: .made)
        try container.encode(self.until, forKey: .until)
        try container.encode(self.by, forKey: .by)
        try container.encodeIfPresent(self.reason, forKey: .reason)
    }
}
