import Crypto
import FoundationEssentials
import JWTKit

/// One key as it stands in a file.
package struct TicketJWK: Codable, Sendable {
    package var kty: String
    package var kid: String?
    package var alg: String?
    package var use: String?
    package var crv: String?
    /// Public half of Ed25519.
    package var x: String?
    /// Secret half of it.
    package var d: String?
    /// Secret of HS256.
    package var k: String?

    /// Bytes of the shortest secret: RFC 7518 section 3.2.
    private static let secretBytes = 32

    init(
        kty: String, kid: String?, alg: String?, use: String?, crv: String? = nil, x: String? = nil, d: String? = nil,
        k: String? = nil
    ) {
        (self.kty, self.kid, self.alg, self.use) = (kty, kid, alg, use)
        (self.crv, self.x, self.d, self.k) = (crv, x, d, k)
    }

    /// Nil if its kind is not one of ours, or it is not for signatures.
    func ticketKey() async throws(TicketKeys.Refused) -> TicketKey? {
        guard self.use ?? "sig" == "sig" else { return nil }
        switch (self.kty, self.crv) {
        case ("oct", _): return try await self.key("HS256", isPrivate: true) { try await self.addSecret(to: $0, $1) }
        case ("OKP", "Ed25519"):
            return try await self.key("EdDSA", isPrivate: self.d != nil) { try await self.addCurveKey(to: $0, $1) }
        default: return nil
        }
    }

    private func key(
        _ algorithm: String, isPrivate: Bool, add: (JWTKeyCollection, JWKIdentifier) async throws -> Void
    ) async throws(TicketKeys.Refused) -> TicketKey {
        guard let kid = self.kid, (1...64).contains(kid.utf8.count) else {
            throw .init("has a key without a kid of 1 to 64 bytes")
        }
        guard self.alg ?? algorithm == algorithm else { throw .init("has a key whose alg is not that of its kty (\(algorithm))") }
        do {
            let collection = JWTKeyCollection()
            try await add(collection, JWKIdentifier(string: kid))
            let signer = try await collection.getKey(for: JWKIdentifier(string: kid))
            return TicketKey(identifier: kid, algorithm: signer, isPrivate: isPrivate)
        } catch {
            throw .init(
                "has a key that cannot be used: HS256 needs a k of at least 32 bytes, EdDSA an x or d of 32, or both of one key")
        }
    }

    private func addSecret(to collection: JWTKeyCollection, _ kid: JWKIdentifier) async throws {
        guard let secret = self.k.flatMap({ TicketJSON.bytes($0.utf8) }), secret.count >= Self.secretBytes else {
            throw CryptoKitError.incorrectKeySize
        }
        await collection.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256, kid: kid)
    }

    private func addCurveKey(to collection: JWTKeyCollection, _ kid: JWKIdentifier) async throws {
        if let d = self.d {
            guard try self.isPublicHalf(of: d) else { throw CryptoKitError.incorrectParameterSize }
            await collection.add(eddsa: try EdDSA.PrivateKey(d: d, curve: .ed25519), kid: kid)
        } else {
            await collection.add(eddsa: try EdDSA.PublicKey(x: self.x ?? "", curve: .ed25519), kid: kid)
        }
    }

    /// Whether `x` belongs to a secret half. Otherwise a relay that has the public half alone would refuse every ticket.
    private func isPublicHalf(of d: String) throws -> Bool {
        guard let x = self.x else { return true }
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: TicketJSON.bytes(d.utf8) ?? [])
        return TicketJSON.bytes(x.utf8) == Array(key.publicKey.rawRepresentation)
    }
}
