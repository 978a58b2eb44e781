import NIOConcurrencyHelpers
import NIOSSL

/// What the relay proves itself with, replaced at a reload. Connections keep the pair with which they began.
package final class ServerIdentity: Sendable {
    private let pair: NIOLockedValueBox<IdentityPair>

    package init(_ pair: IdentityPair) { self.pair = NIOLockedValueBox(pair) }

    /// For connections from now on.
    package func adopt(_ pair: IdentityPair) { self.pair.withLockedValue { $0 = pair } }

    /// For a connection that begins.
    var context: NIOSSLContext { self.pair.withLockedValue { $0.context } }
}
