/// A thread of rooms did not answer in time. What it was asked to do it may still do, when it moves again.
package struct RoomsAreSilent: Error, Equatable, Sendable {
    package init() {}
}

/// A room that was closed for an operator.
package struct ClosedRoom: Codable, Hashable, Sendable {
    package var room: String
    /// 32 hexadecimal digits.
    package var instance: String
    /// How many had a seat in it.
    package var seats: Int

    package init(room: String, instance: String, seats: Int) {
        (self.room, self.instance, self.seats) = (room, instance, seats)
    }
}

/// Why a room was not closed.
package enum ClosingRefusal: Error, Equatable, Sendable {
    /// There is none of this name.
    case gone
    /// Another one has the name.
    case otherRoom
    /// As ``RoomsAreSilent``.
    case silent
}

/// A room that was made, in which nobody is.
package struct OpenedRoom: Codable, Hashable, Sendable {
    package var room: String
    /// 32 hexadecimal digits.
    package var instance: String
    /// The name of its type.
    package var type: String

    package init(room: String, instance: String, type: String) {
        (self.room, self.instance, self.type) = (room, instance, type)
    }
}

/// Why a room was not opened.
package enum OpeningRefusal: Error, Equatable, Sendable {
    /// There is one of this name.
    case exists
    /// There are as many rooms as may be, or no descriptors are left.
    case relayFull
    case overloaded
    /// No player may make one of this name or type, or there is no such type.
    case typeRefused
    /// It would hold more seats for those who are to come than it has.
    case tooManyHeld
    /// The claim to make it was refused.
    case tooManyRooms
    /// As ``RoomsAreSilent``.
    case silent
}
