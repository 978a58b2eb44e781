/// The URL of a relay: `ws://host[:port][/path][?query]`, or `wss://`.
package struct RelayURL: Sendable, Hashable {
    /// Whether the connection is to be encrypted: `wss`.
    package var isSecure = false
    /// In lower case, without the brackets of an IPv6 address.
    package var host = "127.0.0.1"
    package var port: UInt16 = 7777
    /// Path and query, as the request line has them.
    package var path = "/"

    package init() {}

    /// - Parameter text: Printable ASCII. User information and fragments are refused: neither belongs into a log.
    package init?(_ text: String) {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.contains("#") else { return nil }
        guard let scheme = ["ws://", "wss://"].first(where: { text.hasPrefix($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest.dropFirst(authority.count)
        let defaultPort: UInt16 = scheme == "wss://" ? 443 : 80
        guard !authority.contains("@"), let (host, port) = Self.split(authority, defaultPort: defaultPort) else { return nil }
        (self.isSecure, self.host, self.port) = (scheme == "wss://", host.lowercased(), port)
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }

    private static func split(_ authority: Substring, defaultPort: UInt16) -> (host: String, port: UInt16)? {
        var host = authority
        var after = Substring()
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            after = authority[authority.index(after: end)...]
        } else if let colon = authority.firstIndex(of: ":") {
            (host, after) = (authority[..<colon], authority[colon...])
        }
        guard !host.isEmpty, !host.contains("["), !host.contains("]") else { return nil }
        guard !after.isEmpty else { return (String(host), defaultPort) }
        guard after.hasPrefix(":"), after.dropFirst().allSatisfy(\.isNumber), let port = UInt16(after.dropFirst()), port > 0
        else {
            return nil
        }
        return (String(host), port)
    }

    /// The value of the Host header.
    package var authority: String {
        let name = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.isSecure ? 443 : 80) ? name : "\(name):\(self.port)"
    }
}
