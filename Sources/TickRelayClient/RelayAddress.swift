/// Where a relay is: the parts of `ws://host[:port][/path]`.
struct RelayAddress: Sendable, Equatable {
    var host: String
    var port: Int
    /// Path and query, as the request line has them.
    var path: String

    /// - Parameter text: A URL. User information and fragments are refused, because neither belongs into a log.
    init?(_ text: String) {
        guard text.hasPrefix("ws://"), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let rest = text.dropFirst(5)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest.dropFirst(authority.count)
        guard !authority.contains("@"), !text.contains("#") else { return nil }
        guard let (host, port) = Self.split(authority) else { return nil }
        (self.host, self.port) = (host, port)
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
    }

    private static func split(_ authority: Substring) -> (host: String, port: Int)? {
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
        guard !after.isEmpty else { return (String(host), 80) }
        guard after.hasPrefix(":"), after.dropFirst().allSatisfy(\.isNumber), let port = UInt16(after.dropFirst()), port > 0
        else {
            return nil
        }
        return (String(host), Int(port))
    }

    /// The Host header's value.
    var hostHeader: String {
        let name = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == 80 ? name : "\(name):\(self.port)"
    }
}
