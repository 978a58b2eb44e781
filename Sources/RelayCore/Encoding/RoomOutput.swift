/// A frame for one seat: the encoding that it gets, and its private message if it has one.
package struct Delivery: Sendable {
    package var seat: SeatNumber
    package var connection: ConnectionID
    /// Which of the tick's encodings this seat gets: ``Room/frame(_:)``.
    package var coding: Coding
    /// Where its private message stands in ``Room/privateMessages``; the ``Room/privateHeadroom`` bytes before it are free
    /// for a header. Nil if there is none.
    package var privateRange: Range<Int>?
}

/// An action of the shell after a tick, other than sending frames. Effects come before the frames of the same tick.
package enum RoomEffect: Sendable, Equatable {
    /// Send a welcome, with a token for this seat and generation.
    case welcome(ConnectionID, SeatWelcome)
    /// Close a connection; nothing of this room follows on it.
    case close(ConnectionID, CloseCode)
    /// Write a log line.
    case note(RoomNote)
}

/// The room's part of a welcome; the shell adds its own.
package struct SeatWelcome: Sendable, Equatable {
    package var seat: SeatNumber
    package var generation: UInt64
    package var tick: Tick
    /// ``Room/stride``.
    package var stride: UInt64
    package var resumed: Bool
    package var uplinkGap: Bool
    package var lastUplink: UInt64
    package var cause: LagCause
}

/// Something that happened to a seat, for logs.
package struct RoomNote: Sendable, Equatable {
    /// What happened.
    package enum Kind: String, Sendable, CaseIterable {
        case joined, rejoined, behind, stalled, revived, dropped, broken, left, gone, host, refused, kicked
    }
    package var kind: Kind
    package var seat: SeatNumber
    package var generation: UInt64
    package var tick: Tick
    package var cause: LagCause
    /// Tick of the oldest frame in flight, the evidence in notes about liveness; none if no frame is in flight.
    package var oldestUnacknowledged: Tick
    /// When that frame was handed to the kernel: monotonic.
    package var handedOver: Instant
    /// Nanoseconds on the liveness clock since then.
    package var acknowledgementAge: UInt64
}

/// A counter of a room. Counters never go back.
package enum RoomCounter: Int, Sendable, CaseIterable {
    case joins, rejoins, uplinks, uplinksRepeated, operationsRefused, events, acknowledgements, ackDelaysTooLong
    case resyncs, resyncsIgnored, checksumsDiverged, stalls, revivals, drops, disconnects, leaves, holdsExpired
    case framesDelta, framesMerged, framesSnapshot, privateMessages, framesHeldBack, eventsForgotten, staleMessages
    case messagesOverBudget, inboxOverflows, messagesAfterLoss, messagesAfterLast, kicks, holdsCutShort, deliveriesRefused
}

/// A room's counters: by ``RoomCounter``, and by close code for what the room closed.
package struct RoomCounters: Sendable, Equatable {
    private var values = [UInt64](repeating: 0, count: RoomCounter.allCases.count)
    /// Connections the room closed, by code, in the order of ``CloseCode/allCases``.
    private var closes = [UInt64](repeating: 0, count: CloseCode.allCases.count)

    package init() {}

    package subscript(counter: RoomCounter) -> UInt64 { self.values[counter.rawValue] }
    package subscript(code: CloseCode) -> UInt64 { self.closes[Self.position(of: code)] }

    package mutating func count(_ counter: RoomCounter) { self.values[counter.rawValue] += 1 }
    package mutating func count(_ code: CloseCode) { self.closes[Self.position(of: code)] += 1 }

    /// Adds another room's counts.
    package mutating func add(_ other: RoomCounters) {
        for index in self.values.indices { self.values[index] += other.values[index] }
        for index in self.closes.indices { self.closes[index] += other.closes[index] }
    }

    private static func position(of code: CloseCode) -> Int { CloseCode.allCases.firstIndex(of: code) ?? 0 }
}
