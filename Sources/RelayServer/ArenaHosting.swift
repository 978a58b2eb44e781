import RelayArena
import RelayCore

extension Arena: RoomHosting {}

extension ServerConfiguration {
    /// What the arena needs of this. Milliseconds become nanoseconds here, once.
    public var arena: ArenaConfiguration {
        func nanoseconds(_ milliseconds: Int) -> UInt64 { UInt64(milliseconds) * 1_000_000 }
        var arena = ArenaConfiguration()
        arena.threads = self.threads
        arena.maximumRooms = self.maximumRooms
        arena.emptyRoomLifetime = nanoseconds(self.emptyRoomLifetime)
        arena.room.rate = UInt64(self.tickRate)
        arena.room.beatInterval = nanoseconds(self.heartbeatInterval)
        arena.room.ackDelay = nanoseconds(self.ackDelay)
        arena.room.stallAfter = nanoseconds(self.stallAfter)
        arena.room.graceWindow = nanoseconds(self.graceWindow)
        arena.room.seatHold = nanoseconds(self.seatHold)
        arena.room.giveUpAfter = nanoseconds(self.giveUpAfter)
        arena.room.uplinkBytes = self.uplinkBytes
        arena.room.uplinkRate = UInt64(self.uplinkRate)
        arena.room.uplinkBurst = UInt64(self.uplinkBurst)
        arena.room.maximumPlayers = self.seatsPerRoom
        arena.room.maximumSpectators = self.spectatorsPerRoom
        arena.room.maximumEntities = self.entitiesPerRoom
        arena.room.maximumStateBytes = self.stateBytesPerRoom
        arena.room.roomWrites = self.roomWrites
        arena.room.departure = self.onLeave
        arena.room.fields = self.fields
        return arena
    }
}
