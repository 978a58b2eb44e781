import RelayCore
import RelayHosting
import RelayWire

/// Finds the room that a hello or a rejoin is for, and decides whether a newcomer may have a seat there.
package struct AdmissionRouter: Sendable {
    var hosting: any RoomHosting
    var mint: any TokenMint
    /// 64 unpredictable bits.
    var random: @Sendable () -> UInt64
    /// Seconds since 1970.
    var unixTime: @Sendable () -> Int64
    let access: CurrentAccess
    let desk: TicketDesk
    let bans: BanList
    let passwords: PasswordDesk
    /// Milliseconds that clients are told to wait where waiting helps.
    var retryAfter: Int

    package init(
        hosting: any RoomHosting, mint: any TokenMint, environment: FrontDoorEnvironment, common: CommonBounds, retryAfter: Int
    ) {
        (self.hosting, self.mint, self.retryAfter) = (hosting, mint, retryAfter)
        (self.access, self.desk, self.bans, self.passwords) = (common.access, common.desk, common.bans, common.passwords)
        (self.random, self.unixTime) = (environment.random, environment.unixTime)
    }

    /// The identity of a new room.
    var newInstance: RoomInstance { RoomInstance(high: self.random(), low: self.random()) }

    /// A request with a reserved route: hand both to the arena, or release the route.
    struct Routed: Sendable {
        var request: Admission.Request
        /// What the room is to know of the newcomer.
        var introduction: Introduction
        var route: RoomRoute
        /// Counts how it was found, where that is worth counting.
        var counter: FrontDoorCounters.Reason?
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
    ///   - block: What limits count it under; nil for this machine.
    ///   - claimRoom: Asked if a room has to be made.
    /// - Returns: The route, reserved; or a refusal: 4011, 4012, 4015, 4017, 4022 for who is banned, 4036, one of a ticket, or 4016 with the URL
    ///   of the relay that has the room.
    func route(
        _ request: Admission.Request, from address: IPAddress?, _ block: AddressBlock?,
        claimRoom: @escaping @Sendable () -> RoomClaim
    ) async -> Result<Routed, Refusal> {
        do throws(Refusal) {
            switch request {
            case .hello(let hello):
                let attempt = try await self.attempt(hello, address, block, claimRoom)
                return .success(try await self.route(attempt))
            case .rejoin(let rejoin, let token):
                if let refusal = self.ban(of: nil, address, in: rejoin.room) { throw refusal }
                let placement = PlacementRequest(room: rejoin.room, instance: token.instance, newInstance: self.newInstance)
                return .success(
                    Routed(
                        request: request, introduction: Introduction(origin: block?.origin),
                        route: try await self.place(placement)))
            }
        } catch {
            return .failure(error)
        }
    }

    // MARK: Who it is

    private func attempt(
        _ hello: Hello, _ address: IPAddress?, _ block: AddressBlock?, _ claimRoom: @escaping @Sendable () -> RoomClaim
    ) async throws(Refusal) -> JoinAttempt {
        var attempt = JoinAttempt(
            hello: hello, address: address, block: block,
            introduction: Introduction(origin: block?.origin, invitation: hello.lobby?.invitation), claimRoom: claimRoom)
        attempt.hello.ticket = nil
        attempt.ticket = try await self.ticket(hello.ticket)
        attempt.introduction.identity = attempt.ticket?.identity
        do throws(RefusedTicket) {
            if !hello.room.isEmpty { try attempt.ticket?.check(room: hello.room) }
            try attempt.ticket?.check(role: hello.role)
        } catch {
            throw Refusal(error)
        }
        return attempt
    }

    /// Checks the ticket that somebody shows; nil where none is asked for. A rejoin needs none: its token is what a ticket has become.
    func ticket(_ shown: [UInt8]?) async throws(Refusal) -> Ticket? {
        guard case .tickets(let policy) = self.access.policy else { return nil }
        guard let shown else { throw Refusal(.missing) }
        guard let outcome = await self.desk.verify(shown, by: policy, at: self.unixTime()) else {
            throw Refusal(
                .relayFull, "Too many tickets wait to be looked at: try again later.", retryAfter: self.retryAfter,
                reason: .refusedTicketQueue)
        }
        do throws(RefusedTicket) {
            return try outcome.get()
        } catch {
            throw Refusal(error)
        }
    }

    /// The refusal of somebody whom an operator has banned; nil for all others. A token says nothing of its player: who is banned by id has lost
    /// every seat, ``RoomActs``.
    func ban(of player: String?, _ address: IPAddress?, in room: String) -> Refusal? {
        guard let ban = self.bans.ban(of: player, address, in: room, at: self.unixTime()) else { return nil }
        let place = ban.room == nil ? "from here" : "from this room"
        return Refusal(.kicked, "You are banned \(place) until \(ban.end).", reason: .refusedBanned)
    }

    // MARK: Where the room is

    func place(_ placement: PlacementRequest) async throws(Refusal) -> RoomRoute {
        switch await self.hosting.place(placement) {
        case .here(let route): return route
        case .elsewhere(let url): throw Refusal(elsewhere: url)
        case .refused(let refusal): throw self.refusal(refusal)
        }
    }

    func refusal(_ refusal: PlacementRefusal) -> Refusal {
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
        case .madeByOperators: Refusal(.roomGone, "There is no such room, and players cannot make one of its name or type.")
        case .otherType: Refusal(.otherRoom, "Your ticket is for rooms of another type: get one for this room.")
        case .nameTaken: Refusal(.nameTaken)
        case .noSuchRoom: Refusal(.roomGone, "There is no room of this name or code: look at it again, or make one.")
        case .roomGone: Refusal(.roomGone)
        case .otherRoom: Refusal(.tokenRefused)
        }
    }
}
