import RelayClient
import RelayWire

/// One element of ``Game/ticks``: the newest state, and all events since the element before.
public struct GameTick: Sendable {
    /// The room as of ``tick``: names, entities, roster, host. It is a value and never changes.
    public internal(set) var replica: Replica
    /// In the room's order, each delivered once.
    public internal(set) var events: [RoomEvent]
    /// The results of operations and of a host's acts that the relay refused, and of compare-and-sets.
    public internal(set) var results: [OperationOutcome]
    /// Whether events or results before those in this element are missing: the relay's log, or ours, did not reach back.
    public internal(set) var missedEvents: Bool
    /// Frames since the element before; 1 if the consumer keeps up.
    public internal(set) var framesMerged: Int
    /// The room runs at every stride-th tick number: 1 if nothing is wrong, 2 to 4 while the relay is overloaded.
    public internal(set) var stride: UInt64

    public var tick: Tick { self.replica.tick }
    /// The roster, by ascending seat.
    public var players: [Player] { self.replica.players }
    /// The same as ``players``, under the protocol's name.
    public var roster: [Player] { self.replica.players }
    /// Every entity, by ascending id.
    public var entities: some Sequence<Entity> { self.replica.entities }
    /// One entity; nil if it does not exist.
    public func entity(_ id: EntityID) -> Entity? { self.replica.entity(id) }
    /// Every entity that is a value of this type, by ascending id: ``RelayEntity`` has the rule. All others are left out.
    public func entities<Content: RelayEntity>(of type: Content.Type) -> [TypedEntity<Content>] {
        self.replica.entities(of: type)
    }
    /// One entity as a value of a Swift type; nil if it does not exist or is no such value.
    public func entity<Content: RelayEntity>(_ id: EntityID, as type: Content.Type) -> TypedEntity<Content>? {
        self.replica.entity(id, as: type)
    }
    /// What the room says of itself to those who look for one; nil if it says nothing. Allocates.
    public var card: LobbyCard? { self.replica.card }
    /// The seat that the others may look to for decisions; nil if the room has no host.
    public var host: SeatNumber? { self.replica.host }
}

/// The ticks of a game. Newest wins: a consumer slower than the room skips states, but no events up to
/// ``GameOptions/eventBuffer``. Beyond it ``GameTick/missedEvents`` is true.
///
/// One consumer at a time: while a task waits, a second one's loop ends at once. The sequence ends when the game does.
public struct GameTicks: AsyncSequence, Sendable {
    public typealias Element = GameTick
    let mailbox: TickMailbox

    public func makeAsyncIterator() -> Iterator { Iterator(mailbox: self.mailbox) }

    /// Waits for a tick newer than the one it returned before.
    public struct Iterator: AsyncIteratorProtocol, Sendable {
        let mailbox: TickMailbox
        /// The next element; nil when the game is over or the task is cancelled.
        public func next() async -> GameTick? { await self.mailbox.next() }
        /// The same, on the caller's actor.
        public func next(isolation actor: isolated (any Actor)?) async -> GameTick? { await self.mailbox.next() }
    }
}
