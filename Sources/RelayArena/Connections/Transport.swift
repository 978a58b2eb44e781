import CRelayLinux
import Glibc
import RelayCore

/// Carries a connection's bytes. A plain descriptor for now; a TLS connection will be one end of a socket pair, whose kernel
/// sample comes from the real descriptor.
struct Transport {
    let descriptor: Int32

    /// The result of one read.
    enum Received {
        case bytes(Int, stamp: Int64)
        case nothing
        case ended
    }

    /// The result of one write.
    enum Sent {
        case all
        case some(Int)
        case failed
    }

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Prepares a socket for the arena.
    ///
    /// - Parameter userTimeout: Milliseconds. Only a backstop: it also kills a living peer whose window is shut.
    func prepare(userTimeout: UInt32) {
        _ = crelay_set_nonblocking(self.descriptor)
        _ = crelay_set_nodelay(self.descriptor, true)
        _ = crelay_set_notsent_lowat(self.descriptor, 4096)
        _ = crelay_set_user_timeout(self.descriptor, userTimeout)
        _ = crelay_enable_timestamps(self.descriptor)
    }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        guard let start = buffer.baseAddress else { return .nothing }
        var stamp: Int64 = 0
        let count = crelay_receive(self.descriptor, start, buffer.count, &stamp)
        if count > 0 { return .bytes(count, stamp: stamp) }
        return count == -Int(EAGAIN) ? .nothing : .ended
    }

    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Sent {
        let count =
            first.isEmpty
            ? second.baseAddress.map { crelay_send(self.descriptor, $0, second.count) } ?? 0
            : crelay_send2(self.descriptor, first.baseAddress, first.count, second.baseAddress, second.count)
        if count == first.count + second.count { return .all }
        if count >= 0 { return .some(count) }
        return count == -Int(EAGAIN) ? .some(0) : .failed
    }

    func kernelSample() -> KernelSample? {
        var info = crelay_tcp_info()
        guard crelay_tcp_info_get(self.descriptor, &info) == 0 else { return nil }
        return KernelSample(
            rtt: UInt64(info.rtt_us), minimumRTT: UInt64(info.min_rtt_us), retransmits: UInt64(info.total_retrans_segments),
            unackedSegments: UInt64(info.unacked_segments), notSentBytes: UInt64(info.notsent_bytes),
            sinceLastAck: UInt64(info.last_ack_recv_ms) * 1000, peerWindow: UInt64(info.snd_wnd_bytes),
            congestionWindow: UInt64(info.snd_cwnd_segments)
        )
    }

    /// Closes the descriptor; abruptly, by a reset that drops unsent bytes.
    func close(abruptly: Bool) {
        if abruptly { _ = crelay_set_linger0(self.descriptor) }
        _ = Glibc.close(self.descriptor)
    }

    /// No more bytes from us; the peer's may still come.
    func finishSending() { _ = shutdown(self.descriptor, Int32(SHUT_WR)) }
}
