/// Which peers are proxies of ours, and how they tell whose connection they pass on.
package struct ProxyTrust: Hashable, Sendable {
    /// Where a proxy puts its client's address.
    package enum Source: Hashable, Sendable {
        /// In front of everything else, on each connection.
        case proxyProtocol
        /// In a header of the HTTP request.
        case header(ForwardedHeader)
    }

    package var ranges: [AddressRange] = []
    /// Whether peers on a Unix socket are proxies.
    package var includesUnix = false
    package var source = Source.header(.xForwardedFor)
    /// Proxies in a row that each append their peer to the header; the last of them connects to us.
    package var hops = 1

    package init() {}

    /// Whether nobody is believed.
    package var isEmpty: Bool { self.ranges.isEmpty && !self.includesUnix }

    /// Whether this machine is believed to be a proxy, so that nobody counts as on it.
    package var includesLoopback: Bool {
        ["127.0.0.1", "::1"].compactMap { IPAddress($0) }.contains { self.includes(.internet($0, port: 0)) }
    }

    /// Whether the peer of a connection is believed.
    package func includes(_ peer: ClientAddress) -> Bool {
        switch peer {
        case .internet(let address, _): self.ranges.contains { $0.contains(address) }
        case .local: self.includesUnix
        }
    }
}
