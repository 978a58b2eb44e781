import Glibc

extension ServerConfiguration {
    /// What an operator has to write where `access` is not said and must be.
    static let accessRule =
        "must be said where others than this machine can connect: tickets (with ticketKeys), or open, and whoever reaches it plays"

    /// Whether `access` is open only by a word: unless every listener for players is on loopback, those too that were open already, and no
    /// proxy stands before them. A reload changes no listener, and what was said while others could connect must not be lost by it.
    static func mustSayAccess(_ reader: SettingReader, _ listen: Endpoint, _ sources: ConfigurationSources) -> Bool {
        let endpoints = [listen, Self.encryptedListener(reader)].compactMap { $0 }
        let inherited = [sources.inherited.players, sources.inherited.encrypted].compactMap { $0 }
        let isPrivate =
            endpoints.allSatisfy(\.isLoopback) && inherited.allSatisfy(Self.isLoopback) && reader.list(.proxies).isEmpty
        return !isPrivate || sources.running?.latest.mustSayAccess == true
    }

    /// Where TLS is spoken, whatever is wrong with certificate and key.
    static func encryptedListener(_ reader: SettingReader) -> Endpoint? { reader.text(of: .tlsListen).flatMap { Endpoint($0) } }

    private static func isLoopback(_ descriptor: Int32) -> Bool {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress,
                getsockname(descriptor, start.assumingMemoryBound(to: sockaddr.self), &length) == 0
            else { return false }
            switch Int32(start.assumingMemoryBound(to: sockaddr.self).pointee.sa_family) {
            case AF_INET:
                let host = start.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_addr
                return IPAddress(v4: UInt32(bigEndian: host.s_addr)).isLoopback
            case AF_INET6:
                let host = start.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_addr
                return withUnsafeBytes(of: host) { IPAddress(Array($0))?.isLoopback ?? false }
            default: return false
            }
        }
    }
}
