import RelayCore
import RelayHosting
import RelayJournal

/// A room that an earlier process left, ready to be ticked, on its way to the thread that will own it.
package final class RestoredRoom {
    package let name: String
    package let instance: RoomInstance
    package let type: RoomType
    package let seated: Int
    /// How often the process died while this room was ticked.
    package let deaths: Int
    private var room: Room?
    /// Nil if it could not be mapped or the room has outgrown it: then the room is not journaled any more.
    package let file: JournalFile?

    package init(_ header: JournalHeader, type: RoomType = RoomType(), deaths: Int, room: consuming Room, file: JournalFile?) {
        (self.name, self.instance, self.deaths, self.file) = (header.room, header.instance, deaths, file)
        self.type = type
        self.seated = room.seated
        self.room = consume room
    }

    /// Takes the room out. To be called once.
    package func takeRoom() -> Room {
        guard let room = self.room.take() else { preconditionFailure("a restored room is taken once") }
        return room
    }
}

extension RestoredRoom {
    func isAhead(of other: RestoredRoom) -> Bool { (self.tick, self.seated) > (other.tick, other.seated) }
    private var tick: Tick { self.room?.currentTick ?? .none }
}
