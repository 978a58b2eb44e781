/// An invariant that did not hold.
public struct SimulationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public var seed: UInt64
    public var tick: UInt64
    public var what: String

    public var description: String { "seed \(self.seed), tick \(self.tick): \(self.what)" }
}

/// A mistake built into the simulated shell, to prove that the invariants can fail.
public enum Defect: String, Sendable, CaseIterable {
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
    /// Ticks are sent before they are committed.
    case commitLate
}

/// The counts of one world, or the sums over many.
public struct Totals: Sendable, Equatable {
    public var worlds: UInt64 = 0
    public var ticks: UInt64 = 0
    public var settleTicks: UInt64 = 0
    public var framesApplied: UInt64 = 0
    public var differences: UInt64 = 0
    public var merged: UInt64 = 0
    public var snapshots: UInt64 = 0
    public var framesHeldBack: UInt64 = 0
    public var remainders: UInt64 = 0
    public var privateMessages: UInt64 = 0
    public var faults: UInt64 = 0
    public var joins: UInt64 = 0
    public var rejoins: UInt64 = 0
    public var stalls: UInt64 = 0
    public var revivals: UInt64 = 0
    public var drops: UInt64 = 0
    public var holdsExpired: UInt64 = 0
    public var gaps: UInt64 = 0
    public var resyncs: UInt64 = 0
    public var resyncsIgnored: UInt64 = 0
    public var uplinks: UInt64 = 0
    public var uplinksRepeated: UInt64 = 0
    public var operationsRefused: UInt64 = 0
    public var events: UInt64 = 0
    public var eventsDelivered: UInt64 = 0
    public var eventsForgotten: UInt64 = 0
    public var counterSteps: UInt64 = 0
    public var seatsLost: UInt64 = 0
    public var hostileCloses: UInt64 = 0
    public var rateLimited: UInt64 = 0
    public var contentsCompared: UInt64 = 0
    public var restarts: UInt64 = 0
    public var pongs: UInt64 = 0

    public init() {}

    private static let fields: [(String, WritableKeyPath<Totals, UInt64> & Sendable)] = [
        ("worlds", \.worlds), ("ticks", \.ticks), ("of them settling", \.settleTicks), ("frames applied", \.framesApplied),
        ("differences", \.differences), ("merged", \.merged), ("snapshots", \.snapshots), ("held back", \.framesHeldBack),
        ("remainders", \.remainders), ("private messages", \.privateMessages), ("faults", \.faults), ("joins", \.joins),
        ("rejoins", \.rejoins), ("stalls", \.stalls), ("revivals", \.revivals), ("drops (4021)", \.drops),
        ("holds expired", \.holdsExpired), ("gaps", \.gaps), ("resyncs", \.resyncs), ("resyncs ignored", \.resyncsIgnored),
        ("uplinks", \.uplinks), ("uplinks repeated", \.uplinksRepeated), ("operations refused", \.operationsRefused),
        ("events", \.events), ("events delivered", \.eventsDelivered), ("events forgotten", \.eventsForgotten),
        ("counter steps", \.counterSteps), ("seats lost", \.seatsLost), ("hostile closes", \.hostileCloses),
        ("rate limited", \.rateLimited), ("contents compared", \.contentsCompared),
        ("relay restarts", \.restarts), ("pongs", \.pongs),
    ]

    public mutating func add(_ other: Totals) {
        for (_, path) in Self.fields { self[keyPath: path] += other[keyPath: path] }
    }

    /// One line for each number that is not 0.
    public var lines: [String] {
        Self.fields.filter { self[keyPath: $0.1] > 0 }.map { "\($0.0): \(self[keyPath: $0.1])" }
    }
}
