/// A frame for one seat: the encoding that it gets, and its private message if it has one.
package struct Delivery: Sendable, Equatable {
    package var seat: SeatNumber
    package var connection: ConnectionID
    /// Which of the tick's encodings this seat gets: ``Room/frame(_:)``.
    package var coding: Coding
    /// Where its private message stands in ``Room/privateMessage(_:)``; the ``Room/privateHeadroom`` bytes before it are free
    /// for a header. Nil if there is none.
    package var privateRange: Range<Int>?
}

/// What the shell has to do after a tick, in this order: all that a room ever gives out.
package enum RoomOutput: Sendable, Equatable {
    /// Send a welcome, with a token for this seat and generation.
    case welcome(ConnectionID, SeatWelcome)
    /// Close a connection; nothing of this room follows on it.
    case close(ConnectionID, CloseCode)
    /// Write a log line.
    case note(RoomNote)
    /// Send a seat its frame, behind its private message if it has one. Deliveries come last.
    case deliver(Delivery)
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

/// The outputs of a tick, and what they add up to. Memory is kept from tick to tick.
package struct Outbox {
    package private(set) var outputs: [RoomOutput] = []
    private(set) var counters = RoomCounters()

    /// Begins a tick.
    mutating func removeAll() { self.outputs.removeAll(keepingCapacity: true) }

    mutating func releaseMemory() { self.outputs = [] }

    mutating func count(_ counter: RoomCounter) { self.counters.count(counter) }

    mutating func welcome(_ connection: ConnectionID, _ welcome: SeatWelcome) {
        self.outputs.append(.welcome(connection, welcome))
    }

    mutating func close(_ connection: ConnectionID, _ code: CloseCode) {
        self.counters.count(code)
        self.outputs.append(.close(connection, code))
    }

    mutating func deliver(_ delivery: Delivery) { self.outputs.append(.deliver(delivery)) }

    /// Writes a line about a seat, or about somebody without one.
    mutating func note(_ kind: RoomNote.Kind, _ seat: Seat?, at moment: Moment) {
        let oldest = seat?.sending.inFlight.oldest
        self.outputs.append(
            .note(
                RoomNote(
                    kind: kind, seat: seat?.number ?? .room, generation: seat?.generation ?? 0, tick: moment.tick,
                    cause: seat?.cause ?? .unknown, oldestUnacknowledged: oldest?.tick ?? .none,
                    handedOver: oldest?.handedOver ?? .zero,
                    acknowledgementAge: oldest.map { moment.liveness.since($0.liveness) } ?? 0
                )
            )
        )
    }
}
