/// The acknowledgement that every client message carries.
@usableFromInline package struct Ack: Hashable, Sendable {
    /// Newest tick applied on this connection; ``Tick/none`` before the first.
    @usableFromInline package var tick: Tick
    /// The ack delay: microseconds from reading that frame to sending this message. Untrusted, because the peer claims it.
    @usableFromInline package var delay: UInt64
    @inlinable
    package init(tick: Tick, delay: UInt64) { (self.tick, self.delay) = (tick, delay) }
}

/// Takes a new seat.
@usableFromInline package struct Hello: Hashable, Sendable {
    package var room: String
    package var role: Role
    /// The client takes `players` messages: ``WireWriter/playersHeader(count:)``.
    package var wantsPlayers: Bool
    /// What lets it in where tickets are asked for; nil if it has none. Secret: never logged.
    package var ticket: [UInt8]?
    /// How its room is found, and what opens it; nil for who knows nothing of the lobby.
    package var lobby: LobbyPart?

    @usableFromInline
    package init(
        room: String, role: Role = .player, wantsPlayers: Bool = false, ticket: [UInt8]? = nil, lobby: LobbyPart? = nil
    ) {
        (self.room, self.role, self.wantsPlayers, self.ticket) = (room, role, wantsPlayers, ticket)
        self.lobby = lobby
    }
}

/// Takes a seat back.
@usableFromInline package struct Rejoin: Hashable, Sendable {
    package var room: String
    package var token: [UInt8]
    package var epoch: UInt64
    /// Newest tick applied; ``Tick/none`` to ask for a snapshot.
    package var tick: Tick
    /// Highest uplink number known to be applied; 0 if none.
    package var confirmed: UInt64
    /// As in the hello.
    package var wantsPlayers: Bool

    @usableFromInline
    package init(room: String, token: [UInt8], epoch: UInt64, tick: Tick, confirmed: UInt64, wantsPlayers: Bool = false) {
        (self.room, self.token, self.epoch, self.tick, self.confirmed) = (room, token, epoch, tick, confirmed)
        self.wantsPlayers = wantsPlayers
    }
}

/// The flags byte of hello and rejoin.
struct OpeningFlags: OptionSet {
    var rawValue: UInt8
    /// A ticket follows; in a hello alone.
    static let ticket = OpeningFlags(rawValue: 1)
    /// The client takes `players` messages.
    static let players = OpeningFlags(rawValue: 2)
    /// A lobby part follows; in a hello alone.
    static let lobby = OpeningFlags(rawValue: 4)
}

/// The head of an uplink. The operations follow; read them with ``OperationList/read(_:from:count:names:)``.
@usableFromInline package struct UplinkHead: Hashable, Sendable {
    @usableFromInline package var ack: Ack
    @usableFromInline package var number: UInt64
    @usableFromInline package var operationCount: Int
    @inlinable
    package init(ack: Ack, number: UInt64, operationCount: Int) {
        (self.ack, self.number, self.operationCount) = (ack, number, operationCount)
    }
}

/// A client message without an uplink's operations. Decoding allocates only for hello and rejoin.
@usableFromInline package enum ClientMessage: Hashable, Sendable {
    case hello(Hello)
    case rejoin(Rejoin)
    /// `operations` is the offset of the first operation.
    case uplink(UplinkHead, operations: Int)
    case ack(Ack)
    case resync(Ack, ResyncReason)
    case leave
    /// Whether anybody can see what the client shows.
    case visibility(Ack, isHidden: Bool)

    /// The kind bytes.
    @usableFromInline package enum Kind: UInt8, Sendable, CaseIterable {
        case hello = 1
        case rejoin = 2
        case uplink = 3
        case ack = 4
        case resync = 5
        case leave = 6
        case visibility = 7
    }

    /// Decodes one message. Of an uplink it decodes only the head: the caller must then read the operations to the end.
    ///
    /// - Throws: ``WireError`` for anything SPEC section 4 does not allow.
    /// - Complexity: O(1), except for the strings of hello and rejoin.
    @usableFromInline
    package init(decoding bytes: Span<UInt8>) throws(WireError) {
        guard !bytes.isEmpty else { throw .empty }
        var cursor = WireCursor()
        let raw = try cursor.u8(bytes)
        guard let kind = Kind(rawValue: raw) else { throw .unknownKind(raw) }
        switch kind {
        case .hello: self = .hello(try cursor.hello(bytes))
        case .rejoin: self = .rejoin(try cursor.rejoin(bytes))
        case .uplink:
            let head = try cursor.uplinkHead(bytes)
            self = .uplink(head, operations: cursor.offset)
            return
        case .ack: self = .ack(try cursor.ack(bytes))
        case .resync:
            let ack = try cursor.ack(bytes)
            let reason = try cursor.u8(bytes)
            guard let known = ResyncReason(rawValue: reason) else { throw .outOfRange(.reason, UInt64(reason)) }
            self = .resync(ack, known)
        case .leave: self = .leave
        case .visibility:
            let ack = try cursor.ack(bytes)
            let hidden = try cursor.u8(bytes)
            guard hidden <= 1 else { throw .outOfRange(.hidden, UInt64(hidden)) }
            self = .visibility(ack, isHidden: hidden == 1)
        }
        try cursor.end(bytes)
    }
}

extension WireCursor {
    mutating func version(_ bytes: Span<UInt8>) throws(WireError) {
        let version = try self.varint(bytes)
        guard version == WireLimits.version else { throw .unsupportedVersion(version) }
    }

    mutating func openingFlags(_ bytes: Span<UInt8>, _ allowed: OpeningFlags) throws(WireError) -> OpeningFlags {
        let flags = try self.u8(bytes)
        guard flags & ~allowed.rawValue == 0 else { throw .reservedBits(flags) }
        return OpeningFlags(rawValue: flags)
    }

    mutating func hello(_ bytes: Span<UInt8>) throws(WireError) -> Hello {
        try self.version(bytes)
        let room = try self.string(bytes, count: 0...WireLimits.nameBytes.upperBound, .room)
        let raw = try self.u8(bytes)
        guard let role = Role(rawValue: raw) else { throw .outOfRange(.role, UInt64(raw)) }
        let flags = try self.openingFlags(bytes, [.ticket, .players, .lobby])
        // However long: who reads the ticket judges its length, and says so.
        let ticket = flags.contains(.ticket) ? try self.byteString(bytes, count: 1...Int(UInt32.max), .ticket) : nil
        let lobby = flags.contains(.lobby) ? try self.lobbyPart(bytes) : nil
        guard lobby?.fits(room: room) ?? !room.isEmpty else { throw .outOfRange(.room, UInt64(room.utf8.count)) }
        return Hello(room: room, role: role, wantsPlayers: flags.contains(.players), ticket: ticket, lobby: lobby)
    }

    mutating func rejoin(_ bytes: Span<UInt8>) throws(WireError) -> Rejoin {
        try self.version(bytes)
        let room = try self.string(bytes, count: WireLimits.nameBytes, .room)
        let token = try self.byteString(bytes, count: WireLimits.tokenBytes, .token)
        let epoch = try self.varint(bytes)
        let tick = try self.tick(bytes, orNone: true)
        let confirmed = try self.varint(bytes, in: 0...WireLimits.safeInteger, .uplinkNumber)
        let flags = try self.openingFlags(bytes, .players)
        return Rejoin(
            room: room, token: token, epoch: epoch, tick: tick, confirmed: confirmed, wantsPlayers: flags.contains(.players))
    }

    mutating func ack(_ bytes: Span<UInt8>) throws(WireError) -> Ack {
        let tick = try self.tick(bytes, orNone: true)
        let delay = try self.varint(bytes)
        guard tick != .none || delay == 0 else { throw .outOfRange(.ackDelay, delay) }
        return Ack(tick: tick, delay: delay)
    }

    mutating func uplinkHead(_ bytes: Span<UInt8>) throws(WireError) -> UplinkHead {
        let ack = try self.ack(bytes)
        let number = try self.varint(bytes, in: 1...WireLimits.safeInteger, .uplinkNumber)
        let count = try self.count(bytes, in: 0...UInt64(WireLimits.listCount), .operationCount)
        return UplinkHead(ack: ack, number: number, operationCount: count)
    }
}

extension WireWriter {
    /// Appends a hello.
    @usableFromInline
    package mutating func hello(_ hello: Hello) {
        self.u8(ClientMessage.Kind.hello.rawValue)
        self.varint(WireLimits.version)
        self.string(hello.room)
        self.u8(hello.role.rawValue)
        var flags: OpeningFlags = hello.wantsPlayers ? .players : []
        if hello.ticket != nil { flags.insert(.ticket) }
        if hello.lobby != nil { flags.insert(.lobby) }
        self.u8(flags.rawValue)
        if let ticket = hello.ticket { self.bytes(ticket) }
        if let lobby = hello.lobby { self.lobbyPart(lobby) }
    }

    /// Appends a rejoin.
    @usableFromInline
    package mutating func rejoin(_ rejoin: Rejoin) {
        self.u8(ClientMessage.Kind.rejoin.rawValue)
        self.varint(WireLimits.version)
        self.string(rejoin.room)
        self.bytes(rejoin.token)
        self.varint(rejoin.epoch)
        self.tick(rejoin.tick)
        self.varint(rejoin.confirmed)
        self.u8(rejoin.wantsPlayers ? OpeningFlags.players.rawValue : 0)
    }

    /// Appends an acknowledgement's two fields.
    @usableFromInline
    package mutating func ackFields(_ ack: Ack) {
        self.tick(ack.tick)
        self.varint(ack.tick == .none ? 0 : ack.delay)
    }

    /// Appends an `ack` message.
    @usableFromInline
    package mutating func ack(_ ack: Ack) {
        self.u8(ClientMessage.Kind.ack.rawValue)
        self.ackFields(ack)
    }

    /// Appends a `resync` message.
    @usableFromInline
    package mutating func resync(_ ack: Ack, _ reason: ResyncReason) {
        self.u8(ClientMessage.Kind.resync.rawValue)
        self.ackFields(ack)
        self.u8(reason.rawValue)
    }

    /// Appends a `leave` message.
    @usableFromInline
    package mutating func leave() { self.u8(ClientMessage.Kind.leave.rawValue) }

    /// Appends a `visibility` message.
    @usableFromInline
    package mutating func visibility(_ ack: Ack, isHidden: Bool) {
        self.u8(ClientMessage.Kind.visibility.rawValue)
        self.ackFields(ack)
        self.u8(isHidden ? 1 : 0)
    }

    /// Appends the head of an uplink; the operations follow.
    @usableFromInline
    package mutating func uplinkHead(_ head: UplinkHead) {
        self.u8(ClientMessage.Kind.uplink.rawValue)
        self.ackFields(head.ack)
        self.varint(head.number)
        self.varint(head.operationCount)
    }
}
