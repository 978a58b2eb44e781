import RelayWire

/// Something that happened to a seat, for logs.
package struct RoomNote: Sendable, Equatable {
    /// What happened.
    package enum Kind: String, Sendable, CaseIterable {
        case joined, rejoined, behind, stalled, revived, dropped, late, broken, left, gone, host, refused, kicked

        /// Whether a connection has just got the seat.
        package var takesSeat: Bool { self == .joined || self == .rejoined }
    }
    package var kind: Kind
    package var seat: SeatNumber
    package var generation: UInt64
    package var tick: Tick
    package var cause: LagCause
    /// Tick of the oldest frame in flight, the evidence in notes about liveness; none if no frame is in flight.
    package var oldestUnacknowledged: Tick
    /// When that frame was handed to the kernel: monotonic.
    package var handedOver: Instant
    /// Nanoseconds on the liveness clock since then.
    package var acknowledgementAge: UInt64
    /// What the cause was judged by; nil in notes that are no verdict.
    package var evidence: LagEvidence?
    /// Who has the seat, if a ticket said so.
    package var identity: PlayerIdentity?
}
