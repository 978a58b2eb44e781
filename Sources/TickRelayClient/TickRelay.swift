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
    ///   - role: To take part, or to watch.
    ///   - options: Times and bounds.
    ///   - group: Where the connection's callbacks run; NIO's shared threads if not given.
    /// - Returns: The game. It reconnects by itself until ``Game/leave()``, or until the relay says not to.
    /// - Throws: ``JoinError``. Nothing else.
    public static func join(
        room: String, at address: String, role: Role = .player, options: GameOptions = GameOptions(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(JoinError) -> Game {
        guard WireLimits.nameBytes.contains(room.utf8.count) else { throw .badRoomName }
        guard let target = RelayAddress(address) else { throw .badAddress(address) }
        let driver = GameDriver(room: room, role: role, address: target, options: options, loop: group.next())
        driver.start()
        if let error = await driver.joined() { throw error }
        return Game(driver: driver)
    }
}

/// Why a room could not be joined.
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
    /// Writes made within this time of each other leave together; nil if ``Game/flush()`` is called at the end of each of
    /// the game's own ticks, which is better where there are such ticks.
    public var flushInterval: Duration? = .milliseconds(16)
    /// Whether a new seat is taken by itself when the old one is gone (4012–4015).
    public var joinsAgain = false
    /// Events kept for a consumer of ``Game/ticks`` that is slow; the oldest go first, and ``GameTick/missedEvents`` says so.
    public var eventBuffer = 1_024
    /// Bounds of the session.
    public var session = SessionOptions()

    public init() {}
}
