import NIOCore
import NIOHTTP1

/// A connection between its accept and its hand-off: whose it is, and the places that it takes. Lives on the front door's event loop.
package final class Handshake {
    let channel: any Channel
    /// The peer of the connection: the client, or a proxy of ours.
    let peer: ClientAddress
    /// Whether the peer is a proxy of ours, whoever its client is.
    let isProxied: Bool
    /// Nil while a proxy has not said whose connection it passes on, and for one of the proxy's own.
    private(set) var client: ClientAddress?
    /// Whether the connection itself is encrypted, and we do that.
    let speaksTLS: Bool
    /// Whether the client came by TLS, as far as we or the proxy know.
    private(set) var isSecure: Bool
    /// A PROXY header has to come first.
    private(set) var awaitsProxyHeader = false
    /// It heartbeats and says no hello.
    private(set) var isGuest = false
    /// It is no handshake any more.
    private(set) var isOver = false
    private var entry: (pending: PendingHandshakes, number: UInt64)?
    private let trust: ProxyTrust
    private let table: AddressTable
    private var place: AddressTable.Place?
    private var connection: AddressTable.Place?

    package init(
        _ channel: any Channel, from peer: ClientAddress, _ trust: ProxyTrust, _ table: AddressTable, speaksTLS: Bool = false
    ) {
        (self.speaksTLS, self.isSecure) = (speaksTLS, speaksTLS)
        (self.channel, self.peer, self.trust, self.table) = (channel, peer, trust, table)
        self.isProxied = trust.includes(peer)
        self.awaitsProxyHeader = self.isProxied && trust.source == .proxyProtocol
    }

    /// The address for log lines.
    var address: ClientAddress { self.client ?? self.peer }

    /// What limits count it under; nil for who is exempt: this machine, and a proxy itself.
    var block: AddressBlock? { self.client?.block }

    /// From now on the client is known. Takes the place of a handshake; false if its address has as many as it may.
    func identify(_ client: ClientAddress) -> Bool {
        self.client = client
        let place = self.table.take(.handshake, by: client.block)
        self.place = place
        return !place.isRefused
    }

    /// The PROXY header has come. False if the client's address has as many handshakes as it may.
    func identify(by header: ProxyHeader.Client) -> Bool {
        self.awaitsProxyHeader = false
        switch header {
        case .address(let client): return self.identify(client)
        case .proxyItself: return true
        }
    }

    /// Reads what a trusted proxy says in a request's headers, where it does. Returns as ``identify(_:)``.
    func identify(by headers: HTTPHeaders) throws(ForwardedFor.Problem) -> Bool {
        guard self.isProxied, case .header(let header) = self.trust.source else { return true }
        if headers["x-forwarded-proto"].last?.lowercased() == "https" { self.isSecure = true }
        return self.identify(try ForwardedFor.client(in: headers[header.name], header, hops: self.trust.hops))
    }

    /// Takes the place of a connection, for the upgrade; false if the address has as many as it may.
    func enterConnection() -> Bool {
        let connection = self.table.take(.connection, by: self.block)
        self.connection = connection
        return !connection.isRefused
    }

    /// The place of the connection, for who takes the connection over.
    var connectionHold: AddressHold? { self.connection?.hold }

    /// It is one of the unfinished ones from now on.
    func entered(_ pending: PendingHandshakes, as number: UInt64) { self.entry = (pending, number) }

    /// From now on it makes way last.
    func becomeGuest() {
        self.isGuest = true
        if let entry = self.entry { entry.pending.becomesGuest(entry.number) }
    }

    /// Ends it, and gives its places back: its channel is closed, or another owner has the connection.
    func leave() {
        (self.isOver, self.place, self.connection) = (true, nil, nil)
        if let entry = self.entry { entry.pending.end(entry.number) }
        self.entry = nil
    }
}
