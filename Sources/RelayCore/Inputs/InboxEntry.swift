import RelayWire

/// One input that waits for the tick.
package struct InboxEntry {
    /// What happened: a ``RoomInput`` with its bytes in the inbox, or what became of it.
    package enum Input {
        case join(Role, ConnectionID, ClientForm)
        case rejoin(RejoinRequest, ConnectionID, ClientForm)
        /// Bytes in ``Inbox/bytes``.
        case message(generation: UInt64, Range<Int>, exact: Bool)
        /// An uplink that was accepted: its operations are yet to be applied.
        case uplink(AcceptedUplink)
        case ponged(generation: UInt64, Tick, exact: Bool)
        case lost(generation: UInt64, ConnectionID)
        case leave(generation: UInt64)
        case kick(generation: UInt64)
        /// An operation in ``Inbox/bytes``.
        case request(number: UInt64, generation: UInt64, Range<Int>)
        case done
    }
    package var arrival: Instant
    /// 0 for joins and rejoins: they come before all seats at the same instant.
    package var seat: SeatNumber
    package var input: Input
}
