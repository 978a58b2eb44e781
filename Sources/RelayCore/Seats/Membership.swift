import RelayWire

/// Who is in the room: seats and their connections, the roster and the host.
package struct Membership {
    let configuration: RoomConfiguration
    /// The tick that is being run.
    var moment: Moment
    /// By how much this tick is late, if that is enough to be the cause of a lag. Nanoseconds; else 0.
    var lateness: UInt64 = 0
    /// What the relay holds up for longer than this, it is to blame for. Nanoseconds.
    let ownDelayBound: UInt64
    /// From a tick to the next, without overload. Nanoseconds.
    let tickLength: UInt64
    /// When a tick was last late enough to be the cause of a lag: liveness clock.
    var lastLate: Instant?
    /// Seats about which the shell asks the kernel before the next tick.
    var overdue: [SeatNumber] = []
    package var seats = SeatTable()
    private(set) var host = SeatNumber.room
    private(set) var hostChanged = Tick.none
    /// The last tick at which any player's roster row changed.
    private(set) var rowsChanged = Tick.none
    /// Counts those who sit down and those who are gone.
    private(set) var occupancyVersion: UInt64 = 0
    /// When somebody last sat down by a ticket.
    private(set) var newestIdentity = Tick.none
    /// When the room became empty, on the liveness clock (0 for a new room); nil while anybody is seated.
    private(set) var emptySince: Instant?

    init(_ configuration: RoomConfiguration, at moment: Moment, emptySince: Instant) {
        (self.configuration, self.moment, self.emptySince) = (configuration, moment, emptySince)
        (self.ownDelayBound, self.tickLength) = (configuration.stallAfter / 4, 1_000_000_000 / configuration.rate)
    }

    /// The last tick at which the public roster or the host changed.
    var lastChange: Tick { max(self.hostChanged, self.rowsChanged) }

    /// Seats that are not vacant, spectators too.
    var seated: Int { self.seats.playersSeated + self.seats.spectatorsSeated }

    // MARK: Joining

    /// Gives a newcomer a seat, or refuses the connection.
    ///
    /// - Parameter places: How many of the role may be seated at most.
    mutating func admit(
        _ role: Role, _ connection: ConnectionID, _ newcomer: Introduction, places: Int, _ world: inout RoomWorld,
        _ out: inout Outbox
    ) -> Seat? {
        // Only where that gives the newcomer a seat: a room may have more players than places.
        if self.seats.seated(role) == places, places > 0 { self.clearHeldSeat(role, &world, &out) }
        let isFull = self.seats.seated(role) >= places
        let number = isFull ? nil : self.seats.vacantNumber(role) { $0.isSpectator || world.isEmpty(space: $0) }
        guard let number else {
            self.turnAway(connection, .roomFull, &out)
            return nil
        }
        let seat = self.seats[number]
        seat.seat(connection, newcomer, at: self.moment)
        self.seats.count(role, by: 1)
        self.occupancyVersion += 1
        if newcomer.identity != nil { self.newestIdentity = self.moment.tick }
        self.emptySince = nil
        out.count(.joins)
        self.markRowChanged(seat)
        out.note(.joined, seat, at: self.moment)
        return seat
    }

    /// Refuses a newcomer.
    mutating func turnAway(_ connection: ConnectionID, _ code: CloseCode, _ out: inout Outbox) {
        out.note(.refused, nil, at: self.moment)
        out.close(connection, code)
    }

    /// The hold of a seat that was connected for less than this may be given up for a newcomer. Nanoseconds.
    package static let earnsHold: UInt64 = 60_000_000_000

    /// Gives up the hold of the away seat that was connected for the shortest time, if that is below ``earnsHold``: clients that
    /// join, acknowledge once and vanish must not lock a room.
    private mutating func clearHeldSeat(_ role: Role, _ world: inout RoomWorld, _ out: inout Outbox) {
        var shortest: Seat?
        for seat in role == .player ? self.seats.players : self.seats.spectators {
            guard case .away = seat.life, seat.timeSeated < min(Self.earnsHold, shortest?.timeSeated ?? .max),
                self.canReplace(seat, world)
            else { continue }
            shortest = seat
        }
        guard let shortest else { return }
        out.count(.holdsCutShort)
        self.vacate(shortest, &world, &out)
    }

    /// Whether a newcomer gets a seat number once this seat is vacant: this one, or one never given.
    private func canReplace(_ seat: Seat, _ world: RoomWorld) -> Bool {
        if seat.number.isSpectator || self.configuration.departure == .remove { return true }
        return self.seats.players.count < SeatNumber.players.count || world.isEmpty(space: seat.number)
    }

    // MARK: Coming back

    /// A player who is given its seat back.
    struct Return {
        var seat: Seat
        /// The cause of the absence.
        var cause: LagCause
        /// Whether deltas go on from the tick that the client named.
        var isResumed: Bool
    }

    /// Gives a player its seat back, or refuses the connection.
    ///
    /// - Parameter epochs: The room's, up to its present tick.
    mutating func readmit(
        _ request: RejoinRequest, _ connection: ConnectionID, _ epochs: Epochs, _ world: RoomWorld, _ out: inout Outbox
    ) -> Return? {
        if let refusal = self.refusal(of: request.seat, request.generation) {
            out.close(connection, refusal)
            return nil
        }
        let seat = self.seats[request.seat]
        let cause = seat.connection == nil ? seat.cause : self.causeOfEnd(of: seat, otherwise: .replaced)
        if let previous = seat.connection { out.close(previous, .replaced) }
        // Earlier frames to the seat number went to another occupant.
        let isPast =
            request.tick > .none && request.tick >= seat.joined
            && epochs.haveRun(epoch: request.epoch, request.tick, before: self.moment.tick)
        let isResumed = isPast && request.tick >= world.forgottenThrough
        let baseline = isPast ? request.tick : seat.sending.acknowledged
        seat.reseat(connection, at: self.moment, resumingFrom: baseline, needsSnapshot: !isResumed)
        out.count(.rejoins)
        self.markRowChanged(seat)
        out.note(.rejoined, seat, at: self.moment)
        return Return(seat: seat, cause: cause, isResumed: isResumed)
    }

    /// Why a token of this seat and generation is not good; nil if it is.
    func refusal(of number: SeatNumber, _ generation: UInt64) -> CloseCode? {
        guard self.seats.isSeated(number) else { return .seatGone }
        let seat = self.seats[number]
        if generation > seat.generation { return .tokenRefused }
        if generation < seat.firstGeneration { return .seatGone }
        return generation < seat.confirmedGeneration ? .tokenSuperseded : nil
    }

    // MARK: Ends

    /// Closes a seat's connection for an offence. The seat is held: the player may come back and behave.
    mutating func disconnect(_ seat: Seat, _ code: CloseCode, _ world: inout RoomWorld, _ out: inout Outbox) {
        guard let connection = seat.connection else { return }
        out.close(connection, code)
        self.loseConnection(seat, cause: .broken, &world, &out)
    }

    /// Ends a seat's connection. The seat is held, unless its client never acknowledged a frame and so never proved to hear us.
    mutating func loseConnection(_ seat: Seat, cause: LagCause, _ world: inout RoomWorld, _ out: inout Outbox) {
        guard seat.everAcknowledged else { return self.vacate(seat, &world, &out) }
        seat.goAway(cause: cause, at: self.moment)
        self.markRowChanged(seat)
        if self.host == seat.number { self.chooseHost(&out) }
    }

    /// Ends an occupancy: the seat is gone, and ``RoomConfiguration/departure`` decides about its entities.
    mutating func vacate(_ seat: Seat, _ world: inout RoomWorld, _ out: inout Outbox) {
        out.note(.gone, seat, at: self.moment)
        seat.vacate()
        self.markRowChanged(seat)
        self.seats.count(seat.role, by: -1)
        self.occupancyVersion += 1
        if self.host == seat.number { self.chooseHost(&out) }
        if !seat.number.isSpectator { world.disposeEntities(of: seat.number, host: self.host) }
        if self.seated == 0 { self.emptySince = self.moment.liveness }
    }

    /// Removes a seat's occupant, if it is still the one who had this generation: a newer connection of its own saves nobody.
    mutating func expel(_ number: SeatNumber, generation: UInt64, _ world: inout RoomWorld, _ out: inout Outbox) {
        guard self.seats.isSeated(number), self.seats[number].generations.contains(generation) else { return }
        let seat = self.seats[number]
        out.count(.kicks)
        out.note(.kicked, seat, at: self.moment)
        if let connection = seat.connection { out.close(connection, .kicked) }
        self.vacate(seat, &world, &out)
    }

    /// Closes every connection, because the room ends.
    mutating func closeAll(_ code: CloseCode, _ out: inout Outbox) {
        for position in 0..<self.seats.count {
            let seat = self.seats.seat(at: position)
            guard seat.isSeated else { continue }
            if let connection = seat.connection { out.close(connection, code) }
            (seat.connection, seat.life) = (nil, .vacant)
        }
        self.seats.forgetCounts()
    }

    // MARK: The roster

    /// Marks that a seat's roster row changed at this tick.
    mutating func markRowChanged(_ seat: Seat) {
        seat.rowChanged = self.moment.tick
        if !seat.number.isSpectator { self.rowsChanged = self.moment.tick }
    }

    /// Makes a player the host. False if it is not live, or may not be it.
    mutating func handOver(to seat: Seat, _ out: inout Outbox) -> Bool {
        guard seat.life == .live, seat.mayHost, !seat.number.isSpectator else { return false }
        (self.host, self.hostChanged) = (seat.number, self.moment.tick)
        out.note(.host, seat, at: self.moment)
        return true
    }

    /// Gives the room a host if it has none.
    mutating func chooseHostIfNeeded(_ out: inout Outbox) {
        if self.host == .room { self.chooseHost(&out) }
    }

    /// Makes the live player of longest tenure the host; nobody, if none is live that may be it.
    mutating func chooseHost(_ out: inout Outbox) {
        var best: Seat?
        for seat in self.seats.players where seat.life == .live && seat.mayHost {
            // Numbers ascend, so the lowest number wins among players who joined at the same tick.
            if let found = best, found.joined <= seat.joined { continue }
            best = seat
        }
        guard self.host != best?.number ?? .room else { return }
        self.host = best?.number ?? .room
        self.hostChanged = self.moment.tick
        out.note(.host, best, at: self.moment)
    }

    // MARK: Restoring

    mutating func restore(host: SeatNumber, changed: Tick) { (self.host, self.hostChanged) = (host, changed) }

    mutating func restoreRow(of seat: Seat) {
        if !seat.number.isSpectator { self.rowsChanged = max(self.rowsChanged, seat.rowChanged) }
        if seat.identity != nil { self.newestIdentity = max(self.newestIdentity, seat.joined) }
    }

    /// Ends a restore: every connected seat goes away at this tick, all holds begin anew, and there is no host.
    mutating func resume(at moment: Moment) {
        self.moment = moment
        for position in 0..<self.seats.count { self.resume(self.seats.seat(at: position)) }
        if self.host != .room { (self.host, self.hostChanged) = (.room, moment.tick) }
        self.emptySince = self.seated == 0 ? moment.liveness : nil
    }

    private mutating func resume(_ seat: Seat) {
        guard seat.isSeated else { return }
        seat.restoreTimeSeated(rate: self.configuration.rate)
        self.seats.count(seat.role, by: 1)
        guard seat.state != .away else { return seat.life = .away(since: self.moment.liveness) }
        seat.goAway(cause: .unknown, at: self.moment)
        self.markRowChanged(seat)
    }
}
