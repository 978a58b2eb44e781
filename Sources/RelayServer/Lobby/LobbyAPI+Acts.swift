import RelayCore
import RelayHosting
import RelayWire
import RelayWireJSON

// Acts of a host without its connection. The token of a seat says who it is; the room carries the act out at its next tick.
extension LobbyAPI {
    /// ban ─► token ─► act
    func seatRequest(_ body: LobbyBody, from address: IPAddress?, in room: String) throws(LobbyRefusal) -> SeatRequest {
        if let ban = self.router.ban(of: nil, address, in: room) { throw LobbyRefusal(ban, retryAfter: self.retryAfter) }
        guard let shown = body.credentials else {
            throw LobbyRefusal(.tokenMissing, "Show the token of your seat: Authorization: Bearer TOKEN.")
        }
        let text = try? JSONToken(text: String(decoding: shown, as: UTF8.self))
        guard let text, let token = self.router.mint.verify(text.token) else {
            throw .tokenRefused
        }
        guard text.room.hasSameBytes(as: room) else {
            throw LobbyRefusal(.otherRoom, "The token is of another room than the path: name the room that you are in.")
        }
        return SeatRequest(token: token, operation: try LobbyAct(body: body.bytes).operation)
    }

    func act(_ request: SeatRequest, in room: String) async -> Result<Void, LobbyRefusal> {
        switch await self.hosting.perform(request, in: room) {
        case .result(.succeeded): .success(())
        case .result(let code): .failure(LobbyRefusal(code))
        case .refused(let code): .failure(LobbyRefusal(ofAct: code, retryAfter: self.retryAfter))
        case nil: .failure(.silent(retryAfter: self.retryAfter))
        }
    }
}

extension LobbyRefusal {
    fileprivate static let tokenRefused = LobbyRefusal(
        .tokenRefused, "This is no token of a seat here: join, and send the token of the welcome.")

    /// What the room said to an act.
    fileprivate init(_ result: ResultCode) {
        switch result {
        case .notOwner, .spectator:
            self.init(
                .notHost,
                "Only the host may do this, and who is away is host no more; kick and ban also a seat with the right 'kick'.")
        case .noSuchSeat:
            self.init(
                .noSuchSeat, "Nobody whom this can be done to sits there, or it is you: look at the players in the room's frames."
            )
        case .valueDiffers:
            self.init(
                .changed,
                "The card says something else, or nothing, which is null: lists show the type's seats where the card has none.")
        case .cannotBeBanned:
            self.init(.cannotBeBanned, "Nothing tells this one from others: it has no ticket, and others may have its address.")
        case .tooManyFields: self.init(.noMoreRoom, "The card has as many properties as it may: set one of them to null.")
        case .noMoreRoom:
            self.init(
                .noMoreRoom, "256 bans, 64 invitations, or no seat left to hold: withdraw an invitation. Bans end with the room.")
        case .tooManyNames:
            self.init(.noMoreRoom, "The room has used as many names as it may: use one that is there, or make another room.")
        case .tooManyEntities, .stateFull, .tooManyDeliveries:
            self.init(.noMoreRoom, "The room has as much state as it may: have some of it removed.")
        case .wrongType, .outOfRange, .noSuchEntity, .compareAndSetOnly:
            self = .badRequest("A value of the act has the wrong type or range: see /openapi.json.")
        case .succeeded: preconditionFailure("success is no refusal")
        }
    }

    /// Why no room looked at an act.
    fileprivate init(ofAct code: CloseCode, retryAfter: Int) {
        switch code {
        case .tokenRefused: self = .tokenRefused
        case .tokenSuperseded: self.init(.tokenSuperseded, "A newer token of this seat is in use: send that one.")
        case .seatGone: self.init(.seatGone, "The seat of this token is gone: join again.")
        case .rateLimited: self.init(.tooManyActs, "Too many acts of one seat: send fewer in a second.", retryAfter: 1000)
        case .relayFull: self.init(.relayFull, "Too many acts wait: try again later.", retryAfter: retryAfter)
        case .draining:
            self.init(.draining, "The relay is shutting down, and has not done it: ask again later.", retryAfter: retryAfter)
        case .malformed, .unknownKind: self = .badRequest("This is no act: see /openapi.json.")
        default: self.init(.notFound, "There is no such room now, or it is another one of that name.")
        }
    }
}
