import RelayClocks
import RelayCore
import RelayHosting
import RelayWire

// What operators do to this thread's rooms.
extension ArenaThread {
    /// Finds occupants. Some hundred nanoseconds for each seat of the rooms.
    ///
    /// - Parameter andKick: Whether they leave at the next tick.
    func occupants(_ query: OccupantQuery, of rooms: [HostedRoom], andKick: Bool) -> [SeatOccupant] {
        rooms.flatMap { self.occupants(query, of: $0, andKick: andKick) }
    }

    private func occupants(_ query: OccupantQuery, of hosted: HostedRoom, andKick: Bool) -> [SeatOccupant] {
        let instance = hosted.route.instance.hexadecimal
        let found = hosted.connected.room.seatReports
            .map { SeatOccupant($0, in: hosted.route, instance, peer: hosted.connected.peer(of: $0.number)) }
            .filter(query.matches)
        guard andKick else { return found }
        let now = Clock.monotonic()
        for occupant in found {
            hosted.connected.give(.kick(SeatNumber(rawValue: occupant.seat), generation: occupant.generation, at: now))
        }
        return found
    }

    /// Ends a room, whoever is in it; nil if it has ended meanwhile.
    func close(_ instance: RoomInstance) -> ClosedRoom? {
        guard let hosted = self.rooms[instance] else { return nil }
        let seats = hosted.connected.room.seated
        self.statistics.roomsClosed += 1
        self.wake(hosted)
        self.end(hosted, .roomClosed)
        return ClosedRoom(room: hosted.route.name, instance: hosted.route.instance.hexadecimal, seats: seats)
    }
}

extension SeatOccupant {
    fileprivate init(_ seat: SeatReport, in route: RoomRoute, _ instance: String, peer: String?) {
        self.init(
            room: route.name, instance: instance, seat: seat.number.rawValue, generation: seat.generation, role: seat.role.word,
            state: seat.state.word,
            player: seat.identity?.player, name: seat.identity?.name, peer: peer, firstGeneration: seat.firstGeneration)
    }
}
