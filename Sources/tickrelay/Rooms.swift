import Logging
import RelayArena
import RelayHosting
import RelayServer

/// The one place where the arena meets the server.
enum Rooms {
    /// Starts the arena's threads.
    static func start(
        _ configuration: HostingConfiguration, _ state: RelayState, mint: HMACTokenMint, passwords: PasswordDesk,
        logger: Logger
    ) throws -> any RoomHosting {
        try Arena(
            configuration: configuration, mint: mint, logger: logger, passwords: passwords, keeper: state.keeper,
            restored: state.rooms)
    }
}
