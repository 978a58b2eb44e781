import RelayWire

/// Plans when a player suffers its fault, and for how long. A pure function of its seed and of the windows it is given.
package struct FaultPlan: Sendable {
    /// The fault of one player.
    package enum Kind: Sendable {
        case none
        /// Stops reading and writing for a while.
        case stall
        /// Its connection breaks.
        case disconnect
        /// Its game is over: it leaves, and quick-joins again.
        case leave
    }

    let kind: Kind
    /// When the next fault begins; `.max` if none is planned. Nanoseconds.
    package private(set) var next: UInt64 = .max
    /// How long it lasts, if it is a stall. Nanoseconds.
    package private(set) var length: UInt64 = 0
    private var random: SplitMix64

    /// Minimum length of a stall. Nanoseconds.
    package static let shortestStall: UInt64 = .seconds(1)

    package init(kind: Kind, random: SplitMix64) { (self.kind, self.random) = (kind, random) }

    /// Plans the next fault within what is left of the run.
    ///
    /// - Parameters:
    ///   - window: Faults begin and end in it. Nanoseconds.
    ///   - drop: Length of a stall after which the relay closes the connection: stallAfter + graceWindow. Nanoseconds.
    package mutating func plan(in window: Range<UInt64>, drop: UInt64) {
        self.next = .max
        let room = window.upperBound - window.lowerBound
        switch self.kind {
        case .none: break
        case .disconnect, .leave:
            guard room > 0 else { return }
            self.next = window.lowerBound + self.random.below(min(room, .seconds(15)))
        case .stall:
            let beyond = drop + .milliseconds(200)...drop + .milliseconds(1700)
            guard room >= Self.shortestStall else { return }
            let isLong = self.random.below(3) == 0 && room >= beyond.upperBound
            let shorter = Self.shortestStall...max(Self.shortestStall, min(room, drop))
            self.length = self.random.within(isLong ? beyond : shorter)
            self.next = window.lowerBound + self.random.below(min(room - self.length, .seconds(15)) + 1)
        }
    }

    /// Assigns faults to `count` players: as many of each kind as the fractions say, chosen by the seed.
    package static func choose(
        count: Int, stall: Double, disconnect: Double, leave: Double = 0, random: inout SplitMix64
    ) -> [Kind] {
        let fractions: [(Kind, Double)] = [(.stall, stall), (.disconnect, disconnect), (.leave, leave)]
        var kinds: [Kind] = []
        for (kind, fraction) in fractions {
            let wanted = Int((Double(count) * fraction).rounded())
            kinds += Array(repeating: kind, count: min(count - kinds.count, wanted))
        }
        kinds += Array(repeating: .none, count: count - kinds.count)
        for index in stride(from: count - 1, to: 0, by: -1) {
            kinds.swapAt(index, Int(random.below(UInt64(index + 1))))
        }
        return kinds
    }
}
