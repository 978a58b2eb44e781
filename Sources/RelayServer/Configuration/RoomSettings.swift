import RelayCore

/// The settings of rooms of one type, but for the longest message, which all rooms share. Durations are milliseconds.
package struct RoomSettings: Sendable, Equatable {
    package let tickRate: Int
    package let heartbeatInterval: Int
    package let maximumAckDelay: Int
    package let stallAfter: Int
    package let graceWindow: Int
    package let hiddenGrace: Int
    package let seatHold: Int
    package let giveUpAfter: Int
    package let uplinkRate: Int
    package let uplinkBurst: Int
    package let seatsPerRoom: Int
    package let spectatorsPerRoom: Int
    package let entitiesPerRoom: Int
    package let stateBytesPerRoom: Int
    package let emptyRoomLifetime: Int
    package let roomWrites: RoomWrites
    package let onLeave: DeparturePolicy
    package let fields: [DeclaredField]

    /// The keys that a type of rooms may say otherwise.
    package static let keys: [ConfigurationKey] = [
        .tickRate, .heartbeatInterval, .maximumAckDelay, .stallAfter, .graceWindow, .hiddenGrace, .seatHold, .giveUpAfter,
        .uplinkRate,
        .uplinkBurst, .seatsPerRoom, .spectatorsPerRoom, .entitiesPerRoom, .stateBytesPerRoom, .emptyRoomLifetime, .roomWrites,
        .onLeave,
        .fields,
    ]

    /// Reads each setting by itself.
    init(_ reader: inout SettingReader) {
        self.tickRate = reader.integer(.tickRate, 1...240, default: 30)
        self.heartbeatInterval = reader.duration(.heartbeatInterval, 100...60_000, default: 1000)
        self.maximumAckDelay = reader.duration(.maximumAckDelay, 10...10_000, default: 250)
        self.stallAfter = reader.duration(.stallAfter, 1...3_600_000, default: 3000)
        self.graceWindow = reader.duration(.graceWindow, 0...3_600_000, default: 10_000)
        self.hiddenGrace = reader.duration(.hiddenGrace, 0...3_600_000, default: 300_000)
        self.seatHold = reader.duration(.seatHold, 0...86_400_000, default: 120_000)
        self.giveUpAfter = reader.duration(.giveUpAfter, 1...3_600_000, default: 6000)
        self.uplinkRate = reader.integer(.uplinkRate, 1...100_000, default: self.tickRate > 60 ? 2 * self.tickRate : 120)
        self.uplinkBurst = reader.integer(.uplinkBurst, 1...1_000_000, default: 2 * self.uplinkRate)
        self.seatsPerRoom = reader.integer(.seatsPerRoom, 1...Int(SeatNumber.players.upperBound), default: 512)
        self.spectatorsPerRoom = reader.integer(.spectatorsPerRoom, 0...SeatNumber.spectators.count, default: 512)
        self.entitiesPerRoom = reader.integer(.entitiesPerRoom, 1...65_536, default: 4096)
        self.stateBytesPerRoom = reader.integer(.stateBytesPerRoom, 1024...3 << 20, default: 1 << 20)
        self.emptyRoomLifetime = reader.duration(.emptyRoomLifetime, 0...86_400_000, default: 30_000)
        self.roomWrites = reader.choice(.roomWrites, default: .anyone)
        self.onLeave = reader.choice(.onLeave, default: .remove)
        self.fields = reader.fields(.fields)
    }

    /// Rules between them. A rule is skipped if one of its settings is wrong by itself.
    func requireAgreement(_ reader: inout SettingReader) {
        let tick = (1000 + self.tickRate - 1) / self.tickRate
        reader.require(
            self.heartbeatInterval >= tick, .heartbeatInterval, with: [.tickRate], got: "\(self.heartbeatInterval)ms",
            "must be at least a tick (\(tick)ms), for frames are sent at ticks"
        )
        let pause = max(self.heartbeatInterval, Self.longestPause)
        let reason = pause > self.heartbeatInterval ? "\(pause)ms" : "heartbeatInterval"
        reader.require(
            self.stallAfter > self.maximumAckDelay + pause, .stallAfter, with: [.maximumAckDelay, .heartbeatInterval],
            got: "\(self.stallAfter)ms",
            "must be more than maximumAckDelay + \(reason) (\(self.maximumAckDelay + pause)ms), or an idle player stalls"
        )
        reader.require(
            self.giveUpAfter > 2 * pause, .giveUpAfter, with: [.heartbeatInterval], got: "\(self.giveUpAfter)ms",
            "must be more than 2 x \(reason) (\(2 * pause)ms), or clients give up healthy connections"
        )
        let acknowledgements = (1000 + self.maximumAckDelay - 1) / self.maximumAckDelay
        reader.require(
            self.uplinkRate >= acknowledgements, .uplinkRate, with: [.maximumAckDelay], got: "\(self.uplinkRate)",
            "must be at least 1s / maximumAckDelay (\(acknowledgements)), or acknowledging is a flood"
        )
        reader.require(
            10 * self.uplinkBurst >= self.uplinkRate, .uplinkBurst, with: [.uplinkRate], got: "\(self.uplinkBurst)",
            "must be at least uplinkRate / 10, or a hiccup of the network is a flood"
        )
    }

    /// Maximum time between two frames of a room that ticks less often because its thread is overloaded. Milliseconds.
    private static let longestPause = 250

    /// The same for the core: milliseconds become nanoseconds here, once.
    ///
    /// - Parameter uplinkBytes: Of the longest message.
    func room(type: String, uplinkBytes: Int) -> RoomConfiguration {
        var room = RoomConfiguration()
        room.type = type
        room.rate = UInt64(self.tickRate)
        room.heartbeatInterval = Self.nanoseconds(self.heartbeatInterval)
        room.maximumAckDelay = Self.nanoseconds(self.maximumAckDelay)
        room.stallAfter = Self.nanoseconds(self.stallAfter)
        room.graceWindow = Self.nanoseconds(self.graceWindow)
        room.hiddenGrace = Self.nanoseconds(self.hiddenGrace)
        room.seatHold = Self.nanoseconds(self.seatHold)
        room.giveUpAfter = Self.nanoseconds(self.giveUpAfter)
        room.uplinkBytes = uplinkBytes
        (room.uplinkRate, room.uplinkBurst) = (UInt64(self.uplinkRate), UInt64(self.uplinkBurst))
        (room.maximumPlayers, room.maximumSpectators) = (self.seatsPerRoom, self.spectatorsPerRoom)
        (room.maximumEntities, room.maximumStateBytes) = (self.entitiesPerRoom, self.stateBytesPerRoom)
        (room.roomWrites, room.departure, room.fields) = (self.roomWrites, self.onLeave, self.fields)
        return room
    }

    static func nanoseconds(_ milliseconds: Int) -> UInt64 { UInt64(milliseconds) * 1_000_000 }
}
