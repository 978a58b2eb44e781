/// The options of `tickrelay rooms ban` that say whom and where, as they were given.
package struct BanOptions: Sendable {
    /// Why they make no sense.
    package struct Senseless: Error, Equatable, CustomStringConvertible {
        package var description: String
        init(_ description: String) { self.description = description }
    }

    /// ROOM SEAT.
    package var seat: (room: String?, number: UInt16?) = (nil, nil)
    /// --player.
    package var player: String?
    /// --address.
    package var address: String?
    /// --room.
    package var room: String?
    /// --everywhere.
    package var isEverywhere = false
    /// --shared.
    package var isShared = false
    /// --generation.
    package var generation: UInt64?

    package init() {}

    /// - Throws: If they do not name one whom, and one where.
    package func target() throws(Senseless) -> BanTarget {
        switch (self.seat.room, self.player, self.address) {
        case (let room?, nil, nil): return try self.seat(in: room)
        case (nil, let player?, nil): return .player(player, room: try self.place())
        case (nil, nil, let address?): return .address(address, room: try self.place())
        case (nil, nil, nil): throw Senseless("say whom to ban: ROOM SEAT, --player ID or --address ADDRESS")
        default: throw Senseless("a ban names one: ROOM SEAT, --player ID or --address ADDRESS")
        }
    }

    private func seat(in room: String) throws(Senseless) -> BanTarget {
        guard let number = self.seat.number else { throw Senseless("say which SEAT of \(room)") }
        guard self.room == nil else { throw Senseless("--room does not go with ROOM SEAT: that ban counts in ROOM") }
        return .seat(number, room: room, generation: self.generation, isEverywhere: self.isEverywhere, isShared: self.isShared)
    }

    private func place() throws(Senseless) -> String? {
        guard !self.isShared else { throw Senseless("--shared goes with ROOM SEAT alone") }
        guard self.generation == nil else { throw Senseless("--generation goes with ROOM SEAT alone") }
        guard !self.isEverywhere || self.room == nil else { throw Senseless("--everywhere does not go with --room") }
        return self.room
    }
}
