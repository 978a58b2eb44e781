/// The relay's answer to hello and rejoin. Durations are milliseconds.
package struct Welcome: Hashable, Sendable {
    /// The client keeps its replica; the first frame is a delta to it.
    package var resumed = false
    /// The relay lost uplinks that it had confirmed.
    package var uplinkGap = false
    package var instance: RoomInstance
    package var epoch: UInt64
    package var seat: SeatNumber
    package var generation: UInt64
    package var tick: Tick
    /// Ticks per second, 1…240.
    package var rate: UInt64
    /// At present the room runs at every stride-th tick number, 1…4. Above 1 the relay is overloaded.
    package var stride: UInt64
    /// Newest uplink number applied. The client resends from the next one on.
    package var lastUplink: UInt64
    /// Why the seat's previous connection ended.
    package var cause: LagCause
    package var timing: Timing
    package var uplinkBytes: UInt64
    /// Messages per second that refill the relay's bucket.
    package var uplinkRate: UInt64
    /// Size of that bucket, in messages.
    package var uplinkBurst: UInt64
    package var roomWrites: RoomWrites
    package var departure: DeparturePolicy
    package var token: [UInt8]
    /// The room's name, for who said hello with a ``LobbyPart``.
    package var room: String?

    /// The room's intervals, in milliseconds.
    package struct Timing: Hashable, Sendable {
        package var maximumAckDelay: UInt64
        package var heartbeatInterval: UInt64
        package var stallAfter: UInt64
        package var graceWindow: UInt64
        package var seatHold: UInt64
        package var giveUpAfter: UInt64

        package init(
            maximumAckDelay: UInt64, heartbeatInterval: UInt64, stallAfter: UInt64, graceWindow: UInt64, seatHold: UInt64,
            giveUpAfter: UInt64
        ) {
            (self.maximumAckDelay, self.heartbeatInterval, self.stallAfter) = (maximumAckDelay, heartbeatInterval, stallAfter)
            (self.graceWindow, self.seatHold, self.giveUpAfter) = (graceWindow, seatHold, giveUpAfter)
        }
    }

    package init(
        resumed: Bool, uplinkGap: Bool, instance: RoomInstance, epoch: UInt64, seat: SeatNumber, generation: UInt64,
        tick: Tick, rate: UInt64, stride: UInt64, lastUplink: UInt64, cause: LagCause, timing: Timing,
        uplinkBytes: UInt64, uplinkRate: UInt64, uplinkBurst: UInt64, roomWrites: RoomWrites, departure: DeparturePolicy,
        token: [UInt8], room: String? = nil
    ) {
        (self.resumed, self.uplinkGap, self.instance, self.epoch) = (resumed, uplinkGap, instance, epoch)
        (self.seat, self.generation, self.tick) = (seat, generation, tick)
        (self.rate, self.stride) = (rate, stride)
        (self.lastUplink, self.cause, self.timing) = (lastUplink, cause, timing)
        (self.uplinkBytes, self.uplinkRate, self.uplinkBurst) = (uplinkBytes, uplinkRate, uplinkBurst)
        (self.roomWrites, self.departure, self.token) = (roomWrites, departure, token)
        self.room = room
    }
}

extension WireWriter {
    /// Appends a welcome.
    package mutating func welcome(_ welcome: Welcome) {
        self.u8(ServerMessageKind.welcome.rawValue)
        self.u8((welcome.resumed ? 1 : 0) | (welcome.uplinkGap ? 2 : 0) | (welcome.room != nil ? 4 : 0))
        self.u64(welcome.instance.low)
        self.u64(welcome.instance.high)
        self.varint(welcome.epoch)
        self.seat(welcome.seat)
        self.varint(welcome.generation)
        self.tick(welcome.tick)
        self.varint(welcome.rate)
        self.varint(welcome.stride)
        self.varint(welcome.lastUplink)
        self.u8(welcome.cause.rawValue)
        let timing = welcome.timing
        for duration in [
            timing.maximumAckDelay, timing.heartbeatInterval, timing.stallAfter, timing.graceWindow, timing.seatHold,
            timing.giveUpAfter,
        ] { self.varint(duration) }
        self.varint(welcome.uplinkBytes)
        self.varint(welcome.uplinkRate)
        self.varint(welcome.uplinkBurst)
        self.u8(welcome.roomWrites.rawValue)
        self.u8(welcome.departure.rawValue)
        self.bytes(welcome.token)
        if let room = welcome.room { self.string(room) }
    }
}

extension WireCursor {
    /// A welcome, after its kind byte, to the end of the message.
    package mutating func welcome(_ bytes: Span<UInt8>) throws(WireError) -> Welcome {
        let flags = try self.u8(bytes)
        guard flags & ~7 == 0 else { throw .reservedBits(flags) }
        let low = try self.fixed(UInt64.self, bytes)
        let high = try self.fixed(UInt64.self, bytes)
        let positive = 1...WireLimits.safeInteger
        let epoch = try self.varint(bytes, in: positive, .epoch)
        let seat = try self.seat(bytes, in: 1...2047)
        let generation = try self.varint(bytes, in: positive, .generation)
        let tick = try self.tick(bytes)
        let rate = try self.varint(bytes, in: 1...240, .rate)
        let stride = try self.varint(bytes, in: WireLimits.strides, .stride)
        let lastUplink = try self.varint(bytes, in: 0...WireLimits.safeInteger, .uplinkNumber)
        let cause: LagCause = try self.choice(bytes, .cause)
        let timing = try self.timing(bytes)
        let uplinkBytes = try self.varint(bytes, in: positive, .count)
        let uplinkRate = try self.varint(bytes, in: positive, .count)
        let uplinkBurst = try self.varint(bytes, in: positive, .count)
        let roomWrites: RoomWrites = try self.choice(bytes, .roomWrites)
        let departure: DeparturePolicy = try self.choice(bytes, .onLeave)
        let token = try self.byteString(bytes, count: WireLimits.tokenBytes, .token)
        let room = flags & 4 != 0 ? try self.string(bytes, count: WireLimits.nameBytes, .room) : nil
        try self.end(bytes)
        return Welcome(
            resumed: flags & 1 != 0, uplinkGap: flags & 2 != 0, instance: RoomInstance(high: high, low: low), epoch: epoch,
            seat: seat, generation: generation, tick: tick, rate: rate, stride: stride, lastUplink: lastUplink, cause: cause,
            timing: timing, uplinkBytes: uplinkBytes, uplinkRate: uplinkRate, uplinkBurst: uplinkBurst, roomWrites: roomWrites,
            departure: departure, token: token, room: room
        )
    }

    /// At most 2^40 ms (35 years): milliseconds times 10^6 fits UInt64, so a client can convert to nanoseconds unchecked.
    private mutating func timing(_ bytes: Span<UInt8>) throws(WireError) -> Welcome.Timing {
        let bound: UInt64 = 1 << 40
        return Welcome.Timing(
            maximumAckDelay: try self.varint(bytes, in: 1...bound, .duration),
            heartbeatInterval: try self.varint(bytes, in: 1...bound, .duration),
            stallAfter: try self.varint(bytes, in: 1...bound, .duration),
            graceWindow: try self.varint(bytes, in: 0...bound, .duration),
            seatHold: try self.varint(bytes, in: 0...bound, .duration),
            giveUpAfter: try self.varint(bytes, in: 1...bound, .duration)
        )
    }
}
