import RelayHosting
import RelayWire

/// Finds the room that a hello or a rejoin is for, and decides whether a newcomer may have a seat there.
package struct AdmissionRouter: Sendable {
    var hosting: any RoomHosting
    var mint: any TokenMint
    var newInstance: @Sendable () -> RoomInstance
    /// Seconds since 1970.
    var unixTime: @Sendable () -> Int64
    let access: CurrentAccess
    let desk: TicketDesk
    let bans: BanList
    /// Milliseconds that clients are told to wait where waiting helps.
    var retryAfter: Int

    package init(
        hosting: any RoomHosting, mint: any TokenMint, environment: FrontDoorEnvironment,
        access: CurrentAccess = CurrentAccess(.open), desk: TicketDesk = TicketDesk(), bans: BanList = BanList(),
        retryAfter: Int
    ) {
        (self.hosting, self.mint, self.access, self.desk, self.retryAfter) = (hosting, mint, access, desk, retryAfter)
        self.bans = bans
        (self.newInstance, self.unixTime) = ({ environment.newInstance() }, environment.unixTime)
    }

    /// A request with a reserved route: hand both to the arena, or release the route.
    struct Routed: Sendable {
        var request: Admission.Request
        /// Whom the ticket names.
        var identity: PlayerIdentity?
        var route: RoomRoute
    }

    /// Judges the first message by itself.
    ///
    /// - Parameter ticket: That of the upgrade, for a hello without one.
    /// - Throws: ``Refusal`` with 4012 for a token that is not ours, 4006 for a message that is neither hello nor rejoin.
    func request(_ message: ClientMessage, ticket: [UInt8]? = nil) throws(Refusal) -> Admission.Request {
        switch message {
        case .hello(var hello):
            hello.ticket = hello.ticket ?? ticket
            return .hello(hello)
        case .rejoin(let rejoin):
            guard let token = self.mint.verify(rejoin.token) else { throw Refusal(.tokenRefused) }
            return .rejoin(rejoin, token)
        case .uplink, .ack, .resync, .leave, .visibility: throw Refusal(.outOfPlace)
        }
    }

    /// Looks at a newcomer's ticket, then asks for the room's place.
    ///
    /// - Parameters:
    ///   - address: The client's; nil for a process of this machine by a Unix socket.
    ///   - claimRoom: Asked if a room has to be made.
    /// - Returns: The route, reserved; or a refusal: 4011, 4012, 4015, 4022 for who is banned, one of a ticket, or 4016 with the URL of the
    ///   relay that has the room.
    func route(
        _ request: Admission.Request, from address: IPAddress?, claimRoom: @escaping @Sendable () -> RoomClaim
    ) async -> Result<Routed, Refusal> {
        do throws(Refusal) {
            let (request, identity) = try await self.admit(request)
            if let refusal = self.ban(of: identity, address, request) { return .failure(refusal) }
            var placement = self.placement(of: request, identity)
            placement.claimRoom = claimRoom
            switch await self.hosting.place(placement) {
            case .here(let route): return .success(Routed(request: request, identity: identity, route: route))
            case .elsewhere(let url): return .failure(Refusal(elsewhere: url))
            case .refused(let refusal): return .failure(self.refusal(refusal))
            }
        } catch {
            return .failure(error)
        }
    }

    /// Checks the ticket of a hello, and takes it out. A rejoin needs none: its token is what a ticket has become.
    private func admit(_ request: Admission.Request) async throws(Refusal) -> (Admission.Request, PlayerIdentity?) {
        guard case .hello(var hello) = request else { return (request, nil) }
        let shown = hello.ticket
        hello.ticket = nil
        guard case .tickets(let policy) = self.access.policy else { return (.hello(hello), nil) }
        guard let shown else { throw Refusal(.missing) }
        guard let outcome = await self.desk.verify(shown, by: policy, at: self.unixTime()) else {
            throw Refusal(
                .relayFull, "Too many tickets wait to be looked at: try again later.", retryAfter: self.retryAfter,
                reason: .refusedTicketQueue)
        }
        do throws(RefusedTicket) {
            let ticket = try outcome.get()
            try ticket.check(room: hello.room, role: hello.role)
            return (.hello(hello), ticket.identity)
        } catch {
            throw Refusal(error)
        }
    }

    /// The refusal of somebody who is banned; nil for all others. A token says nothing of its player: who is banned by id has lost every
    /// seat, ``RoomActs``.
    func ban(of identity: PlayerIdentity?, _ address: IPAddress?, _ request: Admission.Request) -> Refusal? {
        let room =
            switch request {
            case .hello(let hello): hello.room
            case .rejoin(let rejoin, _): rejoin.room
            }
        guard let ban = self.bans.ban(of: identity?.player, address, in: room, at: self.unixTime()) else { return nil }
        let place = ban.room == nil ? "from here" : "from this room"
        return Refusal(.kicked, "You are banned \(place) until \(ban.end).", reason: .refusedBanned)
    }

    private func placement(of request: Admission.Request, _ identity: PlayerIdentity?) -> PlacementRequest {
        switch request {
        case .hello(let hello):
            PlacementRequest(
                room: hello.room, instance: nil, newInstance: self.newInstance(),
                mayCreate: identity?.rights.contains(.create) ?? true)
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
        case .tooManyRooms:
            Refusal(
                .relayFull, "Too many rooms from your address: join another, or try again later.", retryAfter: self.retryAfter,
                reason: .roomsPerAddress)
        case .mayNotCreate: Refusal(.lacksRight, "There is no such room, and your ticket may not make one: it lacks 'create'.")
        case .madeByOperators: Refusal(.roomGone, "There is no such room, and players cannot make one of its name.")
        case .roomGone: Refusal(.roomGone)
        case .otherRoom: Refusal(.tokenRefused)
        }
    }
}
