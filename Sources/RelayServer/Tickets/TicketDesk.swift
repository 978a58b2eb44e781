import Synchronization

/// Looks at tickets, one at a time and not on the front door's event loop: a flood of them takes one core at most, and holds up no
/// handshake of those who return by token. One for all listeners.
package actor TicketDesk {
    /// Tickets that may wait, the one that is looked at included. Over it newcomers are told to come again.
    private let maximumWaiting: Int
    private nonisolated let waiting = Atomic<Int>(0)
    /// What became of tickets that let nobody in.
    nonisolated let log = TicketLog()

    package init(maximumWaiting: Int = 256) { self.maximumWaiting = maximumWaiting }

    /// - Returns: Nil if too many wait already.
    package nonisolated func verify(
        _ ticket: [UInt8], by policy: TicketPolicy, at now: Int64
    ) async -> Result<Ticket, RefusedTicket>? {
        let place = self.waiting.add(1, ordering: .relaxed).newValue
        defer { self.waiting.subtract(1, ordering: .relaxed) }
        return place <= self.maximumWaiting ? await self.look(ticket, policy, now) : nil
    }

    private func look(_ ticket: [UInt8], _ policy: TicketPolicy, _ now: Int64) -> Result<Ticket, RefusedTicket> {
        Result { () throws(RefusedTicket) in try policy.verify(ticket, at: now) }
    }
}
