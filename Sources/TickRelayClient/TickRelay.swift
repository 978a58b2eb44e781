import NIOCore
import NIOPosix
@_exported import RelayClient
@_exported import RelayWire

/// Joins rooms.
///
/// ```swift
/// struct Ship: RelayEntity { var x: Double; var name: String }
///
/// let game = try await TickRelay.join(room: "lobby", at: "ws://127.0.0.1:7777")
/// game.me.write(Ship(x: 1.5, name: "Ada"))
/// game.send("chat", "hello")
/// for await tick in game.ticks {
///     for player in tick.players { … }
///     for ship in tick.entities(of: Ship.self) { … }
/// }
/// await game.leave()
/// ```
public enum TickRelay {
    /// Joins a room and waits until the first frame is applied.
    ///
    /// - Parameters:
    ///   - room: 1–64 bytes of UTF-8. A room that does not exist is created.
    ///   - address: `ws://host[:port][/path]`, or `wss://`. No credentials: they would end in logs.
    ///   - role: A player takes part, a spectator only watches.
    ///   - ticket: From your game's server, where the relay asks for one. Later connections need none; a new seat does.
    ///   - options: Times and bounds.
    ///   - group: Where the connection's callbacks run; NIO's shared threads if not given.
    /// - Returns: The game. It reconnects by itself until ``Game/leave()``, or until the relay's close code forbids it.
    /// - Throws: ``JoinError``. Nothing else.
    public static func join(
        room: String, at address: String, role: Role = .player, ticket: String? = nil, options: GameOptions = GameOptions(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(JoinError) -> Game {
        guard WireLimits.nameBytes.contains(room.utf8.count) else { throw .badRoomName }
        guard let relay = RelayURL(address) else { throw .badAddress(address) }
        var options = options
        (options.session.relay, options.session.speaksTLS) = (relay, true)
        options.session.ticket = ticket ?? options.session.ticket
        let driver = GameDriver(room: room, role: role, options: options, loop: group.next())
        driver.start()
        if let error = await driver.joined() { throw error }
        return Game(driver: driver)
    }
}
