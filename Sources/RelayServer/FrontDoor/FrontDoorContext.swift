import Logging
import NIOCore
import RelayHosting

/// Settings and services shared by the handlers of all connections.
package struct FrontDoorContext: Sendable {
    var settings: FrontDoorSettings
    var hosting: any RoomHosting
    var router: AdmissionRouter
    var policy: UpgradePolicy
    var now: @Sendable () -> UInt64
    var counters: FrontDoorCounters
    var logger: Logger
    let guests = HeartbeatGuests()

    package init(
        settings: FrontDoorSettings, hosting: any RoomHosting, router: AdmissionRouter, policy: UpgradePolicy,
        now: @escaping @Sendable () -> UInt64, counters: FrontDoorCounters, logger: Logger
    ) {
        (self.settings, self.hosting, self.router, self.policy) = (settings, hosting, router, policy)
        (self.now, self.counters, self.logger) = (now, counters, logger)
    }

    /// How long a refused connection may take to read its refusal.
    var patience: TimeAmount { .milliseconds(Int64(self.settings.bounds.linger)) }

    /// Answers requests that do not ask for a WebSocket.
    var site: PublicSite { PublicSite(playground: self.settings.playground) }
}

/// Tells the handlers to end an unfinished handshake.
enum FrontDoorEvent: Sendable {
    /// The front door closes. The client may come back after `retryAfter` milliseconds.
    case draining(retryAfter: Int)
    /// This handshake is closed for a newer one.
    case evicted
}
