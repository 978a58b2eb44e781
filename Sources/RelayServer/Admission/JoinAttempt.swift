import RelayCore
import RelayHosting
import RelayWire

/// Somebody who has said hello, on the way to a room.
struct JoinAttempt: Sendable {
    /// Without its ticket. Its room is the one that was found.
    var hello: Hello
    var address: IPAddress?
    /// What limits count it under; nil for this machine.
    var block: AddressBlock?
    /// Checked; nil where none is asked for.
    var ticket: Ticket?
    /// What the room is to know.
    var introduction: Introduction
    /// Asked if a room has to be made: takes a place among those that the address may make.
    var claimRoom: @Sendable () -> RoomClaim

    /// The type of a room that the relay is to name.
    var type: String { self.hello.lobby?.type ?? RoomConfiguration.standardType }

    var mayCreate: Bool { self.ticket?.identity.rights.contains(.create) ?? true }

    /// - Parameter wished: Of *allowed* an attempt without the right to make rooms gets *forbidden*.
    func placement(
        _ wished: RoomCreation, newInstance: RoomInstance, type: String? = nil, opening: RoomOpening = RoomOpening()
    ) -> PlacementRequest {
        PlacementRequest(
            room: self.hello.room, instance: nil, newInstance: newInstance,
            creation: wished == .allowed && !self.mayCreate ? .forbidden : wished,
            type: type, onlyType: self.ticket?.type, opening: opening, claimRoom: self.claimRoom)
    }
}
