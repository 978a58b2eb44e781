extension RelayStatistics {
    /// Rooms in an overview, besides those that were asked for. A page shows no more at once, and gets them each second.
    package static let overviewRooms = 200
    /// Seats of one room that an overview names because they are not well.
    package static let overviewSeats = 8
    /// The same of all rooms together.
    package static let overviewSeatsInAll = 128

    /// Leaves out the seats.
    package mutating func reduceToRooms() {
        for index in self.rooms.indices { self.rooms[index].seats = [] }
        self.rooms.sort { $0.name < $1.name }
    }

    /// Leaves out what an overview does not say: first the rooms in which all is well, the smallest first.
    ///
    /// - Parameter rooms: Those of which every seat stays.
    /// - Complexity: O(r log r + s) for r rooms and s seats.
    package mutating func reduceToOverview(keeping rooms: Set<String>) {
        self.roomCount = self.rooms.count
        let ranked = self.rooms.sorted { ($0.gravity, $0.size, $1.name) > ($1.gravity, $1.size, $0.name) }
        var kept: [Room] = []
        var seatsLeft = Self.overviewSeatsInAll
        for (rank, room) in ranked.enumerated() {
            guard !rooms.contains(room.name) else { kept.append(room); continue }
            guard rank < Self.overviewRooms else { continue }
            var room = room
            room.seats = Array(room.seats.filter { !$0.isWell }.prefix(min(seatsLeft, Self.overviewSeats)))
            seatsLeft -= room.seats.count
            kept.append(room)
        }
        self.rooms = kept.sorted { $0.name < $1.name }
    }
}

extension RelayStatistics.Seat {
    /// Has a connection, and keeps up.
    package var isWell: Bool { self.state == "live" && !self.behind }
}

extension RelayStatistics.Room {
    /// How much somebody has to look: 2 with a stalled seat, 1 with one that is behind.
    fileprivate var gravity: Int { self.totals.stalled > 0 ? 2 : self.totals.behind > 0 ? 1 : 0 }
    /// Seats that are not vacant.
    fileprivate var size: Int { self.totals.live + self.totals.stalled + self.totals.away }
}
