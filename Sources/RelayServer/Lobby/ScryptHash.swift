import Crypto
import CryptoExtras
import FoundationEssentials
import RelayCore

/// Passwords as scrypt (RFC 7914) hashes them: 16 bytes of salt, then 32 of key.
enum ScryptHash {
    /// N: 16 MiB and some 40 ms for each password. They protect rooms that last an evening, not accounts.
    private static let rounds = 1 << 14
    private static let blockSize = 8
    static let saltBytes = 16
    private static let keyBytes = 32

    /// - Parameter salt: ``saltBytes`` random bytes.
    static func hash(_ password: String, salt: [UInt8]) -> PasswordHash? {
        guard let key = self.key(password, salt) else { return nil }
        return PasswordHash(bytes: salt + key.withUnsafeBytes { [UInt8]($0) })
    }

    /// Whether it is the hash of this password. Constant time in the key.
    static func verify(_ password: String, _ hash: PasswordHash) -> Bool {
        let salt = Array(hash.bytes.prefix(self.saltBytes))
        guard hash.bytes.count == self.saltBytes + self.keyBytes, let key = self.key(password, salt) else { return false }
        return key == SymmetricKey(data: hash.bytes.dropFirst(self.saltBytes))
    }

    private static func key(_ password: String, _ salt: [UInt8]) -> SymmetricKey? {
        try? KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: self.keyBytes, rounds: self.rounds,
            blockSize: self.blockSize, parallelism: 1)
    }
}
