import NIOConcurrencyHelpers
import NIOSSL
import RelayHosting
import Synchronization

/// What the relay proves itself with, replaced at a reload. Connections keep the pair with which they began.
package final class ServerIdentity: Sendable {
    private let pair: NIOLockedValueBox<IdentityPair>
    private let begun = Atomic<UInt64>(0)
    private let replaced = Atomic<UInt64>(0)

    package init(_ pair: IdentityPair) { self.pair = NIOLockedValueBox(pair) }

    /// For connections from now on.
    package func adopt(_ pair: IdentityPair) {
        let isAnother = self.pair.withLockedValue { old in
            defer { old = pair }
            return old != pair
        }
        if isAnother { self.replaced.add(1, ordering: .relaxed) }
    }

    /// For a connection that begins. Counts it.
    func beginHandshake() -> NIOSSLContext {
        self.begun.add(1, ordering: .relaxed)
        return self.pair.withLockedValue { $0.context }
    }

    /// What there is to say of it now. Callable from any thread.
    package var figures: RelayStatistics.TLS {
        RelayStatistics.TLS(
            certificateNotAfterSeconds: self.pair.withLockedValue { $0.validity.upperBound },
            certificatesReplaced: self.replaced.load(ordering: .relaxed), handshakesBegun: self.begun.load(ordering: .relaxed))
    }
}
