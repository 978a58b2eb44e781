import RelayHosting
import RelayWire

/// Finds the room that a hello or a rejoin is for.
package struct AdmissionRouter: Sendable {
    var hosting: any RoomHosting
    var mint: any TokenMint
    var newInstance: @Sendable () -> RoomInstance
    /// Milliseconds that clients are told to wait where waiting helps.
    var retryAfter: Int

    package init(
        hosting: any RoomHosting, mint: any TokenMint, newInstance: @escaping @Sendable () -> RoomInstance, retryAfter: Int
    ) {
        (self.hosting, self.mint, self.newInstance, self.retryAfter) = (hosting, mint, newInstance, retryAfter)
    }

    /// A request with a reserved route: hand both to the arena, or release the route.
    struct Routed: Sendable {
        var request: Admission.Request
        var route: RoomRoute
    }

    /// Judges the first message by itself.
    ///
    /// - Throws: ``Refusal`` with 4012 for a token that is not ours, 4006 for a message that is neither hello nor rejoin.
    func request(_ message: ClientMessage) throws(Refusal) -> Admission.Request {
        switch message {
        case .hello(let hello): return .hello(hello)
        case .rejoin(let rejoin):
            guard let token = self.mint.verify(rejoin.token) else { throw Refusal(.tokenRefused) }
            return .rejoin(rejoin, token)
        case .uplink, .ack, .resync, .leave, .visibility: throw Refusal(.outOfPlace)
        }
    }

    /// Asks for the room's place.
    ///
    /// - Returns: The route, reserved; or a refusal: 4011, 4012, 4015, or 4016 with the URL of the relay that has the room.
    func route(_ request: Admission.Request) async -> Result<Routed, Refusal> {
        switch await self.hosting.place(self.placement(of: request)) {
        case .here(let route): .success(Routed(request: request, route: route))
        case .elsewhere(let url): .failure(Refusal(elsewhere: url))
        case .refused(let refusal): .failure(self.refusal(refusal))
        }
    }

    private func placement(of request: Admission.Request) -> PlacementRequest {
        switch request {
        case .hello(let hello): PlacementRequest(room: hello.room, instance: nil, newInstance: self.newInstance())
        case .rejoin(let rejoin, let token):
            PlacementRequest(room: rejoin.room, instance: token.instance, newInstance: self.newInstance())
        }
    }

    private func refusal(_ refusal: PlacementRefusal) -> Refusal {
        switch refusal {
        case .relayFull: Refusal(.relayFull, retryAfter: self.retryAfter)
        case .overloaded:
            Refusal(
                .relayFull, "The relay is overloaded: try again later.", retryAfter: self.retryAfter, reason: .refusedOverloaded)
        case .crowded:
            Refusal(
                .relayFull, "Too many come at once: try again later.", retryAfter: self.retryAfter, reason: .refusedCrowded)
        case .roomGone: Refusal(.roomGone)
        case .otherRoom: Refusal(.tokenRefused)
        }
    }
}
