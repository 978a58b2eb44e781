/// An invariant that did not hold.
package struct SimulationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var seed: UInt64
    package var tick: UInt64
    package var what: String

    package var description: String { "seed \(self.seed), tick \(self.tick): \(self.what)" }
}

/// A mistake built into the simulated network or relay, to prove that the invariants can fail.
package enum Defect: String, Sendable, CaseIterable {
    /// A frame is counted as handed over and never sent.
    case frameDropped
    /// An uplink is applied a second time under a new number.
    case uplinkRenumbered
    /// A message that comes late on a fenced connection is taken as the new connection's.
    case fencingSkipped
    /// A byte of a frame is flipped on its way.
    case frameCorrupted
    /// The liveness clock runs while the relay is paused.
    case pauseCounted
    /// A private message goes to another seat.
    case privateMisdelivered
    /// Unread bytes are not reported.
    case unreadHidden
    /// A request without a connection is never answered.
    case requestForgotten
    /// Ticks are sent before they are committed.
    case commitLate
}
