import RelayWire

/// The connections of a room's seats, by number.
struct SeatConnections {
    private var players: [ConnectionPointer?] = []
    private var spectators: [ConnectionPointer?] = []

    subscript(seat: SeatNumber) -> ConnectionPointer? {
        get {
            let place = Self.place(seat)
            let list = seat.isSpectator ? self.spectators : self.players
            return place < list.count ? list[place] : nil
        }
        set {
            let place = Self.place(seat)
            if seat.isSpectator {
                Self.set(newValue, at: place, in: &self.spectators)
            } else {
                Self.set(newValue, at: place, in: &self.players)
            }
        }
    }

    private static func place(_ seat: SeatNumber) -> Int { Int(seat.rawValue & 1023) }

    private static func set(_ pointer: ConnectionPointer?, at place: Int, in list: inout [ConnectionPointer?]) {
        while list.count <= place { list.append(nil) }
        list[place] = pointer
    }
}
