import RelayClient
import RelayWire

/// What one turn of ``Game/ticks`` brings: the newest state, and all events since the turn before.
public struct GameTick: Sendable {
    /// The room as of ``tick``: names, entities, roster, host. A value; keep it as long as you like.
    public internal(set) var replica: Replica
    /// In the room's order, each delivered once.
    public internal(set) var events: [RoomEvent]
    /// Operations the relay refused, and the outcomes of compare-and-sets.
    public internal(set) var results: [OperationOutcome]
    /// Whether events or results before those of this turn are missing: the relay's log, or ours, did not reach back.
    public internal(set) var missedEvents: Bool
    /// Frames since the turn before, 1 if the consumer keeps up.
    public internal(set) var framesMerged: Int
    /// The room runs at every stride-th tick number: 1 if nothing is wrong, 2 to 4 while the relay is overloaded.
    public internal(set) var stride: UInt64

    public var tick: Tick { self.replica.tick }
    /// Who sits where, by ascending seat.
    public var players: [Player] { self.replica.players }
    /// The same, in the protocol's word.
    public var roster: [Player] { self.replica.players }
    /// By ascending id.
    public var entities: some Sequence<Entity> { self.replica.entities }
    /// One entity; nil if it does not exist.
    public func entity(_ id: EntityID) -> Entity? { self.replica.entity(id) }
    /// The seat the others may look to for decisions.
    public var host: SeatNumber? { self.replica.host }
}

/// The ticks of a game: newest wins. A consumer slower than the room skips states, never events (up to
/// ``GameOptions/eventBuffer``; beyond it ``GameTick/missedEvents`` is true).
///
/// One consumer at a time: while a task waits, a second one's loop ends at once. The sequence ends when the game does.
public struct GameTicks: AsyncSequence, Sendable {
    public typealias Element = GameTick
    let mailbox: TickMailbox

    public func makeAsyncIterator() -> Iterator { Iterator(mailbox: self.mailbox) }

    /// Waits for what is newer than what it gave before.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let mailbox: TickMailbox
        /// The next turn; nil when the game or the task is over.
        public func next() async -> GameTick? { await self.mailbox.next() }
        /// The same, staying where the caller runs.
        public func next(isolation actor: isolated (any Actor)?) async -> GameTick? { await self.mailbox.next() }
    }
}
