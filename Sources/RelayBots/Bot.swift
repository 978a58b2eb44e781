import RelayClient
import RelayWire

/// Players of one room.
final class BotRoom {
    let name: String
    /// Players; clients that never read are not among them.
    var bots: [Bot] = []
    /// Whether everybody was found to agree, after the writes had stopped.
    var isSettled = false

    init(name: String) { self.name = name }
}

/// Where a player's state is. Memory at a fixed address instead of an object: a turn then counts no references and checks no
/// exclusive access, which at hundreds of thousands of turns a second is a good part of the cost.
typealias Bot = UnsafeMutablePointer<BotState>

/// One headless player: a session, its socket, and what it knows of the others. Touched by the loop's thread only, lives as
/// long as the loop.
struct BotState: ~Copyable {
    /// How far the connection is.
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
    /// The session's clock never goes back, though arrivals are older than now.
    var lastInput: UInt64 = 0
    /// Whether it has a welcome on the connection that is open, and is read in its phase.
    var isIn = false
    var hasJoined = false
    /// Its slots are those of this phase, once it has joined.
    var phase: UInt64 = 0
    /// The first slot after it took the seat that it has, or had last.
    var seatedAt: UInt64 = 0
    /// Whether it is among those that the loop tends between slots.
    var isTended = false

    // What it writes.
    var walk: Walk
    var payload: PayloadWriter?
    /// Number of its newest write: ``SlotSchedule/write(at:)``.
    var sequence: UInt64 = 0
    /// Which write each uplink carried.
    var uplinkWrites = RecentNumbers()
    var newestUplink: UInt64 = 0
    var eventNumber: Int64 = 0
    var nextEventAt: UInt64 = 0
    /// Its entity; nil until it has a seat.
    var entity: EntityID?

    // What it suffers.
    var faults: FaultPlan
    /// When a stall or the next fault is due; `.max` if nothing is.
    var faultDue: UInt64 = .max
    var isStalled = false
    /// Whether it was in its seat when the run was judged.
    var wasInAtEnd = false
    /// Since when it has been without a planned fault; `.max` while it suffers one. A connection that ends by itself is no
    /// planned fault: what that costs is the relay's.
    var cleanSince: UInt64 = 0
    /// When its connection ended, planned or not, until the next frame.
    var endedAt: UInt64?

    var watch: Watch
    /// Of clients that stop reading: what they go on writing.
    var mute: MuteWriter?
    let neverReads: Bool

    init(index: Int, room: BotRoom, place: Int, options: BotOptions, fault: FaultPlan.Kind, neverReads: Bool = false) {
        var random = SplitMix64(seed: options.seed, stream: UInt64(index))
        (self.index, self.room, self.place, self.neverReads) = (index, room, place, neverReads)
        self.session = ClientSession(room: room.name, seed: random.next())
        self.faults = FaultPlan(kind: fault, random: SplitMix64(seed: random.next()))
        self.walk = Walk(&random)
        self.payload = options.payload.map { PayloadWriter(count: $0, &random) }
        self.watch = neverReads ? .nobody : Watch(place: place, players: options.players, room: index / options.players)
        self.random = random
        self.turnsUnread = UInt64(index % 5)  // so that not all read in the same tick
        self.out.reserveCapacity(1024)
    }

    /// In messages: which bot of which room.
    var name: String { "\(self.room.name) #\(self.place)" }
}

/// What one player keeps in order to judge what it sees of the others.
struct Watch {
    /// One of so many players of a room is a listener; in a room of no more than ``mostPeers`` everybody is. Which one differs
    /// from room to room, so that no place is beyond notice.
    static let share = 8
    /// A listener watches the writes of so many others, the next ones in the room: a bounded part of its turn. Always the same
    /// ones, so that the first sight of a write is not missed. What everybody sees of everybody is compared by checksum at
    /// beats, and field by field at the end.
    static let mostPeers = 4

    /// Whether it reads at every tick; the others read a few ticks in one go, which costs as many system calls less.
    let isListener: Bool
    /// Places of those whose writes are watched, and the newest sequence number seen of each.
    let peers: [Int]
    var seen: [UInt64]
    var sequenceName: NameIndex?
    /// Of the message being handled.
    var read = FrameArrivals.Read(stamp: 0, isExact: false, previous: 0)
    var isBeat = false
    var confirmed: UInt64?
    /// Of a listener.
    var arrivals = FrameArrivals()
    /// The last beat since the writes stopped: its tick, and the checksum of the replica as we compute it.
    var beat: (tick: Tick, digest: UInt32)?
    /// Of each seat the number of its last event, and whether some may have been lost since.
    var events: [(last: Int64, mayJump: Bool, joined: Tick)] = []

    init(place: Int, players: Int, room: Int = 0) {
        let isListener = players <= Self.mostPeers || (place + room) % min(players, Self.share) == 0
        let others = isListener ? 1..<max(1, players) : 1..<1
        self.init(peers: others.prefix(Self.mostPeers).map { (place + $0) % players }, isListener: isListener)
    }

    private init(peers: [Int], isListener: Bool) {
        (self.peers, self.isListener) = (peers, isListener)
        self.seen = Array(repeating: 0, count: peers.count)
    }

    /// Of those who do not read.
    static var nobody: Watch { Watch(peers: [], isListener: false) }

    /// Another seat in maybe another room instance: nothing is known.
    mutating func reset() {
        for index in self.seen.indices { self.seen[index] = 0 }
        self.sequenceName = nil
        self.arrivals.forgetTick()
        self.events.removeAll()
    }

    /// The relay says that events may be missing.
    mutating func noteGap() { for index in self.events.indices { self.events[index].mayJump = true } }

    /// What an event's number tells.
    enum EventVerdict { case good, twice, lost }

    mutating func judge(_ number: Int64, from seat: SeatNumber, joined: Tick) -> EventVerdict {
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
    func lastEvent(of seat: SeatNumber) -> Int64? {
        let index = Int(seat.rawValue)
        guard index < self.events.count, !self.events[index].mayJump else { return nil }
        return self.events[index].last
    }
}
