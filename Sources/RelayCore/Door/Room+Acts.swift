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

    /// The target's seat, if the occupant that is meant still has it and is not the sender.
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

    /// Keeps somebody out: by its ticket, else by its address. Of one ticket there may be several seats.
    private mutating func ban(_ seat: Seat) -> ResultCode? {
        let ban: RoomDoor.Ban
        if let player = seat.identity?.player {
            ban = .player(ExactString(player))
        } else {
            guard let origin = seat.origin, self.members.seats.seated(from: origin) == 1 else { return .cannotBeBanned }
            ban = .origin(origin)
        }
        guard self.door.ban(ban) else { return .noMoreRoom }
        self.out.count(.hostBans)
        if case .player(let player) = ban {
            for other in self.members.seats.seated(as: player) where other !== seat {
                self.members.expel(other.number, generation: other.generation, &self.world, &self.out)
            }
        }
        return nil
    }

    // MARK: Password and invitations

    private mutating func setPassword(_ password: String) -> ResultCode? {
        // Now, so that it cannot fail later that the card says it. It says true again when this one is in force.
        if self.world.cardFlag(.password) != false, let refusal = self.world.writeCard(.password, false) { return refusal }
        if password.isEmpty {
            self.door.dropPassword()
            return nil
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

    func invitation(_ text: String, seconds: UInt64, _ held: Role?) -> RoomDoor.Invitation {
        RoomDoor.Invitation(text: text, lasts: seconds * self.configuration.rate, held: held)
    }
}
