import RelayWire

/// The state of one seat as an operator sees it.
package struct SeatReport: Sendable {
    package var number: SeatNumber
    package var role: Role
    package var state: SeatState
    package var isBehind: Bool
    package var isHidden: Bool
    package var generation: UInt64
    /// The first one that is known to be of this occupant.
    package var firstGeneration: UInt64
    package var lastUplink: UInt64
    package var roundTrip: RoundTrip
    package var kernel: KernelSample?
    package var cause: LagCause
    /// Nanoseconds on the liveness clock; nil if nothing is outstanding.
    package var acknowledgementAge: UInt64?
    /// What its ticket said; nil if it came without one.
    package var identity: PlayerIdentity?
}

// Read-only access to a room, for statistics, tests and the simulation.
extension Room {
    /// Every seat that is not vacant, players first.
    package var seatReports: [SeatReport] {
        (0..<self.members.seats.count).map { self.members.seats.number(at: $0) }.filter { self.members.seats[$0].isSeated }.map {
            self.report($0)
        }
    }

    /// Passes the smoothed RTT of each connected seat that has one. Microseconds. Allocates nothing.
    package func forEachRoundTrip(_ body: (UInt64) -> Void) {
        for seat in self.members.seats.players where seat.connection != nil {
            if let trip = seat.roundTrip.smoothed { body(trip) }
        }
        for seat in self.members.seats.spectators where seat.connection != nil {
            if let trip = seat.roundTrip.smoothed { body(trip) }
        }
    }

    private func report(_ number: SeatNumber) -> SeatReport {
        let seat = self.members.seats[number]
        return SeatReport(
            number: number, role: seat.role, state: seat.state, isBehind: seat.sending.isBehind,
            isHidden: seat.sending.isHidden, generation: seat.generation, firstGeneration: seat.generations.lowerBound,
            lastUplink: seat.lastUplink, roundTrip: seat.roundTrip, kernel: seat.kernel, cause: seat.cause,
            acknowledgementAge: seat.sending.inFlight.oldest.map { self.clock.moment.liveness.since($0.liveness) },
            identity: seat.identity
        )
    }

    /// The deliveries of the last tick. O(outputs).
    package var deliveries: [Delivery] {
        self.outputs.compactMap { if case .deliver(let delivery) = $0 { delivery } else { nil } }
    }

    /// A seat's connection; nil while it is away or vacant.
    package func connection(of number: SeatNumber) -> ConnectionID? {
        self.members.seats.contains(number) ? self.members.seats[number].connection : nil
    }

    /// Changes when the room is restored from a journal.
    package var epoch: UInt64 { self.epochs.current }
    /// The tick that is being run, or was run last.
    package var currentTick: Tick { self.clock.moment.tick }
    /// The shell runs the room at every `stride`-th tick number.
    package var stride: UInt64 { self.clock.stride }
    package var host: SeatNumber { self.members.host }
    /// When the room became empty, on the liveness clock (0 for a new room); nil while anybody is seated.
    package var emptySince: Instant? { self.members.emptySince }
    package var counters: RoomCounters { self.out.counters }
    package var entityCount: Int { self.world.entities.count }
    package var stateBytes: Int { self.world.entities.stateBytes }
    package var nameCount: Int { self.world.names.count }
    package var eventCount: Int { self.events.count }
    /// Number of the newest event.
    package var newestEvent: UInt64 { self.events.newestNumber }
    /// Seats that are not vacant, spectators too.
    package var seated: Int { self.members.seated }
    /// Inputs that wait for the tick.
    package var inboxCount: Int { self.intake.inbox.entries.count }
    /// Whether the last tick was a heartbeat.
    package var wasHeartbeat: Bool { self.clock.isHeartbeat }

    /// Whether the kernel has yet to take the rest of a seat's frame.
    package func isUnfinished(_ number: SeatNumber) -> Bool {
        self.members.seats.contains(number) && self.members.seats[number].sending.unfinished != nil
    }

    /// Seats whose acknowledgements are overdue: the shell gives ``RoomInput/kernel(_:of:generation:)`` before the next tick.
    package var overdueSeats: [SeatNumber] { self.members.overdue }

    /// The value of a field, nil if there is none.
    package func value(_ entity: EntityID, _ name: String) -> Value? {
        guard let slot = self.world.entities.slot(of: entity), let index = self.world.names.index(of: name) else { return nil }
        let position = self.world.entities.position(of: index, slot: slot)
        return position.exists ? self.world.entities.slots[slot].fields[position.index].value.value : nil
    }

    /// All entities with their owners and fields by name, ascending.
    package var contents: [(id: EntityID, owner: SeatNumber, fields: [(name: String, value: Value)])] {
        self.world.entities.slots.indices
            .filter { self.world.entities.slot(of: self.world.entities.slots[$0].id) == $0 }
            .map { self.world.entities.slots[$0] }
            .sorted { $0.id < $1.id }
            .map { entity in
                let fields = entity.fields.map { (self.world.names.entries[Int($0.name.rawValue)].name, $0.value.value) }
                return (entity.id, entity.owner, fields)
            }
    }
}
