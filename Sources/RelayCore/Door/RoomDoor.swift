import RelayWire

/// Who may come in: password, invitations with the seats held for them, and bans. The lock itself is a field of the room's card.
///
/// ```
/// newcomer ─► banned? ─► invited? ─► locked? ─► password? ─► a seat
/// ```
struct RoomDoor {
    /// A text that opens the room once.
    struct Invitation: Equatable {
        var text: String
        /// For how many ticks it is good from when it was made.
        var lasts: UInt64
        /// Good up to the tick before; none until the first tick after it was made: an empty room may not have ticked for long.
        var expires = Tick.none
        /// The kind of the seat that is kept for it.
        var held: Role?
        /// The relay's own, for a newcomer on its way: not among those that a host may make, and not for the journal.
        var isOnItsWay = false
    }

    /// Who is kept out as long as the room is there.
    enum Ban: Hashable {
        case player(ExactString)
        case origin(ClientOrigin)
    }

    private(set) var password: PasswordHash?
    private(set) var invitations: [Invitation] = []
    /// The oldest first.
    private(set) var bans: [Ban] = []
    /// The number of the newest password that was set, and whether its hash is still awaited.
    private(set) var passwordJob: UInt64 = 0
    private(set) var awaitsHash = false
    /// A hash that came, for the next tick.
    private var arrived: (job: UInt64, hash: PasswordHash?)?
    /// Counts the changes.
    private(set) var version: UInt64 = 0

    static let maximumInvitations = 64
    static let maximumOnTheirWay = 32
    static let maximumBans = 256

    // MARK: Coming in

    /// Why a newcomer may not come in; nil if all that it needs is a seat.
    func refusal(of newcomer: Introduction, isLocked: Bool) -> CloseCode? {
        if self.keepsOut(newcomer.identity?.player, newcomer.origin) { return .kicked }
        if self.invitation(newcomer.invitation) != nil { return nil }
        if isLocked || self.awaitsHash { return .roomLocked }
        return self.password == nil || self.password == newcomer.provenPassword ? nil : .wrongPassword
    }

    func keepsOut(_ player: String?, _ origin: ClientOrigin?) -> Bool {
        guard !self.bans.isEmpty else { return false }
        return player.map { self.bans.contains(.player(ExactString($0))) } ?? false
            || origin.map { self.bans.contains(.origin($0)) } ?? false
    }

    /// Position of an invitation that is good.
    private func invitation(_ text: String?) -> Int? {
        guard let text else { return nil }
        return self.invitations.firstIndex { $0.text.hasSameBytes(as: text) }
    }

    /// Seats of a role that are held, not counting this invitation's own.
    func held(_ role: Role, exceptFor text: String? = nil) -> Int {
        guard !self.invitations.isEmpty else { return 0 }
        let own = self.invitation(text)
        return self.invitations.indices.count { self.invitations[$0].held == role && $0 != own }
    }

    /// Who showed it has a seat now.
    mutating func use(_ text: String?) -> Bool {
        guard let position = self.invitation(text) else { return false }
        self.invitations.remove(at: position)
        self.version += 1
        return true
    }

    // MARK: What its host does

    /// Adds an invitation, or replaces the one with the same text. False if there are too many.
    mutating func invite(_ invitation: Invitation) -> Bool {
        if let position = self.invitation(invitation.text) {
            self.invitations[position] = invitation
        } else {
            let others = self.invitations.count { $0.isOnItsWay == invitation.isOnItsWay }
            guard others < (invitation.isOnItsWay ? Self.maximumOnTheirWay : Self.maximumInvitations) else { return false }
            self.invitations.append(invitation)
        }
        self.version += 1
        return true
    }

    mutating func withdraw(_ text: String) { _ = self.use(text) }

    /// False if there are too many.
    mutating func ban(_ ban: Ban) -> Bool {
        guard !self.bans.contains(ban) else { return true }
        guard self.bans.count < Self.maximumBans else { return false }
        self.bans.append(ban)
        self.version += 1
        return true
    }

    /// A password was set. Until its hash is there, the room is locked.
    mutating func awaitHash() -> UInt64 {
        self.passwordJob += 1
        (self.awaitsHash, self.version) = (true, self.version + 1)
        return self.passwordJob
    }

    mutating func dropPassword() {
        self.passwordJob += 1
        (self.password, self.awaitsHash) = (nil, false)
        self.version += 1
    }

    /// The password that the room was made with.
    mutating func open(with password: PasswordHash?) {
        guard let password else { return }
        self.password = password
        self.version += 1
    }

    /// Keeps a hash that came for the next tick.
    mutating func arrive(_ hash: PasswordHash?, job: UInt64) { self.arrived = (job, hash) }

    // MARK: The tick

    /// Takes over a hash that came, if no newer password was set. Returns whether it did.
    mutating func takeArrivedHash() -> Bool {
        guard let (job, hash) = self.arrived else { return false }
        self.arrived = nil
        guard self.awaitsHash, job == self.passwordJob else { return false }
        // Without a hash the password before stands.
        (self.password, self.awaitsHash) = (hash ?? self.password, false)
        self.version += 1
        return true
    }

    /// Begins the time of new invitations, and forgets those whose time is over.
    mutating func keepTime(at tick: Tick) {
        guard !self.invitations.isEmpty else { return }
        for index in self.invitations.indices where self.invitations[index].expires == .none {
            self.invitations[index].expires = tick.advanced(by: self.invitations[index].lasts)
        }
        guard self.invitations.contains(where: { $0.expires <= tick }) else { return }
        self.invitations.removeAll { $0.expires <= tick }
        self.version += 1
    }

    /// Whether nothing has been done to it.
    var isPlain: Bool { self.password == nil && self.invitations.isEmpty && self.bans.isEmpty && !self.awaitsHash }

    /// Whether it waits for a tick: a hash to be taken, a time to begin.
    var waitsForTick: Bool {
        self.arrived != nil || self.awaitsHash || self.invitations.contains { $0.expires == .none }
    }

    /// Whether a seat is held.
    var holdsSeat: Bool { self.invitations.contains { $0.held != nil } }

    /// When the next held seat is free again; nil if none is held.
    var nextExpiry: Tick? { self.invitations.lazy.filter { $0.held != nil }.map(\.expires).min() }

    // MARK: Restoring

    mutating func restore(password: PasswordHash?, _ invitations: [Invitation], _ bans: [Ban]) {
        (self.password, self.invitations, self.bans) = (password, invitations, bans)
        self.version += 1
    }
}
