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
    ///   - room: 1–64 bytes of UTF-8. A room that does not exist is created, unless `existingOnly`.
    ///   - address: `ws://host[:port][/path]`, or `wss://`. No credentials: they would end in logs.
    ///   - role: A player takes part, a spectator only watches.
    ///   - ticket: From your game's server, where the relay asks for one. Later connections need none; a new seat does.
    ///   - password: The room's, 1–64 bytes of UTF-8, if it has one. A room that is created here has it from then on.
    ///   - invitation: From the room's host: ``Game/invite(seconds:holding:)``. It lets one player in, past lock and password.
    ///   - existingOnly: Whether to fail with ``RelayWire/CloseCode/roomGone`` if there is no such room.
    ///   - options: Times and bounds.
    ///   - group: Where the connection's callbacks run; NIO's shared threads if not given.
    /// - Returns: The game. It reconnects by itself until ``Game/leave()``, or until the relay's close code forbids it.
    /// - Throws: ``JoinError``. Nothing else.
    public static func join(
        room: String, at address: String, role: Role = .player, ticket: String? = nil, password: String? = nil,
        invitation: String? = nil, existingOnly: Bool = false, options: GameOptions = GameOptions(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(JoinError) -> Game {
        let asksLobby = password != nil || invitation != nil || existingOnly
        let lobby = LobbyPart(existingOnly ? .join : .joinOrMake, password: password, invitation: invitation)
        return try await self.take(room, asksLobby ? lobby : nil, at: address, role, ticket, options, group)
    }

    /// Takes a seat in the room that the name, or else the lobby part, asks for.
    static func take(
        _ room: String, _ lobby: LobbyPart?, at address: String, _ role: Role, _ ticket: String?, _ options: GameOptions,
        _ group: any EventLoopGroup
    ) async throws(JoinError) -> Game {
        let isNamed = WireLimits.nameBytes.contains(room.utf8.count)
        guard isNamed || room.isEmpty && lobby?.fits(room: room) == true else { throw .badRoomName }
        if let problem = lobby.flatMap({ JoinError(in: $0) }) { throw problem }
        guard let relay = RelayURL(address) else { throw .badAddress(address) }
        var options = options
        (options.session.relay, options.session.speaksTLS) = (relay, true)
        (options.session.ticket, options.session.lobby) = (ticket ?? options.session.ticket, lobby)
        let driver = GameDriver(room: room, role: role, options: options, loop: group.next())
        driver.start()
        if let error = await driver.joined() { throw error }
        return Game(driver: driver)
    }
}
