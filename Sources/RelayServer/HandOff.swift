import CRelayLinux
import Glibc
import NIOCore

/// System calls on descriptors that NIO holds.
enum HandOff {
    /// A second descriptor of the channel's connection, non-blocking and close-on-exec; nil if there are none left or the
    /// channel has none to give.
    static func duplicate(_ channel: any Channel) -> Int32? {
        let duplicate = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            // Non-blocking is a property of the connection, not of the descriptor: the duplicate has it too.
            crelay_set_nonblocking($0) == 0 ? crelay_dup_cloexec($0) : -1
        }
        guard let duplicate, duplicate >= 0 else { return nil }
        return duplicate
    }

    /// Gives an inherited listener its backlog: NIO has just set it to 128, and a SYN over that is dropped and comes back a
    /// second later.
    static func listenAgain(_ listener: Int32, backlog: Int32) { _ = Glibc.listen(listener, backlog) }

    /// Address and port, for logs.
    static func describe(_ address: SocketAddress) -> String {
        Endpoint(host: address.ipAddress ?? "unknown", port: address.port ?? 0).description
    }
}
