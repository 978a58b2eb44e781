import CRelayLinux
import Glibc
import RelayCore
import RelayHosting
import RelayTransport
import RelayWire

/// The arena's end of an encrypted connection, and the duplicate of its descriptor, which the kernel's figures come from.
package final class LinkTransport: Transport {
    package let link: EncryptedLink
    private let bell: LinkBell

    /// - Parameter userTimeout: Milliseconds. Only a backstop, as for any socket of ours.
    package init(_ link: EncryptedLink, userTimeout: UInt32, bell: LinkBell) {
        (self.link, self.bell) = (link, bell)
        _ = crelay_set_nodelay(link.descriptor, true)
        _ = crelay_set_notsent_lowat(link.descriptor, 4096)
        _ = crelay_set_user_timeout(link.descriptor, userTimeout)
    }

    /// A link that will only be refused and closed.
    package init(refusing link: EncryptedLink, bell: LinkBell) { (self.link, self.bell) = (link, bell) }

    package func receive(into buffer: UnsafeMutableRawBufferPointer) -> Received {
        guard self.link.canBeRead else { return .nothing }
        let (reading, resumes) = self.link.receive(into: buffer)
        if resumes { self.bell.list(self.link) }
        switch reading {
        case .bytes(let count, let stamp): return .bytes(count, stamp: stamp)
        case .nothing: return .nothing
        case .ended: return .ended
        }
    }

    package func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Sent {
        guard self.link.offer(first, second) else { return .failed }
        self.bell.list(self.link)
        return .underway
    }

    package func sendControl(_ bytes: UnsafeRawBufferPointer) -> Sent {
        guard self.link.offer(control: bytes) else { return .some(0) }
        self.bell.list(self.link)
        return .all
    }

    package func flush() -> Flushed {
        switch self.link.frameOutcome {
        case .underway: .underway
        case .passedOn(let at): .all(at: Instant(nanoseconds: at))
        case .broken: .failed
        }
    }

    package func kernelSample() -> KernelSample? {
        guard var sample = KernelSample(ofSocket: self.link.descriptor) else { return nil }
        sample.undeliveredBytes = self.link.undelivered(cipherBytes: sample.undeliveredBytes)
        return sample
    }

    /// The server's and the duplicate.
    package var descriptors: Int { Admission.Carrier.encrypted(self.link).descriptors }

    package func beginProbing() { SocketTransport.beginProbing(self.link.descriptor) }

    package func finish(with last: UnsafeRawBufferPointer) -> Bool {
        guard self.link.end(.finish, saying: last) else { return false }
        self.bell.list(self.link)
        return true
    }

    package func close(abruptly: Bool) {
        if abruptly { _ = crelay_set_linger0(self.link.descriptor) }
        _ = self.link.end(.close(abruptly: abruptly))
        self.bell.list(self.link)
        // The connection itself is the server's, and stays open until that has closed it.
        _ = Glibc.close(self.link.descriptor)
    }
}
