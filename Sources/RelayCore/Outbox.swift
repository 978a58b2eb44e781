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
