import RelayCore

/// What rooms of one kind have in common. A room keeps what it was made with; what is configured later is for later rooms.
package struct RoomType: Equatable, Sendable {
    /// Who may make a room of it by joining it.
    package enum Creators: String, CaseIterable, Sendable {
        /// Every player; with tickets, who has the right *create*.
        case players
        /// Nobody who plays.
        case operators
    }

    /// The names of its rooms; empty for the type of all other rooms.
    package var rooms: [RoomPattern] = []
    /// With the type's name: ``RoomConfiguration/type``.
    package var room = RoomConfiguration()
    package var creators = Creators.players
    /// How long a room without seats stays. Nanoseconds.
    package var emptyRoomLifetime: UInt64 = 30_000_000_000

    package init() {}
}

/// All types of rooms.
package struct RoomTypes: Equatable, Sendable {
    /// That of rooms which no other type claims. There is always one, so that nothing needs to be configured.
    package var standard = RoomType()
    /// The others, each with a name and patterns of its own.
    package var others: [RoomType] = []

    package init() {}

    /// The type of a new room: that with the pattern which says most about its name.
    package func type(ofRoom name: String) -> RoomType {
        var (found, precision) = (self.standard, -1)
        for type in self.others {
            for pattern in type.rooms where pattern.precision > precision && pattern.matches(name) {
                (found, precision) = (type, pattern.precision)
            }
        }
        return found
    }

    /// The type of this name; nil if there is none.
    package func type(named name: String) -> RoomType? {
        ([self.standard] + self.others).first { $0.room.type.hasSameBytes(as: name) }
    }

    /// The type of a room that an earlier process left: that of its own type's name, if there still is one, else as for a new room.
    ///
    /// - Parameter type: Nil if its journal does not say.
    package func type(_ type: String?, ofRoom name: String) -> RoomType {
        type.flatMap { self.type(named: $0) } ?? self.type(ofRoom: name)
    }

    /// Ticks per second of the slowest and of the fastest.
    package var rates: ClosedRange<UInt64> {
        let rates = [self.standard.room.rate] + self.others.map(\.room.rate)
        return (rates.min() ?? 1)...(rates.max() ?? 1)
    }
}
