import Logging
import NIOCore
import RelayArena

/// What the handlers of all connections share.
struct FrontDoorContext: Sendable {
    var settings: FrontDoorSettings
    var hosting: any RoomHosting
    var router: AdmissionRouter
    var policy: UpgradePolicy
    var now: @Sendable () -> UInt64
    var counters: FrontDoorCounters
    var logger: Logger

    /// How long refused connections may take to read why.
    var patience: TimeAmount { .milliseconds(Int64(self.settings.bounds.linger)) }
}

/// Tells the handlers to end what is not finished.
enum FrontDoorEvent: Sendable {
    /// The front door closes; come back after so many milliseconds.
    case draining(retryAfter: Int)
    /// This handshake made way for a newer one.
    case evicted
}
