import RelayClient
import RelayWire

/// The room as others find it, and what its host does to it and to those in it.
///
/// Only the host may do these things; kick and ban also a player whose ticket has the right `kick`. They leave with the next flush, in the
/// order of the events around them, and are never done twice. No result is success; if the relay refuses, ``GameTick/results`` has
/// the ticket that the function returned: ``ResultCode/notOwner`` to who is not the host, ``ResultCode/noSuchSeat`` about somebody who is
/// not there, or is oneself.
extension Game {
    /// The room's name: a code if the relay has named it.
    public var roomName: String { self.driver.read { $0.room } }

    /// What the room says of itself to those who look for one; nil if it says nothing, and before the first frame. Takes a lock.
    public var card: LobbyCard? { self.driver.read { $0.replica.card } }

    /// Makes the room's card say this, whatever it says now. Of what it says only the difference travels.
    ///
    /// ```swift
    /// var card = game.card ?? LobbyCard()
    /// card.locked = true
    /// game.setCard(card)
    /// ```
    /// - Returns: Whether it was accepted: all of it, or nothing. Each field is a compare and set, so its result comes in
    ///   ``GameTick/results``: ``ResultCode/notOwner`` if we are not the host.
    @discardableResult
    public func setCard(_ card: LobbyCard) -> WriteOutcome { self.driver.write { $0.setCard(card) } }

    /// Removes a player from the room, whose connection closes with ``CloseCode/kicked``. It may join again.
    ///
    /// - Returns: A ticket; nil if it was refused here.
    @discardableResult
    public func kick(_ player: Player) -> UInt64? { self.act(.kick(ActTarget(player))) }

    /// Removes whoever has this seat now, for spectators, who have no row in the roster.
    @discardableResult
    public func kick(_ seat: SeatNumber) -> UInt64? { self.act(.kick(ActTarget(seat))) }

    /// Removes a player from the room, and keeps it out as long as the room is there: by the player id of its ticket, else by its address.
    ///
    /// - Returns: A ticket; nil if it was refused here. ``ResultCode/cannotBeBanned`` if there is neither, or if somebody else in the room
    ///   has that address; ``ResultCode/noMoreRoom`` after 256 bans.
    @discardableResult
    public func ban(_ player: Player) -> UInt64? { self.act(.ban(ActTarget(player))) }

    /// Bans whoever has this seat now, for spectators, who have no row in the roster.
    @discardableResult
    public func ban(_ seat: SeatNumber) -> UInt64? { self.act(.ban(ActTarget(seat))) }

    /// Makes another player, who must be ``SeatState/live``, the room's host.
    ///
    /// - Returns: A ticket; nil if it was refused here.
    @discardableResult
    public func handOver(to player: Player) -> UInt64? { self.act(.handOver(ActTarget(player))) }

    /// Sets what newcomers have to say. It is in force when ``LobbyCard/hasPassword`` says so; until then the room is locked.
    ///
    /// - Parameter password: 1–64 bytes of UTF-8; nil for none.
    /// - Returns: A ticket; nil if it was refused here.
    @discardableResult
    public func setPassword(_ password: String?) -> UInt64? { self.act(.password(password ?? "")) }

    /// Invites somebody: whoever joins with this text gets in once, past lock and password. Send it to nobody else.
    ///
    /// - Parameters:
    ///   - seconds: For how long it is good, 1…86,400; with a seat held at most 3,600.
    ///   - role: The kind of the seat that is held for it, and counts as taken until then; nil for none.
    /// - Returns: 192 random bits as 32 letters that need no escape in a URL; nil if it was refused here. The relay refuses with
    ///   ``ResultCode/noMoreRoom`` if no seat is left, or if 64 invitations wait already.
    public func invite(seconds: Int = 3600, holding role: Role? = nil) -> String? {
        guard seconds > 0 else { return nil }
        var random = SystemRandomNumberGenerator()
        let text = InvitationText.make(using: &random)
        return self.act(.invite(text, seconds: UInt64(seconds), held: role)).map { _ in text }
    }

    /// Takes an invitation back that nobody has used yet, and gives free the seat that is held for it.
    ///
    /// - Returns: A ticket; nil if it was refused here.
    @discardableResult
    public func withdraw(invitation: String) -> UInt64? { self.act(.invite(invitation, seconds: 0, held: nil)) }

    private func act(_ order: OutgoingAct) -> UInt64? {
        self.driver.write { session in
            let (ticket, outcome) = session.act(order)
            return outcome == .accepted ? ticket : nil
        }
    }
}

extension ActTarget {
    /// This occupant of the seat, and no later one.
    fileprivate init(_ player: Player) { self.init(player.seat, joined: player.joined) }
}
