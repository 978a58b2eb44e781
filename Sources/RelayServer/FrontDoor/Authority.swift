/// `host[:port]`, as in a Host header and at the end of a web page's origin: RFC 3986 section 3.2, without user information.
package struct Authority: Hashable, Sendable {
    /// In lower case, not empty. An IPv6 address is in brackets.
    package let host: String
    /// Digits; empty if the scheme decides.
    package let port: String

    /// Nil if `text` is not one. Refuses every character by which two parsers could read two different hosts.
    package init?(_ text: some StringProtocol) {
        let isBracketed = text.hasPrefix("[")
        let end = isBracketed ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":") ?? text.endIndex
        guard let end else { return nil }
        (self.host, self.port) = (text[..<end].lowercased(), String(text[end...].dropFirst()))
        let isPort = text[end...].isEmpty || text[end] == ":" && self.port.count <= 5 && self.port.utf8.allSatisfy(Self.isDigit)
        guard isPort, isBracketed ? self.isAddress : Self.isName(self.host) else { return nil }
    }

    /// The authority at the end of a web page's origin; nil if there is none (`null`) or it is malformed.
    init?(origin: String) {
        guard let range = origin.firstRange(of: "://"), range.lowerBound > origin.startIndex else { return nil }
        self.init(origin[range.upperBound...])
    }

    /// Whether the host is an IP address, which needs no look-up.
    package var isAddress: Bool { self.address != nil }

    /// Whether only this machine can be meant.
    package var isLoopback: Bool {
        self.address?.isLoopback ?? (self.host == "localhost" || self.host.hasSuffix(".localhost"))
    }

    /// An IPv6 address is in brackets, and nothing else is.
    private var address: IPAddress? {
        guard self.host.hasPrefix("[") else { return self.host.contains(":") ? nil : IPAddress(self.host) }
        let inner = self.host.dropFirst().dropLast()
        return inner.contains(":") ? IPAddress(inner) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Registered names and IPv4 addresses.
    private static func isName(_ host: String) -> Bool {
        let (letters, marks) = (UInt8(ascii: "a")...UInt8(ascii: "z"), "-._~%!$&'()*+,;=".utf8)
        return !host.isEmpty && host.utf8.allSatisfy { letters.contains($0) || Self.isDigit($0) || marks.contains($0) }
    }
}
