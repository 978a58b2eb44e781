/// The name or the address by which players reach a relay, as it stands in a URL. Only the brackets of an
/// IPv6 address need quoting in a shell; nothing does in JSON or in a comment.
package struct SetupHost: Hashable, Sendable, CustomStringConvertible {
    /// In lower case. An IPv6 address is in brackets.
    package let description: String
    /// Whether it is an address: those get no certificate from certbot as names do.
    package let isAddress: Bool

    var isIPv6: Bool { self.description.hasPrefix("[") }

    package init(_ text: String) throws(SetupRefusal) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw SetupRefusal(
                "a host is written in ASCII without spaces: of a name with other letters, its form that begins with xn--")
        }
        guard !text.contains("/") else { throw SetupRefusal("the host alone is asked for: without https:// and without a path") }
        let text = text.lowercased()
        if let address = Self.address(text) {
            (self.description, self.isAddress) = (address, true)
            return
        }
        guard !text.contains(":") else { throw SetupRefusal("the host alone is asked for, without a port") }
        guard Self.isName(text) else {
            throw SetupRefusal("a host is a name like play.example.org, or an address that players reach")
        }
        (self.description, self.isAddress) = (text, false)
    }

    /// As it stands in a URL; nil if the text is no address, or the one that means all of them.
    private static func address(_ text: String) -> String? {
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
        let inner = isBracketed ? String(text.dropFirst().dropLast()) : text
        let isLong = inner.contains(":")
        guard isLong || !isBracketed, IPAddress(inner) != nil, !["0.0.0.0", "::"].contains(inner) else { return nil }
        return isLong ? "[\(inner)]" : inner
    }

    /// A host name of RFC 1123. One whose last label has digits alone would be read as an address.
    private static func isName(_ text: String) -> Bool {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isNumber = labels.last?.allSatisfy(Self.isDigit) ?? true
        return text.utf8.count <= 253 && !isNumber && labels.allSatisfy(Self.isLabel)
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
            && label.allSatisfy { letters.contains($0) || Self.isDigit($0) || $0 == hyphen }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
