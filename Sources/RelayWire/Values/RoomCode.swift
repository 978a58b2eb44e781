/// The name that the relay gives to a room: six letters that are easy to say and to tell apart. A name, not a secret.
package enum RoomCode {
    /// No vowels, so that no words come out, and of letters and digits that look or sound alike at most one.
    package static let alphabet = Array("3479BCDFGHJKMNPQRTVWXY".utf8)
    package static let length = 6

    /// One of 113 million codes.
    ///
    /// - Parameter random: 64 random bits.
    package static func code(_ random: UInt64) -> String {
        var (rest, letters) = (random, [UInt8]())
        for _ in 0..<self.length {
            letters.append(self.alphabet[Int(rest % UInt64(self.alphabet.count))])
            rest /= UInt64(self.alphabet.count)
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// A code as somebody typed it: with small letters, spaces or dashes. Empty if no letter of it can be one.
    package static func normalised(_ typed: String) -> String {
        String(decoding: typed.uppercased().utf8.filter { self.alphabet.contains($0) }, as: UTF8.self)
    }
}
