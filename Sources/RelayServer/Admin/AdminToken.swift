import Crypto

/// What operators say to act. Only its digest is kept: the token itself stands in memory while its file is read and while a request has it, and
/// nothing wipes those bytes. Digests are compared in constant time.
package struct AdminToken: Sendable, Equatable {
    private let digest: SHA256Digest

    /// Characters: 128 bits, written as hexadecimal digits.
    static let minimumCount = 32
    /// More is no token. Bytes.
    static let maximumCount = 4096

    /// - Parameter content: Of its file: one line.
    init(_ content: [UInt8]) throws(SettingFile.Problem) {
        let line = content.last == UInt8(ascii: "\n") ? content.dropLast() : content[...]
        guard line.count >= Self.minimumCount, line.allSatisfy({ (0x21...0x7E).contains($0) }), Set(line).count >= 8 else {
            throw SettingFile.Problem(
                "must hold one line of at least \(Self.minimumCount) random characters: openssl rand -hex 32")
        }
        self.digest = SHA256.hash(data: line)
    }

    package func matches(_ text: String) -> Bool { SHA256.hash(data: Array(text.utf8)) == self.digest }
}
