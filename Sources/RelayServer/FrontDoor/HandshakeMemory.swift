import CRelayLinux
import NIOCore

/// Gives back what handshakes have taken.
///
/// Each allocates for a moment, between what lives as long as its player, so that the allocator keeps the holes: 1.6 KiB for each idle
/// player of 2,400 (`Tools/bench`). Confined to the front door's event loop.
package final class HandshakeMemory {
    /// Handshakes that are worth it, and the least time between two trims.
    package static let worthwhile = 64
    package static let pace = TimeAmount.seconds(2)

    private let trim: () -> Void
    private var handshakes = 0
    private var isDue = false

    package init(trim: @escaping () -> Void = { crelay_trim_memory() }) { self.trim = trim }

    /// A handshake has begun. A while after so many of them, memory is trimmed: most are over then.
    package func count(on loop: any EventLoop) {
        self.handshakes += 1
        guard self.handshakes >= Self.worthwhile, !self.isDue else { return }
        self.isDue = true
        loop.assumeIsolated().scheduleTask(in: Self.pace) {
            (self.handshakes, self.isDue) = (0, false)
            self.trim()
        }
    }
}
