import CRelayLinux
import Glibc
import RelayCore
import RelayTransport

/// A socket that the arena owns.
struct SocketTransport: Transport {
    let descriptor: Int32

    /// Takes a socket over and sets it up for the arena.
    ///
    /// - Parameter userTimeout: Milliseconds. Only a backstop: it also kills a living peer whose window is shut.
    init(_ descriptor: Int32, userTimeout: UInt32) {
        self.descriptor = descriptor
        _ = crelay_set_nonblocking(descriptor)
        _ = crelay_set_nodelay(descriptor, true)
        _ = crelay_set_notsent_lowat(descriptor, 4096)
        _ = crelay_set_user_timeout(descriptor, userTimeout)
        _ = crelay_enable_timestamps(descriptor)
    }

    /// A socket that will only be refused and closed.
    init(refusing descriptor: Int32) { self.descriptor = descriptor }

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

    func kernelSample() -> KernelSample? { KernelSample(ofSocket: self.descriptor) }

    func beginProbing() { Self.beginProbing(self.descriptor) }

    /// ``Transport/beginProbing()`` for any socket.
    static func beginProbing(_ descriptor: Int32) {
        _ = crelay_set_keepalive(descriptor, Int32(LagEvidence.probeInterval / 1_000_000))
    }

    func close(abruptly: Bool) {
        if abruptly { _ = crelay_set_linger0(self.descriptor) }
        _ = Glibc.close(self.descriptor)
    }

    func finish(with last: UnsafeRawBufferPointer) -> Bool {
        guard case .all = self.send(.empty, last) else { return false }
        _ = shutdown(self.descriptor, Int32(SHUT_WR))
        return true
    }
}

extension KernelSample {
    /// What the kernel says of a socket; nil if it is none of TCP.
    init?(ofSocket descriptor: Int32) {
        var info = crelay_tcp_info()
        guard crelay_tcp_info_get(descriptor, &info) == 0 else { return nil }
        self.init(
            rtt: UInt64(info.rtt_us), retransmissionTimeout: UInt64(info.rto_us),
            retransmits: UInt64(info.total_retrans_segments), unackedSegments: UInt64(info.unacked_segments),
            undeliveredBytes: UInt64(max(0, crelay_outq(descriptor))), notSentBytes: UInt64(info.notsent_bytes),
            sinceLastAck: UInt64(info.last_ack_recv_ms) * 1000, peerWindow: UInt64(info.snd_wnd_bytes),
            congestionWindow: UInt64(info.snd_cwnd_segments), takesBytes: crelay_is_writable(descriptor)
        )
    }
}
