import RelayCore
import RelayHosting

extension ServerConfiguration {
    /// The settings of the owner of the rooms.
    package var hosting: HostingConfiguration {
        var hosting = HostingConfiguration()
        (hosting.threads, hosting.maximumRooms, hosting.types) = (self.threads, self.maximumRooms, self.types)
        return hosting
    }

    /// The types of rooms.
    package var types: RoomTypes {
        var types = RoomTypes()
        types.standard = self.type(RoomConfiguration.standardType, self.rooms)
        types.others = self.roomTypes.map { configured in
            var type = self.type(configured.name, configured.settings)
            (type.rooms, type.creators) = (configured.rooms, configured.creators)
            return type
        }
        return types
    }

    private func type(_ name: String, _ settings: RoomSettings) -> RoomType {
        var type = RoomType()
        type.room = settings.room(type: name, uplinkBytes: self.uplinkBytes)
        type.emptyRoomLifetime = RoomSettings.nanoseconds(settings.emptyRoomLifetime)
        return type
    }
}
