import RelayHosting
import RelayWire
import RelayWireJSON

/// A room that was made over HTTP.
struct MadeRoom: Sendable {
    var opened: OpenedRoom
    /// In the order in which they were wanted. Secret: never logged.
    var invitations: [String]

    /// The body of the answer.
    var json: [UInt8] {
        var writer = WireWriter()
        writer.ascii("{\"room\":")
        writer.json(self.opened.room)
        writer.ascii(",\"instance\":")
        writer.json(self.opened.instance)
        writer.ascii(",\"type\":")
        writer.json(self.opened.type)
        writer.ascii(",\"invitations\":[")
        for (position, invitation) in self.invitations.enumerated() {
            if position > 0 { writer.u8(UInt8(ascii: ",")) }
            writer.json(invitation)
        }
        writer.ascii("]}")
        return writer.array
    }
}
