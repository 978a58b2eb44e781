/// Makes the texts of invitations. Whoever guesses one is in, so they are long and of good randomness.
package enum InvitationText {
    /// Those of base64url: they need no escape in a URL.
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    /// Six random bits each: 192 in all.
    private static let letters = 32

    package static func make(using random: inout some RandomNumberGenerator) -> String {
        var text: [UInt8] = []
        for _ in 0..<self.letters {
            let bits: UInt64 = random.next()
            text.append(self.alphabet[Int(bits % 64)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
