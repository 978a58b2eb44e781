import RelayClient
import RelayWire

/// The options of a run. Check ``problems`` before use.
package struct BotOptions: Sendable {
    /// Where the relay is.
    package var url = RelayURL()
    /// Whom the players believe that it is the relay, if it is a `wss://` one.
    package var trust = TLSTrust.system
    /// Rooms, and players in each. With ``lobby`` they say how many players there are, and a room that is made has ``players`` seats.
    package var rooms = 1
    package var players = 8
    /// Seconds, counted from when everybody has joined.
    package var duration = 20.0
    /// Seed of walks, faults and back-offs.
    package var seed: UInt64 = 1
    /// Bytes of the one field that a player writes at every tick; nil: players walk.
    package var payload: Int?
    /// Fractions of the players that suffer each fault.
    package var stall = 0.0
    package var disconnect = 0.0
    /// Fraction of the players whose game is over now and then: they leave, and quick-join again. Only with ``lobby``.
    package var churn = 0.0
    /// Whether players find their rooms by quick join. Which rooms these are is known only from the welcomes.
    package var lobby = false
    /// The type of these rooms; nil for the relay's first, `default`.
    package var type: String?
    /// Extra clients that join, write and never read.
    package var neverRead = 0
    /// Whether every player reads at every tick, as a game does. Otherwise seven of eight read once in a sixth of a second, which
    /// saves system calls: their acknowledgements come later by as much, the relay's RTT samples stay as exact.
    package var readsEveryTick = false
    /// Seconds after everybody has joined at which all connections break at once; nil: no storm.
    package var stormAt: Double?
    /// Slots per tick, at which players read and send; nil: one every 4 ms. Many slots put players out of step with each other,
    /// as real ones are.
    package var slots: Int?
    /// Name of the room, or the prefix of the rooms' names; nil: `bots-<seed>`.
    package var room: String?
    /// The ticket of the player at a place in a room; nil if the relay asks for none. Called once for each player. With ``lobby`` the
    /// room is `*`, for all, and the place its number among all players.
    package var ticket: (@Sendable (_ room: String, _ place: Int) -> String?)?
    /// Whether to print every join, loss and stall.
    package var isVerbose = false

    package init() {}

    /// Name of a room: prefix and index. A single room with a given name has just that name.
    func roomName(_ index: Int) -> String {
        if let room = self.room, self.rooms == 1 { return room }
        return "\(self.room ?? "bots-\(self.seed)")-\(index)"
    }

    /// What a hello asks of the lobby; nil without ``lobby``.
    package var lobbyPart: LobbyPart? {
        guard self.lobby else { return nil }
        let seats = CardField(CardKey.seats.rawValue, .integer(Int64(self.players)))
        return LobbyPart(.quickJoin, type: self.type, card: try? RoomCard([seats, CardField("bots", .bool(true))]))
    }

    /// Everything that is wrong, one sentence each; empty if the options are good.
    package var problems: [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ sentence: String) { if !holds { problems.append(sentence) } }
        require((1...4096).contains(self.rooms), "--rooms must be 1 to 4096")
        require((1...512).contains(self.players), "--players must be 1 to 512")
        require(self.duration > 0 && self.duration <= 604_800, "--duration must be more than 0 and at most 604800 seconds")
        require((0...1).contains(self.stall), "--stall must be 0 to 1")
        require((0...1).contains(self.disconnect), "--disconnect must be 0 to 1")
        require((0...1).contains(self.churn), "--churn must be 0 to 1")
        require(self.stall + self.disconnect + self.churn <= 1, "--stall, --disconnect and --churn together must not exceed 1")
        require((0...1024).contains(self.neverRead), "--never-read must be 0 to 1024")
        if let stormAt = self.stormAt {
            let latest = self.duration - 5
            require(stormAt >= 0 && stormAt <= latest, "--storm-at must be 0 to 5 seconds before the end of --duration")
        }
        if let slots = self.slots { require((1...4096).contains(slots), "--slots must be 1 to 4096") }
        if let payload = self.payload {
            let bytes = PayloadWriter.bytes
            require(bytes.contains(payload), "--payload must be \(bytes.lowerBound) to \(bytes.upperBound) bytes")
        }
        problems += self.lobbyProblems
        let longest = self.roomName(max(0, self.rooms - 1)).utf8.count
        require(WireLimits.nameBytes.contains(longest), "--room must make names of 1 to 64 bytes")
        return problems
    }

    private var lobbyProblems: [String] {
        var problems: [String] = []
        if !self.lobby, self.type != nil || self.churn > 0 { problems.append("--type and --churn go with --lobby only") }
        if self.lobby, self.room != nil || self.neverRead > 0 {
            problems.append("--room and --never-read do not go with --lobby")
        }
        let bytes = WireLimits.typeBytes
        if let type = self.type, !bytes.contains(type.utf8.count) {
            problems.append("--type must have \(bytes.lowerBound) to \(bytes.upperBound) bytes")
        }
        return problems
    }
}
