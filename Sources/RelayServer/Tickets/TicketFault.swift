import RelayWire

/// Why a ticket lets nobody in. The raw value is the reason in the log, and behind `ticket.` in the counters.
package enum TicketFault: String, Error, Sendable, CaseIterable {
    case missing, tooLong, tooDeep, malformed
    /// `alg` is `none`.
    case unsigned
    /// `alg` is not that of the key: the holder of a public key must not sign with it.
    case wrongAlgorithm
    case unknownKey, badSignature
    case otherIssuer, otherAudience, expired, notYetValid, otherRoom
    /// For this role, or to make a room.
    case lacksRight

    package var closeCode: CloseCode {
        switch self {
        case .missing: .ticketMissing
        case .tooLong, .tooDeep, .malformed, .unsigned, .wrongAlgorithm, .unknownKey, .badSignature, .otherIssuer,
            .otherAudience:
            .ticketRefused
        case .expired: .ticketExpired
        case .notYetValid: .ticketNotYetValid
        case .otherRoom: .ticketOtherRoom
        case .lacksRight: .ticketLacksRight
        }
    }

    /// What to do about it. Says nothing of the ticket's content. At most 100 bytes of ASCII.
    package var sentence: String {
        switch self {
        case .missing, .expired, .notYetValid, .otherRoom, .lacksRight: self.closeCode.sentence
        case .tooLong: "A ticket has at most \(WireLimits.ticketBytes) bytes: put less into it."
        case .tooDeep: "The ticket is nested too deeply: at most \(TicketJSON.maximumDepth) levels."
        case .malformed: "This is no ticket: it must be a JWT with the claims of SPEC.md section 19."
        case .unsigned: "The ticket is not signed: sign it with HS256 or EdDSA."
        case .wrongAlgorithm: "The ticket is signed by another algorithm than its key is for."
        case .unknownKey: "The relay does not know this ticket's key: get a new ticket."
        case .badSignature: "The ticket's signature is wrong: get a new ticket."
        case .otherIssuer: "The ticket is of another issuer than this relay trusts."
        case .otherAudience: "The ticket is for another audience than this relay."
        }
    }
}
