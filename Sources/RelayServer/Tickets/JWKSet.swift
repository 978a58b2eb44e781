import Crypto
import FoundationEssentials

/// A JWK set as it stands in a file.
package struct JWKSet: Codable, Sendable {
    package var keys: [TicketJWK]

    package init(keys: [TicketJWK] = []) { self.keys = keys }

    package init(decoding bytes: [UInt8]) throws(TicketKeys.Refused) {
        guard bytes.count <= TicketKeys.maximumBytes else { throw .init("is longer than \(TicketKeys.maximumBytes) bytes") }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw .init("is no JWK set: {\"keys\":[…]} as RFC 7517 has it")  // the decoder's own words might quote a key
        }
        guard self.keys.count <= TicketKeys.maximumKeys else { throw .init("has more than \(TicketKeys.maximumKeys) keys") }
    }

    /// As a file has it.
    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self) else { preconditionFailure("strings are JSON") }
        return String(decoding: json, as: UTF8.self)
    }

    /// Whether anything in it must be kept secret.
    package var isSecret: Bool { self.keys.contains { $0.k != nil || $0.d != nil } }
    /// Whether it is what relays have: a secret added to it would be theirs as well.
    package var isForRelays: Bool { !self.keys.isEmpty && !self.isSecret }
}

extension JWKSet {
    /// The kinds of keys that are made.
    package enum Algorithm: String, CaseIterable, Sendable {
        /// One secret, which the issuer and the relay have.
        case hs256 = "HS256"
        /// The relay has the public half alone, and no secret.
        case edDSA = "EdDSA"
    }

    /// Adds a new key: tickets are signed with it from now on. Older ones stay, so that their tickets go on being accepted.
    ///
    /// - Returns: Its identifier.
    package mutating func add(_ algorithm: Algorithm) -> String {
        let identifier = TicketJSON.text(SymmetricKey(size: .init(bitCount: 96)).withUnsafeBytes { Array($0) })
        switch algorithm {
        case .hs256:
            let secret = SymmetricKey(size: .bits256).withUnsafeBytes { TicketJSON.text($0) }
            self.keys.append(TicketJWK(kty: "oct", kid: identifier, alg: algorithm.rawValue, use: "sig", k: secret))
        case .edDSA:
            let key = Curve25519.Signing.PrivateKey()
            self.keys.append(
                TicketJWK(
                    kty: "OKP", kid: identifier, alg: algorithm.rawValue, use: "sig", crv: "Ed25519",
                    x: TicketJSON.text(key.publicKey.rawRepresentation), d: TicketJSON.text(key.rawRepresentation)))
        }
        return identifier
    }

    /// Removes a key, and with it every ticket that it signed; false if there is none.
    package mutating func remove(_ identifier: String) -> Bool {
        let count = self.keys.count
        self.keys.removeAll { $0.kid == identifier }
        return self.keys.count < count
    }

    /// What the relay needs of it. Nil if a key has no public half.
    package var publicHalf: JWKSet? {
        guard self.keys.allSatisfy({ $0.k == nil && $0.x != nil }) else { return nil }
        var half = self
        for place in half.keys.indices { half.keys[place].d = nil }
        return half
    }
}
