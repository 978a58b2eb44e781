import NIOCore

/// Where a client is, as limits, log and statistics know it.
package enum ClientAddress: Hashable, Sendable, CustomStringConvertible {
    case internet(IPAddress, port: UInt16)
    /// A process of this machine, by a Unix socket.
    case local

    package init(_ address: SocketAddress) {
        switch address {
        case .v4(let v4):
            let bits = UInt32(bigEndian: v4.address.sin_addr.s_addr)
            self = .internet(IPAddress(v4: bits), port: UInt16(bigEndian: v4.address.sin_port))
        case .v6(let v6):
            let bytes = withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
            let address = IPAddress(bytes) ?? IPAddress(v4: 0)
            self = .internet(address, port: UInt16(bigEndian: v6.address.sin6_port))
        case .unixDomainSocket:
            self = .local
        }
    }

    /// Whether it is a process of this machine.
    package var isOnThisMachine: Bool {
        switch self {
        case .internet(let address, _): address.isLoopback
        case .local: true
        }
    }

    /// Nil for a Unix socket.
    package var ip: IPAddress? { if case .internet(let address, _) = self { address } else { nil } }

    /// What limits count it under; nil for this machine, which is exempt.
    package var block: AddressBlock? {
        guard case .internet(let address, _) = self, !address.isLoopback else { return nil }
        return AddressBlock(address)
    }

    /// Address and port: `192.0.2.1:4711`, `[2001:db8::1]:4711`, without a port that nobody knows; or `local`.
    package var description: String {
        switch self {
        case .internet(let address, 0): "\(address)"
        case .internet(let address, let port): address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        case .local: "local"
        }
    }
}
