import RelayWire

/// What the hellos of players who look for a room came to.
package struct QuickJoins: Sendable {
    /// From the hello to the welcome.
    package private(set) var durations = DurationHistogram()
    /// How often a hello was refused, by the close code's name.
    package private(set) var refusals: [String: Int] = [:]
    /// How many players each room had when the run was judged, in ascending order.
    package private(set) var playersPerRoom: [Int] = []

    package init() {}

    package mutating func welcomed(afterNanoseconds duration: UInt64) { self.durations.record(nanoseconds: duration) }

    /// - Parameter code: Nil if the connection ended without one.
    package mutating func refused(_ code: UInt16?) {
        let name = code.map { CloseCode(rawValue: $0)?.name ?? "\($0)" } ?? "connectionLost"
        self.refusals[name, default: 0] += 1
    }

    /// Rooms without players do not count.
    package mutating func found(playersPerRoom: [Int]) { self.playersPerRoom = playersPerRoom.filter { $0 > 0 }.sorted() }
}
