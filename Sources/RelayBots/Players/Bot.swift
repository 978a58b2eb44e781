import RelayClient
import RelayWire

/// One room of the run, with its players.
final class BotRoom {
    let name: String
    /// Players; clients that never read are not among them.
    var bots: [Bot] = []
    /// Whether all its replicas agreed after the writes had stopped.
    var isSettled = false

    init(name: String) { self.name = name }
}

/// A player's state, at a fixed address. It is no object: a turn then counts no references and checks no exclusive access, which
/// would be a good part of the cost at hundreds of thousands of turns a second.
typealias Bot = UnsafeMutablePointer<BotState>

/// One headless player: a session, its socket, and what it knows of the others. Touched by the loop's thread only, lives as
/// long as the loop.
struct BotState: ~Copyable {
    /// The state of the connection.
    enum Link {
        case none
        case connecting
        case upgrading
        /// A WebSocket.
        case open
    }

    let index: Int
    unowned(unsafe) let room: BotRoom
    /// Its place among the players of its room.
    let place: Int
    var random: SplitMix64
    var session: ClientSession

    // The connection.
    var link = Link.none
    var descriptor: Int32 = -1
    var upgrade: UpgradeClient?
    var decoder = WebSocketDecoder(role: .client, maximumMessageBytes: WireLimits.serverMessageBytes)
    /// Masked frames on their way out; the first `sentBytes` are gone.
    var out: [UInt8] = []
    var sentBytes = 0
    /// When it was read last; what is read next arrived after that. Nanoseconds.
    var lastRead: UInt64 = 0
    /// Turns since it read.
    var turnsUnread: UInt64 = 0
    /// Time of the session's newest input. The session's clock never goes back, though arrivals are older than now. Nanoseconds.
    var lastInput: UInt64 = 0
    /// Whether it has a welcome on the connection that is open, and is read in its phase.
    var isIn = false
    var hasJoined = false
    /// The phase of its slots, once it has joined.
    var phase: UInt64 = 0
    /// The first slot after it took its present, or last, seat.
    var seatedAt: UInt64 = 0
    /// Whether it is in ``BotLoop/tended``.
    var isTended = false

    // Its writes.
    var walk: Walk
    var payload: PayloadWriter?
    /// Number of its newest write: ``SlotSchedule/write(at:)``.
    var sequence: UInt64 = 0
    /// The number of the write that each uplink carried.
    var uplinkWrites = RecentNumbers()
    var newestUplink: UInt64 = 0
    var eventNumber: Int64 = 0
    var nextEventAt: UInt64 = 0
    /// Its entity; nil until it has a seat.
    var entity: EntityID?

    // Its faults.
    var faults: FaultPlan
    /// When a stall or the next fault is due; `.max` if nothing is.
    var faultDue: UInt64 = .max
    var isStalled = false
    /// Whether it was in its seat when the run was judged.
    var wasInAtEnd = false
    /// When the first frame after its last planned fault came; 0 if it had none, `.max` during one. Nanoseconds. A connection
    /// that ends by itself is no planned fault: the relay has to answer for its cost.
    var cleanSince: UInt64 = 0
    /// When its connection ended, planned or not, until the next frame.
    var endedAt: UInt64?

    var watch: Watch
    /// Writes the uplinks of a client that has stopped reading; nil for all others.
    var mute: MuteWriter?
    let neverReads: Bool

    init(index: Int, room: BotRoom, place: Int, options: BotOptions, fault: FaultPlan.Kind, neverReads: Bool = false) {
        var random = SplitMix64(seed: options.seed, stream: UInt64(index))
        (self.index, self.room, self.place, self.neverReads) = (index, room, place, neverReads)
        var session = SessionOptions()
        session.relay = options.url
        self.session = ClientSession(room: room.name, options: session, seed: random.next())
        self.faults = FaultPlan(kind: fault, random: SplitMix64(seed: random.next()))
        self.walk = Walk(&random)
        self.payload = options.payload.map { PayloadWriter(count: $0, &random) }
        self.watch = neverReads ? .nobody : Watch(place: place, players: options.players, room: index / options.players)
        self.random = random
        self.turnsUnread = UInt64(index % 5)  // so that not all read in the same tick
        self.out.reserveCapacity(1024)
    }

    /// Room and place, for messages.
    var name: String { "\(self.room.name) #\(self.place)" }
}

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

    /// The relay said that events may be missing: the next number of each seat may jump.
    package mutating func noteGap() { for index in self.events.indices { self.events[index].mayJump = true } }

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
