import RelayCore
import RelayHosting

extension ServerConfiguration {
    /// The settings of the owner of the rooms. Milliseconds become nanoseconds here, once.
    package var hosting: HostingConfiguration {
        func nanoseconds(_ milliseconds: Int) -> UInt64 { UInt64(milliseconds) * 1_000_000 }
        var hosting = HostingConfiguration()
        hosting.threads = self.threads
        hosting.maximumRooms = self.maximumRooms
        hosting.emptyRoomLifetime = nanoseconds(self.emptyRoomLifetime)
        hosting.room.rate = UInt64(self.tickRate)
        hosting.room.heartbeatInterval = nanoseconds(self.heartbeatInterval)
        hosting.room.maximumAckDelay = nanoseconds(self.maximumAckDelay)
        hosting.room.stallAfter = nanoseconds(self.stallAfter)
        hosting.room.graceWindow = nanoseconds(self.graceWindow)
        hosting.room.hiddenGrace = nanoseconds(self.hiddenGrace)
        hosting.room.seatHold = nanoseconds(self.seatHold)
        hosting.room.giveUpAfter = nanoseconds(self.giveUpAfter)
        hosting.room.uplinkBytes = self.uplinkBytes
        hosting.room.uplinkRate = UInt64(self.uplinkRate)
        hosting.room.uplinkBurst = UInt64(self.uplinkBurst)
        hosting.room.maximumPlayers = self.seatsPerRoom
        hosting.room.maximumSpectators = self.spectatorsPerRoom
        hosting.room.maximumEntities = self.entitiesPerRoom
        hosting.room.maximumStateBytes = self.stateBytesPerRoom
        hosting.room.roomWrites = self.roomWrites
        hosting.room.departure = self.onLeave
        hosting.room.fields = self.fields
        return hosting
    }
}
