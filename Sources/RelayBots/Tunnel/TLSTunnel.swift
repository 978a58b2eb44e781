import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import RelayClient
import RelayClientTLS

/// Carries the players' connections to a relay that speaks TLS: each that comes to the tunnel's entrance on loopback goes on, encrypted.
///
/// The players stay what they are, batched on plain sockets; what encrypting costs is this process's, not the relay's. The way through
/// the tunnel is in every time that is measured.
final class TLSTunnel: Sendable {
    /// The port of the entrance, on 127.0.0.1.
    let entrance: UInt16
    /// Why a connection failed, and whether each will.
    typealias Problem = (text: String, isFinal: Bool)

    private let group: MultiThreadedEventLoopGroup
    private let lastProblem: NIOLockedValueBox<Problem?>

    /// - Throws: What NIO says of the file of authorities, or of the entrance.
    init(to relay: RelayURL, trust: TLSTrust) throws {
        let context = try trust.clientContext()
        let (group, problem) = (MultiThreadedEventLoopGroup(numberOfThreads: 1), NIOLockedValueBox<Problem?>(nil))
        (self.group, self.lastProblem) = (group, problem)
        let listener = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { inner in
                inner.eventLoop.makeCompletedFuture {
                    let (near, far) = TunnelEnd.pair { error in
                        guard let found = Self.problem(error) else { return }
                        problem.withLockedValue { $0 = found }
                    }
                    try inner.pipeline.syncOperations.addHandler(near)
                    Self.connect(far, on: inner.eventLoop, to: relay, context)
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        self.entrance = UInt16(listener.localAddress?.port ?? 0)
    }

    /// Why the last connection failed that did by itself; nil if none has.
    var problem: Problem? { self.lastProblem.withLockedValue { $0 } }

    private static func problem(_ error: any Error) -> Problem? {
        if let reason = RelayURL.tlsFailure(error) { return ("no encrypted connection: \(reason)", Self.isFinal(error)) }
        return error is NIOConnectionError ? ("nobody listens there", false) : nil
    }

    /// Whether it is about who the relay is, or what it speaks: not so a connection that ends in the handshake.
    private static func isFinal(_ error: any Error) -> Bool {
        if case NIOSSLError.handshakeFailed(.sslError) = error { return true }
        return error is NIOSSLExtraError
    }

    func close() { try? self.group.syncShutdownGracefully() }

    private static func connect(_ far: TunnelEnd, on loop: any EventLoop, to relay: RelayURL, _ context: NIOSSLContext) {
        let end = NIOLoopBound(far, eventLoop: loop)
        let connecting = ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { outer in
                outer.eventLoop.makeCompletedFuture {
                    try outer.pipeline.syncOperations.addHandlers([relay.tlsHandler(context), end.value])
                }
            }
            .connect(host: relay.host, port: Int(relay.port))
        connecting.whenComplete { result in
            if case .failure(let error) = result { end.value.fail(error) } else { end.value.begin() }
        }
    }
}
