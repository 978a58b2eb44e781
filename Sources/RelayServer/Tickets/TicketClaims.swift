import RelayHosting
import RelayWire

/// The claims of a ticket as they stand in it: SPEC section 19. Untrusted until the signature is checked.
struct TicketClaims: Codable {
    var sub: String
    var name: String?
    var room: String
    var type: String?
    var rights: [String]
    /// Seconds since 1970.
    var exp: Double
    var nbf: Double?
    var iat: Double?
    var iss: String?
    var aud: TicketAudience?

    /// Who may enter where, if every part of it is well-formed. Rights of other names are left to later versions.
    func ticket() throws(RefusedTicket) -> Ticket {
        let name = self.name ?? ""
        func require(_ holds: Bool, _ rule: String) throws(RefusedTicket) {
            if !holds { throw RefusedTicket(.malformed, rule) }
        }
        try require(
            self.type.map { WireLimits.typeBytes.contains($0.utf8.count) } ?? true, "type must have 1 to 32 bytes")
        try require(
            PlayerIdentity.isText(self.sub, count: PlayerIdentity.playerBytes), "sub must have 1 to 64 bytes, all to be seen")
        try require(
            PlayerIdentity.isText(name, count: PlayerIdentity.nameBytes), "name must have up to 64 bytes, all to be seen")
        guard let rooms = RoomPattern(self.room) else { throw RefusedTicket(.malformed, "room must have 1 to 64 bytes") }
        let known = PlayerIdentity.Rights.named.filter { self.rights.contains($0.name) }.map(\.right)
        return Ticket(
            identity: PlayerIdentity(player: self.sub, name: name, rights: PlayerIdentity.Rights(known)), rooms: rooms,
            type: self.type)
    }
}
