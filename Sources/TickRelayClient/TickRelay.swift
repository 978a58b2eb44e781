import NIOCore
import NIOPosix
@_exported import RelayClient
@_exported import RelayWire

/// Joins rooms.
///
/// ```swift
/// let game = try await TickRelay.join(room: "lobby", at: "ws://127.0.0.1:7777")
/// game.me[0].set("x", 1.5)
/// game.send("chat", "hello")
/// for await tick in game.ticks {
///     for player in tick.players { … }
///     for entity in tick.entities { … }
/// }
/// await game.leave()
/// ```
public enum TickRelay {
    /// Joins a room and waits until the first frame is applied.
    ///
    /// - Parameters:
    ///   - room: 1–64 bytes of UTF-8. A room that does not exist is created.
    ///   - address: `ws://host[:port][/path]`. No credentials: they would end in logs.
    ///   - role: A player takes part, a spectator only watches.
    ///   - options: Times and bounds.
    ///   - group: Where the connection's callbacks run; NIO's shared threads if not given.
    /// - Returns: The game. It reconnects by itself until ``Game/leave()``, or until the relay's close code forbids it.
    /// - Throws: ``JoinError``. Nothing else.
    public static func join(
        room: String, at address: String, role: Role = .player, options: GameOptions = GameOptions(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(JoinError) -> Game {
        guard WireLimits.nameBytes.contains(room.utf8.count) else { throw .badRoomName }
        guard let relay = RelayURL(address), !relay.isSecure else { throw .badAddress(address) }
        var options = options
        (options.session.relay, options.session.speaksTLS) = (relay, false)
        let driver = GameDriver(room: room, role: role, options: options, loop: group.next())
        driver.start()
        if let error = await driver.joined() { throw error }
        return Game(driver: driver)
    }
}

/// The reason why a room could not be joined.
public enum JoinError: Error, Sendable, Equatable {
    /// Not 1–64 bytes of UTF-8.
    case badRoomName
    /// Not `ws://host[:port][/path]`; `wss` needs a proxy that ends TLS.
    case badAddress(String)
    /// The relay closed with this code: see ``RelayWire/CloseCode/sentence``.
    case refused(CloseCode)
    /// No frame came within ``GameOptions/joinTimeout``.
    case timedOut
    /// The task was cancelled.
    case cancelled
}

/// Times and bounds of a game.
public struct GameOptions: Sendable, Equatable {
    /// Longest time that `join` takes.
    public var joinTimeout: Duration = .seconds(10)
    /// Time from the first pending write to the flush that sends it and all writes made until then. Nil if the game calls
    /// ``Game/flush()`` at the end of each of its own ticks, which is better if it has ticks.
    public var flushInterval: Duration? = .milliseconds(16)
    /// Whether the game takes a new seat by itself when the old one is gone (4012–4015).
    public var joinsAgain = false
    /// Maximum of events, and of results, kept for a slow consumer of ``Game/ticks``. Over it the oldest are dropped, and
    /// ``GameTick/missedEvents`` is true.
    public var eventBuffer = 1_024
    /// Bounds of the session.
    public var session = SessionOptions()

    public init() {}
}
