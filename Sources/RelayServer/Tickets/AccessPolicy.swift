import Synchronization

/// Who gets a seat.
package enum AccessPolicy: Sendable, Equatable {
    /// Everybody. Tickets are not looked at.
    case open
    /// Holders of a ticket that this policy accepts.
    case tickets(TicketPolicy)

    var asksForTickets: Bool { self != .open }
}

/// The policy in force, for all listeners. It is read when a hello is judged: a connection that has waited since before a reload comes under
/// the new one.
package final class CurrentAccess: Sendable {
    private let current: Mutex<AccessPolicy>

    package init(_ policy: AccessPolicy) { self.current = Mutex(policy) }

    package var policy: AccessPolicy { self.current.withLock { $0 } }

    package func adopt(_ policy: AccessPolicy) { self.current.withLock { $0 = policy } }
}
