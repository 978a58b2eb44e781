import CRelayLinux
import NIOCore

/// Gives back what handshakes have taken.
///
/// Each allocates for a moment, between what lives as long as its player, so that the allocator keeps the holes: 1.6 KiB for each idle
/// player of 2,400 (`Tools/bench`). Confined to the front door's event loop.
package final class HandshakeMemory {
    /// Handshakes that are worth it, and the time in which fewer than that must come: what the last ones took is free by then.
    package static let worthwhile = 64
    package static let pace = TimeAmount.seconds(2)

    private let trim: () -> Void
    private var handshakes = 0
    private var isDue = false

    package init(trim: @escaping () -> Void = { crelay_trim_memory() }) { self.trim = trim }

    /// A handshake has begun. When a crowd of them has been, memory is trimmed.
    package func count(on loop: any EventLoop) {
        self.handshakes += 1
        guard self.handshakes >= Self.worthwhile, !self.isDue else { return }
        self.isDue = true
        self.wait(on: loop)
    }

    private func wait(on loop: any EventLoop) {
        let before = self.handshakes
        loop.assumeIsolated().scheduleTask(in: Self.pace) {
            guard self.handshakes - before < Self.worthwhile else { return self.wait(on: loop) }
            (self.handshakes, self.isDue) = (0, false)
            self.trim()
        }
    }
}
