import RelayWire

/// One player's record of the others, by which it judges what it sees.
package struct Watch {
    /// One in `share` players of a room is a listener; in a room of at most ``maximumPeers`` everybody is. Its place differs from
    /// room to room, so that a relay that neglects a place is noticed.
    package static let share = 8
    /// Maximum number of others whose writes a listener watches, the next ones in the room: it bounds the cost of a turn. They
    /// stay the same, so that the first sight of a write is not missed. Whole replicas are compared by checksum at heartbeats,
    /// and field by field at the end.
    package static let maximumPeers = 4

    /// Whether it reads at every tick; the others read several ticks at once, which saves system calls.
    package let isListener: Bool
    /// Places of the players whose writes are watched, and the newest sequence number seen of each.
    package let peers: [Int]
    var seen: [UInt64]
    var sequenceName: NameIndex?
    /// The read, the heartbeat flag and the confirmed uplink of the message being handled.
    var read = FrameArrivals.Read(stamp: 0, isExact: false, previous: 0)
    var isHeartbeat = false
    var confirmed: UInt64?
    /// Arrivals of frames; kept for a listener only.
    var arrivals = FrameArrivals()
    /// The last heartbeat since the writes stopped: its tick, and the checksum of the replica as we compute it.
    var heartbeat: (tick: Tick, digest: UInt32)?
    /// By seat: the number of its last event, and whether some may have been lost since.
    var events: [(last: Int64, mayJump: Bool, joined: Tick)] = []

    package init(place: Int, players: Int, room: Int = 0) {
        let isListener = players <= Self.maximumPeers || (place + room) % min(players, Self.share) == 0
        let others = isListener ? 1..<max(1, players) : 1..<1
        self.init(peers: others.prefix(Self.maximumPeers).map { (place + $0) % players }, isListener: isListener)
    }

    private init(peers: [Int], isListener: Bool) {
        (self.peers, self.isListener) = (peers, isListener)
        self.seen = Array(repeating: 0, count: peers.count)
    }

    /// For clients that never read.
    static var nobody: Watch { Watch(peers: [], isListener: false) }

    /// Forgets the others: the player has a new seat, maybe in another room instance.
    mutating func reset() {
        for index in self.seen.indices { self.seen[index] = 0 }
        self.sequenceName = nil
        self.arrivals.forgetTick()
        self.events.removeAll()
    }

    /// Somebody else has this place now, whose writes have not been seen.
    mutating func forget(place: Int) {
        for index in self.peers.indices where self.peers[index] == place { self.seen[index] = 0 }
    }

    /// The relay said that events may be missing: the next number of each seat may jump.
    package mutating func expectGap() { for index in self.events.indices { self.events[index].mayJump = true } }

    /// The verdict on an event's number.
    package enum EventVerdict { case good, twice, lost }

    package mutating func judge(_ number: Int64, from seat: SeatNumber, joined: Tick) -> EventVerdict {
        let index = Int(seat.rawValue)
        while self.events.count <= index { self.events.append((0, true, .none)) }
        let known = self.events[index]
        self.events[index] = (max(number, known.last), false, joined)
        if known.joined != joined, known.joined != .none {
            self.events[index].last = number  // another occupant of the seat
            return .good
        }
        if number <= known.last { return .twice }
        return known.mayJump || number == known.last + 1 ? .good : .lost
    }

    /// The number of a seat's last event; nil if none was seen or some may have been lost.
    package func lastEvent(of seat: SeatNumber) -> Int64? {
        let index = Int(seat.rawValue)
        guard index < self.events.count, !self.events[index].mayJump else { return nil }
        return self.events[index].last
    }
}
