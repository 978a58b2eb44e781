/// The counts of one world, or the sums over many.
package struct Totals: Sendable, Equatable {
    package var worlds: UInt64 = 0
    package var ticks: UInt64 = 0
    package var settleTicks: UInt64 = 0
    package var framesApplied: UInt64 = 0
    package var differences: UInt64 = 0
    package var merged: UInt64 = 0
    package var snapshots: UInt64 = 0
    package var framesHeldBack: UInt64 = 0
    package var remainders: UInt64 = 0
    package var privateMessages: UInt64 = 0
    package var faults: UInt64 = 0
    package var joins: UInt64 = 0
    package var rejoins: UInt64 = 0
    package var stalls: UInt64 = 0
    package var revivals: UInt64 = 0
    package var drops: UInt64 = 0
    package var holdsExpired: UInt64 = 0
    package var gaps: UInt64 = 0
    package var resyncs: UInt64 = 0
    package var resyncsIgnored: UInt64 = 0
    package var uplinks: UInt64 = 0
    package var uplinksRepeated: UInt64 = 0
    package var operationsRefused: UInt64 = 0
    package var events: UInt64 = 0
    package var eventsDelivered: UInt64 = 0
    package var eventsForgotten: UInt64 = 0
    package var counterSteps: UInt64 = 0
    package var seatsLost: UInt64 = 0
    package var hostileCloses: UInt64 = 0
    package var rateLimited: UInt64 = 0
    package var contentsCompared: UInt64 = 0
    package var restarts: UInt64 = 0
    package var pongs: UInt64 = 0
    package var hides: UInt64 = 0
    package var hiddenStalls: UInt64 = 0
    /// Asked for without a connection, and done.
    package var requests: UInt64 = 0

    package init() {}

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
        ("relay restarts", \.restarts), ("pongs", \.pongs), ("hides", \.hides), ("stalls of hidden", \.hiddenStalls),
        ("requests", \.requests),
    ]

    package mutating func add(_ other: Totals) {
        for (_, path) in Self.fields { self[keyPath: path] += other[keyPath: path] }
    }

    /// One line for each number that is not 0.
    package var lines: [String] {
        Self.fields.filter { self[keyPath: $0.1] > 0 }.map { "\($0.0): \(self[keyPath: $0.1])" }
    }
}
