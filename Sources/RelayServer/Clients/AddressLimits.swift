/// What the clients of one address may have at a time, or do in a minute. Loopback and Unix sockets are exempt, and so are proxies.
package struct AddressLimits: Hashable, Sendable {
    /// Connections after their upgrade, seated or on the way to a seat.
    package var connections = 1024
    /// Unfinished handshakes: from the accept to the hand-off, plain requests included.
    package var handshakes = 512
    /// Rooms that its clients have made and that are still there.
    package var rooms = 512
    /// New seats asked for in a minute; a return by token is none.
    package var joins = 1200
    /// Refused requests, hellos and tokens in a minute, while more of them are let in.
    package var failures = 600

    package init() {}

    func maximum(of kind: AddressHold.Kind) -> Int {
        switch kind {
        case .handshake: self.handshakes
        case .connection: self.connections
        case .room: self.rooms
        }
    }
}
