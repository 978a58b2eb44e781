import RelayWire

// What a host does to the room and to those in it: SPEC section 20.
extension Room {
    /// Carries out an act, or says why not; nil is success.
    mutating func perform(_ act: HostAct, _ message: Span<UInt8>, by sender: Seat) -> ResultCode? {
        let isHost = sender.number == self.members.host
        switch act {
        case .kick(let target): return self.remove(target, by: sender) { _, _ in nil }
        case .ban(let target): return self.remove(target, by: sender) { room, seat in room.ban(seat) }
        case .host(let target):
            guard isHost else { return .notOwner }
            guard let seat = self.occupant(target, otherThan: sender) else { return .noSuchSeat }
            return self.members.handOver(to: seat, &self.out) ? nil : .noSuchSeat
        case .password(let range):
            return isHost ? self.setPassword(Self.text(message, range)) : .notOwner
        case .invite(let range, let seconds, let held):
            return isHost ? self.invite(Self.text(message, range), seconds: seconds, held) : .notOwner
        }
    }

    private static func text(_ message: Span<UInt8>, _ range: Range<Int>) -> String {
        message.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Who is meant, if that one is there and somebody else.
    private func occupant(_ target: ActTarget, otherThan sender: Seat) -> Seat? {
        guard target.seat != sender.number, self.members.seats.isSeated(target.seat) else { return nil }
        let seat = self.members.seats[target.seat]
        return target.joined == .none || target.joined == seat.joined ? seat : nil
    }

    // MARK: Kick and ban

    private mutating func remove(
        _ target: ActTarget, by sender: Seat, first prepare: (inout Room, Seat) -> ResultCode?
    ) -> ResultCode? {
        guard sender.number == self.members.host || sender.mayKick else { return .notOwner }
        guard let seat = self.occupant(target, otherThan: sender) else { return .noSuchSeat }
        if let refusal = prepare(&self, seat) { return refusal }
        self.out.count(.hostKicks)
        self.members.expel(seat.number, generation: seat.generation, &self.world, &self.out)
        return nil
    }

    private mutating func ban(_ seat: Seat) -> ResultCode? {
        let ban: RoomDoor.Ban
        if let player = seat.identity?.player {
            ban = .player(player)
        } else {
            guard let origin = seat.origin, self.members.seats.seated(from: origin) == 1 else { return .cannotBeBanned }
            ban = .origin(origin)
        }
        guard self.door.ban(ban) else { return .noMoreRoom }
        self.out.count(.hostBans)
        return nil
    }

    // MARK: Password and invitations

    private mutating func setPassword(_ password: String) -> ResultCode? {
        // Now, so that it cannot fail later that the card says it.
        if self.world.cardFlag(.password) == nil, let refusal = self.world.writeCard(.password, false) { return refusal }
        if password.isEmpty {
            self.door.dropPassword()
            return self.world.writeCard(.password, false)
        }
        self.out.hash(PasswordJob(number: self.door.awaitHash(), password: password))
        return nil
    }

    private mutating func invite(_ text: String, seconds: UInt64, _ held: Role?) -> ResultCode? {
        guard seconds > 0 else {
            self.door.withdraw(text)
            return nil
        }
        guard held == nil || seconds <= WireLimits.heldSeconds else { return .outOfRange }
        if let held, self.vacancies(held, exceptFor: text) <= 0 { return .noMoreRoom }
        return self.door.invite(self.invitation(text, seconds: seconds, held)) ? nil : .noMoreRoom
    }

    private func invitation(_ text: String, seconds: UInt64, _ held: Role?) -> RoomDoor.Invitation {
        RoomDoor.Invitation(text: text, lasts: seconds * self.configuration.rate, held: held)
    }

    /// How many of a kind may be seated at most, who shows this invitation among them: seats that are held for others are taken.
    func places(_ role: Role, exceptFor invitation: String? = nil) -> Int {
        let bound = role == .player ? self.configuration.maximumPlayers : self.configuration.maximumSpectators
        return min(bound, self.world.cardNumber(role == .player ? .seats : .spectators) ?? bound)
            - self.door.held(role, exceptFor: invitation)
    }

    private func vacancies(_ role: Role, exceptFor invitation: String? = nil) -> Int {
        self.places(role, exceptFor: invitation) - self.members.seats.seated(role)
    }

    // MARK: What the shell does

    /// The hash of a password that a host had set: ``RoomOutput/hashPassword(_:)``. Counts at the next tick. No ``RoomInput``: inputs own nothing.
    package mutating func take(_ hash: PasswordHash, job: UInt64) { self.door.arrive(hash, job: job) }

    /// Holds a seat for a newcomer who is on its way: an invitation that the shell makes. Counts at once.
    ///
    /// - Parameter newcomer: With the text of the invitation.
    /// - Returns: False if the room would not take it: it is full, locked, has a password or bans the newcomer.
    package mutating func hold(_ role: Role, for newcomer: Introduction, seconds: UInt64) -> Bool {
        guard let text = newcomer.invitation, !self.isOver, self.door.refusal(of: newcomer, isLocked: self.isLocked) == nil,
            self.vacancies(role) > 0
        else { return false }
        return self.door.invite(self.invitation(text, seconds: seconds, role))
    }

    /// Gives a seat back that was held and is not needed.
    package mutating func giveUp(_ invitation: String) { self.door.withdraw(invitation) }

    /// Makes a new room what its maker wants. To be called before its first tick.
    ///
    /// - Parameter card: A field that the room cannot have, as text for a name with a quantum, is left out.
    package mutating func open(_ opening: RoomOpening) {
        if !opening.card.fields.isEmpty { self.world.open(opening.card) }
        self.door.open(with: opening.password)
        if opening.password != nil { _ = self.world.writeCard(.password, true) }
        for invitation in opening.invitations {
            _ = self.door.invite(self.invitation(invitation.text, seconds: invitation.seconds, invitation.held))
        }
    }

    /// Lets invitations end, and takes over a password's hash that came.
    mutating func updateDoor() {
        self.door.keepTime(at: self.currentTick)
        if self.door.takeArrivedHash() { _ = self.world.writeCard(.password, true) }
    }

    var isLocked: Bool { self.world.cardFlag(.locked) ?? false }
}
