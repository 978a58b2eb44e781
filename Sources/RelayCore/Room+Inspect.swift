/// The state of one seat as an operator sees it.
public struct SeatReport: Sendable {
    public var number: SeatNumber
    public var role: Role
    public var state: SeatState
    public var isBehind: Bool
    public var generation: UInt64
    public var lastUplink: UInt64
    public var roundTrip: RoundTrip
    public var kernel: KernelSample?
    public var cause: LagCause
    /// Nanoseconds on the liveness clock; nil if nothing is outstanding.
    public var acknowledgementAge: UInt64?
}

// Read-only access to a room, for statistics, tests and the simulation.
extension Room {
    /// Every seat that is not vacant, players first.
    public var seatReports: [SeatReport] {
        (0..<self.members.seats.count).map { self.members.seats.number(at: $0) }.filter { self.members.seats[$0].isSeated }.map {
            self.report($0)
        }
    }

    private func report(_ number: SeatNumber) -> SeatReport {
        let seat = self.members.seats[number]
        return SeatReport(
            number: number, role: seat.role, state: seat.state, isBehind: seat.sending.isBehind, generation: seat.generation,
            lastUplink: seat.lastUplink, roundTrip: seat.roundTrip, kernel: seat.kernel, cause: seat.cause,
            acknowledgementAge: seat.sending.inFlight.oldest.map { self.clock.moment.liveness.since($0.liveness) }
        )
    }

    /// The deliveries of the last tick. O(outputs).
    public var deliveries: [Delivery] {
        self.outputs.compactMap { if case .deliver(let delivery) = $0 { delivery } else { nil } }
    }

    /// A seat's connection; nil while it is away or vacant.
    public func connection(of number: SeatNumber) -> ConnectionID? {
        self.members.seats.contains(number) ? self.members.seats[number].connection : nil
    }

    /// Changes when the room is restored from a journal.
    public var epoch: UInt64 { self.epochs.current }
    /// The tick that is being run, or was run last.
    public var currentTick: Tick { self.clock.moment.tick }
    /// The shell runs the room at every `stride`-th tick number.
    public var stride: UInt64 { self.clock.stride }
    public var host: SeatNumber { self.members.host }
    /// When the room became empty, on the liveness clock (0 for a new room); nil while anybody is seated.
    public var emptySince: Instant? { self.members.emptySince }
    public var counters: RoomCounters { self.out.counters }
    public var entityCount: Int { self.world.entities.count }
    public var stateBytes: Int { self.world.entities.stateBytes }
    public var nameCount: Int { self.world.names.count }
    public var eventCount: Int { self.events.count }
    /// Number of the newest event.
    public var newestEvent: UInt64 { self.events.newestNumber }
    /// Seats that are not vacant, spectators too.
    public var seated: Int { self.members.seated }
    /// Inputs that wait for the tick.
    public var inboxCount: Int { self.intake.inbox.entries.count }
    /// The first tick that is run at or after this one will be a heartbeat.
    public var nextHeartbeatTick: Tick { self.clock.nextHeartbeat }
    /// Whether the last tick was a heartbeat.
    public var wasHeartbeat: Bool { self.clock.isHeartbeat }

    /// Whether the kernel has yet to take the rest of a seat's frame.
    public func isUnfinished(_ number: SeatNumber) -> Bool {
        self.members.seats.contains(number) && self.members.seats[number].sending.unfinished != nil
    }

    /// The value of a field, nil if there is none.
    public func value(_ entity: EntityID, _ name: String) -> Value? {
        guard let slot = self.world.entities.slot(of: entity), let index = self.world.names.index(of: name) else { return nil }
        let position = self.world.entities.position(of: index, slot: slot)
        return position.exists ? self.world.entities.slots[slot].fields[position.index].value.value : nil
    }

    /// All entities with their owners and fields by name, ascending.
    public var contents: [(id: EntityID, owner: SeatNumber, fields: [(name: String, value: Value)])] {
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
