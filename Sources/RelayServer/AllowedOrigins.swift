/// Which web pages may open connections. Clients that are not browsers send no Origin and are not concerned.
public struct AllowedOrigins: Hashable, Sendable {
    /// `scheme://host[:port]`, lower case; `null` for pages without an origin; `*` for every page.
    public var listed: Set<String>

    public init(_ listed: some Sequence<String> = []) { self.listed = Set(listed.map { $0.lowercased() }) }

    /// Whether an entry of the list can ever match.
    public static func isWellFormed(_ entry: String) -> Bool {
        if entry == "*" || entry == "null" { return true }
        guard let range = entry.firstRange(of: "://"), range.lowerBound > entry.startIndex else { return false }
        let authority = entry[range.upperBound...]
        return !authority.isEmpty && !authority.contains { "/?#@ ".contains($0) }
    }

    /// Same host as the one asked (ports may differ: a page on :80 joins a relay on :7777), any loopback page while we
    /// listen on loopback, or on the list.
    ///
    /// - Parameters:
    ///   - origin: The Origin header; nil if there is none.
    ///   - host: The Host header.
    ///   - onLoopback: Whether the connection came to a loopback address of ours.
    public func allow(_ origin: String?, host: String?, onLoopback: Bool) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if self.listed.contains("*") || self.listed.contains(origin) { return true }
        guard let name = Self.hostName(ofOrigin: origin) else { return false }
        if let host, Self.hostName(ofAuthority: host.lowercased()[...]) == name { return true }
        return onLoopback && Self.isLoopback(name)
    }

    private static func hostName(ofOrigin origin: String) -> Substring? {
        guard let range = origin.firstRange(of: "://") else { return nil }
        let authority = origin[range.upperBound...]
        // Browsers send no more than host and port; what pretends to be more could name one host and mean another.
        return authority.contains { "/?#@".contains($0) } ? nil : self.hostName(ofAuthority: authority)
    }

    /// The host of `host[:port]`, brackets kept.
    private static func hostName(ofAuthority authority: Substring) -> Substring? {
        guard !authority.isEmpty else { return nil }
        if authority.hasPrefix("[") { return authority.firstIndex(of: "]").map { authority[...$0] } }
        let name = authority.prefix { $0 != ":" }
        return name.isEmpty ? nil : name
    }

    private static func isLoopback(_ name: Substring) -> Bool {
        if name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
