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

/// Identifies an event by client and sequence number; carried in the event's value.
struct EventIdentity: Equatable {
    /// The session, from 1.
    var author: Int
    /// From 1; public and private events are counted separately.
    var sequence: UInt64

    /// The identity as a value. `padding`: bytes added to fill the room's event log sooner.
    func value(padding: Int) -> Value {
        let word = UInt64(self.author) << 32 | self.sequence
        guard padding > 0 else { return .integer(Int64(bitPattern: word)) }
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
        bytes.append(contentsOf: repeatElement(0x55, count: padding))
        return .bytes(bytes)
    }

    init(author: Int, sequence: UInt64) { (self.author, self.sequence) = (author, sequence) }

    /// Nil if no honest client can have written the value.
    init?(_ value: Value) {
        let word: UInt64
        switch value {
        case .integer(let number): word = UInt64(bitPattern: number)
        case .bytes(let bytes) where bytes.count > 8:
            word = bytes[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        case .null, .bool, .float, .quantised, .string, .bytes: return nil
        }
        guard word >> 32 > 0, word >> 32 < 1 << 24 else { return nil }
        self.init(author: Int(word >> 32), sequence: word & 0xFFFF_FFFF)
    }
}
