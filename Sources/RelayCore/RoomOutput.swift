/// A frame for one seat: which encoding, and its private message if it has one.
public struct Delivery: Sendable {
    public var seat: SeatNumber
    public var connection: ConnectionID
    /// Which of the tick's encodings this seat gets: ``Room/frame(_:)``.
    public var coding: Coding
    /// Where its private message stands in ``Room/privateMessages``; the ``Room/privateHeadroom`` bytes before it are free
    /// for a header. Nil if there is none.
    public var privateRange: Range<Int>?
}

/// What the shell has to do after a tick, beside sending frames. Effects come before the frames of the same tick.
public enum RoomEffect: Sendable, Equatable {
    /// Send a welcome, with a token for this seat and generation.
    case welcome(ConnectionID, SeatWelcome)
    /// Close a connection; nothing of this room follows on it.
    case close(ConnectionID, CloseCode)
    /// Write a line for people.
    case note(RoomNote)
}

/// What a welcome says about the seat; the shell adds what it knows itself.
public struct SeatWelcome: Sendable, Equatable {
    public var seat: SeatNumber
    public var generation: UInt64
    public var tick: Tick
    /// ``Room/stride``.
    public var stride: UInt64
    public var resumed: Bool
    public var uplinkGap: Bool
    public var lastUplink: UInt64
    public var cause: LagCause
}

/// Something that happened to a seat, for logs.
public struct RoomNote: Sendable, Equatable {
    /// What it was.
    public enum Kind: String, Sendable, CaseIterable {
        case joined, rejoined, behind, stalled, revived, dropped, broken, left, gone, host, refused, kicked
    }
    public var kind: Kind
    public var seat: SeatNumber
    public var generation: UInt64
    public var tick: Tick
    public var cause: LagCause
    /// Of the oldest frame not acknowledged, where the note is about liveness.
    public var oldestUnacknowledged: Tick
    /// When that was handed to the kernel: monotonic.
    public var handedOver: Instant
    /// Nanoseconds on the liveness clock since then.
    public var acknowledgementAge: UInt64
}

/// What a room counts. Never goes back.
public enum RoomCounter: Int, Sendable, CaseIterable {
    case joins, rejoins, uplinks, uplinksRepeated, operationsRefused, events, acknowledgements, holdsTooLong
    case resyncs, resyncsIgnored, checksumsDiverged, stalls, revivals, drops, disconnects, leaves, holdsExpired
    case framesDifference, framesMerged, framesSnapshot, privateMessages, framesHeldBack, eventsForgotten, staleMessages
    case messagesOverBudget, inboxOverflows, messagesAfterLoss, messagesAfterLast, kicks, holdsCutShort, deliveriesRefused
}

/// A room's counters: by ``RoomCounter``, and by close code for what the room closed.
public struct RoomCounters: Sendable, Equatable {
    private var values = [UInt64](repeating: 0, count: RoomCounter.allCases.count)
    /// Connections the room closed, by code, in the order of ``CloseCode/allCases``.
    private var closes = [UInt64](repeating: 0, count: CloseCode.allCases.count)

    public init() {}

    public subscript(counter: RoomCounter) -> UInt64 { self.values[counter.rawValue] }
    public subscript(code: CloseCode) -> UInt64 { self.closes[Self.position(of: code)] }

    public mutating func count(_ counter: RoomCounter) { self.values[counter.rawValue] += 1 }
    public mutating func count(_ code: CloseCode) { self.closes[Self.position(of: code)] += 1 }

    /// Adds another room's counts.
    public mutating func add(_ other: RoomCounters) {
        for index in self.values.indices { self.values[index] += other.values[index] }
        for index in self.closes.indices { self.closes[index] += other.closes[index] }
    }

    private static func position(of code: CloseCode) -> Int { CloseCode.allCases.firstIndex(of: code) ?? 0 }
}
