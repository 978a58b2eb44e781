import CRelayLinux
import NIOCore

/// The two system calls of the hand-off.
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

    /// Address and port, for logs.
    static func describe(_ address: SocketAddress) -> String {
        Endpoint(host: address.ipAddress ?? "unknown", port: address.port ?? 0).description
    }
}
