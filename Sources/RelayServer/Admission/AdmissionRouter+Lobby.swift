import RelayCore
import RelayHosting
import RelayWire

// The ways to a room: by its name, by making it, or by whatever room would do. SPEC section 20.
extension AdmissionRouter {
    func route(_ attempt: JoinAttempt) async throws(Refusal) -> Routed {
        switch attempt.hello.lobby?.how ?? .joinOrMake {
        case .joinOrMake: try await self.join(attempt, .allowed)
        case .join: try await self.join(attempt, .unwanted)
        case .make: try await self.make(attempt)
        case .quickJoin: try await self.quickJoin(attempt)
        }
    }

    /// - Throws: 4022 if an operator has banned the newcomer from the room.
    private func routed(_ attempt: JoinAttempt, _ placement: PlacementRequest) async throws(Refusal) -> Routed {
        try self.checkBan(of: attempt)
        let route = try await self.place(placement)
        return Routed(request: .hello(attempt.hello), introduction: attempt.introduction, route: route)
    }

    private func checkBan(of attempt: JoinAttempt) throws(Refusal) {
        let player = attempt.introduction.identity?.player
        if let refusal = self.ban(of: player, attempt.address, in: attempt.hello.room) { throw refusal }
    }

    // MARK: By name

    /// How often a room that somebody else is just making is looked for.
    private static let joinTries = 3

    private func join(_ attempt: JoinAttempt, _ creation: RoomCreation) async throws(Refusal) -> Routed {
        // Before a password costs anything.
        try self.checkBan(of: attempt)
        for _ in 0..<Self.joinTries {
            if let routed = try await self.joinOnce(attempt, creation) { return routed }
        }
        throw self.refusal(.crowded)
    }

    /// Nil if somebody else made the room while its password was being hashed: then that one's is to be proved.
    private func joinOnce(_ attempt: JoinAttempt, _ creation: RoomCreation) async throws(Refusal) -> Routed? {
        var attempt = attempt
        var opening = RoomOpening(card: attempt.hello.lobby?.card ?? RoomCard())
        let listing = self.hosting.lobby.room(attempt.hello.room)?.listing
        if let password = attempt.hello.lobby?.password {
            if listing == nil, creation == .allowed {
                opening.password = try await self.hash(password, attempt)
            } else if let listing, let hash = listing.password, !listing.isLocked || attempt.introduction.invitation != nil {
                try await self.prove(password, hash, &attempt)
            }
        }
        if creation == .allowed { self.inviteMaker(&attempt, to: &opening) }
        let instance = self.newInstance
        let routed = try await self.routed(attempt, attempt.placement(creation, newInstance: instance, opening: opening))
        guard opening.password == nil || routed.route.instance == instance else {
            self.hosting.release(routed.route)
            return nil
        }
        return routed
    }

    /// A wrong password is the end only of who has no invitation: that may still be good.
    private func prove(_ password: String, _ hash: PasswordHash, _ attempt: inout JoinAttempt) async throws(Refusal) {
        switch await self.passwords.verify(password, hash, of: attempt.block) {
        case true?: attempt.introduction.provenPassword = hash
        case false?: if attempt.introduction.invitation == nil { throw Refusal(.wrongPassword) }
        case nil: throw self.passwordsWait
        }
    }

    /// For how long a maker's seat is kept. Seconds.
    private static let makerSeconds: UInt64 = 10

    /// Who makes a room has a seat in it, whatever lock or password it is made with.
    private func inviteMaker(_ attempt: inout JoinAttempt, to opening: inout RoomOpening) {
        guard !opening.card.fields.isEmpty || opening.password != nil else { return }
        let text = attempt.introduction.invitation ?? self.newInvitation()
        attempt.introduction.invitation = text
        opening.invitations = [.init(text: text, seconds: Self.makerSeconds, held: attempt.hello.role)]
    }

    private func hash(_ password: String, _ attempt: JoinAttempt) async throws(Refusal) -> PasswordHash {
        guard let hash = await self.passwords.hash(password, of: attempt.block) else { throw self.passwordsWait }
        return hash
    }

    private var passwordsWait: Refusal {
        Refusal(
            .relayFull, "Too many passwords wait to be looked at: try again later.", retryAfter: self.retryAfter,
            reason: .refusedPasswordQueue)
    }

    // MARK: A new room

    private func make(_ attempt: JoinAttempt) async throws(Refusal) -> Routed {
        guard attempt.mayCreate else { throw self.refusal(.mayNotCreate) }
        var attempt = attempt
        var opening = RoomOpening(card: attempt.hello.lobby?.card ?? RoomCard())
        if !attempt.hello.room.isEmpty {
            try self.checkBan(of: attempt)
            if self.hosting.lobby.room(attempt.hello.room) != nil { throw self.refusal(.nameTaken) }
        }
        if let password = attempt.hello.lobby?.password { opening.password = try await self.hash(password, attempt) }
        self.inviteMaker(&attempt, to: &opening)
        guard attempt.hello.room.isEmpty else {
            return try await self.routed(
                attempt, attempt.placement(.required, newInstance: self.newInstance, opening: opening))
        }
        return try await self.makeByCode(attempt, opening)
    }

    /// How many codes are tried: of 113 million one is free.
    static let codeTries = 8

    private func makeByCode(_ attempt: JoinAttempt, _ opening: RoomOpening) async throws(Refusal) -> Routed {
        var attempt = attempt
        for _ in 1..<Self.codeTries {
            attempt.hello.room = RoomCode.code(self.random())
            do throws(Refusal) {
                return try await self.routedByCode(attempt, opening)
            } catch {
                guard error.code == CloseCode.nameTaken.rawValue else { throw error }
            }
        }
        attempt.hello.room = RoomCode.code(self.random())
        return try await self.routedByCode(attempt, opening)
    }

    private func routedByCode(_ attempt: JoinAttempt, _ opening: RoomOpening) async throws(Refusal) -> Routed {
        guard attempt.ticket?.rooms.isAny ?? true else {
            throw Refusal(.otherRoom, "Your ticket is not for rooms that the relay names: get one for all rooms of a type.")
        }
        return try await self.routed(
            attempt, attempt.placement(.required, newInstance: self.newInstance, type: attempt.type, opening: opening))
    }

    // MARK: Any room

    /// Rooms that are asked for a seat, before one is made.
    private static let quickJoinTries = 8

    private func quickJoin(_ attempt: JoinAttempt) async throws(Refusal) -> Routed {
        if let only = attempt.ticket?.type, !only.hasSameBytes(as: attempt.type) { throw self.refusal(.otherType) }
        let card = attempt.hello.lobby?.card ?? RoomCard()
        let wish = RoomWish(
            role: attempt.hello.role, type: attempt.type, properties: card.properties, rooms: attempt.ticket?.rooms)
        for room in self.hosting.lobby.rooms(for: wish, atMost: Self.quickJoinTries) {
            if let routed = await self.seat(attempt, in: room.route.name) { return routed }
        }
        guard attempt.mayCreate else { throw self.refusal(.mayNotCreate) }
        var (attempt, opening) = (attempt, RoomOpening(card: card.with(.listed, unlessGiven: true)))
        self.inviteMaker(&attempt, to: &opening)
        var routed = try await self.makeByCode(attempt, opening)
        routed.counter = .quickJoinsMade
        return routed
    }

    /// Goes to a room that still has a place, and has a seat held there; nil if either fails.
    private func seat(_ attempt: JoinAttempt, in room: String) async -> Routed? {
        var attempt = attempt
        attempt.hello.room = room
        attempt.introduction.invitation = self.newInvitation()
        let placement = attempt.placement(.unwanted, newInstance: self.newInstance)
        guard var routed = try? await self.routed(attempt, placement) else { return nil }
        guard await self.hosting.hold(attempt.hello.role, in: room, for: attempt.introduction) else {
            self.hosting.release(routed.route)
            return nil
        }
        routed.counter = .quickJoinsFound
        return routed
    }

    /// 128 random bits, as text.
    func newInvitation() -> String { RoomInstance(high: self.random(), low: self.random()).hexadecimal }
}
