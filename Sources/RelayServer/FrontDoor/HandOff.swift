import CRelayLinux
import Glibc
import NIOCore
import NIOPosix

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

    static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

    /// Opens an inherited listener. Also returns the connections in its accept queue, which came while no relay ran.
    ///
    /// NIO sets the backlog to 128 first; while more than that wait, the kernel drops every SYN, which comes back a second
    /// later. So the queue is emptied before NIO gets the listener, and the backlog is set again right after.
    static func open(
        _ bootstrap: ServerBootstrap, on listener: Int32, backlog: Int32
    ) -> (waiting: [Int32], opened: EventLoopFuture<any Channel>) {
        let waiting = self.acceptAll(from: listener, maximum: Int(backlog))
        let opened = bootstrap.withBoundSocket(listener)
        _ = Glibc.listen(listener, backlog)
        return (waiting, opened)
    }

    private static func acceptAll(from listener: Int32, maximum: Int) -> [Int32] {
        guard crelay_set_nonblocking(listener) == 0 else { return [] }
        var accepted: [Int32] = []
        while accepted.count < maximum {
            let descriptor = accept(listener, nil, nil)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                accepted.append(descriptor)
            } else if errno != EINTR, errno != ECONNABORTED {
                break  // the queue is empty, or NIO will meet and report the error
            }
        }
        return accepted
    }
}
