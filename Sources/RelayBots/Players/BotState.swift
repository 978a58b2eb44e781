import RelayClient
import RelayWire

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
    /// With the lobby: ``BotLoop/lobby`` while it has none.
    unowned(unsafe) var room: BotRoom
    /// Its place among the players of its room.
    var place: Int
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
    /// Whether the relay has ended its session for good.
    var isOver = false
    /// The phase of its slots, once it has joined.
    var phase: UInt64 = 0
    /// When it asked for a room by the lobby, until the answer. Nanoseconds.
    var helloAt: UInt64?
    /// Whether it has ended its game, and has no session for the next one yet.
    var isBetweenGames = false
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
    /// Its latest fault, and when that was over; `.max` while it is not.
    var injection = Injection.none
    var injectionOver: UInt64 = 0
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
    /// The relay has dropped it for that: it has come back to hear why, and reads from now on.
    var isCured = false
    let neverReads: Bool

    init(index: Int, room: BotRoom, place: Int, options: BotOptions, fault: FaultPlan.Kind, neverReads: Bool = false) {
        var random = SplitMix64(seed: options.seed, stream: UInt64(index))
        (self.index, self.room, self.place, self.neverReads) = (index, room, place, neverReads)
        var session = SessionOptions()
        (session.relay, session.lobby) = (options.url, options.lobbyPart)
        // Which room it will be nobody knows.
        session.ticket = options.lobby ? options.ticket?("*", index) : options.ticket?(room.name, place)
        self.session = ClientSession(room: options.lobby ? "" : room.name, options: session, seed: random.next())
        self.faults = FaultPlan(kind: fault, random: SplitMix64(seed: random.next()))
        self.walk = Walk(&random)
        self.payload = options.payload.map { PayloadWriter(count: $0, &random) }
        let isPlaced = !neverReads && !options.lobby
        self.watch = isPlaced ? Watch(place: place, players: options.players, room: index / options.players) : .nobody
        self.random = random
        self.turnsUnread = UInt64(index % 5)  // so that not all read in the same tick
        self.out.reserveCapacity(1024)
    }

    /// Begins another game, with what has been asked for in the one before.
    mutating func startSession() {
        let options = self.session.options
        self.session = ClientSession(room: "", options: options, seed: self.random.next())
        (self.isBetweenGames, self.sequence) = (false, 0)
    }

    /// Room and place, for messages.
    var name: String { "\(self.room.name) #\(self.place)" }
}
