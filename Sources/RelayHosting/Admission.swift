import RelayCore
import RelayWire

/// The contents of a rejoin token, after the shell has checked its authenticity: SPEC section 11.
package struct RejoinToken: Hashable, Sendable {
    package var instance: RoomInstance
    package var seat: SeatNumber
    package var generation: UInt64
    package init(instance: RoomInstance, seat: SeatNumber, generation: UInt64) {
        (self.instance, self.seat, self.generation) = (instance, seat, generation)
    }
}

/// Mints and verifies rejoin tokens. The shell implements it; the arena mints when it sends a welcome.
package protocol TokenMint: Sendable {
    /// The wire form of a token, at most 128 bytes.
    func mint(_ token: RejoinToken) -> [UInt8]
    /// The token, or nil if it is not one of ours. Constant time in the authenticator.
    func verify(_ bytes: [UInt8]) -> RejoinToken?
}

/// A connection that has said hello, as the front door hands it to the arena.
package struct Admission: Sendable {
    /// The request in the connection's first message.
    package enum Request: Sendable {
        /// Without its ticket, which was the front door's to check.
        case hello(Hello)
        /// The token has been verified; its instance is that of the room that ``RoomDirectory`` found.
        case rejoin(Rejoin, RejoinToken)
    }

    /// What carries its bytes. The arena owns it from here on and closes it.
    package enum Carrier: Sendable {
        /// A socket, non-blocking.
        case socket(Int32)
        case encrypted(EncryptedLink)

        /// How many descriptors it takes.
        package var descriptors: Int {
            switch self {
            case .socket: 1
            case .encrypted: 2
            }
        }
    }

    package var carrier: Carrier
    package var request: Request
    package var form: ClientForm
    /// What is known of the newcomer. Of a rejoin only where it comes from: the seat knows the rest.
    package var introduction: Introduction
    /// Which room, on which thread.
    package var route: RoomRoute
    /// The codec as the front door left it, with the bytes of an incomplete message that it holds.
    package var decoder: WebSocketDecoder
    /// Bytes read from the socket after the hello and not yet given to the codec.
    package var unread: [UInt8]
    /// When the hello was read: nanoseconds, monotonic clock.
    package var arrival: UInt64
    /// The client's address and port, for logs and statistics.
    package var peer: String
    /// To be kept as long as the connection: the client's place among those of its address. Nil for who needs none.
    package var hold: (any AnyObject & Sendable)?

    package init(
        _ carrier: Carrier, request: Request, form: ClientForm = .binary, introduction: Introduction = Introduction(),
        route: RoomRoute,
        decoder: WebSocketDecoder, unread: [UInt8],
        arrival: UInt64, peer: String, hold: (any AnyObject & Sendable)? = nil
    ) {
        (self.carrier, self.request, self.form, self.route) = (carrier, request, form, route)
        self.introduction = introduction
        (self.decoder, self.unread, self.arrival, self.peer) = (decoder, unread, arrival, peer)
        self.hold = hold
    }
}
