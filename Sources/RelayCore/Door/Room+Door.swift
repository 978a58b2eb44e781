import RelayWire

// The room's door: seats that are left, and what the shell asks of it and tells it.
extension Room {
    /// How many of a kind may be seated at most, who shows this invitation among them: seats that are held for others are taken.
    func places(_ role: Role, exceptFor invitation: String? = nil) -> Int {
        let bound = role == .player ? self.configuration.maximumPlayers : self.configuration.maximumSpectators
        return min(bound, self.world.cardNumber(role == .player ? .seats : .spectators) ?? bound)
            - self.door.held(role, exceptFor: invitation)
    }

    func vacancies(_ role: Role, exceptFor invitation: String? = nil) -> Int {
        self.places(role, exceptFor: invitation) - self.members.seats.seated(role)
    }

    // MARK: The shell

    /// The hash of a password that a host had set: ``RoomOutput/hashPassword(_:)``; nil if it could not be made. Counts at the next tick. No
    /// ``RoomInput``: inputs own nothing.
    package mutating func take(_ hash: PasswordHash?, job: UInt64) { self.door.arrive(hash, job: job) }

    /// Holds a seat for a newcomer who is on its way: an invitation that the shell makes. Counts at once.
    ///
    /// - Parameter newcomer: With the text of the invitation.
    /// - Returns: False if the room would not take it: it is full, locked, has a password or bans the newcomer.
    package mutating func hold(_ role: Role, for newcomer: Introduction, seconds: UInt64) -> Bool {
        guard let text = newcomer.invitation, !self.isOver, self.door.refusal(of: newcomer, isLocked: self.isLocked) == nil,
            self.vacancies(role) > 0
        else { return false }
        var invitation = self.invitation(text, seconds: seconds, role)
        invitation.isOnItsWay = true
        return self.door.invite(invitation)
    }

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
        if self.door.takeArrivedHash() { self.tellOfPassword() }
    }

    /// Has the card say whether there is a password: after a restart it may still say that one is being hashed.
    mutating func tellOfPassword() {
        let hasPassword = self.door.password != nil
        if self.world.cardFlag(.password) ?? false != hasPassword { _ = self.world.writeCard(.password, hasPassword) }
    }

    var isLocked: Bool { self.world.cardFlag(.locked) ?? false }
}
