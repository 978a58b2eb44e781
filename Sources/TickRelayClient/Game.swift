import RelayClient
import RelayWire

/// A seat in a room, kept over lost connections. Every method may be called from any task; only ``leave()`` waits.
public final class Game: Sendable {
    let driver: GameDriver

    init(driver: GameDriver) { self.driver = driver }

    deinit { self.driver.abandon() }

    /// The state of the game.
    public enum State: Sendable, Equatable {
        case connecting
        case playing
        /// The connection is lost; the next attempt is under way or about to be.
        case reconnecting
        /// The seat is gone; ``Game/joinAgain()`` takes a new one.
        case seatLost(CloseCode)
        /// The game is over. Nil after our own ``Game/leave()``, else the relay's close code.
        case ended(CloseCode?)
    }

    /// The state of the game now. Takes a lock.
    public var state: State { self.driver.state }

    /// The newest state and all events since the element before. Newest wins; one consumer at a time.
    public var ticks: GameTicks { GameTicks(mailbox: self.driver.mailbox) }

    /// The room as of the newest frame, as a value. Takes a lock.
    public var replica: Replica { self.driver.read { $0.replica } }

    /// Our seat; nil while it is lost.
    public var seat: SeatNumber? { self.driver.read { $0.seat } }

    /// The rule for writes to the room's entities; nil while the seat is lost.
    public var roomWrites: RoomWrites? { self.driver.read { $0.welcome?.roomWrites } }

    /// The rule for the entities of a seat that is gone; nil while our seat is lost.
    public var departure: DeparturePolicy? { self.driver.read { $0.welcome?.departure } }

    /// The connection at this moment, as a player wants to know it: state, RTT, jitter, and why it lags or was lost. Takes a lock.
    public var quality: Quality { self.driver.read { $0.quality(at: GameDriver.clock()) } }

    /// The quality now, and again when its state or cause changes, or a heartbeat brings new figures (about once a second). Newest
    /// wins. Each call has a stream of its own, which ends with the game.
    public var qualityChanges: AsyncStream<Quality> { self.driver.watchQuality() }

    /// Counters over the whole game. Takes a lock.
    public var statistics: SessionStatistics { self.driver.read { $0.statistics } }

    /// The room as it is drawn at an instant: a little behind the newest frame (``GameOptions/interpolationDelay``), so that numbers
    /// move smoothly between the ticks. Call it once for each image, and draw all of that from it. Takes a lock.
    ///
    /// - Parameter instant: When the image is seen. Not before that of the call before.
    public func view(at instant: ContinuousClock.Instant = .now) -> RoomView { self.driver.view(at: instant) }

    /// How far behind the relay's clock ``view(at:)`` draws at the moment. Takes a lock.
    public var interpolationDelay: Duration { self.driver.interpolationDelay }

    /// Sets ``GameOptions/interpolationDelay`` while the game runs. What is drawn gets there gradually.
    public func setInterpolationDelay(_ delay: Duration?) { self.driver.setInterpolationDelay(delay) }

    /// Our own entities. Before a seat is taken, and while it is lost, writes wait for the next one.
    public var me: EntityNamespace { EntityNamespace(driver: self.driver) { .own($0) } }

    /// The room's entities.
    public var room: EntityNamespace { EntityNamespace(driver: self.driver) { .room($0) } }

    /// Any entity, for rooms in which entities of others may be written.
    public subscript(entity: EntityID) -> EntityWriter { EntityWriter(driver: self.driver, target: .entity(entity)) }

    /// Sends an event to everybody, to all others, or to the host.
    ///
    /// - Parameters:
    ///   - name: 1–64 bytes of UTF-8.
    ///   - audience: Not ``Audience/seats``: use ``send(_:_:toSeats:)``.
    /// - Returns: Whether it was accepted. At most ``SessionOptions/pendingEvents`` can wait to be sent.
    @discardableResult
    public func send(_ name: String, _ value: some RelayValue = Value.null, to audience: Audience = .all) -> WriteOutcome {
        let value = value.relayValue
        return self.driver.write { $0.send(name, to: audience, value) }
    }

    /// Sends an event that only these 1–64 seats get.
    @discardableResult
    public func send(_ name: String, _ value: some RelayValue = Value.null, toSeats seats: [SeatNumber]) -> WriteOutcome {
        let value = value.relayValue
        return self.driver.write { $0.send(name, to: .seats, seats: seats, value) }
    }

    /// The game's own tick is over: its writes leave, as one uplink if they fit into one.
    public func flush() { self.driver.flush() }

    /// Takes a new seat after ``State/seatLost(_:)``: of the same room, or after a quick join of any that fits. No effect otherwise.
    public func joinAgain() { self.driver.joinAgain() }

    /// Flushes pending writes, gives the seat back, and waits until the connection is closed (at most about a second).
    public func leave() async { await self.driver.leave() }
}
