import Crypto
import JWTKit
import RelayWire

/// Mints tickets, as `tickrelay ticket` does. A game's own server does the same with any JWT library.
package struct TicketIssuer: Sendable {
    private let key: TicketKey
    package var issuer: String?
    package var audience: String?

    /// - Parameter identifier: Of the key; nil for the newest one that can sign.
    package init(_ keys: TicketKeys, identifier: String? = nil) throws(TicketKeys.Refused) {
        let able = keys.keys.last { $0.isPrivate && (identifier ?? $0.identifier) == $0.identifier }
        guard let able else {
            throw .init(identifier == nil ? "has no key that can sign" : "has no key of this kid that can sign")
        }
        self.key = able
    }

    /// - Parameters:
    ///   - begins: Seconds since 1970.
    ///   - lifetime: Seconds from then on.
    /// - Returns: The ticket; nil if it is longer than a relay takes.
    package func mint(_ ticket: Ticket, begins: Int64, lifetime: Int64) -> String? {
        let rights = PlayerIdentity.Rights.named.filter { ticket.identity.rights.contains($0.right) }.map(\.name)
        let claims = TicketClaims(
            sub: ticket.identity.player, name: ticket.identity.name, room: ticket.rooms.text, type: ticket.type,
            rights: rights,
            exp: Double(begins + lifetime), nbf: Double(begins), iat: Double(begins), iss: self.issuer,
            aud: self.audience.map { .one($0) })
        let header: JWTHeader = [
            "alg": .string(self.key.algorithm.name), "kid": .string(self.key.identifier), "typ": "JWT",
        ]
        let encoder = DefaultJWTSerializer()
        guard let head = try? encoder.jsonEncoder.encode(header), let body = try? encoder.jsonEncoder.encode(claims) else {
            return nil
        }
        let text = self.sign(header: head, claims: body)
        return text.flatMap { $0.utf8.count <= WireLimits.ticketBytes ? $0 : nil }
    }

    /// Signs a header and claims, whatever they say.
    package func sign(header: some Sequence<UInt8>, claims: some Sequence<UInt8>) -> String? {
        let signed = TicketJSON.text(header) + "." + TicketJSON.text(claims)
        guard let signature = try? self.key.algorithm.sign(Array(signed.utf8)) else { return nil }
        return signed + "." + TicketJSON.text(signature)
    }
}
