import Crypto
import FoundationEssentials
import JWTKit

/// A key by which tickets are checked, and signed if it has the secret half. Never logged.
package struct TicketKey: Sendable {
    package var identifier: String
    /// Of its own kind, whatever a ticket says.
    package var algorithm: any JWTAlgorithm
    /// Whether it can sign.
    package var isPrivate: Bool
}

/// The keys of a JWK set (RFC 7517), oldest first. Never logged.
package struct TicketKeys: Sendable, Equatable {
    /// Not empty; identifiers differ.
    package let keys: [TicketKey]
    /// Tells two sets apart without comparing secrets.
    private let digest: [UInt8]

    package static func == (left: Self, right: Self) -> Bool { left.digest == right.digest }

    /// Why a key file is refused. Says nothing of its content.
    package struct Refused: Error, Equatable, CustomStringConvertible {
        package var description: String
        package init(_ description: String) { self.description = description }
    }

    /// Bytes of the longest file, and keys of the largest set.
    package static let maximumBytes = 64 << 10
    package static let maximumKeys = 64

    /// Reads a set. Keys of kinds that are not ours (RSA, EC) are left out, as RFC 7517 section 5 has it.
    package init(decoding bytes: [UInt8]) async throws(Refused) {
        let set: JWKSet = try JWKSet(decoding: bytes)
        var keys: [TicketKey] = []
        for jwk in set.keys {
            guard let key = try await jwk.ticketKey() else { continue }
            guard !keys.contains(where: { $0.identifier == key.identifier }) else {
                throw Refused("has two keys of the same kid")
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw Refused("has no key that can be used: oct (HS256) or OKP with Ed25519 (EdDSA)") }
        (self.keys, self.digest) = (keys, Array(SHA256.hash(data: bytes)))
    }

    /// The key of an identifier. A ticket without one is for a set of one key.
    subscript(identifier: String?) -> TicketKey? {
        guard let identifier else { return self.keys.count == 1 ? self.keys.first : nil }
        return self.keys.first { $0.identifier == identifier }
    }
}
