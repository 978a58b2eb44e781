/// A room's epochs: one for each process that has run it.
struct Epochs {
    /// An earlier epoch, which ended with the process that ran it.
    struct Past: Equatable {
        var epoch: UInt64
        /// The last tick committed in it: no client has a later one.
        var last: Tick
    }

    /// Maximum number of past epochs remembered. Clients of older ones get a snapshot.
    static let bound = 8

    var current: UInt64
    /// The newest last.
    var past: [Past] = []

    /// Whether the room has run a tick that a client names, in this epoch or one that it continues.
    func haveRun(epoch: UInt64, _ tick: Tick, before now: Tick) -> Bool {
        if epoch == self.current { return tick < now }
        return self.past.contains { $0.epoch == epoch && tick <= $0.last }
    }

    mutating func begin(_ epoch: UInt64, after last: Tick) {
        precondition((1...WireLimits.safeInteger).contains(epoch) && epoch != self.current)
        if self.past.count == Self.bound { self.past.removeFirst() }
        self.past.append(Past(epoch: self.current, last: last))
        self.current = epoch
    }
}
