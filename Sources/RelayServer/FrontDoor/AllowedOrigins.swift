/// The web pages that may open connections. Clients that are not browsers send no Origin and are always allowed.
package struct AllowedOrigins: Hashable, Sendable {
    /// `scheme://host[:port]`, lower case; `null` for pages without an origin; `*` for every page.
    package var listed: Set<String>

    package init(_ listed: some Sequence<String> = []) { self.listed = Set(listed.map { $0.lowercased() }) }

    /// Whether an entry of the list can ever match.
    package static func isWellFormed(_ entry: String) -> Bool {
        entry == "*" || entry == "null" || Authority(origin: entry) != nil
    }

    /// Allows pages of the host asked (ports may differ: a page on :80 joins a relay on :7777), loopback pages while we listen
    /// on loopback, and listed origins.
    ///
    /// - Parameters:
    ///   - origin: The Origin header; nil if there is none.
    ///   - host: The Host header.
    ///   - onLoopback: Whether the listener is on a loopback address.
    package func allow(_ origin: String?, host: String?, onLoopback: Bool) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if self.listed.contains("*") || self.listed.contains(origin) { return true }
        guard let page = Authority(origin: origin) else { return false }
        if let host, Authority(host)?.host == page.host { return true }
        return onLoopback && page.isLoopback
    }
}
