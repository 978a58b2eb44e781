import RelayWire

/// What a run is to be. Judge it with ``problems`` before use.
public struct BotOptions: Sendable {
    /// Where the relay is.
    public var url = RelayURL()
    /// Rooms, and players in each.
    public var rooms = 1
    public var players = 8
    /// Seconds from when everybody has joined.
    public var duration = 20.0
    /// Of walks, faults and back-offs.
    public var seed: UInt64 = 1
    /// Bytes of the one field that a player writes at every tick; nil: players walk.
    public var payload: Int?
    /// Fractions of the players that suffer each fault.
    public var stall = 0.0
    public var disconnect = 0.0
    /// Clients on top that join, write and never read.
    public var neverRead = 0
    /// Whether every player reads at every tick, as a game does. Otherwise seven of eight read what came in a sixth of a second
    /// in one go, which spares system calls: the relay's acknowledgements come as late, its RTT samples stay as exact.
    public var readsEveryTick = false
    /// Seconds from the start after which everybody loses the connection at once; nil: nobody does.
    public var stormAt: Double?
    /// Moments of a tick at which players are read and send; nil: one every 4 ms. Players who are not in step with each other,
    /// as real ones are, take many.
    public var slots: Int?
    /// Name of the room, or the beginning of the rooms' names; nil: `bots-<seed>`.
    public var room: String?
    /// Whether to tell of every join and loss.
    public var isVerbose = false

    public init() {}

    /// Name of a room. One room with a name given is called just that.
    func roomName(_ index: Int) -> String {
        if let room = self.room, self.rooms == 1 { return room }
        return "\(self.room ?? "bots-\(self.seed)")-\(index)"
    }

    /// Everything that is wrong, one sentence each; empty if the options are good.
    public var problems: [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ sentence: String) { if !holds { problems.append(sentence) } }
        require((1...4096).contains(self.rooms), "--rooms must be 1 to 4096")
        require((1...512).contains(self.players), "--players must be 1 to 512")
        require(self.duration > 0 && self.duration <= 604_800, "--duration must be more than 0 and at most 604800 seconds")
        require((0...1).contains(self.stall), "--stall must be 0 to 1")
        require((0...1).contains(self.disconnect), "--disconnect must be 0 to 1")
        require(self.stall + self.disconnect <= 1, "--stall and --disconnect together must not exceed 1")
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
        let longest = self.roomName(max(0, self.rooms - 1)).utf8.count
        require(WireLimits.nameBytes.contains(longest), "--room must make names of 1 to 64 bytes")
        return problems
    }
}

/// A `ws:` URL, as far as we need one.
public struct RelayURL: Sendable, Equatable {
    public var host = "127.0.0.1"
    public var port: UInt16 = 7777
    public var path = "/"

    public init() {}

    /// Nil unless `text` is `ws://HOST[:PORT][/PATH]`; IPv6 addresses in brackets.
    public init?(_ text: String) {
        let scheme = "ws://"
        guard text.hasPrefix(scheme), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        if slash < rest.endIndex { self.path = String(rest[slash...]) }
        var authority = rest[..<slash]
        var portText: Substring?
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.first == ":" else { return nil }
            portText = after.isEmpty ? nil : after.dropFirst()
            authority = authority[authority.index(after: authority.startIndex)..<close]
        } else if let colon = authority.lastIndex(of: ":") {
            portText = authority[authority.index(after: colon)...]
            authority = authority[..<colon]
        }
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        self.host = String(authority)
        if let portText {
            guard let port = UInt16(portText), port > 0 else { return nil }
            self.port = port
        } else {
            self.port = 80
        }
    }

    /// For the Host header.
    var authority: String { (self.host.contains(":") ? "[\(self.host)]" : self.host) + ":\(self.port)" }
}
