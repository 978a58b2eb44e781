/// Base64 as RFC 4648 has it, strictly: each byte string has one text. No blanks, no other letters, and what is left over of the
/// last letter is 0.
package enum Base64 {
    /// Which letters stand for 62 and 63, and whether the text is filled up to groups of four.
    package enum Alphabet: Sendable {
        /// Section 4, with padding.
        case padded
        /// Section 5, `-` and `_`, without padding.
        case url

        fileprivate var letters: [UInt8] { self == .url ? Base64.urlLetters : Base64.paddedLetters }
        /// By letter; 64 and more for what is none.
        fileprivate var values: Values { self == .url ? Base64.urlValues : Base64.paddedValues }
    }

    private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    fileprivate static let paddedLetters = Array((Self.common + "+/").utf8)
    fileprivate static let urlLetters = Array((Self.common + "-_").utf8)
    fileprivate static let paddedValues = Self.values(of: Self.paddedLetters)
    fileprivate static let urlValues = Self.values(of: Self.urlLetters)

    fileprivate typealias Values = InlineArray<256, UInt8>

    private static func values(of letters: [UInt8]) -> Values {
        var values = Values(repeating: 0xFF)
        for (six, letter) in letters.enumerated() { values[Int(letter)] = UInt8(six) }
        return values
    }

    /// The bytes that a text stands for; nil if it stands for none.
    package static func decode(_ text: Span<UInt8>, _ alphabet: Alphabet) -> [UInt8]? {
        var count = text.count
        if alphabet == .padded {
            guard count.isMultiple(of: 4) else { return nil }
            for _ in 0..<2 where count > 0 && text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        }
        // A single letter of a last group has too few bits for a byte.
        guard count % 4 != 1 else { return nil }
        let byteCount = count / 4 * 3 + max(0, count % 4 - 1)
        var isText = true
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, initialized in
            isText = self.decode(text.extracting(first: count), alphabet.values, into: bytes)
            initialized = isText ? byteCount : 0
        }
        return isText ? bytes : nil
    }

    /// False for a letter that is none, and for a rest that is not 0.
    private static func decode(_ text: Span<UInt8>, _ values: borrowing Values, into bytes: UnsafeMutableBufferPointer<UInt8>)
        -> Bool
    {
        var (place, end) = (0, 0)
        while place &+ 4 <= text.count {
            let (a, b) = (values[Int(text[place])], values[Int(text[place &+ 1])])
            let (c, d) = (values[Int(text[place &+ 2])], values[Int(text[place &+ 3])])
            guard (a | b | c | d) & 0xC0 == 0 else { return false }
            bytes.initializeElement(at: end, to: a << 2 | b >> 4)
            bytes.initializeElement(at: end &+ 1, to: b << 4 | c >> 2)
            bytes.initializeElement(at: end &+ 2, to: c << 6 | d)
            (place, end) = (place &+ 4, end &+ 3)
        }
        guard place < text.count else { return true }
        let (a, b) = (values[Int(text[place])], values[Int(text[place + 1])])
        let c = place + 2 < text.count ? values[Int(text[place + 2])] : 0
        let isThree = place + 2 < text.count
        guard (a | b | c) & 0xC0 == 0, isThree ? c & 3 == 0 : b & 15 == 0 else { return false }
        bytes.initializeElement(at: end, to: a << 2 | b >> 4)
        if isThree { bytes.initializeElement(at: end + 1, to: b << 4 | c >> 2) }
        return true
    }

    /// The letters for bytes.
    package static func encode(_ bytes: [UInt8], _ alphabet: Alphabet) -> [UInt8] {
        let letters = alphabet.letters
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var place = 0
        while place < bytes.count {
            let left = bytes.count - place
            let (a, b, c) = (bytes[place], left > 1 ? bytes[place + 1] : 0, left > 2 ? bytes[place + 2] : 0)
            text.append(letters[Int(a >> 2)])
            text.append(letters[Int(a << 4 & 0x30 | b >> 4)])
            if left > 1 { text.append(letters[Int(b << 2 & 0x3C | c >> 6)]) }
            if left > 2 { text.append(letters[Int(c & 0x3F)]) }
            place += 3
        }
        while alphabet == .padded, !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
        return text
    }
}
