import NIOCore
import NIOSSL
import RelayClient

extension TLSTrust {
    /// What a client's connections by TLS begin with.
    ///
    /// - Throws: ``NIOSSL/NIOSSLError`` if the authorities' file cannot be read or is none.
    package func clientContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        switch self {
        case .system: break
        case .authorities(let file): configuration.trustRoots = .file(file)
        case .anybody: configuration.certificateVerification = .none
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

extension RelayURL {
    /// Encrypts a connection to this relay: the first handler of its pipeline.
    package func tlsHandler(_ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        // An address has no name to ask for; the certificate has to hold the address itself.
        let isAddress = (try? SocketAddress(ipAddress: self.host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : self.host)
    }

    /// Why a connection by TLS failed, in a few words; nil if that was not TLS's fault: who is cut off may try again.
    package static func tlsFailure(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])), NIOSSLError.uncleanShutdown: nil
        case NIOSSLError.handshakeFailed(let reason): Self.name(of: reason)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: Self.name(of: error)
        default: nil
        }
    }

    /// BoringSSL's name of what went wrong, such as `CERTIFICATE_VERIFY_FAILED`, without its codes and the place in its source.
    private static func name(of error: any Error) -> String {
        let text = "\(error)"
        guard let library = text.firstRange(of: "OPENSSL_internal:") else { return text }
        return String(text[library.upperBound...].prefix { $0 != " " && $0 != "]" })
    }
}
