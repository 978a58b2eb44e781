import RelayCore
import RelayHosting
import RelayWire

// The ways to a room: by its name, by making it, or by whatever room would do. SPEC section 20.
extension AdmissionRouter {
    func route(_ newcomer: Newcomer) async throws(Refusal) -> Routed {
        switch newcomer.hello.lobby?.how ?? .joinOrMake {
        case .joinOrMake: try await self.join(newcomer, .allowed)
        case .join: try await self.join(newcomer, .unwanted)
        case .make: try await self.make(newcomer)
        case .quickJoin: try await self.quickJoin(newcomer)
        }
    }

    /// - Throws: 4022 if an operator has banned the newcomer from the room.
    private func routed(_ newcomer: Newcomer, _ placement: PlacementRequest) async throws(Refusal) -> Routed {
        let player = newcomer.introduction.identity?.player
        if let refusal = self.ban(of: player, newcomer.address, in: newcomer.hello.room) { throw refusal }
        let route = try await self.place(placement)
        return Routed(request: .hello(newcomer.hello), introduction: newcomer.introduction, route: route)
    }

    // MARK: By name

    private func join(_ newcomer: Newcomer, _ creation: RoomCreation) async throws(Refusal) -> Routed {
        var newcomer = newcomer
        var opening = RoomOpening(card: newcomer.hello.lobby?.card ?? RoomCard())
        if let password = newcomer.hello.lobby?.password {
            let listing = self.hosting.lobby.room(newcomer.hello.room)?.listing
            if listing == nil, creation == .allowed {
                opening.password = try await self.hash(password)
            } else if let hash = listing?.password, newcomer.introduction.invitation == nil {
                try await self.prove(password, hash)
                newcomer.introduction.provenPassword = hash
            }
        }
        if creation == .allowed { self.inviteMaker(&newcomer, to: &opening) }
        return try await self.routed(newcomer, newcomer.placement(creation, newInstance: self.newInstance, opening: opening))
    }

    /// For how long a maker's seat is kept. Seconds.
    private static let makerSeconds: UInt64 = 10

    /// Who makes a room has a seat in it, whatever lock or password it is made with.
    private func inviteMaker(_ newcomer: inout Newcomer, to opening: inout RoomOpening) {
        guard !opening.card.fields.isEmpty || opening.password != nil else { return }
        let text = newcomer.introduction.invitation ?? self.newInvitation()
        newcomer.introduction.invitation = text
        opening.invitations = [.init(text: text, seconds: Self.makerSeconds, held: newcomer.hello.role)]
    }

    private func prove(_ password: String, _ hash: PasswordHash) async throws(Refusal) {
        switch await self.passwords.verify(password, hash) {
        case true?: return
        case false?: throw Refusal(.wrongPassword)
        case nil: throw self.passwordsWait
        }
    }

    private func hash(_ password: String) async throws(Refusal) -> PasswordHash {
        guard let hash = await self.passwords.hash(password) else { throw self.passwordsWait }
        return hash
    }

    private var passwordsWait: Refusal {
        Refusal(
            .relayFull, "Too many passwords wait to be looked at: try again later.", retryAfter: self.retryAfter,
            reason: .refusedPasswordQueue)
    }

    // MARK: A new room

    private func make(_ newcomer: Newcomer) async throws(Refusal) -> Routed {
        var newcomer = newcomer
        var opening = RoomOpening(card: newcomer.hello.lobby?.card ?? RoomCard())
        if let password = newcomer.hello.lobby?.password {
            opening.password = try await self.hash(password)
        }
        self.inviteMaker(&newcomer, to: &opening)
        guard newcomer.hello.room.isEmpty else {
            return try await self.routed(
                newcomer, newcomer.placement(.required, newInstance: self.newInstance, opening: opening))
        }
        return try await self.makeByCode(newcomer, opening)
    }

    /// How many codes are tried: of 113 million one is free.
    private static let codeTries = 8

    private func makeByCode(_ newcomer: Newcomer, _ opening: RoomOpening) async throws(Refusal) -> Routed {
        var newcomer = newcomer
        for _ in 1..<Self.codeTries {
            newcomer.hello.room = RoomCode.code(self.random())
            do throws(Refusal) {
                return try await self.routedByCode(newcomer, opening)
            } catch {
                guard error.code == CloseCode.nameTaken.rawValue else { throw error }
            }
        }
        newcomer.hello.room = RoomCode.code(self.random())
        return try await self.routedByCode(newcomer, opening)
    }

    private func routedByCode(_ newcomer: Newcomer, _ opening: RoomOpening) async throws(Refusal) -> Routed {
        do throws(RefusedTicket) {
            try newcomer.ticket?.check(room: newcomer.hello.room)
        } catch {
            throw Refusal(.otherRoom, "Your ticket is not for rooms that the relay names: get one for all rooms of a type.")
        }
        return try await self.routed(
            newcomer, newcomer.placement(.required, newInstance: self.newInstance, type: newcomer.type, opening: opening))
    }

    // MARK: Any room

    /// Rooms that are asked for a seat, before one is made.
    private static let quickJoinTries = 8

    private func quickJoin(_ newcomer: Newcomer) async throws(Refusal) -> Routed {
        let card = newcomer.hello.lobby?.card ?? RoomCard()
        let wish = RoomWish(
            role: newcomer.hello.role, type: newcomer.type, properties: card.properties, rooms: newcomer.ticket?.rooms)
        for room in self.hosting.lobby.rooms(for: wish, atMost: Self.quickJoinTries) {
            if let routed = await self.seat(newcomer, in: room.route.name) { return routed }
        }
        var opening = RoomOpening(card: card.with(.listed, unlessGiven: true))
        var newcomer = newcomer
        self.inviteMaker(&newcomer, to: &opening)
        var routed = try await self.makeByCode(newcomer, opening)
        routed.counter = .quickJoinsMade
        return routed
    }

    /// Has a seat held in a room, and goes there; nil if either fails.
    private func seat(_ newcomer: Newcomer, in room: String) async -> Routed? {
        var newcomer = newcomer
        newcomer.hello.room = room
        newcomer.introduction.invitation = self.newInvitation()
        let player = newcomer.introduction.identity?.player
        guard self.ban(of: player, newcomer.address, in: room) == nil,
            await self.hosting.hold(newcomer.hello.role, in: room, for: newcomer.introduction)
        else { return nil }
        var routed = try? await self.routed(newcomer, newcomer.placement(.unwanted, newInstance: self.newInstance))
        routed?.counter = .quickJoinsFound
        return routed
    }

    /// 128 random bits, as text.
    func newInvitation() -> String { RoomInstance(high: self.random(), low: self.random()).hexadecimal }
}
