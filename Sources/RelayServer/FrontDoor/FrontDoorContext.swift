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
    let common: CommonBounds
    /// Takes over encrypted connections; nil if the front door's are not.
    var links: TLSLinkServer?

    package init(
        settings: FrontDoorSettings, hosting: any RoomHosting, router: AdmissionRouter, policy: UpgradePolicy,
        now: @escaping @Sendable () -> UInt64, counters: FrontDoorCounters, logger: Logger,
        common: CommonBounds
    ) {
        (self.settings, self.hosting, self.router, self.policy) = (settings, hosting, router, policy)
        (self.now, self.counters, self.logger) = (now, counters, logger)
        self.common = common
    }

    var addresses: AddressTable { self.common.addresses }
    var guests: HeartbeatGuests { self.common.guests }
    var echoes: EchoGuests { self.common.echoes }

    /// Whether newcomers need a ticket.
    var asksForTickets: Bool { self.router.access.policy.asksForTickets }

    /// Counts a ticket that lets nobody in, and writes why: never what it says.
    func turnedAway(_ fault: TicketFault, _ address: ClientAddress, detail: String? = nil) {
        self.counters.count(fault)
        self.router.desk.log.write(fault, detail, peer: address.description, to: self.logger, at: .now())
    }

    /// How long a refused connection may take to read its refusal.
    var patience: TimeAmount { .milliseconds(Int64(self.settings.bounds.linger)) }

    /// Tells operators which address is at a limit, or which proxy makes no sense. Of each counter at most once in `seconds`: it has the rest.
    func tell(
        _ what: Logger.Message, _ address: ClientAddress, _ reason: FrontDoorCounters.Reason, every seconds: UInt64 = 1,
        detail: String? = nil
    ) {
        guard self.addresses.mayTell(of: reason, every: seconds, at: self.now()) else { return }
        var metadata: Logger.Metadata = ["peer": "\(address)", "counter": "\(reason.rawValue)"]
        metadata["detail"] = detail.map { "\($0)" }
        self.logger.notice(what, metadata: metadata)
    }

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
