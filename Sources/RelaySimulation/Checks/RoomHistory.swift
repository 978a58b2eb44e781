import RelayCore

/// The room's state, in short, at each of its last ticks, and every event it ever logged.
struct RoomHistory {
    struct Moment {
        var tick = Tick.none
        var checksum: UInt32 = 0
        var roster: UInt64 = 0
        var host = SeatNumber.room
    }

    struct Event {
        var head: EventHead
        var value: Value
        /// Empty for a public one.
        var targets: [SeatNumber]
        /// False if the log forgot the event in the tick it came: then only its number is known.
        var isKnown: Bool

        func isVisible(to seat: SeatNumber) -> Bool {
            guard self.isKnown else { return false }
            switch self.head.audience {
            case .all: return true
            case .others: return self.head.sender != seat
            case .host, .seats: return self.targets.contains(seat)
            }
        }
    }

    /// Ticks remembered: more than any client can be behind.
    static let size = 1 << 14

    private var moments = [Moment](repeating: Moment(), count: size)
    /// The event with number n is at n − 1.
    private(set) var events: [Event] = []

    mutating func record(_ moment: Moment) { self.moments[Int(moment.tick.rawValue) & (Self.size - 1)] = moment }

    /// The room's state at a tick; nil if it did not run then.
    func moment(at tick: Tick) -> Moment? {
        let moment = self.moments[Int(tick.rawValue) & (Self.size - 1)]
        return moment.tick == tick ? moment : nil
    }

    mutating func append(_ event: Event) { self.events.append(event) }

    /// Position of the first event after a tick.
    func firstEvent(after tick: Tick) -> Int {
        var position = self.events.count
        while position > 0, self.events[position - 1].head.tick > tick { position -= 1 }
        return position
    }

    /// A hash of roster rows. Order matters: pass them by seat.
    static func hash(_ rows: some Sequence<RosterRow>) -> UInt64 {
        var digest = Digest()
        for row in rows {
            digest.mix(UInt64(row.seat.rawValue) << 16 | UInt64(row.state.rawValue) << 8 | UInt64(row.cause.rawValue))
            digest.mix(row.joined.rawValue)
        }
        return digest.value
    }
}
