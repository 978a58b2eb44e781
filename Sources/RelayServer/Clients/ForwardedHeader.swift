/// The header in which proxies tell their client's address. Only one is believed: proxies pass on the other as the client sent it.
package enum ForwardedHeader: String, Hashable, Sendable, CaseIterable {
    case xForwardedFor, forwarded

    package var name: String {
        switch self {
        case .xForwardedFor: "X-Forwarded-For"
        case .forwarded: "Forwarded"
        }
    }
}
