import NIOCore

/// What to listen on: HOST:PORT, or a Unix socket.
package enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, without brackets; port 0 lets the system choose.
    case internet(host: String, port: Int)
    /// An absolute path.
    case unix(path: String)

    package init(host: String, port: Int) { self = .internet(host: host, port: port) }

    /// Reads `HOST:PORT`, `[IPV6]:PORT`, `*:PORT` (every IPv4 address) and `unix:/PATH`; nil if it is none of them.
    package init?(_ text: String) {
        if text.hasPrefix(Self.unixPrefix) {
            let path = text.dropFirst(Self.unixPrefix.count)
            guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0), path.utf8.count <= Self.maximumPathBytes
            else {
                return nil
            }
            self = .unix(path: String(path))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: \.isWhitespace) else { return nil }
        self.init(host: host == "*" ? "0.0.0.0" : String(host), port: port)
    }

    private static let unixPrefix = "unix:"
    /// Of sockaddr_un, with its last zero.
    private static let maximumPathBytes = 107

    /// 0 for a Unix socket.
    package var port: Int { if case .internet(_, let port) = self { port } else { 0 } }
    /// Empty for a Unix socket.
    package var host: String { if case .internet(let host, _) = self { host } else { "" } }

    /// Whether only this machine can connect, and not by a Unix socket, which may have a proxy behind it.
    package var isLoopback: Bool { !self.isUnix && Authority("\(self)")?.isLoopback ?? false }

    package var isUnix: Bool { if case .unix = self { true } else { false } }

    package var description: String {
        switch self {
        case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): Self.unixPrefix + path
        }
    }

    /// As the beginning of a URL: `ws://127.0.0.1:7777`, or `ws+unix:/run/…`.
    package func url(_ scheme: String) -> String {
        switch self {
        case .internet: "\(scheme)://\(self)"
        case .unix(let path): "\(scheme)+unix:\(path)"
        }
    }
}

extension Endpoint {
    /// The address that a channel listens on; `otherwise` stands in for parts that the channel does not know.
    init(_ address: SocketAddress?, else otherwise: Endpoint) {
        if case .unixDomainSocket? = address {
            self = .unix(path: address?.pathname ?? "")
        } else {
            self.init(host: address?.ipAddress ?? otherwise.host, port: address?.port ?? otherwise.port)
        }
    }
}
