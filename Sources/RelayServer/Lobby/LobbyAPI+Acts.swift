import RelayCore
import RelayHosting
import RelayWire
import RelayWireJSON

// Acts of a host without its connection. The token of a seat says who it is; the room carries the act out at its next tick.
extension LobbyAPI {
    /// ban ─► token ─► act
    func request(_ body: LobbyBody, from address: IPAddress?, in room: String) throws(LobbyRefusal) -> SeatRequest {
        if let ban = self.router.ban(of: nil, address, in: room) { throw LobbyRefusal(ban, retryAfter: self.retryAfter) }
        guard let shown = body.credentials else {
            throw LobbyRefusal(.tokenMissing, "Show the token of your seat: Authorization: Bearer TOKEN.")
        }
        let text = try? JSONToken(text: String(decoding: shown, as: UTF8.self))
        guard let text, let token = self.router.mint.verify(text.token) else {
            throw LobbyRefusal(.tokenRefused, CloseCode.tokenRefused.sentence)
        }
        guard text.room.hasSameBytes(as: room) else {
            throw LobbyRefusal(.otherRoom, "The token is of another room than the path: name the room that you are in.")
        }
        return SeatRequest(token: token, operation: try LobbyAct(body: body.bytes).operation)
    }

    func carryOut(_ request: SeatRequest, in room: String) async -> Result<Void, LobbyRefusal> {
        switch await self.hosting.carryOut(request, in: room) {
        case .result(.succeeded): .success(())
        case .result(let code): .failure(LobbyRefusal(code))
        case .refused(let code): .failure(LobbyRefusal(ofAct: code, retryAfter: self.retryAfter))
        case nil: .failure(.silent(retryAfter: self.retryAfter))
        }
    }
}

extension LobbyRefusal {
    /// What the room said to an act.
    fileprivate init(_ result: ResultCode) {
        switch result {
        case .notOwner, .spectator: self.init(.notHost, "This is the host's to do, or of who has the right 'kick': ask it.")
        case .noSuchSeat: self.init(.noSuchSeat, "Nobody whom this can be done to is there: look at who is, and name another.")
        case .valueDiffers: self.init(.changed, "The card says something else by now: look at it again.")
        case .cannotBeBanned:
            self.init(.cannotBeBanned, "Nothing tells this one from others: it has no ticket, and others may have its address.")
        case .tooManyFields: self.init(.noMoreRoom, "The card has as many properties as it may: set one of them to null.")
        case .noMoreRoom: self.init(.noMoreRoom, "There is no room for another ban, invitation or held seat: withdraw one.")
        case .succeeded, .tooManyEntities, .stateFull, .tooManyNames, .tooManyDeliveries:
            self.init(.noMoreRoom, "The room is full of state: remove some of it.")
        case .wrongType, .outOfRange, .noSuchEntity, .compareAndSetOnly:
            self = .badRequest("A value of the act has the wrong type or range: see /openapi.json.")
        }
    }

    /// The token is not good, or the room is not there.
    fileprivate init(ofAct code: CloseCode, retryAfter: Int) {
        switch code {
        case .tokenRefused: self.init(.tokenRefused, code.sentence)
        case .tokenSuperseded: self.init(.tokenSuperseded, code.sentence)
        case .seatGone: self.init(.seatGone, code.sentence)
        case .rateLimited:
            self.init(.tooManyActs, "Too many acts: send at most uplinkRate per second.", retryAfter: retryAfter)
        case .draining: self = .silent(retryAfter: retryAfter)
        default: self.init(.notFound, "There is no such room now, or it is another one of that name.")
        }
    }
}
