import RelayWire

/// A frame for one seat: the encoding that it gets, and its private message if it has one.
package struct Delivery: Sendable, Equatable {
    package var seat: SeatNumber
    package var connection: ConnectionID
    /// Which of the tick's encodings this seat gets: ``Room/frame(_:as:)``.
    package var coding: Coding
    package var form: WireForm
    /// A ping that names this tick has to follow the frame: ``needsPing(isComplete:)``.
    package var isPinged: Bool
    /// Which of the tick's `players` messages has to be sent before all this, from 1: ``Room/playersMessage(_:)``; 0 if none.
    package var players: UInt8 = 0
    /// Where its private message stands in ``Room/privateMessage(_:)``; the ``Room/privateHeadroom`` bytes before it are free
    /// for a header. Nil if there is none.
    package var privateRange: Range<Int>?

    /// Whether a client that acknowledges by pings is to be asked for this frame: also for each that the kernel did not take whole.
    package func needsPing(isComplete: Bool) -> Bool { self.isPinged || !isComplete }
}

/// What the shell has to do after a tick, in this order: all that a room ever gives out.
package enum RoomOutput: Sendable, Equatable {
    /// Send a welcome, with a token for this seat and generation.
    case welcome(ConnectionID, SeatWelcome)
    /// Close a connection; nothing of this room follows on it.
    case close(ConnectionID, CloseCode)
    /// Have a password hashed, and give its hash back: ``Room/take(_:job:)``. It stands at this place in ``Outbox/passwords``.
    case hashPassword(Int)
    /// Tell whoever made a request what became of it: ``RoomInput/request(_:number:from:generation:at:)``.
    case answer(request: UInt64, RequestOutcome)
    /// Write a log line. It stands at this place in ``Room/notes``: notes are rare, and larger than all other outputs.
    case note(Int)
    /// Send a seat its frame, behind its private message if it has one. Deliveries come last.
    case deliver(Delivery)
}

/// What became of a request that came without a connection.
package enum RequestOutcome: Sendable, Equatable {
    /// It was carried out, or refused as the same operation of an uplink would be.
    case result(ResultCode)
    /// The token is not good (4012–4014), there are too many requests (4004, 4011), or the room does not run any more (4015, or what it ended
    /// with).
    case refused(CloseCode)
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

/// A counter of a room. Counters never go back.
package enum RoomCounter: Int, Sendable, CaseIterable {
    case joins, rejoins, uplinks, uplinksRepeated, operationsRefused, events, acknowledgements, ackDelaysTooLong
    case resyncs, resyncsIgnored, checksumsDiverged, stalls, revivals, drops, disconnects, leaves, holdsExpired
    case framesDelta, framesMerged, framesSnapshot, privateMessages, framesHeldBack, eventsForgotten, staleMessages
    case messagesOverBudget, inboxOverflows, messagesAfterLoss, messagesAfterLast, kicks, holdsCutShort, deliveriesRefused
    case ticksLate, hostKicks, hostBans, invitationsUsed
}
