/// How much a report says of seats. Rooms, counters and threads are in every report.
package enum StatisticsDetail: Sendable, Equatable {
    /// Every seat, each with a fresh sample of the kernel.
    case full
    /// Every seat of the named rooms; of the others only some of those that are not well, without asking the kernel.
    case overview(rooms: Set<String>)
    /// Every room, and no seat.
    case rooms

    /// Whether every seat of a room is wanted.
    package func wantsEverySeat(of room: String) -> Bool {
        switch self {
        case .full: true
        case .overview(let rooms): !rooms.isEmpty && rooms.contains(room)
        case .rooms: false
        }
    }

    /// Enough for both.
    package func union(_ other: StatisticsDetail) -> StatisticsDetail {
        switch (self, other) {
        case (.full, _), (_, .full): .full
        case (.rooms, let detail), (let detail, .rooms): detail
        case (.overview(let rooms), .overview(let others)): .overview(rooms: rooms.union(others))
        }
    }
}
