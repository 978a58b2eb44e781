import RelayCore
import RelayHosting
import RelayWire

/// One WebSocket of a room. Lives at a fixed address until the end of the turn in which it ends.
struct Connection {
    let id: ConnectionID
    let transport: any Transport
    let peer: String
    private let hold: (any AnyObject & Sendable)?
    /// The room it is in.
    unowned let room: ConnectedRoom
    var decoder: WebSocketDecoder
    /// Bytes that the front door had read after the hello.
    var unread: [UInt8]
    /// Known once the room has answered with a welcome.
    var seat: SeatNumber?
    var generation: UInt64 = 0
    /// Index among the readers of its room; nil if it is none of them.
    var place: Int?
    /// When it was last read, or handed to us.
    var lastRead: Instant
    /// Bytes that were read behind this tick, before the next one.
    var earlyBytes = 0
    var earlyTick = Tick(rawValue: 0)
    var remainder = Remainder()
    /// The room takes no more messages from it and ends it at the tick: what it still sends is not looked at.
    var hasSaidLast = false
    /// The pong for the latest ping; empty if none is owed.
    var pong: [UInt8] = []
    /// What a client of the JSON form needs besides; nil for one of the binary form.
    let text: TextState?
    /// Its room's name, until a welcome has told it to a client of the binary form that came by the lobby.
    var roomToTell: String?
    /// Bytes of the welcome and of pongs behind the newest frame; the next frame counts them as its own.
    var controlBytes = 0
    /// Its acknowledgement was overdue once: its peer is probed while it is idle.
    var isProbed = false
    /// A ping or a text heartbeat is still to be answered.
    var owesAnswer: Bool { !self.pong.isEmpty || self.text?.owed.isEmpty == false }
    /// Its transport is given up; the memory stays until the end of the turn.
    var isOver = false

    init(_ id: ConnectionID, _ transport: any Transport, _ newcomer: Newcomer, in room: ConnectedRoom) {
        (self.id, self.transport, self.room) = (id, transport, room)
        (self.peer, self.hold) = (newcomer.peer, newcomer.hold)
        (self.decoder, self.unread, self.lastRead) = (newcomer.decoder, newcomer.unread, newcomer.arrival)
        self.text = newcomer.form.wire == .json ? TextState(newcomer) : nil
        if self.text == nil, case .hello(let hello) = newcomer.request, hello.lobby != nil { self.roomToTell = hello.room }
    }
}

typealias ConnectionPointer = UnsafeMutablePointer<Connection>
